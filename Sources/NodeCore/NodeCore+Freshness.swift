import Federation
import TandemCore

// How current the picture of each site is, and who is told.
extension NodeCore {
    /// How current the picture of a site is: what the federation proves, and whether the site's PBX answers.
    func effectiveFreshness(of site: SiteID) -> Freshness {
        if site == self.site {
            return pbxUp == false ? .stale(since: pbxSince.instant) : .fresh
        }
        let proven = federation.freshness(of: site)
        guard proven.isFresh, let away = awayPBXs[site] else { return proven }
        return .stale(since: away.since)
    }

    /// Reads what a site says of its PBX. Asked for each push, so it is kept.
    func noteRemotePBX(of site: SiteID) {
        guard let status = federation.object(ObjectID(.site, site, "self"))?.status,
            status.value(of: "pbx")?.stringValue == "down"
        else {
            awayPBXs[site] = nil
            return
        }
        let told = status.value(of: "since")?.doubleValue ?? 0
        if let known = awayPBXs[site], known.told == told { return }
        // Another site's number: nothing that it says may lead out of our clock's range. Its clock may be wrong, too.
        let seconds = told > 0 ? max(0, min(now.unixTime - told, 1e9)) : 0
        awayPBXs[site] = (told, Instant(nanoseconds: now.instant.nanoseconds - Int64(seconds * 1e9)))
    }

    func showFreshness(of site: SiteID) {
        let freshness = effectiveFreshness(of: site)
        guard shownFreshness[site] != freshness else { return }
        shownFreshness[site] = freshness
        effects.append(.log(.notice, "site \(site) is \(freshness.word)"))
        cti.siteFreshnessChanged(site: site, freshness: freshness, age: age(of: freshness), now: now)
        guard !missed.isEmpty else { return }
        for type in ObjectType.allCases {
            for id in federation.ids(site: site, type: type) {
                for client in missed.keys { missed[client]?.insert(ObjectID(type, site, id)) }
            }
        }
    }

    func age(of freshness: Freshness) -> Double? {
        guard case .stale(let since) = freshness else { return nil }
        return max(0, (now.instant - since).inSeconds)
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
}
