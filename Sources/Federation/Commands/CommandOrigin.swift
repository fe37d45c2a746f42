import TandemCore

/// Who gave a command: from the authenticated session, never from a field of the command.
public struct CommandOrigin: Hashable, Sendable {
    /// The site at which the person is logged in.
    public var site: SiteID
    /// The person's user id there.
    public var user: String
    /// Makes an origin.
    public init(site: SiteID, user: String) {
        self.site = site
        self.user = user
    }
}
