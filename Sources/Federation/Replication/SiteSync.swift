import TandemCore

/// A row of `tandem sync`: how far our copy of a site is.
public struct SiteSync: Hashable, Sendable {
    /// The site.
    public var site: SiteID
    /// The life of its node that the copy belongs to.
    public var incarnation: UInt64
    /// Last applied position in that life's log.
    public var sequence: UInt64
    /// Highest position heard of.
    public var heardSequence: UInt64
    /// How current the copy is.
    public var freshness: Freshness
    /// Objects in the copy.
    public var objectCount: Int
    /// The neighbour that it is pulled from; nil: none, or our own site.
    public var source: SiteID?

    /// Makes a row.
    public init(
        site: SiteID, incarnation: UInt64, sequence: UInt64, heardSequence: UInt64, freshness: Freshness,
        objectCount: Int, source: SiteID?
    ) {
        self.site = site
        self.incarnation = incarnation
        self.sequence = sequence
        self.heardSequence = heardSequence
        self.freshness = freshness
        self.objectCount = objectCount
        self.source = source
    }
}
