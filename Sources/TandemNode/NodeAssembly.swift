import AsteriskDriver
import CTIServer
import Configuration
import Crypto
import Federation
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NodeCore
import PBX
import SimulatedPBX
import Store
import TandemCore

/// The parts of a running node, on its loop: shell, driver, listening sockets.
final class NodeAssembly {
    private let configuration: NodeConfiguration
    private let loop: any EventLoop
    private let tls: TLSContexts
    private let logger: Logger
    let shell: NodeShell
    private let driver: (any PBXDriver)?
    private var listeners: [any Channel] = []
    private let api: AdminAPI
    private let httpConnections = OpenConnections(limit: 128)
    private let controlConnections = OpenConnections(limit: 32)
    private var ownsControl = false

    init(
        configuration: NodeConfiguration, opened: StoreBridge.Opened, tls: TLSContexts, registry: CTICommandRegistry,
        loop: any EventLoop, logger: Logger
    ) throws {
        self.configuration = configuration
        self.loop = loop
        self.tls = tls
        self.logger = logger
        let now = NodeClock.now()
        var simulated: SimulatedDriver?
        switch configuration.pbx {
        case .none: driver = nil
        case .simulated(let settings):
            let made = SimulatedDriver(configuration: configuration.site, settings: settings, loop: loop)
            simulated = made
            driver = made
        case .asterisk(let settings):
            driver = try AsteriskDriver.make(
                settings, run: SiteID("\(configuration.name)-\(opened.incarnation)") ?? configuration.name, loop: loop,
                logger: logger)
        }
        var federation = configuration.federation
        // Without certificates a peer is who it says: `listen` allows that on loopback only.
        federation.allowUnauthenticated = tls.linkServer == nil
        federation.unledgeredVerbs = NodeCore.unledgeredVerbs
        let core = NodeCore(
            configuration: NodeCoreConfiguration(
                site: configuration.site, federation: federation,
                cti: CTIServerConfiguration(configuration.cti), hasPBX: driver != nil,
                capabilities: driver?.capabilities ?? []),
            registry: registry, restored: opened.restored, incarnation: opened.incarnation,
            sha1Hex: Self.sha1Hex, now: now)
        shell = NodeShell(
            core: core, configuration: configuration, store: opened.store, tls: tls, loop: loop, logger: logger)
        api = AdminAPI(shell: shell, startedAt: now)
        simulated?.prefixes = { [unowned shell] in shell.core.knownPrefixes }
        simulated?.sendTrunk = { [unowned shell] site, signal in
            shell.core.sendSimulatedTrunk(to: site, signal: signal, now: NodeClock.now())
            shell.pump()
        }
    }

    private static func sha1Hex(_ text: String) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var hex: [UInt8] = []
        hex.reserveCapacity(40)
        for byte in Insecure.SHA1.hash(data: Array(text.utf8)) {
            hex.append(digits[Int(byte >> 4)])
            hex.append(digits[Int(byte & 15)])
        }
        return String(decoding: hex, as: UTF8.self)
    }

    func startDriver() { shell.start(driver: driver) }

    // MARK: Listening

    func listen() -> EventLoopFuture<NodeAddresses> {
        let bound = NIOLoopBound(self, eventLoop: loop)
        let listen = configuration.listen
        var steps: [EventLoopFuture<(String, ListenAddress)>] = []
        if let address = listen.cti {
            steps.append(bind(address, name: "cti") { try bound.value.addClient($0, secure: false) })
        }
        if let address = listen.ctis {
            guard tls.clients != nil else {
                return loop.makeFailedFuture(
                    NodeError("listen.ctis: TLS needs a certificate: give ctis: {certificate, key}, or rcti's are used")
                )
            }
            steps.append(bind(address, name: "ctis") { try bound.value.addClient($0, secure: true) })
        }
        if let address = listen.rcti {
            guard tls.linkServer != nil || !ListenAddress.needsTLS(address) else {
                return loop.makeFailedFuture(
                    NodeError(
                        "listen.rcti: peers need a certificate each way: give rcti: {certificate, key, ca}; 'tandem pki' makes them"
                    ))
            }
            steps.append(bind(address, name: "rcti") { try bound.value.addLink($0) })
        }
        if let address = listen.http {
            steps.append(bind(address, name: "http") { try bound.value.addHTTP($0, bound.value.httpConnections) })
        }
        // The control socket comes last: a second node that finds its ports busy must not take the first one's.
        let all = EventLoopFuture.whenAllComplete(steps, on: loop).flatMapThrowing { try $0.map { try $0.get() } }
        return all.flatMap { opened in bound.value.bindControl().map { (opened, $0) } }.map { opened, control in
            var addresses = NodeAddresses()
            for (name, address) in opened {
                switch name {
                case "cti": addresses.cti = address
                case "ctis": addresses.ctis = address
                case "rcti": addresses.rcti = address
                default: addresses.http = address
                }
            }
            addresses.control = control
            bound.value.api.addresses = addresses
            return addresses
        }
    }

    private func bind(
        _ address: ListenAddress, name: String, child: @escaping @Sendable (any Channel) throws -> Void
    ) -> EventLoopFuture<(String, ListenAddress)> {
        let bound = NIOLoopBound(self, eventLoop: loop)
        return bootstrap(child).bind(host: address.host, port: address.port)
            .flatMapErrorThrowing { error in
                throw NodeError(
                    "listen.\(name): \(address) cannot be opened: \(NetworkProblem.describe(error)); choose another address, or stop what uses it"
                )
            }
            .map { channel in
                bound.value.listeners.append(channel)
                return (name, ListenAddress(host: address.host, port: channel.localAddress?.port ?? address.port))
            }
    }

    private func bootstrap(_ child: @escaping @Sendable (any Channel) throws -> Void) -> ServerBootstrap {
        ServerBootstrap(group: loop)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try child(channel) }
            }
    }

    private func bindControl() -> EventLoopFuture<String?> {
        guard let path = configuration.control else { return loop.makeSucceededFuture(nil) }
        let bound = NIOLoopBound(self, eventLoop: loop)
        return ServerBootstrap(group: loop)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try bound.value.addHTTP(channel, bound.value.controlConnections)
                }
            }
            .bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true)
            .flatMapErrorThrowing { error in
                throw NodeError(
                    "control: the socket \(path) cannot be made (\(error)); name another path with control:")
            }
            .map { channel in
                bound.value.listeners.append(channel)
                bound.value.ownsControl = true
                ControlSocket.protect(path)
                return path
            }
    }

    private func addClient(_ channel: any Channel, secure: Bool) throws {
        guard shell.takesClients else { throw NodeError("too many clients") }
        try channel.syncOptions?.setOption(.writeBufferWaterMark, value: NodeShell.clientWaterMark)
        if secure, let context = tls.clients {
            try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
        }
        try channel.pipeline.syncOperations.addHandler(shell.makeClientHandler(secure: secure))
    }

    private func addLink(_ channel: any Channel) throws {
        guard shell.takesLinks else { throw NodeError("too many sockets of peers") }
        try channel.syncOptions?.setOption(.writeBufferWaterMark, value: NodeShell.linkWaterMark)
        if let context = tls.linkServer {
            try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
        }
        try channel.pipeline.syncOperations.addHandler(shell.makeLinkHandler(dialled: nil))
    }

    private func addHTTP(_ channel: any Channel, _ connections: OpenConnections) throws {
        guard connections.takesMore else { throw NodeError("too many HTTP connections") }
        try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
        try channel.pipeline.syncOperations.addHandler(
            AdminHandler(connections: connections) { [unowned api] request, answer in api.answer(request, answer) })
    }

    // MARK: Stopping

    /// Tells everyone, then waits until all sockets are closed, at most 3 s.
    func drain() -> EventLoopFuture<Void> {
        for listener in listeners { listener.close(promise: nil) }
        listeners = []
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
        for listener in listeners { listener.close(promise: nil) }
        listeners = []
        shell.stop()
        if ownsControl, let control = configuration.control { ControlSocket.remove(control) }
        // One turn of the loop, so that closing sockets have written what they had.
        return loop.scheduleTask(in: .milliseconds(20)) {}.futureResult
    }
}

extension ListenAddress {
    /// Peers may be accepted without TLS on loopback only: for tests and the simulator.
    static func needsTLS(_ address: ListenAddress) -> Bool { !address.isLoopback }
}
