import TandemCore

/// Who gives an `ipbxcommand`: what the special forms stand for (CTI reference 6.2).
public struct CTIRequester: Hashable, Sendable {
    /// The site at which the person is logged in.
    public let home: SiteID
    /// The person's user id there.
    public let user: String
    /// Id of the person's agent; nil: none, or not known here.
    public let agent: String?
    /// Id of the person's mailbox; nil: none, or not known here.
    public let voicemail: String?

    /// Describes a person.
    public init(home: SiteID, user: String, agent: String? = nil, voicemail: String? = nil) {
        self.home = home
        self.user = user
        self.agent = agent
        self.voicemail = voicemail
    }
}
