import TandemCore

/// The federation core of one node: links, routing, replication and commands as one state machine without I/O.
///
/// Every function takes the present; what is to be done comes out of `takeEffects()`, in order. The shell calls
/// `tick` no later than `nextDeadline`. The same events at the same moments give the same effects.
public struct Federation: Sendable {
    /// What it was told.
    public internal(set) var configuration: FederationConfiguration
    /// The number of this life; raised when someone remembers a later one.
    public internal(set) var incarnation: UInt64
    /// What was counted.
    public internal(set) var counters = FederationCounters()
    /// Whether `beginDrain` was called.
    public internal(set) var isDraining = false

    /// Our own site.
    public let site: SiteID

    var effects = EffectBuffer<FederationEffect>()
    var now: Moment
    var writer = JSONWriter(capacity: 4_096)
    var reader = FrameReader()

    var peers = OrderedMap<SiteID, Peer>()
    var sockets = OrderedMap<LinkID, Socket>()
    var nextNonce: UInt64 = 1

    var topology: LinkStateDatabase
    var routeTable = OrderedMap<SiteID, Route>()
    var linkStateSequence: UInt64 = 0
    var routesAreOld = false
    /// Large federations compute their routes at most this often, however many link states come in.
    var nextRoutes: Instant
    /// Whether it was said within the last minute that there are too many sites.
    var hasToldOfTooManySites = false
    var raisedAt: Instant?

    var origins = OrderedMap<SiteID, Origin>()
    var beat: UInt64 = 0
    var nextBeat: Instant
    /// When beats that came in are passed on.
    var beatFlush: Instant?
    var nextHousekeeping: Instant

    var ledger = Ledger()
    var running: [IdempotencyKey: RunningCommand] = [:]
    var pending: [IdempotencyKey: PendingCommand] = [:]
    /// Commands whose way was lost, in order.
    var stranded: [IdempotencyKey] = []
    /// Routes have changed since stranded commands were last tried.
    var strandedMayMove = false
    var deadlines = DeadlineQueue<IdempotencyKey>()
    var nextToken: UInt64 = 1
    var submittedWaiting = 0

    /// A core with no sockets yet. `incarnation` MUST be higher than in every earlier life of this site (1 or more).
    public init(configuration: FederationConfiguration, incarnation: UInt64, now: Moment) {
        self.configuration = configuration
        site = configuration.site
        self.incarnation = max(1, incarnation)
        self.now = now
        topology = LinkStateDatabase(limit: configuration.limits.sites)
        nextBeat = now.instant
        nextRoutes = now.instant
        nextHousekeeping = now.instant + .seconds(60)
        for link in configuration.links where link.peer != configuration.site {
            peers[link.peer] = Peer(link: link, now: now.instant)
        }
        var own = Origin(
            copy: SiteCopy(incarnation: self.incarnation), logLength: configuration.timings.logLength)
        own.reported = .fresh
        origins[configuration.site] = own
        announceLinks()
    }

    /// The effects since the last call, in order.
    public mutating func takeEffects() -> [FederationEffect] { effects.take() }

    /// Puts the effects since the last call into a list, in order; what the list held is dropped.
    public mutating func takeEffects(into list: inout [FederationEffect]) { effects.take(into: &list) }

    /// Does everything that is due.
    public mutating func tick(now: Moment) {
        begin(now)
        checkSockets()
        checkDials()
        if nextBeat <= now.instant { sendBeat() }
        if let flush = beatFlush, flush <= now.instant { flushBeats() }
        checkCommandDeadlines()
        if nextHousekeeping <= now.instant { housekeep() }
        settle()
        judgeAll()
    }

    /// When `tick` must be called at the latest.
    public var nextDeadline: Instant? {
        var next = min(nextBeat, nextHousekeeping)
        if let beatFlush { next = min(next, beatFlush) }
        if let first = deadlines.first { next = min(next, first) }
        if routesAreOld { next = min(next, nextRoutes) }
        // Asked for after every turn of the shell: nothing is copied.
        let timings = configuration.timings
        for place in 0..<sockets.count {
            if let limit = sockets[at: place]?.silenceLimit(timings) { next = min(next, limit) }
        }
        for place in 0..<peers.count {
            if let deadline = peers[at: place]?.nextStep(isDraining: isDraining) { next = min(next, deadline) }
        }
        for place in 0..<origins.count {
            if let deadline = origins[at: place]?.judgementDeadline(timings) { next = min(next, deadline) }
        }
        return next
    }

    // MARK: Within one event

    mutating func begin(_ now: Moment) {
        self.now = now
    }

    /// Brings routes, pulls and stranded commands up to date after an event.
    mutating func settle() {
        if routesAreOld, nextRoutes <= now.instant { recomputeRoutes() }
        if strandedMayMove { retryStranded() }
    }

    mutating func log(_ level: FederationLogLevel, _ text: String) { effects.append(.log(level, text)) }

    /// Forgets what has aged, about once a minute.
    private mutating func housekeep() {
        nextHousekeeping = now.instant + .seconds(60)
        let dead = topology.age(out: configuration.timings.linkStateRetention, now: now.instant)
        if !dead.isEmpty { routesAreOld = true }
        hasToldOfTooManySites = false
        // Names that someone mentioned and of which nothing ever came.
        for name in origins.keys
        where name != site && topology[name] == nil && !routeTable.contains(name) && origins[name]?.copy.count == 0
            && origins[name]?.incoming == nil
        {
            origins[name] = nil
        }
        let oldest = now.unixTime - configuration.timings.ledgerRetention.inSeconds
        if ledger.trim(before: oldest) { effects.append(.trimLedger(before: oldest)) }
    }
}
