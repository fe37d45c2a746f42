import TandemCore

/// `chitchat`: a text for a person, delivered to every connection of theirs at their site (CTI reference 4.9). The
/// acknowledgement says to how many (`delivered`); nobody there is no error.
struct ChitChat: CTICommand {
    static let commandClass = "chitchat"
    static let requiredFields = [CTIField("to", .any), CTIField("text")]

    /// The addressed user, `<ipbx>/<id>`.
    let site: SiteID
    let user: String
    let text: String
    let alias: String?

    init(_ fields: CTIFields) throws(CTICommandError) {
        text = try fields.string("text")
        alias = try fields.optionalString("alias")
        switch fields["to"] {
        case .string(let address)?:
            // `user:<ipbx>/<id>` is understood as well.
            guard let id = ObjectID(address.hasPrefix("user:") ? address : "user:" + address) else {
                throw .invalid("to")
            }
            (site, user) = (id.site, id.key.id)
        case .array(let parts)? where parts.count == 2:
            guard let name = parts[0].stringValue, let id = parts[1].idText else { throw .wrongType("to") }
            guard let address = ObjectID("user:\(name)/\(id)") else { throw .invalid("to") }
            (site, user) = (address.site, address.key.id)
        default: throw .wrongType("to")
        }
    }

    static func handle(_ command: ChitChat, _ connection: CTIConnection) -> CTIHandlerResult {
        let environment = connection.environment
        guard command.text.utf8.count <= Limits.chatText else { return .warning("text_too_long") }
        guard command.site == environment.homeSite || environment.sites.contains(command.site) else {
            return .warning("unknown_ipbxid")
        }
        var message: JSONObject = [
            "class": "chitchat", "to": .string("\(command.site)/\(command.user)"),
            "from": .string("\(environment.homeSite)/\(connection.userID)"), "text": .string(command.text),
        ]
        if let alias = command.alias { message["alias"] = .string(alias) }
        if command.site == environment.homeSite {
            let delivered = connection.deliver(toUser: command.user, message)
            connection.reply(["delivered": .integer(Int64(delivered))])
        } else {
            connection.submit(
                CTISubmission(
                    verb: "chitchat", target: command.site, user: connection.userID, body: EncodedObject(message)))
        }
        return .pending
    }
}
