import DriverKit
import PBX
import TandemCore

/// A PBX with phones and the line to it, as the stories of this kit need them. An author of a driver writes one for a PBX
/// of that kind and runs `DriverStory.all` on it, or those that fit a PBX that can do less (`DriverStory.fitting`).
///
/// Phones do nothing by themselves: they ring until told to answer or hang up.
public protocol PBXStage: Sendable {
    /// What the PBX calls its things.
    var names: StageNames { get }
    /// Makes a driver for the PBX, not started. Called on the context's loop; each story makes its own.
    func makeDriver(in context: DriverContext) throws -> any PBXDriver
    /// The phone of a number dials another one and returns once that one rings.
    func dial(_ caller: String, _ callee: String, on stand: DriverStand) async throws
    /// Returns once the phone of a number rings.
    func awaitRinging(_ number: String, on stand: DriverStand) async throws
    /// The ringing phone of a number answers.
    func answer(_ number: String, on stand: DriverStand) async throws
    /// The phone of a number hangs up, declines or gives up.
    func hangUp(_ number: String, on stand: DriverStand) async throws
    /// Cuts the line between driver and PBX. The PBX and its calls go on.
    func cut(on stand: DriverStand) async throws
    /// Mends it.
    func restore(on stand: DriverStand) async throws
}

/// What a PBX on a stage calls its things.
public struct StageNames: Sendable {
    /// A phone.
    public struct Phone: Sendable {
        /// The number that reaches it.
        public var number: String
        /// Its device.
        public var endpoint: String
        /// Names a phone.
        public init(number: String, endpoint: String) {
            self.number = number
            self.endpoint = endpoint
        }
    }

    /// Two phones that are registered.
    public var first: Phone, second: Phone
    /// A phone that the PBX knows and that is not registered.
    public var absent: Phone
    /// The context in which phones dial.
    public var context: String
    /// A queue that can be given members; nil: the PBX has no queues.
    public var queue: String?
    /// A channel's name of the right form that no channel has.
    public var noChannel: String

    /// Names a PBX's things.
    public init(first: Phone, second: Phone, absent: Phone, context: String, queue: String?, noChannel: String) {
        self.first = first
        self.second = second
        self.absent = absent
        self.context = context
        self.queue = queue
        self.noChannel = noChannel
    }
}

/// A story that did not go as it must: what was expected, and what was seen instead.
public struct StoryFailure: Error, CustomStringConvertible {
    /// What is wrong, with the events that show it.
    public var description: String
    /// Makes a failure.
    public init(_ description: String) { self.description = description }
}
