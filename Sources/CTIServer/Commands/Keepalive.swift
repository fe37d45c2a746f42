import CTIProtocol

/// `keepalive`: the client wants to hear anything at all. The healthy answer is `return_is_none` (CTI reference 4.3).
struct Keepalive: BuiltInCommand {
    static let messageClass = CTIClass.keepAlive

    init(_ fields: CTIFields) throws(CTICommandError) {}

    static func handle(_ command: Keepalive, _ connection: CTIConnection) -> CTIHandlerResult {
        connection.server.respond(connection) { writer, now in
            CTIReplies.keepAlive(replyID: connection.replyID, now: now, into: &writer)
        }
        return .pending
    }
}
