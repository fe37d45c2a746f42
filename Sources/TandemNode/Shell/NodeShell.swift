import Configuration
import Federation
import Logging
import NIOCore
import NodeCore
import PBX
import Store
import TandemCore

/// The shell around one node's core: brings it what happens, and carries out its effects in their order.
///
/// Everything here happens on one event loop: no locks, no hops between threads for work that takes microseconds. The work
/// itself is done in rooms: the clients' sockets (`ClientRoom`), the peers' (`LinkRoom`), the store (`StoreGate`, which
/// writes on a thread of its own and calls back through `execute`), and the driver.
final class NodeShell {
    let core: NodeCore
    let loop: any EventLoop
    /// What the node was told, as of the last reload.
    private(set) var configuration: NodeConfiguration
    private let logger: Logger

    private(set) var driver: (any PBXDriver)?
    /// The driver, when it carries calls between sites over the federation.
    private var trunkCarrier: (any PBXTrunkCarrier)?
    private var isPumping = false
    private var isContinuing = false
    private(set) var isStopped = false
    private var ticker: RepeatedTask?
    private var effects: [NodeEffect] = []
    private let flushes = FlushList()
    private(set) lazy var clients = ClientRoom(shell: self, flushes: flushes)
    private(set) lazy var links = LinkRoom(shell: self, tls: tls, flushes: flushes)
    private(set) lazy var gate = StoreGate(store: store, loop: loop) { [unowned self] in durable($0) }
    private let tls: TLSContexts
    private let store: Store?

    init(
        core: NodeCore, configuration: NodeConfiguration, store: Store?, tls: TLSContexts, loop: any EventLoop,
        logger: Logger
    ) {
        self.core = core
        self.configuration = configuration
        self.store = store
        self.tls = tls
        self.loop = loop
        self.logger = logger
    }

    // MARK: Life

    func start(driver: (any PBXDriver)?) {
        self.driver = driver
        trunkCarrier = driver as? any PBXTrunkCarrier
        driver?.start { [weak self] events in
            guard let self, !isStopped else { return }
            core.pbxSaw(events, now: NodeClock.now())
            pump()
        }
        let bound = NIOLoopBound(self, eventLoop: loop)
        ticker = loop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(50)) { _ in bound.value.tick() }
        pump()
    }

    /// Tells the core when the store can be written no more, and when it can again.
    private func watchStore() {
        let problem = gate.problem
        guard problem != core.storeProblem else { return }
        if let problem {
            guard core.storeProblem == nil else { return core.storeChanged(problem: problem, now: NodeClock.now()) }
            note(.error, "commands that must be written first are refused: \(problem)")
        } else {
            note(.notice, "commands are taken again: the store has caught up")
        }
        core.storeChanged(problem: problem, now: NodeClock.now())
        pump()
    }

    private func tick() {
        guard !isStopped else { return }
        watchStore()
        guard let deadline = core.nextDeadline else { return }
        let now = NodeClock.now()
        guard deadline <= now.instant else { return }
        core.tick(now: now)
        pump()
    }

    /// Takes over another configuration. The caller has made sure that it differs only in what can change while running.
    func reconfigure(_ configuration: NodeConfiguration, core changed: NodeCoreConfiguration) {
        let former = self.configuration.site
        self.configuration = configuration
        core.reconfigure(changed, now: NodeClock.now())
        if configuration.site != former { driver?.siteChanged(from: former, to: configuration.site) }
        pump()
    }

    /// Who reloads may have mended the PBX as well: a refused login is tried again without its long wait.
    func connectPBXNow() { driver?.connectNow() }

    /// Tells clients and peers, lets what was said reach them, then closes everything.
    func drain(reason: String) {
        core.beginDrain(reason: reason, now: NodeClock.now())
        pump()
    }

    /// Whether a drained node has no socket open any more.
    var isQuiet: Bool { clients.isEmpty && links.isEmpty }

    func stop() {
        guard !isStopped else { return }
        core.stop(now: NodeClock.now())
        pump()
        isStopped = true
        ticker?.cancel()
        driver?.stop()
        clients.stop()
        links.stop()
    }

    func note(_ level: Logger.Level, _ text: String) { logger.log(level: level, "\(LogText.line(text))") }

    // MARK: Effects

    /// Carries out the core's effects until none are left, then flushes every socket that was written to, once.
    func pump() {
        guard !isPumping, !isStopped else { return }
        isPumping = true
        defer { isPumping = false }
        var isFlushed = false
        while true {
            core.takeEffects(into: &effects)
            if !effects.isEmpty {
                for effect in effects { carryOut(effect) }
                isFlushed = false
            } else if gate.hasWork {
                gate.commit()
            } else if !isFlushed || !flushes.isEmpty {
                clients.endTurn()
                // A flush can close a socket or make room on one, of which the core is told at once.
                flushes.flush()
                isFlushed = true
            } else if clients.hasSlow {
                // Only now: of what the core still had to say, a client that lags would get neither step nor name.
                clients.markLagging()
            } else {
                break
            }
        }
        continueSoon()
    }

    /// A core that has more to do at once (a long list of objects that turned stale, say) goes on after what else waits
    /// on the loop has had its turn.
    private func continueSoon() {
        guard !isContinuing, let deadline = core.nextDeadline, deadline <= NodeClock.now().instant else { return }
        isContinuing = true
        let bound = NIOLoopBound(self, eventLoop: loop)
        loop.scheduleTask(in: .milliseconds(2)) {
            bound.value.isContinuing = false
            bound.value.tick()
        }
    }

    private func carryOut(_ effect: NodeEffect) {
        switch effect {
        case .cti(let effect): clients.carryOut(effect)
        case .dial(let peer): links.dial(peer)
        case .sendLink(let link, let bytes): links.write(link, bytes)
        case .closeLink(let link, let reason): links.close(link, reason: reason)
        case .perform(let action, let token): perform(action, token)
        case .store(let operation): gate.keep(operation)
        case .storeBarrier(let number): gate.barrier(number)
        case .storeLedger(let entry, let callBack): gate.keep(entry, tells: callBack)
        case .routesChanged: trunkCarrier?.trunksChanged(reachable: core.federation.routes.map(\.site))
        case .trunkSignal(let from, let signal): trunkCarrier?.receiveTrunkSignal(signal, from: from)
        case .log(let level, let text): note(Logger.Level(level), text)
        }
    }

    private func perform(_ action: PBXAction, _ token: ActionToken) {
        if let driver { return driver.perform(action, token: token) }
        core.pbxSaw(
            [.action(token, .failed(reason: "no PBX stands beside this node", connection: true))],
            now: NodeClock.now())
    }

    /// What the core waited for is durable.
    private func durable(_ steps: [StoreGate.Step]) {
        guard !isStopped else { return }
        let now = NodeClock.now()
        for step in steps {
            switch step {
            case .ledger(let key): core.ledgerStored(key, now: now)
            case .barrier(let number): core.stored(barrier: number, now: now)
            }
        }
        pump()
    }
}
