import TandemCore

/// An `availstate`: a presence that is to be set (CTI reference 4.4).
public struct CTIPresenceChange: Hashable, Sendable {
    /// The presence.
    public let state: String
    /// The user's site as it was named; nil: the requester's.
    public let siteName: String?
    /// The user; nil: the requester.
    public let user: String?

    /// Reads a message of a client or the body of a peer's command.
    public init(_ fields: CTIFields) throws(CTICommandError) {
        state = try fields.string("availstate")
        siteName = try fields.optionalString("ipbxid")
        user = try fields.optionalID("userid")
    }

    /// A presence of a user of a site.
    public init(state: String, site: SiteID, user: String) {
        self.state = state
        siteName = site.name
        self.user = user
    }

    /// The form that crosses a link.
    public var encoded: EncodedObject {
        EncodedObject { writer in
            writer.key("class")
            writer.string(CTIClass.availState.rawValue)
            writer.key("availstate")
            writer.string(state)
            if let siteName {
                writer.key("ipbxid")
                writer.string(siteName)
            }
            if let user {
                writer.key("userid")
                writer.string(user)
            }
        }
    }
}
