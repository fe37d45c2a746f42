import CTIProtocol
import TandemCore

/// `chitchat`: a text for a person, delivered to every connection of theirs at their site (CTI reference 4.9). The
/// acknowledgement says to how many (`delivered`); nobody there is no error.
struct ChitChat: BuiltInCommand {
    static let messageClass = CTIClass.chitchat

    let chat: CTIChat

    init(_ fields: CTIFields) throws(CTICommandError) { chat = try CTIChat(fields) }

    static func handle(_ command: ChitChat, _ connection: CTIConnection) -> CTIHandlerResult {
        let environment = connection.environment
        let chat = command.chat
        guard !chat.isTooLong else { return .warning("text_too_long") }
        guard environment.knows(chat.site) else { return .warning("unknown_ipbxid") }
        if chat.site == environment.homeSite {
            let delivered = connection.deliver(toUser: chat.user, chat.message(from: connection.requester))
            connection.reply(["delivered": .integer(Int64(delivered))])
        } else {
            connection.submit(
                CTISubmission(
                    .chitchat(chat, from: connection.requester), as: commandClass, target: chat.site,
                    user: connection.userID))
        }
        return .pending
    }
}
