import SiteModel
import TandemCore

/// What passes through a trunk between two simulated PBXs: a shell that owns both carries it.
public struct TrunkSignal: Hashable, Sendable {
    /// A step of a call.
    public enum Step: Hashable, Sendable {
        /// A call begins. The number is the far site's own, without the prefix.
        case setup(number: String, callerNumber: String, callerName: String)
        /// The far phone rings.
        case ringing
        /// The far side answered.
        case answered
        /// The call is over (Q.850 cause).
        case ended(cause: ReleaseCause)
    }
    /// Names the call; unique among the sites of a world.
    public var call: String
    /// Who sends the signal.
    public var from: SiteID
    /// Who is to receive it.
    public var to: SiteID
    /// What happened.
    public var step: Step

    /// Makes a signal.
    public init(call: String, from: SiteID, to: SiteID, step: Step) {
        self.call = call
        self.from = from
        self.to = to
        self.step = step
    }
}
