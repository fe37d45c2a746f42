import TandemCore

/// A pair of sites, in the order of their names.
struct SitePair: Hashable, Comparable {
    let low: SiteID
    let high: SiteID

    init(_ one: SiteID, _ other: SiteID) {
        low = min(one, other)
        high = max(one, other)
    }

    static func < (left: SitePair, right: SitePair) -> Bool { (left.low, left.high) < (right.low, right.high) }
}
