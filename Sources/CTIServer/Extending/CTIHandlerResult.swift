import TandemCore

/// What a handler makes of a command.
public enum CTIHandlerResult: Sendable {
    /// Nothing to say: the next handler is asked, and when none says anything the command is acknowledged with
    /// `{"class":C,"replyid":N}`.
    case none
    /// Lines for the client. `class`, `replyid` and `timenow` are added where they are absent.
    case messages([JSONObject])
    /// The command was not done: `warning_string`; the connection stays.
    case warning(String)
    /// The connection cannot go on: `error_string`, then it is closed.
    case error(String)
    /// The handler has answered through the connection, or will, now or later.
    case pending
}
