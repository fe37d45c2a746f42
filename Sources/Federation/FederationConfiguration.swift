import TandemCore

/// What a node's federation core is told at the start, and again at a reload.
public struct FederationConfiguration: Hashable, Sendable {
    /// The node's own site.
    public var site: SiteID
    /// The links to keep: to whom, at what cost, under which policy.
    public var links: [Link]
    /// Delays and limits.
    public var timings: FederationTimings
    /// Verbs that only read and may run twice: they need no line in the ledger.
    public var unledgeredVerbs: Set<String>
    /// Whether sockets without a certificate are accepted, on the word of their greeting. For tests and simulation.
    public var allowUnauthenticated: Bool
    /// Bounds of memory and of frames.
    public var limits: FederationLimits

    /// Makes a configuration.
    public init(
        site: SiteID, links: [Link] = [], timings: FederationTimings = .wan, unledgeredVerbs: Set<String> = ["ping"],
        allowUnauthenticated: Bool = false, limits: FederationLimits = FederationLimits()
    ) {
        self.site = site
        self.links = links
        self.timings = timings
        self.unledgeredVerbs = unledgeredVerbs
        self.allowUnauthenticated = allowUnauthenticated
        self.limits = limits
    }

    /// A configured link to a peer.
    public struct Link: Hashable, Sendable {
        /// The peer's site.
        public var peer: SiteID
        /// Cost of the link for shortest paths, 1 or more.
        public var cost: Int
        /// Whether this node dials; the other side always listens. Both may dial: one socket survives.
        public var dials: Bool
        /// What the peer may see and do here.
        public var policy: LinkPolicy
        /// Makes a link.
        public init(peer: SiteID, cost: Int = 10, dials: Bool = true, policy: LinkPolicy = .open) {
            self.peer = peer
            self.cost = cost
            self.dials = dials
            self.policy = policy
        }
    }
}
