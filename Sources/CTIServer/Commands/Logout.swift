import CTIProtocol

/// `logout`: the user's presence becomes `disconnected`; the acknowledgement comes once that is durable, then the
/// client closes (CTI reference 2.5).
struct Logout: BuiltInCommand {
    static let messageClass = CTIClass.logout

    init(_ fields: CTIFields) throws(CTICommandError) {}

    static func handle(_ command: Logout, _ connection: CTIConnection) -> CTIHandlerResult {
        connection.server.logOut(connection)
        return .pending
    }
}
