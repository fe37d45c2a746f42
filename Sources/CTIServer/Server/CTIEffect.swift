/// What the shell has to do for the CTI server. Effects are carried out in the order in which they were made.
public enum CTIEffect: Hashable, Sendable {
    /// Writes bytes (whole lines) to one client.
    case send(ClientID, [UInt8])
    /// Writes the same bytes (whole lines) to every client of the push group.
    case push([UInt8])
    /// Flushes what is due to the client, then closes its connection. The reason is for logs.
    case close(ClientID, reason: String)
    /// Closes a client's connection at once: nobody waits for what is due to it. The reason is for logs.
    case cut(ClientID, reason: String)
    /// From now on a line of this client may have this many bytes.
    case setLineLimit(ClientID, Int)
    /// The client joins (true) or leaves (false) the push group.
    case subscribed(ClientID, Bool)
    /// Something an operator may want to read.
    case log(CTILogLevel, String)
}

/// How important a log line is.
public enum CTILogLevel: String, Hashable, Sendable {
    /// Of use to who looks for a fault.
    case debug
    /// The course of things, such as who logged in.
    case info
    /// Something that an operator should look at.
    case warning
}
