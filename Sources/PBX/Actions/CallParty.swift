import TandemCore

/// Somebody whom a PBX can call. How that is spelled as a dial string is the driver's business.
public enum CallParty: Hashable, Sendable, CustomStringConvertible {
    /// A device, as configurations and facts name it (`PJSIP/101`).
    case device(HeaderText)
    /// Whatever a number leads to in a context of the dial plan.
    case number(Extension, context: HeaderText)

    /// `PJSIP/101` or `200@internal`, for messages to people.
    public var description: String {
        switch self {
        case .device(let name): name.text
        case .number(let number, let context): "\(number)@\(context)"
        }
    }
}

/// Which member of a queue an action is about.
public enum QueueMemberName: Hashable, Sendable {
    /// The member that facts call so (`QueueMemberFact.interface`).
    case told(HeaderText)
    /// An agent, by number: called where it is logged in. In a queue that it is in already the driver knows how.
    case agent(Extension)
    /// A device or a number.
    case party(CallParty)
}
