import CTIServer
import Federation
import PBX
import SiteModel
import TandemCore

/// What a node's core is made from.
public struct NodeCoreConfiguration {
    /// The site's objects.
    public var site: SiteConfiguration
    /// Links and timings.
    public var federation: FederationConfiguration
    /// Listeners' limits, profiles, banner.
    public var cti: CTIServerConfiguration
    /// Whether a PBX stands beside the node; a relay has none.
    public var hasPBX: Bool
    /// Names of the actions that the PBX can do.
    public var capabilities: Set<String>

    /// Makes a configuration.
    public init(
        site: SiteConfiguration, federation: FederationConfiguration, cti: CTIServerConfiguration, hasPBX: Bool,
        capabilities: Set<String>
    ) {
        self.site = site
        self.federation = federation
        self.cti = cti
        self.hasPBX = hasPBX
        self.capabilities = capabilities
    }
}

/// One node without its sockets, files and clocks: the site's model, the federation and the CTI server, wired together.
///
/// The shell calls in with events and the present, then carries out `takeEffects()`. The same class runs under the
/// simulator. It is confined to one thread of control (the node's event loop).
public final class NodeCore {
    /// The node's own site.
    public let site: SiteID
    /// The site's live lists.
    public internal(set) var model: SiteModel
    /// Links, routes, copies, commands.
    public internal(set) var federation: Federation
    /// The sessions of the clients.
    public let cti: CTIServer
    /// Whether the PBX answers; nil when the node has none.
    public private(set) var pbxUp: Bool?
    /// Why the PBX is away.
    public private(set) var pbxReason = "not connected yet"

    let capabilities: Set<String>
    var pbxSince: Moment
    var effects: [NodeEffect] = []
    private var history = CallHistoryTracker()
    var now: Moment
    /// When this life began, Unix seconds: part of our keys. A node that lost its disk counts its lives anew, and other
    /// sites still hold the keys of the former ones.
    let startedAt: Int64
    var nextNumber: UInt64 = 0
    var tickets: [CommandToken: Submitter] = [:]
    var executions: [IdempotencyKey: Execution] = [:]
    var actions: [ActionToken: IdempotencyKey] = [:]
    var barriers: [UInt64: () -> Void] = [:]
    private var nextPositions = Instant(nanoseconds: 0)
    var shownFreshness: [SiteID: Freshness] = [:]
    /// Sites whose PBX is away, as they tell themselves: since when (Unix seconds as told, and our clock).
    var awayPBXs: [SiteID: (told: Double, since: Instant)] = [:]
    /// What clients that read too slowly have missed: the objects, not the steps.
    var missed: [ClientID: Set<ObjectID>] = [:]

    /// Who waits for a command's answer.
    enum Submitter {
        case client(CTITicket)
        case callback((CommandAnswer) -> Void)
        case nobody
    }

    /// A command that this site's PBX is executing.
    struct Execution {
        var remaining: Int
        var result: JSONObject
        var wrote = false
        var failure: (reason: String, keys: JSONObject)?
        /// The PBX was lost between taking an action and saying what became of it.
        var isUnknown = false
    }

    /// Makes a node's core and shows what the store knew.
    public init(
        configuration: NodeCoreConfiguration, registry: CTICommandRegistry, restored: NodeRestored = NodeRestored(),
        incarnation: UInt64, sha1Hex: @escaping (String) -> String, now: Moment
    ) {
        site = configuration.site.site
        self.now = now
        startedAt = Int64(max(0, min(now.unixTime, 1e12)))
        capabilities = configuration.capabilities
        model = SiteModel(configuration: configuration.site)
        federation = Federation(configuration: configuration.federation, incarnation: incarnation, now: now)
        cti = CTIServer(configuration: configuration.cti, registry: registry, sha1Hex: sha1Hex)
        pbxUp = configuration.hasPBX ? false : nil
        pbxSince = now
        cti.environment = self
        for copy in restored.copies {
            federation.restore(
                site: copy.site, incarnation: copy.incarnation, sequence: copy.sequence, objects: copy.objects,
                age: .seconds(copy.age), now: now)
        }
        federation.restoreLedger(restored.ledger)
        var changes = model.initialChanges()
        model.restore(presences: restored.presences, into: &changes)
        if !configuration.hasPBX { model.apply(.resyncEnded, at: now, into: &changes) }
        federation.localChanges(changes, now: now)
        for copy in restored.copies { noteRemotePBX(of: copy.site) }
        settle()
    }

    /// The effects since the last call, in order.
    public func takeEffects() -> [NodeEffect] {
        defer { effects.removeAll(keepingCapacity: true) }
        return effects
    }

    /// The next moment at which `tick` must be called.
    public var nextDeadline: Instant? {
        switch (federation.nextDeadline, cti.nextDeadline) {
        case (let left?, let right?): min(left, right)
        case (let one, let other): one ?? other
        }
    }

    /// Time passed.
    public func tick(now: Moment) {
        self.now = now
        federation.tick(now: now)
        cti.tick(now: now)
        storePositionsNowAndThen()
        settle()
    }

    // MARK: Clients

    /// A client connected. `sessionID`: ten random alphanumerics, made by the shell.
    public func clientConnected(_ client: ClientID, secure: Bool, address: String, sessionID: String, now: Moment) {
        self.now = now
        cti.connectionOpened(client, secure: secure, address: address, sessionID: sessionID, now: now)
        settle()
    }

    /// A client sent a line (without its line feed).
    public func clientSent(_ client: ClientID, line: UnsafeBufferPointer<UInt8>, now: Moment) {
        self.now = now
        cti.received(client, line: line, now: now)
        settle()
    }

    /// A client's line was longer than its limit.
    public func clientLineTooLong(_ client: ClientID, limit: Int, now: Moment) {
        self.now = now
        cti.lineTooLong(client, limit: limit, now: now)
        settle()
    }

    /// A client reads too slowly for pushes: from now on only the names of changed objects are kept for it.
    public func clientLags(_ client: ClientID) { missed[client] = missed[client] ?? [] }

    /// A lagging client takes data again: it gets the present state of some of what it has missed. True: there is more;
    /// ask again once that is written.
    public func clientCaughtUp(_ client: ClientID, now: Moment) -> Bool {
        self.now = now
        guard var objects = missed.removeValue(forKey: client) else { return false }
        var piece: [ObjectID] = []
        while piece.count < Self.refreshPiece, let next = objects.popFirst() { piece.append(next) }
        if !objects.isEmpty { missed[client] = objects }
        cti.refresh(client, objects: piece, now: now)
        settle()
        return !objects.isEmpty
    }

    /// Objects told to a client that catches up in one go.
    private static let refreshPiece = 1_000

    private func noteMissed(_ site: SiteID, _ changes: [ObjectChange]) {
        guard !missed.isEmpty else { return }
        // Calls come and go: their names alone would fill the memory for a client that never reads again.
        let bound = federation.objectCount + Self.missedBeyondObjects
        for client in missed.keys.sorted() {
            for change in changes { missed[client]?.insert(ObjectID(site, change.key)) }
            guard let count = missed[client]?.count, count > bound else { continue }
            missed[client] = []
            effects.append(.cti(.close(client, reason: "it has missed \(count) objects and does not read")))
        }
    }

    /// So many names of objects that are gone are kept for a client that does not read.
    private static let missedBeyondObjects = 100_000

    /// A client's connection is gone.
    public func clientClosed(_ client: ClientID, now: Moment) {
        self.now = now
        missed[client] = nil
        cti.connectionClosed(client, now: now)
        settle()
    }

    // MARK: Links

    /// A dial did not succeed.
    public func dialFailed(peer: SiteID, reason: String, now: Moment) {
        self.now = now
        federation.dialFailed(peer: peer, reason: reason, now: now)
        settle()
    }

    /// A socket to a peer stands; `certificateSite` is what its certificate says, `target` the peer that was dialled.
    public func linkConnected(
        _ link: LinkID, certificateSite: SiteID?, dialed: Bool, target: SiteID? = nil, now: Moment
    ) {
        self.now = now
        federation.linkConnected(link, peer: certificateSite, dialed: dialed, target: target, now: now)
        settle()
    }

    /// A peer sent a line (without its line feed).
    public func linkSent(_ link: LinkID, line: UnsafeBufferPointer<UInt8>, now: Moment) {
        self.now = now
        federation.linkReceived(link, line: line, now: now)
        settle()
    }

    /// A link's socket takes more, or does not.
    public func linkWritability(_ link: LinkID, _ writable: Bool, now: Moment) {
        self.now = now
        federation.linkWritability(link, writable, now: now)
        settle()
    }

    /// A link's socket is gone.
    public func linkClosed(_ link: LinkID, reason: String, now: Moment) {
        self.now = now
        federation.linkClosed(link, reason: reason, now: now)
        settle()
    }

    // MARK: The store

    /// A ledger line is durable.
    public func ledgerStored(_ key: IdempotencyKey, now: Moment) {
        self.now = now
        federation.ledgerStored(key: key, now: now)
        settle()
    }

    /// Everything before the barrier is durable.
    public func stored(barrier: UInt64, now: Moment) {
        self.now = now
        barriers.removeValue(forKey: barrier)?()
        settle()
    }

    // MARK: The PBX

    /// The driver saw something.
    public func pbxSaw(_ events: [PBXEvent], now: Moment) {
        self.now = now
        var changes: [ObjectChange] = []
        for event in events {
            switch event {
            case .fact(let fact): follow(fact, into: &changes)
            case .action(let token, let event):
                // What was seen before the outcome is shown before it.
                publish(&changes)
                actionEnded(token, event)
            }
        }
        publish(&changes)
        settle()
    }

    private func follow(_ fact: PBXFact, into changes: inout [ObjectChange]) {
        if let (endpoint, found) = history.follow(fact, now: now), let phone = model.phone(endpoint: endpoint) {
            var record = found
            record.phone = phone
            record.user = model.usersOfPhone(phone).first
            effects.append(.store(.call(record)))
        }
        model.apply(fact, at: now, into: &changes)
        switch fact {
        case .connectionLost(let reason):
            guard pbxUp != false || pbxReason != reason else { return }
            if pbxUp == true { pbxSince = now }
            pbxUp = false
            pbxReason = reason
            publish(&changes)
            showFreshness(of: site)
        case .resyncEnded:
            pbxUp = true
            pbxSince = now
            publish(&changes)
            showFreshness(of: site)
        default: break
        }
    }

    /// Own changes: into the log for the peers, and to the clients.
    func publish(_ changes: inout [ObjectChange]) {
        guard !changes.isEmpty else { return }
        federation.localChanges(changes, now: now)
        cti.broadcast(site: site, changes: changes, now: now)
        noteMissed(site, changes)
        changes.removeAll(keepingCapacity: true)
    }

    // MARK: Administration

    /// Asks a site for a sign of life; the callback gets its one answer.
    public func ping(_ target: SiteID, now: Moment, answered: @escaping (CommandAnswer) -> Void) {
        self.now = now
        submit(
            verb: "ping", target: target, user: "", body: EncodedObject(["class": "ping"]), key: nil,
            submitter: .callback(answered))
        settle()
    }

    /// Tells peers and clients that the node stops.
    public func beginDrain(reason: String, now: Moment) {
        self.now = now
        cti.shutDown(reason: reason, now: now)
        federation.beginDrain(now: now)
        settle()
    }

    /// New configuration: objects and links change by difference.
    public func reconfigure(_ configuration: NodeCoreConfiguration, now: Moment) {
        self.now = now
        var changes: [ObjectChange] = []
        model.reconfigure(configuration.site, at: now, into: &changes)
        publish(&changes)
        federation.reconfigure(configuration.federation, now: now)
        settle()
    }

    /// What is dialled before a number of another site, as far as the sites have told by now.
    public var knownPrefixes: [SiteID: String] {
        var prefixes: [SiteID: String] = [:]
        for other in federation.knownSites where other != site {
            guard let config = federation.object(ObjectID(.site, other, "self"))?.config else { continue }
            prefixes[other] = config.value(of: "prefix")?.idText
        }
        return prefixes
    }

    /// Sends a leg of a simulated trunk call to the simulated PBX of another site.
    public func sendSimulatedTrunk(to target: SiteID, signal: EncodedObject, now: Moment) {
        self.now = now
        submit(verb: "simulatedtrunk", target: target, user: "", body: signal, key: nil, submitter: .nobody)
        settle()
    }

    // MARK: Carrying out effects of the cores

    /// Moves effects from the cores to the shell until nothing is left to do here.
    func settle() {
        while true {
            let pending = federation.takeEffects()
            if pending.isEmpty { break }
            for effect in pending { carryOut(effect) }
        }
        for effect in cti.takeEffects() { effects.append(.cti(effect)) }
    }

    private func carryOut(_ effect: FederationEffect) {
        switch effect {
        case .dial(let peer): effects.append(.dial(peer: peer))
        case .send(let link, let bytes): effects.append(.sendLink(link, bytes))
        case .close(let link, let reason): effects.append(.closeLink(link, reason: reason))
        case .changed(let origin, let changes):
            let concernsSite = changes.contains { $0.key.type == .site }
            if concernsSite { noteRemotePBX(of: origin) }
            cti.broadcast(site: origin, changes: changes, now: now)
            noteMissed(origin, changes)
            effects.append(.store(.copy(origin, changes)))
            if concernsSite { showFreshness(of: origin) }
        case .position(let origin, let incarnation, let sequence):
            storePosition(origin, incarnation: incarnation, sequence: sequence)
        case .freshness(let origin, _): showFreshness(of: origin)
        case .routesChanged:
            effects.append(.log(.info, "routes changed: \(routesText)"))
            effects.append(.routesChanged)
        case .storeLedger(let entry, let callBack): effects.append(.storeLedger(entry, callBack: callBack))
        case .trimLedger(let before): effects.append(.store(.trimLedger(before: before)))
        case .execute(let request): execute(request)
        case .progress(let token, let keys):
            if case .client(let ticket)? = tickets[token] { cti.progress(ticket, keys, now: now) }
        case .answered(let token, let answer):
            switch tickets.removeValue(forKey: token) {
            case .client(let ticket): cti.finish(ticket, outcome(answer), now: now)
            case .callback(let body): body(answer)
            case .nobody, nil: break
            }
        case .incarnationRaised(let incarnation): effects.append(.store(.incarnation(incarnation)))
        case .log(let level, let text): effects.append(.log(level, text))
        }
    }

    private func storePosition(_ origin: SiteID, incarnation: UInt64, sequence: UInt64) {
        // A copy that nothing has proven yet may come from a relay that heard its home long ago.
        let unproven = federation.configuration.timings.unknownAfter.inSeconds
        let age = federation.age(of: origin, now: now.instant)?.inSeconds ?? unproven
        effects.append(
            .store(
                .position(origin, incarnation: incarnation, sequence: sequence, lastFresh: now.unixTime - age)))
    }

    /// A quiet site's copy is current without any change; its time is stored now and then, so that after a restart its
    /// age is right to within that.
    private func storePositionsNowAndThen() {
        guard now.instant >= nextPositions else { return }
        nextPositions = now.instant + .seconds(10)
        for sync in federation.syncs where sync.site != site && sync.freshness.isFresh {
            storePosition(sync.site, incarnation: sync.incarnation, sequence: sync.sequence)
        }
    }

    private var routesText: String {
        let routes = federation.routes
        return routes.isEmpty
            ? "none" : routes.map { "\($0.site) via \($0.nextHop) (\($0.cost))" }.joined(separator: ", ")
    }

    private func outcome(_ answer: CommandAnswer) -> CTIOutcome {
        switch answer {
        case .done(let keys): .done(keys)
        case .refused(let reason, let keys): .refused(reason: reason, keys)
        case .notDelivered(.noRoute, let at): .noRoute(at)
        case .notDelivered(.timeout, let at): .timeout(at: at)
        case .notDelivered(.policy, let at): .forbidden(at: at)
        case .notDelivered(.tooManyHops, let at): .noRoute(at)
        case .unknown(let at): .unknown(at: at)
        }
    }
}
