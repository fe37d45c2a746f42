import TandemCore

/// Which member of a queue an action is about.
public enum QueueMemberName: Hashable, Sendable {
    /// The member that facts call so (`QueueMemberFact.interface`).
    case told(DeviceName)
    /// An agent, by number: called where it is logged in. In a queue that it is in already the driver knows how.
    case agent(Extension)
    /// A device or a number.
    case party(CallParty)
}
