import TandemCore

/// What a rendered topology tells a driver of its site and of the PBXs at other sites.
public struct TrunkPlan: Hashable, Sendable {
    /// A line to another site's PBX.
    public struct Trunk: Hashable, Sendable {
        /// Its name at this site's PBX, without the technology.
        public var endpoint: String
        /// Where it leads.
        public var site: SiteID
        /// What is dialled before that site's numbers; nil: they cannot be dialled.
        public var prefix: String?
        /// Where that site's PBX takes calls.
        public var address: ListenAddress
        /// Makes a trunk.
        public init(endpoint: String, site: SiteID, prefix: String?, address: ListenAddress) {
            self.endpoint = endpoint
            self.site = site
            self.prefix = prefix
            self.address = address
        }
    }

    /// The site itself.
    public var site: SiteID
    /// The context in which its phones dial.
    public var context: String
    /// The lines to the other sites.
    public var trunks: [Trunk]
    /// Makes a plan.
    public init(site: SiteID, context: String, trunks: [Trunk]) {
        self.site = site
        self.context = context
        self.trunks = trunks
    }
}
