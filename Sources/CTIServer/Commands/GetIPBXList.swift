import CTIProtocol

/// `getipbxlist`: the names of all sites, home first (CTI reference 4.2).
struct GetIPBXList: BuiltInCommand {
    static let messageClass = CTIClass.getIPBXList

    init(_ fields: CTIFields) throws(CTICommandError) {}

    static func handle(_ command: GetIPBXList, _ connection: CTIConnection) -> CTIHandlerResult {
        connection.server.respond(connection) { writer, now in
            CTIReplies.sites(
                replyID: connection.replyID, connection.environment.sites, now: now, into: &writer)
        }
        return .pending
    }
}
