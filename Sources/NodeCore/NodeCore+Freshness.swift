import Federation
import TandemCore

// How current the picture of each site is, and who is told.
extension NodeCore {
    /// How current the picture of a site is: what the federation proves, and whether the site's PBX answers.
    func effectiveFreshness(of site: SiteID) -> Freshness {
        if site == self.site { return pbx.isUp == false ? .stale(since: pbx.since.instant) : .fresh }
        return freshness.effective(federation.freshness(of: site), of: site)
    }

    /// Reads what a site says of its PBX: whether it answers, and what it can do.
    func readSiteObject(of site: SiteID) {
        let told = federation.object(ObjectID(.site, site, "self"))
        freshness.read(told?.status, of: site, now: now)
        abilities.read(told?.config, of: site)
    }

    /// Tells the clients when what is shown of a site is more or less current than before.
    func showFreshness(of site: SiteID) {
        let current = effectiveFreshness(of: site)
        guard freshness.show(current, of: site) else { return }
        effects.append(.log(.notice, "site \(site) is \(current.word)"))
        cti.siteFreshnessChanged(site: site, freshness: current, age: current.age(at: now.instant), now: now)
        missed.note(wholeSite: site)
    }
}
