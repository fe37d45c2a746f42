import TandemCore

/// A `chitchat`: a text for a user of a site (CTI reference 4.9).
public struct CTIChat: Hashable, Sendable {
    /// The addressed user's site.
    public let site: SiteID
    /// The addressed user.
    public let user: String
    /// The text.
    public let text: String
    /// The name under which the sender wants to be seen.
    public let alias: String?

    /// Reads a message of a client or the body of a peer's command.
    public init(_ fields: CTIFields) throws(CTICommandError) {
        text = try fields.string("text")
        alias = try fields.optionalString("alias")
        guard let to = fields.view("to") else { throw .missing(["to"]) }
        let address: String
        if let written = to.string {
            // `user:<ipbx>/<id>` is understood as well.
            address = written.hasPrefix("user:") ? written : "user:" + written
        } else {
            var parts = to.elements
            guard to.kind == .array, to.count == 2, let name = parts.next()?.string, let id = parts.next()?.idText
            else { throw .wrongType("to") }
            address = "user:\(name)/\(id)"
        }
        guard let id = ObjectID(address) else { throw .invalid("to") }
        (site, user) = (id.site, id.key.id)
    }

    /// Whether the text is longer than a message may be.
    public var isTooLong: Bool { text.utf8.count > Limits.chatText }

    /// The message as the addressee reads it and as it crosses a link.
    public func message(from sender: CTIRequester) -> JSONObject {
        var message: JSONObject = [
            "class": "chitchat", "to": .string("\(site)/\(user)"), "from": .string("\(sender.home)/\(sender.user)"),
            "text": .string(text),
        ]
        if let alias { message["alias"] = .string(alias) }
        return message
    }
}
