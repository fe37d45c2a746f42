import TandemCore

/// The objects of all sites as this node holds them: our own with their log, and copies that are pulled from the next
/// hop towards their home, served to whoever pulls them from us, and judged by the beats that prove them.
///
/// ```
///   localChanges, restore ───────────────────►┌─────────────┐─ changed, position, freshness ─► shell
///   neighbourUp, room, roundTrip, down ──────►│             │─ send (pulls, bulk, digests,
///   receive (beats, pulls, changes, …) ──────►│ Replication │        beats) ───────────────► neighbours
///   routesChanged, lifeHeard, renew ─────────►│             │─ ownLife ──────────────────► the node
///   tick ────────────────────────────────────►└─────────────┘─ reroute ──────────────────► routing
/// ```
struct Replication: Sendable {
    enum Output: Sendable {
        /// A message for a neighbour.
        case send(OutgoingMessage, to: SiteID)
        /// A neighbour has broken the rules.
        case cut(SiteID, reason: String)
        /// A neighbour remembers this life of ours, or a later position in it than we have reached.
        case ownLife(UInt64, heardFrom: SiteID)
        /// A site was forgotten; if a way leads there, it is to be pulled anew.
        case reroute
        /// For the shell.
        case effect(FederationEffect)
    }

    /// What it counts.
    struct Counters: Hashable, Sendable {
        var changesApplied: UInt64 = 0
        var duplicateFrames: UInt64 = 0
        var gaps: UInt64 = 0
        var lateFrames: UInt64 = 0
        var snapshotsSent: UInt64 = 0
        var snapshotsApplied: UInt64 = 0
        var digestRepairs: UInt64 = 0
    }

    let site: SiteID
    private(set) var incarnation: UInt64
    private(set) var limits: FederationLimits
    private(set) var timings: FederationTimings
    private(set) var trust: Trust
    var counters = Counters()

    var origins = OrderedMap<SiteID, Origin>()
    var pullers = OrderedMap<SiteID, Puller>()
    var routes = OrderedMap<SiteID, Route>()
    var writer = FrameWriter()

    var beat: UInt64 = 0
    var nextBeat: Instant
    /// When beats that came in are passed on.
    var beatFlush: Instant?
    /// Every copy whose judgement time can change has one entry here that is due no later than that.
    var judgements = DeadlineQueue<SiteID>()
    var outputs = EffectBuffer<Output>()

    init(_ configuration: FederationConfiguration, incarnation: UInt64, now: Instant) {
        site = configuration.site
        self.incarnation = incarnation
        limits = configuration.limits
        timings = configuration.timings
        trust = Trust(configuration)
        nextBeat = now
        var own = Origin(copy: SiteCopy(incarnation: incarnation), logLength: timings.logLength)
        own.reported = .fresh
        origins[site] = own
    }

    /// Takes over limits, delays and policies.
    mutating func adopt(_ configuration: FederationConfiguration) {
        limits = configuration.limits
        timings = configuration.timings
        trust = Trust(configuration)
        for site in origins.keys {
            origins[site]?.log.limit = max(1, timings.logLength)
            watch(site)
        }
    }

    /// When `tick` must be called at the latest; may be early.
    var nextDeadline: Instant {
        var next = nextBeat
        if let beatFlush { next = min(next, beatFlush) }
        if let first = judgements.first { next = min(next, first) }
        return next
    }

    mutating func tick(now: Instant) {
        if nextBeat <= now { sendBeat(now: now) }
        if let flush = beatFlush, flush <= now { flushBeats(now: now) }
        judgeDue(now: now)
    }

    // MARK: Our own site

    /// The home's own changes, in order: applied, numbered, logged, and sent to whoever pulls them.
    mutating func localChanges(_ changes: [ObjectChange]) {
        var hasGrown = false
        for change in changes {
            let element = writer.element(change)
            guard element.count <= limits.element, change.key.id.utf8.count <= Limits.objectID,
                !change.key.id.isEmpty
            else {
                log(.error, "\(change.key): a change of \(element.count) bytes is too large and is not shared")
                continue
            }
            if origins[site]?.applyLocal(change, element: element) == true { hasGrown = true }
        }
        if hasGrown { pumpSubscribers(of: site) }
    }

    /// Our life goes on under a new number; the objects stay.
    mutating func renew(incarnation: UInt64, now: Instant) {
        self.incarnation = incarnation
        origins[site]?.copy.incarnation = incarnation
        if let sequence = origins[site]?.copy.sequence { origins[site]?.log.restart(after: sequence) }
        pumpSubscribers(of: site)
        // Peers need a beat of the new life to trust the copy.
        nextBeat = now
    }

    // MARK: Other sites

    /// The last known copy of a site, from the store: shown as stale with its age until the site is heard again.
    mutating func restore(
        site: SiteID, incarnation: UInt64, sequence: UInt64,
        objects: [(key: ObjectKey, config: EncodedObject, status: EncodedObject)], age: Duration, now: Instant
    ) {
        guard site != self.site, incarnation > 0, ensureOrigin(site, now: now, reporting: false) else { return }
        var copy = SiteCopy(incarnation: incarnation, sequence: sequence)
        for object in objects { copy.apply(.added(object.key, config: object.config, status: object.status)) }
        origins[site]?.copy = copy
        origins[site]?.log.restart(after: sequence)
        let heard = origins[site]?.heardIncarnation ?? 0
        origins[site]?.heardIncarnation = max(heard, incarnation)
        let age = max(0, age.inNanoseconds)
        let proof = Instant(nanoseconds: now.nanoseconds - min(age, 1 << 61))
        origins[site]?.beats = BeatTracker(restoredProof: proof)
        judge(site, now: now)
    }

    /// Makes a place for a site. False when there are too many.
    mutating func ensureOrigin(_ site: SiteID, now: Instant, reporting: Bool = true) -> Bool {
        if origins.contains(site) { return true }
        guard origins.count < limits.sites else { return false }
        origins[site] = Origin(copy: SiteCopy(), logLength: timings.logLength)
        if reporting { judge(site, now: now) }
        return true
    }

    /// A site's life number was heard; a copy of an earlier life is not current any more.
    mutating func lifeHeard(of site: SiteID, incarnation: UInt64, now: Instant) {
        guard site != self.site, ensureOrigin(site, now: now) else { return }
        if let heard = origins[site]?.heardIncarnation, incarnation > heard {
            origins[site]?.heardIncarnation = incarnation
            judge(site, now: now)
        }
    }

    /// The routing table was computed anew: each site is pulled from the next hop towards it, and no more from a former
    /// one.
    mutating func routesChanged(_ table: OrderedMap<SiteID, Route>, now: Instant) {
        routes = table
        updateSources(now: now)
        for site in origins.keys where site != self.site { judge(site, now: now) }
    }

    // MARK: Neighbours

    mutating func neighbourUp(_ neighbour: Neighbour, now: Instant) {
        pullers[neighbour.site] = Puller(limits: limits)
        // The same life or not: what was proven by earlier beats may belong to a life that is over.
        if let life = origins[neighbour.site]?.copy.incarnation, life != neighbour.incarnation {
            origins[neighbour.site]?.beats.distrust()
            judge(neighbour.site, now: now)
        }
        sendBeats(to: neighbour.site, now: now)
    }

    /// The neighbour is gone: what is pulled from it needs another way.
    mutating func neighbourDown(_ neighbour: SiteID) {
        pullers[neighbour] = nil
        for site in origins.keys {
            if origins[site]?.beatSource == neighbour { origins[site]?.beatSource = nil }
            guard origins[site]?.source == neighbour else { continue }
            origins[site]?.source = nil
            origins[site]?.incoming = nil
        }
    }

    /// Whether there is room for changes and snapshots on the way to a neighbour. Without, they wait here.
    mutating func room(_ neighbour: SiteID, _ hasRoom: Bool) {
        guard pullers.contains(neighbour) else { return }
        pullers[neighbour]?.hasRoom = hasRoom
        if hasRoom { pumpAll(neighbour) }
    }

    mutating func roundTrip(_ neighbour: SiteID, _ time: Duration) { pullers[neighbour]?.roundTrip = time }

    /// Forgets names that someone mentioned and of which nothing ever came.
    mutating func housekeep(isKnown: (SiteID) -> Bool) {
        for name in origins.keys
        where name != site && !isKnown(name) && !routes.contains(name) && origins[name]?.copy.count == 0
            && origins[name]?.incoming == nil
        {
            origins[name] = nil
        }
    }

    mutating func log(_ level: FederationLogLevel, _ text: String) { outputs.append(.effect(.log(level, text))) }

    mutating func send(_ message: OutgoingMessage, to neighbour: SiteID) {
        outputs.append(.send(message, to: neighbour))
    }
}
