import TandemCore

/// A line for auditors: who did what to whom, and what came of it.
public struct AuditRecord: Hashable, Sendable {
    /// When, Unix seconds.
    public var unixTime: Double
    /// The site from which it came.
    public var site: SiteID
    /// The user there; empty: the node or an operator.
    public var user: String
    /// What was asked, e.g. `hangup`.
    public var action: String
    /// What it was about, e.g. an object id.
    public var target: String
    /// What came of it, e.g. `done` or `refused`.
    public var outcome: String
    /// Makes a record.
    public init(unixTime: Double, site: SiteID, user: String, action: String, target: String, outcome: String) {
        self.unixTime = unixTime
        self.site = site
        self.user = user
        self.action = action
        self.target = target
        self.outcome = outcome
    }
}
