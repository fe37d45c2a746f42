import TandemCore

/// How current the picture of each other site is as this node shows it: what the federation proves, and whether the site's
/// PBX answers, as the site itself tells. Asked for each push, so what the sites tell is kept in numbers.
struct SiteFreshness: Sendable {
    private struct Absence: Sendable {
        /// Since when the PBX is away by the site's own clock, Unix seconds.
        let told: Double
        /// The same on our clock.
        let since: Instant
    }

    private var absences: [SiteID: Absence] = [:]
    private var shown: [SiteID: Freshness] = [:]

    /// Reads what a site says of its PBX in the status of its own object (`site:<name>/self`); nil: it says nothing.
    mutating func read(_ status: EncodedObject?, of site: SiteID, now: Moment) {
        guard let status, status.value(of: "pbx")?.stringValue == "down" else {
            absences[site] = nil
            return
        }
        let told = status.value(of: "since")?.doubleValue ?? 0
        if let known = absences[site], known.told == told { return }
        // Another site's number: nothing that it says may lead out of our clock's range. Its clock may be wrong, too.
        let seconds = told > 0 ? max(0, min(now.unixTime - told, 1e9)) : 0
        absences[site] = Absence(
            told: told, since: Instant(nanoseconds: now.instant.nanoseconds - Int64(seconds * 1e9)))
    }

    /// What is shown of a site whose copy is proven to be this current: a fresh picture of a PBX that is away is stale.
    func effective(_ proven: Freshness, of site: SiteID) -> Freshness {
        guard proven.isFresh, let absence = absences[site] else { return proven }
        return .stale(since: absence.since)
    }

    /// Notes what is shown from now on. True when it was something else before.
    mutating func show(_ freshness: Freshness, of site: SiteID) -> Bool {
        guard shown[site] != freshness else { return false }
        shown[site] = freshness
        return true
    }
}

extension Freshness {
    /// `fresh`, `stale` or `unknown`.
    public var word: String {
        switch self {
        case .fresh: "fresh"
        case .stale: "stale"
        case .unknown: "unknown"
        }
    }

    /// Seconds since the picture was current; nil when it is, or when nothing is known.
    func age(at now: Instant) -> Double? {
        guard case .stale(let since) = self else { return nil }
        return max(0, (now - since).inSeconds)
    }
}
