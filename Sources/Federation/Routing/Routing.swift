import TandemCore

/// Which way leads to which site: announces our links, floods what others say about theirs, computes shortest paths.
///
/// ```
///   neighbourUp, carriesRoutes, neighbourDown ─►┌─────────┐─ send (link states) ─► neighbours
///   receive (link states of a neighbour) ──────►│ Routing │─ routes ─────────────► replication, commands
///   renew (our life has a new number) ─────────►└─────────┘─ life, ownLife ──────► replication, the node
/// ```
struct Routing: Sendable {
    enum Output: Hashable, Sendable {
        /// A link state for a neighbour.
        case send(LinkStateAdvertisement, to: SiteID)
        /// A neighbour has broken the rules.
        case cut(SiteID, reason: String)
        /// Someone speaks of this life of a site.
        case life(SiteID, UInt64)
        /// A neighbour remembers this life of ours, which we do not.
        case ownLife(UInt64, heardFrom: SiteID)
        /// Routes were computed anew; the table is in `routes`.
        case routes(haveChanged: Bool)
        /// For the operator.
        case log(FederationLogLevel, String)
    }

    /// What is known of a neighbour that is up.
    struct Adjacency: Sendable {
        /// Routes may lead over it.
        var carriesRoutes = false
        /// Link states that it has, from us or by itself: each crosses once.
        var told = OrderedMap<SiteID, Mark>()
    }

    let site: SiteID
    private(set) var incarnation: UInt64
    private var limits: FederationLimits
    private var timings: FederationTimings
    private var costs: [SiteID: Int] = [:]
    private var isDraining = false

    private(set) var neighbours = OrderedMap<SiteID, Adjacency>()
    private(set) var topology: LinkStateDatabase
    /// The table, in the order of the sites' names.
    private(set) var routes = OrderedMap<SiteID, Route>()
    private var sequence: UInt64 = 0
    /// The neighbours in the order in which they came up.
    private var order: [SiteID] = []
    private(set) var routesAreOld = false
    /// Large federations compute their routes at most this often, however many link states come in.
    private(set) var nextRoutes: Instant
    /// Whether it was said within the last minute that there are too many sites.
    private var hasToldOfTooManySites = false
    /// Link states passed on.
    private(set) var flooded: UInt64 = 0
    var outputs = EffectBuffer<Output>()

    init(_ configuration: FederationConfiguration, incarnation: UInt64, now: Instant) {
        site = configuration.site
        self.incarnation = incarnation
        limits = configuration.limits
        timings = configuration.timings
        topology = LinkStateDatabase(limit: configuration.limits.sites)
        nextRoutes = now
        adopt(configuration)
        announce(now: now)
    }

    /// Takes over limits, delays and costs. `announce` tells others.
    mutating func adopt(_ configuration: FederationConfiguration) {
        limits = configuration.limits
        timings = configuration.timings
        topology.limit = limits.sites
        costs = Dictionary(configuration.links.map { ($0.peer, $0.cost) }) { _, last in last }
    }

    // MARK: Neighbours

    mutating func neighbourUp(_ neighbour: SiteID, now: Instant) {
        neighbours[neighbour] = Adjacency()
        order.append(neighbour)
        announce(now: now)
        for advertisement in topology.all { send(advertisement, to: neighbour) }
    }

    mutating func carriesRoutes(_ neighbour: SiteID, _ carries: Bool, now: Instant) {
        guard neighbours.contains(neighbour) else { return }
        neighbours[neighbour]?.carriesRoutes = carries
        announce(now: now)
    }

    mutating func neighbourDown(_ neighbour: SiteID, now: Instant) {
        neighbours[neighbour] = nil
        order.removeAll { $0 == neighbour }
        routesAreOld = true
        announce(now: now)
    }

    /// We stop: nobody is to route over us.
    mutating func beginDrain(now: Instant) {
        isDraining = true
        announce(now: now)
    }

    /// Our life goes on under a new number.
    mutating func renew(incarnation: UInt64, now: Instant) {
        self.incarnation = incarnation
        announce(now: now)
    }

    /// Announces our links when they have changed.
    mutating func announce(now: Instant) {
        var list: [LinkStateAdvertisement.Neighbour] = []
        if !isDraining {
            for (site, adjacency) in neighbours.pairs where adjacency.carriesRoutes {
                list.append(LinkStateAdvertisement.Neighbour(site: site, cost: max(1, costs[site] ?? 1)))
            }
        }
        if let current = topology[site], current.incarnation == incarnation, current.neighbours == list { return }
        sequence += 1
        let own = LinkStateAdvertisement(
            origin: site, incarnation: incarnation, sequence: sequence, neighbours: list)
        _ = topology.accept(own, now: now)
        routesAreOld = true
        flood(own, except: nil)
    }

    // MARK: Flooding

    mutating func receive(_ advertisement: LinkStateAdvertisement, from neighbour: SiteID, now: Instant) {
        guard advertisement.neighbours.count <= limits.linksPerSite else {
            let reason = "rcti_linkstate: neighbours are more than \(limits.linksPerSite)"
            return outputs.append(.cut(neighbour, reason: reason))
        }
        if advertisement.origin == site { return hearOfOurselves(advertisement, from: neighbour) }
        let acceptance = topology.accept(advertisement, now: now)
        // What finds no room must leave no trace, or a peer could fill the memory with names.
        if acceptance != .full { _ = note(advertisement, toldTo: neighbour) }
        switch acceptance {
        case .newer:
            routesAreOld = true
            outputs.append(.life(advertisement.origin, advertisement.incarnation))
            flood(advertisement, except: neighbour)
        case .same: break
        case .older(let newer): send(newer, to: neighbour)
        case .full:
            guard !hasToldOfTooManySites else { return }
            hasToldOfTooManySites = true
            outputs.append(.log(.error, "more than \(limits.sites) sites: \(advertisement.origin) is ignored"))
        }
    }

    private mutating func hearOfOurselves(_ advertisement: LinkStateAdvertisement, from neighbour: SiteID) {
        guard let own = topology[site] else { return }
        if advertisement.isNewer(than: own) || (advertisement != own && !own.isNewer(than: advertisement)) {
            outputs.append(.ownLife(advertisement.incarnation, heardFrom: neighbour))
        } else if own.isNewer(than: advertisement) {
            send(own, to: neighbour)
        }
    }

    private mutating func flood(_ advertisement: LinkStateAdvertisement, except source: SiteID?) {
        for neighbour in order where neighbour != source { send(advertisement, to: neighbour) }
    }

    /// Sends a link state unless the neighbour has it: a transport loses nothing, so once is enough.
    private mutating func send(_ advertisement: LinkStateAdvertisement, to neighbour: SiteID) {
        guard note(advertisement, toldTo: neighbour) else { return }
        if advertisement.origin != site { flooded += 1 }
        outputs.append(.send(advertisement, to: neighbour))
    }

    /// Notes that a neighbour has a link state. False when that was known.
    private mutating func note(_ advertisement: LinkStateAdvertisement, toldTo neighbour: SiteID) -> Bool {
        let mark = Mark(incarnation: advertisement.incarnation, number: advertisement.sequence)
        if let told = neighbours[neighbour]?.told[advertisement.origin], told >= mark { return false }
        neighbours[neighbour]?.told[advertisement.origin] = mark
        return true
    }

    // MARK: Routes

    /// When `settle` must be called at the latest.
    var nextDeadline: Instant? { routesAreOld ? nextRoutes : nil }

    /// Routes must be computed anew for a reason that is not in the link states.
    mutating func reroute() { routesAreOld = true }

    /// Brings the routes up to date, once the events of a turn are through. True when it did.
    mutating func settle(now: Instant) -> Bool {
        guard routesAreOld, nextRoutes <= now else { return false }
        routesAreOld = false
        if topology.sites.count > 128 { nextRoutes = now + .milliseconds(20) }
        let new = ShortestPaths.routes(from: site, over: topology)
        let own = site
        topology.note(reachable: { $0 == own || new.contains($0) }, now: now)
        let haveChanged = !new.values.elementsEqual(routes.values)
        routes = new
        outputs.append(.routes(haveChanged: haveChanged))
        return true
    }

    /// Forgets what has aged, about once a minute.
    mutating func housekeep(now: Instant) {
        if !topology.age(out: timings.linkStateRetention, now: now).isEmpty { routesAreOld = true }
        hasToldOfTooManySites = false
    }
}
