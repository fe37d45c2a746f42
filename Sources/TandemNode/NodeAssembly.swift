import CTILogin
import CTIServer
import Configuration
import DriverKit
import Federation
import Logging
import NIOCore
import NIOPosix
import NodeCore
import PBX
import TandemCore

/// The composition root of a running node, on its loop: which core, which driver, which listeners there are, and how they
/// are brought up, changed and taken down together.
final class NodeAssembly {
    private let loop: any EventLoop
    private let tls: TLSContexts
    private let logger: Logger
    private let logLevel: SharedLogLevel
    private let source: (@Sendable () throws -> NodeConfiguration)?
    let shell: NodeShell
    private let driver: (any PBXDriver)?
    private let listeners: ListenerSet
    private let api: AdminAPI
    /// Whom the HTTP port answers; nil: there is none.
    private let gate: AdminGuard?

    init(
        configuration: NodeConfiguration, opened: StoreBridge.Opened, tls: TLSContexts, registry: CTICommandRegistry,
        source: (@Sendable () throws -> NodeConfiguration)?, loop: any EventLoop, logger: Logger,
        logLevel: SharedLogLevel
    ) throws {
        self.source = source
        self.loop = loop
        self.tls = tls
        self.logger = logger
        self.logLevel = logLevel
        listeners = ListenerSet(loop: loop) { logger.error("\(LogText.line($0))") }
        gate = configuration.listen.http == nil ? nil : try AdminGuard(configuration)
        let now = NodeClock.now()
        driver = try Drivers.factory(configuration.pbx.driver)?.make(
            configuration.pbx,
            in: DriverContext(
                loop: loop, logger: logger, site: configuration.site,
                life: SiteID("\(configuration.name)-\(opened.incarnation)") ?? configuration.name, now: NodeClock.now))
        let core = NodeCore(
            configuration: Self.core(configuration, tls: tls, driver: driver), registry: registry,
            restored: opened.restored, incarnation: opened.incarnation, sha1Hex: LoginProof.sha1Hex, now: now)
        shell = NodeShell(
            core: core, configuration: configuration, store: opened.store, tls: tls, loop: loop, logger: logger)
        api = AdminAPI(shell: shell, startedAt: now)
        if source != nil { api.reload = { [unowned self] done in reload(done) } }
        (driver as? any PBXTrunkCarrier)?.carryTrunks(
            over: TrunkCarriage(
                send: { [unowned shell] site, signal in
                    shell.core.sendTrunkSignal(to: site, signal: signal, now: NodeClock.now())
                    shell.pump()
                }, prefixes: { [unowned shell] in shell.core.knownPrefixes }))
    }

    private static func core(
        _ configuration: NodeConfiguration, tls: TLSContexts, driver: (any PBXDriver)?
    ) -> NodeCoreConfiguration {
        var federation = configuration.federation
        // Without certificates a peer is who it says: the listener allows that on loopback only.
        federation.allowUnauthenticated = tls.linkServer == nil
        federation.unledgeredVerbs = NodeCore.unledgeredVerbs
        return NodeCoreConfiguration(
            site: configuration.site, federation: federation, cti: CTIServerConfiguration(configuration.cti),
            hasPBX: driver != nil, capabilities: driver?.capabilities ?? [])
    }

    func startDriver() { shell.start(driver: driver) }

    // MARK: Listening

    /// Every door of the node. An interface more is a line more.
    private func makeListeners() -> [any NodeListener] {
        let listen = shell.configuration.listen
        var doors: [any NodeListener] = []
        if let address = listen.cti { doors.append(ClientListener(address, room: shell.clients)) }
        if let address = listen.ctis { doors.append(ClientListener(secure: address, tls: tls, room: shell.clients)) }
        if let address = listen.rcti { doors.append(LinkListener(address, tls: tls, room: shell.links)) }
        if let address = listen.http, let gate {
            doors.append(AdminListener(address, gate: gate, tls: tls, api: api))
        }
        if let path = shell.configuration.control { doors.append(AdminListener(control: path, api: api)) }
        return doors
    }

    func listen() -> EventLoopFuture<NodeAddresses> {
        let bound = NIOLoopBound(self, eventLoop: loop)
        return listeners.open(makeListeners()).map { opened in
            var addresses = NodeAddresses()
            for (name, place) in opened {
                switch place {
                case .tcp(let address): addresses.ports.append((name, address))
                case .socket(let path): addresses.control = path
                }
            }
            bound.value.api.addresses = addresses
            return addresses
        }
    }

    // MARK: Reloading

    /// Reads the configuration on another thread, then applies it here: all of it or nothing.
    func reload(_ done: @escaping (Result<[String], NodeError>) -> Void) {
        guard let source else { return done(.failure(NodeError("this node was not started from a file"))) }
        let bound = NIOLoopBound((self, done), eventLoop: loop)
        NIOThreadPool.singleton.runIfActive(eventLoop: loop) { try source() }.whenComplete { read in
            let (assembly, done) = bound.value
            let result = Result { try assembly.apply(try read.get()) }
                .mapError { $0 as? NodeError ?? NodeError("\($0)") }
            assembly.keep(result)
            done(result)
        }
    }

    /// What came of a reload stands in the log and in the audit, whoever asked for it.
    private func keep(_ result: Result<[String], NodeError>) {
        let now = NodeClock.now()
        switch result {
        case .success(let changes):
            let text = changes.isEmpty ? "nothing has changed" : changes.joined(separator: "; ")
            shell.note(.notice, "reload: \(text)")
            shell.core.operatorAsked("reload", target: text, now: now)
        case .failure(let error):
            shell.note(.error, "reload refused, the node goes on as before: \(error)")
            // A file's faults come on several lines.
            shell.core.operatorAsked("reload", target: "", refusal: LogText.line(error.description), now: now)
        }
        shell.pump()
    }

    private func apply(_ new: NodeConfiguration) throws(NodeError) -> [String] {
        guard !shell.isStopped else { throw NodeError("the node stops") }
        let reload = NodeReload(from: shell.configuration, to: new)
        guard reload.refusals.isEmpty else { throw NodeError(reload.refusals.joined(separator: "; ")) }
        shell.connectPBXNow()
        guard !reload.changes.isEmpty else { return [] }
        logLevel.level = Logger.Level(new.log.level)
        shell.reconfigure(new, core: Self.core(new, tls: tls, driver: driver))
        return reload.changes
    }

    // MARK: Stopping

    /// Tells everyone, then waits until all sockets are closed, at most 3 s.
    func drain() -> EventLoopFuture<Void> {
        listeners.close()
        shell.drain(reason: "server_stopped")
        let done = loop.makePromise(of: Void.self)
        let bound = NIOLoopBound(self, eventLoop: loop)
        let deadline = NIODeadline.now() + .seconds(3)
        loop.scheduleRepeatedTask(initialDelay: .milliseconds(10), delay: .milliseconds(20)) { task in
            guard bound.value.shell.isQuiet || NIODeadline.now() >= deadline else { return }
            task.cancel()
            done.succeed()
        }
        return done.futureResult
    }

    func stop() -> EventLoopFuture<Void> {
        listeners.close()
        shell.stop()
        // One turn of the loop, so that closing sockets have written what they had.
        return loop.scheduleTask(in: .milliseconds(20)) {}.futureResult
    }
}
