import Federation
import TandemCore

/// A seeded world: virtual time, a network with all its vices, nodes that crash and come back with what their store
/// had, and checkers that watch all the time. It runs real cores.
///
/// The same seed and the same calls give the same run, event for event.
public final class World<Node: SimulatedNode> {
    /// One site's node, its home data, and its memory on disk.
    struct Site {
        var configuration: FederationConfiguration
        var clock: SkewedClock
        var node: Node?
        /// Counts starts; events of an earlier life are skipped.
        var life = 0
        var store = SimulatedStore()
        /// The PBX: what the home's objects are.
        var objects: [ObjectKey: (config: EncodedObject, status: EncodedObject)] = [:]
        var nextLink: UInt64 = 1
        var connections: [LinkID: (connection: Connection, end: Int)] = [:]
        var tickPlanned: Int64 = .max
        /// The site that its certificate names.
        var certificate: SiteID
        /// How long commands take; nil: they never end.
        var executionTime: ClosedRange<Duration>? = .milliseconds(5)...(.milliseconds(50))
        var storeDelay: Duration = .milliseconds(2)
    }

    /// Nanoseconds since the world began.
    public internal(set) var time: Int64 = 0
    /// The random source of the whole run.
    public var random: SimulationRandom
    var queue = EventQueue()
    var sites: [SiteID: Site] = [:]
    /// The sites, sorted.
    var checkedSites: [SiteID] = []
    var cables: [SitePair: Cable] = [:]
    var nextConnection = 1
    var stalledConnections = StalledConnections()
    /// Watches all the time.
    public internal(set) var checker: InvariantChecker
    /// What happened, for scenario traces; nil: not kept.
    public var trace: [String]?
    /// Events handled so far.
    public internal(set) var steps = 0
    /// Bytes that were handed to the network.
    public internal(set) var bytesSent = 0

    /// An empty world.
    public init(seed: UInt64, keepsTrace: Bool = false) {
        random = SimulationRandom(seed: seed)
        checker = InvariantChecker()
        trace = keepsTrace ? [] : nil
    }

    /// The sites in the order of their names.
    public var siteNames: [SiteID] { sites.keys.sorted() }

    /// The core of a running node.
    public func core(_ site: SiteID) -> Federation? { sites[site]?.node?.federation }

    /// Whether a site's node runs.
    public func isRunning(_ site: SiteID) -> Bool { sites[site]?.node != nil }

    /// Now, as a site's clocks show it.
    public func moment(_ site: SiteID) -> Moment {
        let local = sites[site]?.clock.local(time) ?? time
        return Moment(instant: Instant(nanoseconds: local), unixTime: 1_700_000_000 + Double(time) / 1e9)
    }

    // MARK: Building

    /// Adds a site and starts its node. The clock's offset and speed are the site's own.
    public func addSite(
        _ name: SiteID, timings: FederationTimings = .wan, limits: FederationLimits = FederationLimits(),
        clockOffset: Duration = .zero, partsPerMillion: Int64 = 0
    ) {
        sites[name] = Site(
            configuration: FederationConfiguration(site: name, timings: timings, limits: limits),
            clock: SkewedClock(offset: clockOffset.inNanoseconds, partsPerMillion: partsPerMillion),
            certificate: name)
        checkedSites = sites.keys.sorted()
        start(name)
    }

    /// Lays a cable and configures the link at both ends.
    public func link(
        _ one: SiteID, _ other: SiteID, cost: Int = 10, dials: (Bool, Bool) = (true, true), cable: Cable = Cable(),
        policies: (LinkPolicy, LinkPolicy) = (.open, .open)
    ) {
        cables[SitePair(one, other)] = cable
        for policy in [policies.0, policies.1] where policy.export != nil || policy.accept != nil {
            checker.isFiltered = true
        }
        sites[one]?.configuration.links.append(
            FederationConfiguration.Link(peer: other, cost: cost, dials: dials.0, policy: policies.0))
        sites[other]?.configuration.links.append(
            FederationConfiguration.Link(peer: one, cost: cost, dials: dials.1, policy: policies.1))
        reconfigure(one)
        reconfigure(other)
    }

    /// Changes a site's configuration.
    public func configure(_ site: SiteID, _ change: (inout FederationConfiguration) -> Void) {
        guard sites[site] != nil else { return }
        change(&sites[site, default: blank(site)].configuration)
        reconfigure(site)
    }

    private func blank(_ site: SiteID) -> Site {
        Site(
            configuration: FederationConfiguration(site: site), clock: SkewedClock(offset: 0, partsPerMillion: 0),
            certificate: site)
    }

    private func reconfigure(_ site: SiteID) {
        guard let configuration = sites[site]?.configuration else { return }
        act(site) { $0.reconfigure(configuration, now: $1) }
    }

    // MARK: Lives

    /// Stops a node at once. `silently`: the other ends of its connections are not told.
    public func crash(_ site: SiteID, silently: Bool = false) {
        guard sites[site]?.node != nil else { return }
        note("\(site): crashes")
        checker.homeStopped(site, time: time)
        let connections = sites[site]?.connections ?? [:]
        sites[site]?.node = nil
        sites[site]?.connections = [:]
        sites[site]?.life += 1
        checker.lifeEnded(site)
        for (_, place) in connections.sorted(by: { $0.key < $1.key }) {
            place.connection.ends[place.end].isOpen = false
            if !silently { transmit(place.connection, from: place.end, .end(reason: "connection reset")) }
        }
    }

    /// Starts a node with its store, or with an empty disk.
    public func restart(_ site: SiteID, lostDisk: Bool = false) {
        guard sites[site] != nil, sites[site]?.node == nil else { return }
        note("\(site): starts\(lostDisk ? " with an empty disk" : "")")
        if lostDisk { sites[site]?.store = SimulatedStore() }
        start(site)
    }

    private func start(_ name: SiteID) {
        guard var site = sites[name] else { return }
        site.life += 1
        site.store.incarnation += 1
        site.store.worldTime = time
        site.tickPlanned = .max
        let incarnation = site.store.incarnation
        site.node = Node(
            configuration: site.configuration, incarnation: incarnation, store: site.store, now: moment(name))
        sites[name] = site
        let objects = site.objects.sorted { $0.key.description < $1.key.description }
        // The PBX is read before the first link comes up.
        act(name) { node, now in
            node.localChanges(
                objects.map { .added($0.key, config: $0.value.config, status: $0.value.status) }, now: now)
            node.tick(now: now)
        }
    }

    // MARK: Home data and commands

    /// A change at a home's PBX. It happens whether or not the node runs.
    public func change(_ site: SiteID, _ change: ObjectChange) {
        let old = sites[site]?.objects[change.key]
        switch change {
        case .added(let key, let config, let status): sites[site]?.objects[key] = (config, status)
        case .config(let key, let patch):
            sites[site]?.objects[key] = ((old?.config ?? .empty).merging(patch), old?.status ?? .empty)
        case .status(let key, let patch):
            sites[site]?.objects[key] = (old?.config ?? .empty, (old?.status ?? .empty).merging(patch))
        case .removed(let key): sites[site]?.objects[key] = nil
        }
        act(site) { $0.localChanges([change], now: $1) }
    }

    /// Many changes in one turn.
    public func changes(_ site: SiteID, _ changes: [ObjectChange]) {
        for change in changes {
            if case .added(let key, let config, let status) = change { sites[site]?.objects[key] = (config, status) }
            if case .status(let key, let patch) = change {
                let old = sites[site]?.objects[key]
                sites[site]?.objects[key] = (old?.config ?? .empty, (old?.status ?? .empty).merging(patch))
            }
        }
        act(site) { $0.localChanges(changes, now: $1) }
    }

    /// The home's objects, by name.
    public func objectKeys(_ site: SiteID) -> [ObjectKey] {
        (sites[site]?.objects.keys.sorted { $0.description < $1.description }) ?? []
    }

    /// Gives a command at a site.
    public func command(
        from site: SiteID, to target: SiteID, verb: String, key: IdempotencyKey, timeLeft: Duration
    ) {
        let body = EncodedObject { writer in
            writer.key("class")
            writer.literal("ipbxcommand")
            writer.key("command")
            writer.string(verb)
        }
        let request = CommandRequest(
            key: key, target: target, origin: CommandOrigin(site: site, user: "1"), verb: verb, body: body,
            timeLeft: timeLeft)
        guard sites[site]?.node != nil else { return }
        let life = sites[site]?.life ?? 0
        let timings = sites[site]?.configuration.timings ?? .wan
        let limit = sites[site]?.configuration.limits.commandTime ?? .zero
        let end =
            time + min(timeLeft, limit).inNanoseconds + timings.commandGrace.inNanoseconds
        note("\(site): command \(key) \(verb) to \(target)")
        act(site) { node, now in
            let token = node.submit(request, now: now)
            self.checker.submitted(site, life: life, token: token, key: key, verb: verb, until: end, target: target)
        }
    }

    /// How long commands take at a site; nil: they never end.
    public func setExecutionTime(_ site: SiteID, _ range: ClosedRange<Duration>?) { sites[site]?.executionTime = range }

    /// Another name in a site's certificate.
    public func setCertificate(_ site: SiteID, _ name: SiteID) { sites[site]?.certificate = name }

    /// Lets a node say goodbye.
    public func drain(_ site: SiteID) { act(site) { $0.beginDrain(now: $1) } }

    // MARK: Running

    /// Runs for a duration. Throws the first broken invariant.
    public func run(for duration: Duration) throws(InvariantViolation) {
        let end = time + duration.inNanoseconds
        while let next = queue.nextTime, next <= end {
            guard let (due, event) = queue.pop() else { break }
            time = max(time, due)
            steps += 1
            handle(event)
            try checker.verdict(time: time, step: steps)
        }
        time = end
        checker.checkOverdue(time: time)
        try checker.verdict(time: time, step: steps)
    }

    /// Lets a node do something, then carries out what it wants, checks, and plans its next tick.
    func act(_ name: SiteID, _ body: (inout Node, Moment) -> Void) {
        guard var node = sites[name]?.node else { return }
        sites[name]?.node = nil
        let now = moment(name)
        body(&node, now)
        let effects = node.takeEffects()
        let deadline = node.nextDeadline
        let core = node.federation
        sites[name]?.node = node
        for effect in effects { perform(effect, at: name) }
        checker.observe(name, core, world: self)
        guard let deadline, let site = sites[name] else { return }
        let due = max(time, site.clock.world(deadline.nanoseconds))
        if due < site.tickPlanned || site.tickPlanned < time {
            sites[name]?.tickPlanned = due
            queue.add(.tick(name, life: site.life), at: due)
        }
    }

    func note(_ line: @autoclosure () -> String) {
        guard trace != nil else { return }
        let millis = time / 1_000_000
        let fraction = String(millis % 1_000)
        let padded = String(repeating: "0", count: 3 - fraction.count) + fraction
        trace?.append("\(millis / 1_000).\(padded) \(line())")
    }
}
