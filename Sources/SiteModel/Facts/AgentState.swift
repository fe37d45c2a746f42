/// What a PBX says of an agent. Whether the agent can take a call now (`AgentAvailability`) is derived from this, from
/// pauses and from the calls of the agent's phones.
public enum AgentState: CaseIterable, Hashable, Sendable {
    /// The PBX said nothing of this agent yet, or nothing that can be understood.
    case undefined
    /// Not logged in.
    case loggedOff
    /// Logged in, without a call of a queue.
    case idle
    /// In a call of a queue.
    case onCall
}
