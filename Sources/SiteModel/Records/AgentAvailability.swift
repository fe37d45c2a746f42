/// What an agent can do now (CTI reference 5.5).
public enum AgentAvailability: String, Hashable, Sendable {
    /// Not logged in.
    case loggedOut = "logged_out"
    /// Waits for queue calls.
    case available
    /// Paused in all queues, or in a queue call.
    case unavailable
    /// In another call, by direction and by where the other party is.
    case incomingInternal = "on_call_nonacd_incoming_internal"
    /// Called from outside the site.
    case incomingExternal = "on_call_nonacd_incoming_external"
    /// Calls somebody of the site.
    case outgoingInternal = "on_call_nonacd_outgoing_internal"
    /// Calls somebody outside the site.
    case outgoingExternal = "on_call_nonacd_outgoing_external"
}
