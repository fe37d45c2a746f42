import CTIProtocol
import CTIServer
import Federation
import PBX
import SiteModel
import TandemCore

/// One node without its sockets, files and clocks: the site's model, the federation and the CTI server, wired together.
///
/// ```
///               clients ──► CTIServer ──submit──► Federation ──execute──► planner ──perform──► PBX
///                              ▲  ▲                 ▲    │                                      │
///                              │  └──broadcast──────┼────┘ changed                              │
///                              └──broadcast── SiteModel ◄───────────────── facts ───────────────┘
/// ```
///
/// The shell calls in with events and the present, then carries out the effects. The same class runs under the simulator.
/// It is confined to one thread of control (the node's event loop). What it remembers itself lies in small values: where
/// the PBX is (`PBXPresence`), what its PBX is executing (`PBXExecutions`), what is shown of other sites (`SiteFreshness`),
/// what their PBXs can do (`SiteCapabilities`), what slow clients have missed (`MissedObjects`), when positions were
/// stored (`StoredPositions`), the calls under way (`CallHistoryTracker`), and who asked for what (`AuditTrail`).
public final class NodeCore {
    /// The node's own site.
    public let site: SiteID
    /// The site's live lists.
    public internal(set) var model: SiteModel
    /// Links, routes, copies, commands.
    public internal(set) var federation: Federation
    /// The sessions of the clients.
    public let cti: CTIServer
    /// Whether the PBX answers.
    public internal(set) var pbx: PBXPresence

    /// What the PBX can do, all the node's life.
    public let capabilities: Set<PBXCapability>
    var now: Moment
    var effects = EffectBuffer<NodeEffect>()
    /// Lists that change places with the cores' own.
    var federationEffects: [FederationEffect] = []
    var ctiEffects: [CTIEffect] = []
    var keys: CommandKeys
    var nextNumber: UInt64 = 0
    /// Reads the bodies of commands that came over links.
    let bodyReader = CTILineReader()
    var tickets: [CommandToken: Submitter] = [:]
    var executions = PBXExecutions()
    var audit = AuditTrail()
    var barriers: [UInt64: (Bool) -> Void] = [:]
    /// Why the store cannot be written at present; nil: it can.
    public internal(set) var storeProblem: String?
    var history = CallHistoryTracker()
    var positions = StoredPositions()
    var freshness = SiteFreshness()
    var abilities = SiteCapabilities()
    var missed = MissedObjects()

    /// Makes a node's core and shows what the store knew.
    public init(
        configuration: NodeCoreConfiguration, registry: CTICommandRegistry, restored: NodeRestored = NodeRestored(),
        incarnation: UInt64, sha1Hex: @escaping (String) -> String, now: Moment
    ) {
        site = configuration.site.site
        self.now = now
        keys = CommandKeys(site: site, startedAt: Int64(now.unixTime.clamped(to: 0...1e12)))
        capabilities = configuration.capabilities
        model = SiteModel(configuration: configuration.site, capabilities: configuration.capabilities)
        federation = Federation(configuration: configuration.federation, incarnation: incarnation, now: now)
        cti = CTIServer(configuration: configuration.cti, registry: registry, sha1Hex: sha1Hex)
        pbx = PBXPresence(hasPBX: configuration.hasPBX, now: now)
        cti.environment = self
        for copy in restored.copies {
            // From a file: no number in it may lead out of the clock's range.
            federation.restore(
                site: copy.site, incarnation: copy.incarnation, sequence: copy.sequence, objects: copy.objects,
                age: .seconds(copy.age.clamped(to: 0...1e9)), now: now)
        }
        federation.restoreLedger(restored.ledger)
        var changes = model.initialChanges()
        model.restore(presences: restored.presences, into: &changes)
        if !configuration.hasPBX { model.apply(.resyncEnded, at: now, into: &changes) }
        federation.localChanges(changes, now: now)
        for copy in restored.copies { readSiteObject(of: copy.site) }
        settle()
    }

    // MARK: Effects and time

    /// Puts the effects since the last call into a list, in order; what the list held is dropped.
    public func takeEffects(into list: inout [NodeEffect]) { effects.take(into: &list) }

    /// The effects since the last call, in order.
    public func takeEffects() -> [NodeEffect] { effects.take() }

    /// The next moment at which `tick` must be called.
    public var nextDeadline: Instant? {
        .earlier(.earlier(federation.nextDeadline, cti.nextDeadline), model.nextTelling)
    }

    /// Time passed.
    public func tick(now: Moment) {
        self.now = now
        federation.tick(now: now)
        cti.tick(now: now)
        var changes: [ObjectChange] = []
        model.tellLists(at: now, into: &changes)
        publish(&changes)
        storePositionsNowAndThen()
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
        barriers.removeValue(forKey: barrier)?(true)
        settle()
    }

    /// The store cannot be written for a reason, or (nil) can again. Who waits for it is told at once.
    public func storeChanged(problem: String?, now: Moment) {
        self.now = now
        storeProblem = problem
        federation.storeChanged(isAvailable: problem == nil, now: now)
        if problem != nil {
            let waiting = barriers.sorted { $0.key < $1.key }
            barriers = [:]
            for (_, body) in waiting { body(false) }
        }
        settle()
    }

    // MARK: Changes

    /// Own changes: into the log for the peers, and to the clients.
    func publish(_ changes: inout [ObjectChange]) {
        guard !changes.isEmpty else { return }
        federation.localChanges(changes, now: now)
        show(changes, of: site)
        changes.removeAll(keepingCapacity: true)
    }

    /// Tells the clients of changes, and keeps their names for those that do not read.
    func show(_ changes: [ObjectChange], of origin: SiteID) {
        cti.broadcast(site: origin, changes: changes, now: now)
        for (client, count) in missed.note(origin, changes, objectCount: federation.objectCount) {
            effects.append(.cti(.close(client, reason: "it has missed \(count) objects and does not read")))
        }
    }
}

extension Double {
    /// The nearest number within bounds; the lower one for what is no number.
    func clamped(to range: ClosedRange<Double>) -> Double {
        isNaN ? range.lowerBound : Swift.min(Swift.max(self, range.lowerBound), range.upperBound)
    }
}
