import TandemCore

/// A row of `tandem routes`.
public struct Route: Hashable, Sendable {
    /// The site that it leads to.
    public var site: SiteID
    /// The neighbour that is next.
    public var nextHop: SiteID
    /// Sum of the links' costs.
    public var cost: Int
    /// All sites on the way, from the next hop to the site itself.
    public var path: [SiteID]

    /// Makes a row.
    public init(site: SiteID, nextHop: SiteID, cost: Int, path: [SiteID]) {
        self.site = site
        self.nextHop = nextHop
        self.cost = cost
        self.path = path
    }
}
