import CTIServer
import Configuration
import Federation
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import NodeCore
import PBX
import Store
import TandemCore

/// The shell around one node's core: owns its sockets, timers, driver and store, and carries out its effects.
///
/// Everything here happens on one event loop: no locks, no hops between threads for work that takes microseconds. The
/// store writes on a thread of its own and calls back through `execute`.
final class NodeShell {
    let core: NodeCore
    let loop: any EventLoop
    let configuration: NodeConfiguration
    var logger: Logger

    private let store: Store?
    private let tls: TLSContexts
    private var driver: (any PBXDriver)?
    private var clients: [ClientID: ClientHandler] = [:]
    private var subscribers: [ClientID: ClientHandler] = [:]
    private var links: [LinkID: LinkHandler] = [:]
    private var dialling: Set<SiteID> = []
    private var nextNumber: UInt64 = 0
    private var isPumping = false
    private var isContinuing = false
    private var isStopped = false
    private var dirtyClients: [ClientHandler] = []
    private var slowClients: [ClientHandler] = []
    private var dirtyLinks: [LinkHandler] = []
    private var batch = PushBatch()
    private var lastPush: NIODeadline = .uptimeNanoseconds(0)
    private var pushTimer: Scheduled<Void>?
    private var ticker: RepeatedTask?
    private(set) var counters = ShellCounters()

    /// How long pushes are gathered once they come fast, and how many bytes at most.
    private static let pushInterval = TimeAmount.milliseconds(5)
    private static let pushBytes = 8 * 1024

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
        driver?.start { [weak self] events in
            guard let self, !isStopped else { return }
            core.pbxSaw(events, now: NodeClock.now())
            pump()
        }
        let bound = NIOLoopBound(self, eventLoop: loop)
        ticker = loop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(50)) { _ in bound.value.tick() }
        pump()
    }

    private func tick() {
        guard !isStopped, let deadline = core.nextDeadline else { return }
        let now = NodeClock.now()
        guard deadline <= now.instant else { return }
        core.tick(now: now)
        pump()
    }

    /// Tells clients and peers, lets what was said reach them, then closes everything.
    func drain(reason: String) {
        core.beginDrain(reason: reason, now: NodeClock.now())
        pump()
    }

    /// Whether a drained node still has sockets open.
    var isQuiet: Bool { clients.isEmpty && links.isEmpty }

    func stop() {
        guard !isStopped else { return }
        isStopped = true
        ticker?.cancel()
        pushTimer?.cancel()
        driver?.stop()
        for client in clients.values { client.close() }
        for link in links.values { link.close(reason: "this node stops") }
        clients = [:]
        subscribers = [:]
        links = [:]
    }

    func note(_ level: Logger.Level, _ text: String) { logger.log(level: level, "\(text)") }

    // MARK: Clients

    func makeClientHandler(secure: Bool) -> ClientHandler {
        nextNumber += 1
        return ClientHandler(
            client: ClientID(nextNumber), shell: self, secure: secure, lineLimit: configuration.cti.lineBeforeLogin)
    }

    /// Whether one more client may connect.
    var takesClients: Bool { !isStopped && clients.count < configuration.cti.maximumClients }

    func opened(_ handler: ClientHandler, secure: Bool) {
        clients[handler.client] = handler
        core.clientConnected(
            handler.client, secure: secure, address: handler.remoteHost, sessionID: Self.sessionID(),
            now: NodeClock.now())
        pump()
    }

    func received(from handler: ClientHandler, line: UnsafeBufferPointer<UInt8>) {
        core.clientSent(handler.client, line: line, now: NodeClock.now())
    }

    func lineTooLong(from handler: ClientHandler, limit: Int) {
        core.clientLineTooLong(handler.client, limit: limit, now: NodeClock.now())
    }

    func closed(_ handler: ClientHandler) {
        guard clients.removeValue(forKey: handler.client) != nil else { return }
        subscribers[handler.client] = nil
        core.clientClosed(handler.client, now: NodeClock.now())
    }

    func noteSlow(_ handler: ClientHandler) { slowClients.append(handler) }

    /// Clients that took no more at the end of a turn lag from now on: they get what is gathered so far, and of what
    /// follows the core keeps only the names of the changed objects.
    private func markLagging() {
        for handler in slowClients where !handler.isLagging && !handler.isWritable && clients[handler.client] != nil {
            deliverBatch(to: handler)
            handler.isLagging = true
            counters.lagging += 1
            note(
                .notice, "client \(handler.remoteAddress) reads slowly: it gets the latest state once it has caught up")
            core.clientLags(handler.client)
        }
        slowClients.removeAll(keepingCapacity: true)
    }

    /// A lagging client has room again: it is told the latest state piece by piece, and gets pushes again afterwards.
    func catchUp(_ handler: ClientHandler) {
        guard clients[handler.client] != nil, handler.isWritable else { return }
        handler.place = PushBatch.Place(batch: batch.number, offset: batch.count)
        if core.clientCaughtUp(handler.client, now: NodeClock.now()) {
            let bound = NIOLoopBound((self, handler), eventLoop: loop)
            loop.scheduleTask(in: .milliseconds(5)) { bound.value.0.catchUp(bound.value.1) }
        } else {
            handler.isLagging = false
        }
        pump()
    }

    /// Ten random letters and digits, without repetition (CTI reference 2.1).
    static func sessionID() -> String {
        let letters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
        return String(letters.shuffled().prefix(10))
    }

    // MARK: Links

    func makeLinkHandler(dialled: SiteID?) -> LinkHandler {
        nextNumber += 1
        return LinkHandler(link: LinkID(nextNumber), dialled: dialled, shell: self, usesTLS: tls.linkServer != nil)
    }

    func opened(_ handler: LinkHandler, certificateSite: SiteID?) {
        if let peer = handler.dialled { dialling.remove(peer) }
        links[handler.link] = handler
        core.linkConnected(
            handler.link, certificateSite: certificateSite, dialed: handler.dialled != nil, target: handler.dialled,
            now: NodeClock.now())
    }

    func received(from handler: LinkHandler, line: UnsafeBufferPointer<UInt8>) {
        core.linkSent(handler.link, line: line, now: NodeClock.now())
    }

    func writability(of handler: LinkHandler, _ writable: Bool) {
        guard links[handler.link] != nil else { return }
        core.linkWritability(handler.link, writable, now: NodeClock.now())
    }

    func closed(_ handler: LinkHandler, reason: String) {
        guard links.removeValue(forKey: handler.link) != nil else { return }
        core.linkClosed(handler.link, reason: reason, now: NodeClock.now())
    }

    func dialFailed(peer: SiteID, reason: String) {
        guard dialling.remove(peer) != nil, !isStopped else { return }
        core.dialFailed(peer: peer, reason: reason, now: NodeClock.now())
    }

    private func dial(_ peer: SiteID) {
        guard !isStopped else { return }
        guard let address = configuration.address(of: peer) else {
            core.dialFailed(peer: peer, reason: "no address is configured for \(peer)", now: NodeClock.now())
            return
        }
        dialling.insert(peer)
        let handler = makeLinkHandler(dialled: peer)
        let bound = NIOLoopBound((handler, tls.linkClient), eventLoop: loop)
        let own = NIOLoopBound(self, eventLoop: loop)
        ClientBootstrap(group: loop)
            .connectTimeout(.seconds(4))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.writeBufferWaterMark, value: Self.linkWaterMark)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let (handler, context) = bound.value
                    if let context {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: context, serverHostname: nil))
                    }
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
            .connect(host: address.host, port: address.port)
            .whenFailure { error in
                let shell = own.value
                shell.dialFailed(peer: peer, reason: "\(address) cannot be reached: \(NetworkProblem.describe(error))")
                shell.pump()
            }
    }

    /// Above the high mark the federation core stops sending changes on a link; heartbeats still pass.
    static let linkWaterMark = ChannelOptions.Types.WriteBufferWaterMark(low: 256 * 1024, high: 1024 * 1024)
    /// Above the high mark a client gets no more pushes until it has read down to the low one.
    static let clientWaterMark = ChannelOptions.Types.WriteBufferWaterMark(
        low: 64 * 1024, high: Limits.pendingBytesPerSubscriber)

    // MARK: Effects

    func flushLater(_ handler: ClientHandler) { dirtyClients.append(handler) }
    func flushLater(_ handler: LinkHandler) { dirtyLinks.append(handler) }

    /// Carries out the core's effects until none are left, then flushes every socket that was written to, once.
    func pump() {
        guard !isPumping, !isStopped else { return }
        isPumping = true
        defer { isPumping = false }
        var operations: [StoreOperation] = []
        var afterStore: [AfterStore] = []
        while true {
            let effects = core.takeEffects()
            if effects.isEmpty {
                guard !operations.isEmpty || !afterStore.isEmpty else { break }
                write(operations, then: afterStore)
                operations = []
                afterStore = []
                continue
            }
            for effect in effects { carryOut(effect, &operations, &afterStore) }
        }
        finishPushes()
        for client in dirtyClients { client.flush() }
        if !slowClients.isEmpty { markLagging() }
        dirtyClients.removeAll(keepingCapacity: true)
        for link in dirtyLinks { link.flush() }
        dirtyLinks.removeAll(keepingCapacity: true)
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

    /// What follows once the store has written.
    enum AfterStore: Sendable {
        case ledger(IdempotencyKey)
        case barrier(UInt64)
    }

    private func carryOut(
        _ effect: NodeEffect, _ operations: inout [StoreOperation], _ afterStore: inout [AfterStore]
    ) {
        switch effect {
        case .cti(let effect): carryOut(effect)
        case .dial(let peer): dial(peer)
        case .sendLink(let link, let bytes):
            counters.linkBytesOut += bytes.count
            links[link]?.write(bytes)
        case .closeLink(let link, let reason):
            note(.info, "link \(link.number) is closed: \(reason)")
            links[link]?.close(reason: reason)
        case .perform(let action, let token):
            if let driver {
                driver.perform(action, token: token)
            } else {
                core.pbxSaw(
                    [.action(token, .failed(reason: "no PBX stands beside this node", connection: true))],
                    now: NodeClock.now())
            }
        case .store(let operation): if let stored = StoreOperation(operation) { operations.append(stored) }
        case .storeBarrier(let number): afterStore.append(.barrier(number))
        case .storeLedger(let entry, let callBack):
            operations.append(.ledger(entry))
            if callBack { afterStore.append(.ledger(entry.key)) }
        case .routesChanged: (driver as? SimulatedDriver)?.trunksChanged(reachable: core.federation.routes.map(\.site))
        case .simulatedTrunk(let from, let signal):
            (driver as? SimulatedDriver)?.receive(signal, from: from)
        case .log(let level, let text): logger.log(level: Logger.Level(level), "\(text)")
        }
    }

    private func carryOut(_ effect: CTIEffect) {
        switch effect {
        case .send(let client, let bytes):
            guard let handler = clients[client] else { return }
            deliverBatch(to: handler)
            handler.write(bytes)
        case .push(let bytes):
            guard !subscribers.isEmpty else { return }
            batch.append(bytes)
        case .close(let client, let reason):
            guard let handler = clients[client] else { return }
            logger.info("client \(handler.remoteAddress) is closed: \(reason)")
            deliverBatch(to: handler)
            handler.close()
        case .setLineLimit(let client, let limit): clients[client]?.setLineLimit(limit)
        case .subscribed(let client, let joins):
            guard let handler = clients[client] else { return }
            if joins {
                // What was pushed before the login is no news to this client.
                handler.place = PushBatch.Place(batch: batch.number, offset: batch.count)
                subscribers[client] = handler
            } else {
                deliverBatch(to: handler)
                subscribers[client] = nil
            }
        case .log(let level, let text): logger.log(level: Logger.Level(level), "\(text)")
        }
    }

    // MARK: Pushes

    private func deliverBatch(to handler: ClientHandler) {
        guard !batch.isEmpty, subscribers[handler.client] != nil else { return }
        let (bytes, place) = batch.rest(from: handler.place)
        handler.place = place
        if let bytes { handler.push(bytes) }
    }

    /// The first pushes after a quiet moment leave at once, and so does a full batch; others wait for company.
    private func finishPushes() {
        guard !batch.isEmpty else { return }
        let now = NIODeadline.now()
        if batch.count >= Self.pushBytes || now - lastPush >= Self.pushInterval {
            flushPushes(now)
        } else if pushTimer == nil {
            let bound = NIOLoopBound(self, eventLoop: loop)
            pushTimer = loop.scheduleTask(deadline: lastPush + Self.pushInterval) {
                let shell = bound.value
                shell.pushTimer = nil
                shell.flushPushes(.now())
                shell.pump()
            }
        }
    }

    private func flushPushes(_ now: NIODeadline) {
        guard !batch.isEmpty else { return }
        pushTimer?.cancel()
        pushTimer = nil
        lastPush = now
        for handler in subscribers.values { deliverBatch(to: handler) }
        counters.pushFlushes += 1
        batch.startNext()
    }

    // MARK: The store

    private func write(_ operations: [StoreOperation], then following: [AfterStore]) {
        guard let store else {
            carryOut(following)
            return
        }
        guard !following.isEmpty else {
            store.enqueue(StoreBatch(operations))
            return
        }
        let bound = NIOLoopBound(self, eventLoop: loop)
        store.enqueue(StoreBatch(operations)) { [loop] in
            loop.execute {
                bound.value.carryOut(following)
                bound.value.pump()
            }
        }
    }

    private func carryOut(_ following: [AfterStore]) {
        guard !isStopped else { return }
        let now = NodeClock.now()
        for step in following {
            switch step {
            case .ledger(let key): core.ledgerStored(key, now: now)
            case .barrier(let number): core.stored(barrier: number, now: now)
            }
        }
    }
}

/// What the shell itself counts; everything else is counted in the cores.
struct ShellCounters {
    var lagging = 0
    var pushFlushes = 0
    var linkBytesOut = 0
}

extension Logger.Level {
    init(_ level: FederationLogLevel) {
        switch level {
        case .debug: self = .debug
        case .info: self = .info
        case .notice: self = .notice
        case .warning: self = .warning
        case .error: self = .error
        }
    }

    init(_ level: CTILogLevel) {
        switch level {
        case .debug: self = .debug
        case .info: self = .info
        case .warning: self = .warning
        }
    }
}

/// Words for the usual network errors.
enum NetworkProblem {
    static func describe(_ error: any Error) -> String {
        let text = String(describing: error)
        if text.contains("ECONNREFUSED") || text.contains("errno: 111") { return "nobody listens there" }
        if text.contains("connectTimeout") { return "no answer within 4 s" }
        return text
    }
}
