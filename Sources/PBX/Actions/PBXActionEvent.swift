import SiteModel
import TandemCore

/// Names one action on its way to the PBX and back. Unique within a node's life.
public struct ActionToken: Hashable, Sendable {
    /// A running number.
    public let number: UInt64
    /// Wraps a running number.
    public init(_ number: UInt64) { self.number = number }
}

/// What becomes of an action, in this order: `written`, `counted` where something was asked, `accepted`, zero or more
/// `channel`, `originated`; or `failed` at any point. Exactly one of the final events (`isFinal`) ends each action, and nothing follows it.
public enum PBXActionEvent: Hashable, Sendable {
    /// The action left for the PBX. Not final. From here on the PBX may have done it, whatever follows.
    case written
    /// What `mailboxCount` asked for: messages not heard yet, and messages heard. Not final. Before `accepted`.
    case counted(new: Int, old: Int)
    /// The PBX said yes. Final for every action but `originate`, which has its end in `originated`.
    case accepted(final: Bool)
    /// The channel made for an originate. Not final. After the fact that introduces that channel.
    case channel(String)
    /// The end of an originate, and the channel if the call stands. Final.
    case originated(channel: String?, end: OriginateEnd)
    /// Not done. Final. The reason is for people. `connection` false: the PBX refused, or it was never asked. `connection`
    /// true: there is no PBX to ask; or, after `written`, it gave no answer: then nobody knows what became of the action.
    case failed(reason: String, connection: Bool)

    /// Whether nothing follows.
    public var isFinal: Bool {
        switch self {
        case .written, .counted, .channel: false
        case .accepted(let final): final
        case .originated, .failed: true
        }
    }
}

/// Why an originate ended.
public enum OriginateEnd: Hashable, Sendable {
    /// The party answered and was sent to its extension.
    case answered
    /// The party is not registered or cannot be reached.
    case unreachable
    /// Somebody hung up before it was answered.
    case hungUp
    /// It rang for as long as it was allowed to.
    case noAnswer
    /// It is busy, or its user declined.
    case busy
    /// The way there is congested; some PBXs say this, too, when nobody answered.
    case congested
    /// Something else, with the cause where the PBX told one.
    case failed(ReleaseCause?)
}

/// What a driver reports to its node.
public enum PBXEvent: Hashable, Sendable {
    /// Something was seen at the PBX.
    case fact(PBXFact)
    /// Something became of an action.
    case action(ActionToken, PBXActionEvent)
}
