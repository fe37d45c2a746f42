import TandemCore

/// What a node says about its links: flooded to everyone, the newest of each origin counts.
package struct LinkStateAdvertisement: Hashable, Sendable {
    struct Neighbour: Hashable, Sendable {
        let site: SiteID
        let cost: Int
    }

    let origin: SiteID
    let incarnation: UInt64
    let sequence: UInt64
    /// In the order of their names.
    let neighbours: [Neighbour]

    /// Whether this supersedes another one of the same origin.
    func isNewer(than other: LinkStateAdvertisement) -> Bool {
        (incarnation, sequence) > (other.incarnation, other.sequence)
    }
}

/// The newest link state of every origin that was ever heard of and has not aged out.
struct LinkStateDatabase: Sendable {
    enum Acceptance: Hashable, Sendable {
        /// It supersedes what was known: flood it on.
        case newer
        /// Known already.
        case same
        /// The sender is behind: tell it this one.
        case older(LinkStateAdvertisement)
        /// There is no room for one more site.
        case full
    }

    private struct Entry: Sendable {
        var advertisement: LinkStateAdvertisement
        /// Since when no path leads there; nil while one does.
        var unreachableSince: Instant?
    }

    private var entries = OrderedMap<SiteID, Entry>()
    var limit: Int

    /// A database for at most this many sites.
    init(limit: Int) { self.limit = limit }

    var sites: [SiteID] { entries.keys }
    var all: some Sequence<LinkStateAdvertisement> { entries.values.lazy.map(\.advertisement) }

    subscript(site: SiteID) -> LinkStateAdvertisement? { entries[site]?.advertisement }

    mutating func accept(_ new: LinkStateAdvertisement, now: Instant) -> Acceptance {
        guard let known = entries[new.origin]?.advertisement else {
            guard entries.count < limit else { return .full }
            entries[new.origin] = Entry(advertisement: new, unreachableSince: now)
            return .newer
        }
        if new.isNewer(than: known) {
            entries[new.origin]?.advertisement = new
            return .newer
        }
        return known.isNewer(than: new) ? .older(known) : .same
    }

    /// Notes which sites can be reached, for ageing.
    mutating func note(reachable: (SiteID) -> Bool, now: Instant) {
        for site in entries.keys {
            if reachable(site) {
                entries[site]?.unreachableSince = nil
            } else if entries[site]?.unreachableSince == nil {
                entries[site]?.unreachableSince = now
            }
        }
    }

    /// Forgets sites that nobody could reach for this long. A stray copy that returns from the other side of an old cut
    /// does no harm: its links are not confirmed by anyone, and it ages again.
    mutating func age(out limit: Duration, now: Instant) -> [SiteID] {
        let dead = entries.pairs.filter { $0.1.unreachableSince.map { now - $0 >= limit } ?? false }.map(\.0)
        for site in dead { entries[site] = nil }
        return dead
    }
}
