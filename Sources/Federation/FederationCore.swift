import TandemCore

/// The parts of a node that do not depend on how messages travel, and the wiring between them: one part's outputs are
/// another's inputs.
///
/// ```
///                        ┌────────── life ───────────┐
///                   ┌────┴────┐ routes        ┌──────▼──────┐
///     ┌────────────►│ Routing ├──────┬───────►│ Replication ├──► changed, freshness, position
///     │             └────▲────┘      │        └──┬──────────┘
///  Transport             └───────────┼─ reroute ─┘
///  (TransportEvent in,               │        ┌──────────┐
///   send and cut out) ───────────────┴───────►│ Commands ├─────► execute, answered, storeLedger
///                                             └──────────┘
/// ```
/// Not drawn: `Trust` is asked by replication and commands (and by the links); `ownLife` of routing and replication
/// comes back to both as `renew`.
struct FederationCore: Sendable {
    let site: SiteID
    /// The number of this life; raised when someone remembers a later one.
    private(set) var incarnation: UInt64
    var routing: Routing
    var replication: Replication
    var commands: Commands
    /// What the shell is to do.
    var effects = EffectBuffer<FederationEffect>()

    /// When `tick` must be called at the latest, as of the last `exchange`; may be early.
    private(set) var deadline: Instant

    private var heartbeat: Duration
    private var nextHousekeeping: Instant
    private var raisedAt: Instant?

    // Lists that change places with those of the parts, so that a turn allocates nothing.
    private var events: [TransportEvent] = []
    private var fromRouting: [Routing.Output] = []
    private var fromReplication: [Replication.Output] = []
    private var fromCommands: [Commands.Output] = []

    init(_ configuration: FederationConfiguration, incarnation: UInt64, now: Moment) {
        site = configuration.site
        self.incarnation = max(1, incarnation)
        heartbeat = configuration.timings.heartbeat
        nextHousekeeping = now.instant + .seconds(60)
        routing = Routing(configuration, incarnation: self.incarnation, now: now.instant)
        replication = Replication(configuration, incarnation: self.incarnation, now: now.instant)
        commands = Commands(configuration)
        deadline = now.instant
    }

    /// Takes over limits, delays and policies.
    mutating func adopt(_ configuration: FederationConfiguration) {
        heartbeat = configuration.timings.heartbeat
        routing.adopt(configuration)
        replication.adopt(configuration)
        commands.adopt(configuration)
    }

    /// When `tick` must be called at the latest; may be early.
    private var nextDeadline: Instant {
        var next = min(nextHousekeeping, replication.nextDeadline)
        if let due = routing.nextDeadline { next = min(next, due) }
        if let due = commands.nextDeadline { next = min(next, due) }
        return next
    }

    /// Does everything that is due. `exchange` follows.
    mutating func tick(now: Moment) {
        replication.tick(now: now.instant)
        commands.tick(now: now)
        guard nextHousekeeping <= now.instant else { return }
        nextHousekeeping = now.instant + .seconds(60)
        routing.housekeep(now: now.instant)
        replication.housekeep { [routing] in routing.topology[$0] != nil }
        commands.housekeep(now: now)
    }

    // MARK: Wiring

    /// Carries the transport's events to the parts, the parts' messages to the transport, and what one part says to the
    /// others, until nobody has anything to say. Routes are computed once everything else of the turn is known.
    mutating func exchange(with transport: inout some Transport, now: Moment) {
        repeat {
            var isQuiet = false
            while !isQuiet {
                isQuiet = true
                transport.takeEvents(into: &events)
                if !events.isEmpty { isQuiet = false }
                takeEvents(now: now)
                if deliverFromRouting(to: &transport, now: now) { isQuiet = false }
                if deliverFromReplication(to: &transport, now: now) { isQuiet = false }
                if deliverFromCommands(to: &transport, now: now) { isQuiet = false }
            }
        } while routing.settle(now: now.instant)
        deadline = nextDeadline
    }

    private mutating func takeEvents(now: Moment) {
        guard !events.isEmpty else { return }
        var list: [TransportEvent] = []
        swap(&list, &events)
        for event in list { handle(event, now: now) }
        list.removeAll(keepingCapacity: true)
        swap(&list, &events)
    }

    private mutating func handle(_ event: TransportEvent, now: Moment) {
        switch event {
        case .message(let message, let peer, let size): handle(message, from: peer, size: size, now: now)
        case .up(let neighbour):
            routing.neighbourUp(neighbour.site, now: now.instant)
            replication.neighbourUp(neighbour, now: now.instant)
            commands.neighbourUp(neighbour.site)
        case .carriesRoutes(let neighbour, let carries):
            routing.carriesRoutes(neighbour, carries, now: now.instant)
        case .room(let neighbour, let hasRoom): replication.room(neighbour, hasRoom)
        case .roundTrip(let neighbour, let time):
            replication.roundTrip(neighbour, time)
            commands.roundTrip(neighbour, time)
        case .down(let neighbour, _):
            routing.neighbourDown(neighbour, now: now.instant)
            replication.neighbourDown(neighbour)
            commands.neighbourDown(neighbour)
        case .effect(let effect): effects.append(effect)
        }
    }

    private mutating func handle(_ message: NeighbourMessage, from peer: SiteID, size: Int, now: Moment) {
        switch message {
        case .beats(let news, let sentAt):
            replication.receive(news, sentAt: sentAt, from: peer, now: now.instant)
        case .linkState(let state): routing.receive(state, from: peer, now: now.instant)
        case .pull(let pull): replication.receive(pull, from: peer, now: now.instant)
        case .unpull(let site): replication.endSubscription(to: site, of: peer)
        case .changes(let changes): replication.receive(changes, from: peer, size: size, now: now.instant)
        case .snapshot(let snapshot): replication.receive(snapshot, from: peer, now: now.instant)
        case .digest(let digest): replication.receive(digest, from: peer, now: now.instant)
        case .command(let command): commands.receive(command, from: peer, now: now)
        case .progress(let progress): commands.receive(progress, from: peer)
        case .answer(let answer): commands.receive(answer, from: peer, now: now.instant)
        }
    }

    private mutating func deliverFromRouting(to transport: inout some Transport, now: Moment) -> Bool {
        guard !routing.outputs.isEmpty else { return false }
        var list: [Routing.Output] = []
        swap(&list, &fromRouting)
        routing.outputs.take(into: &list)
        for output in list {
            switch output {
            case .send(let state, let peer): transport.send(.linkState(state), to: peer, now: now.instant)
            case .cut(let peer, let reason): transport.cut(peer, reason: reason, now: now.instant)
            case .life(let site, let number):
                replication.lifeHeard(of: site, incarnation: number, now: now.instant)
            case .ownLife(let number, let peer): raiseIncarnation(above: number, heardFrom: peer, now: now.instant)
            case .routes(let haveChanged):
                if haveChanged { effects.append(.routesChanged) }
                commands.routesChanged(routing.routes, now: now.instant)
                replication.routesChanged(routing.routes, now: now.instant)
            case .log(let level, let text): effects.append(.log(level, text))
            }
        }
        swap(&list, &fromRouting)
        return true
    }

    private mutating func deliverFromReplication(to transport: inout some Transport, now: Moment) -> Bool {
        guard !replication.outputs.isEmpty else { return false }
        var list: [Replication.Output] = []
        swap(&list, &fromReplication)
        replication.outputs.take(into: &list)
        for output in list {
            switch output {
            case .send(let message, let peer): transport.send(message, to: peer, now: now.instant)
            case .effect(let effect): effects.append(effect)
            case .cut(let peer, let reason): transport.cut(peer, reason: reason, now: now.instant)
            case .ownLife(let number, let peer): raiseIncarnation(above: number, heardFrom: peer, now: now.instant)
            case .reroute: routing.reroute()
            }
        }
        swap(&list, &fromReplication)
        return true
    }

    private mutating func deliverFromCommands(to transport: inout some Transport, now: Moment) -> Bool {
        guard !commands.outputs.isEmpty else { return false }
        var list: [Commands.Output] = []
        swap(&list, &fromCommands)
        commands.outputs.take(into: &list)
        for output in list {
            switch output {
            case .send(let message, let peer): transport.send(message, to: peer, now: now.instant)
            case .effect(let effect): effects.append(effect)
            case .cut(let peer, let reason): transport.cut(peer, reason: reason, now: now.instant)
            }
        }
        swap(&list, &fromCommands)
        return true
    }

    /// Someone remembers a life of ours that we do not: this node has lost its disk. We go beyond it.
    private mutating func raiseIncarnation(above heard: UInt64, heardFrom peer: SiteID, now: Instant) {
        // Numbers are read up to 2^62; room is left for as many lives as anyone can live.
        guard heard >= incarnation, heard < 1 << 61 else { return }
        // Two living nodes of one name would drive each other up for ever: once a heartbeat is enough.
        if let raisedAt, now - raisedAt < heartbeat { return }
        // Nobody loses its disk twice in a minute.
        let hasTwin = raisedAt.map { now - $0 < .seconds(60) } ?? false
        raisedAt = now
        let text =
            "\(peer) remembers incarnation \(heard) of this site, ours is \(incarnation): continuing as \(heard + 1)"
        effects.append(
            .log(
                .warning,
                hasTwin
                    ? "two nodes are called \(site): stop one of them, or give it a name and a certificate of its own (\(text))"
                    : text + ". If this repeats, another node uses the name \(site)"))
        incarnation = heard + 1
        effects.append(.incarnationRaised(incarnation))
        replication.renew(incarnation: incarnation, now: now)
        routing.renew(incarnation: incarnation, now: now)
    }
}
