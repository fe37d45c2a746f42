import CTIServer
import Configuration
import Federation
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Store
import TandemCore

/// One Tandem node: composition of core, driver, store and listeners, as a service that runs until it is told to stop.
///
/// A node has one event loop of its own, on which all its sockets live.
public final class Node: Service {
    private let configuration: NodeConfiguration
    private let registry: @Sendable () -> CTICommandRegistry
    private let source: (@Sendable () throws -> NodeConfiguration)?
    private let reloadRequests: NodeReloadRequests
    private let logger: Logger
    private let logLevel: SharedLogLevel
    private let group: MultiThreadedEventLoopGroup
    private let ready: EventLoopPromise<NodeAddresses>
    private let drainRequested: EventLoopPromise<Void>

    /// Makes a node; nothing is opened yet.
    ///
    /// - Parameters:
    ///   - registry: makes the commands that its clients can use: give one of your own to add commands
    ///     (docs/extending.md).
    ///   - source: reads the node's configuration anew for `reload`, with an error that a person can act on; nil: the
    ///     node cannot be reloaded.
    public init(
        configuration: NodeConfiguration, logger: Logger,
        registry: @escaping @Sendable () -> CTICommandRegistry = { CTICommandRegistry.standard() },
        source: (@Sendable () throws -> NodeConfiguration)? = nil
    ) {
        self.configuration = configuration
        self.registry = registry
        self.source = source
        logLevel = SharedLogLevel(Logger.Level(configuration.log.level))
        let handler = ReloadableLogHandler(logger.handler, level: logLevel)
        var logger = Logger(label: logger.label) { _ in handler }
        logger[metadataKey: "site"] = "\(configuration.name)"
        self.logger = logger
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        // Not of the node's own loop: both may be asked after that has ended.
        let other = MultiThreadedEventLoopGroup.singleton.next()
        ready = other.makePromise()
        drainRequested = other.makePromise()
        reloadRequests = NodeReloadRequests()
    }

    /// The site of the node.
    public var site: SiteID { configuration.name }

    /// Waits until all listeners are up.
    public func addresses() async throws -> NodeAddresses { try await ready.futureResult.get() }

    /// Asks the node to stop: clients and peers are told, links drain, `run` returns within 5 s.
    public func stop() { drainRequested.succeed() }

    /// Reads the configuration again and takes it over: all of it or nothing. Gives what changed, a line each.
    ///
    /// - Throws: `NodeError` with the reason: the file is faulty, a change needs a restart, the node does not run.
    public func reload() async throws -> [String] { try await reloadRequests.reload() }

    /// Runs the node until a graceful shutdown (SIGTERM, or `stop`).
    public func run() async throws {
        let running: Running
        do {
            running = try await start()
        } catch {
            ready.fail(error)
            drainRequested.succeed()
            try? await group.shutdownGracefully()
            throw error
        }
        // A cancelled node stops like any other: another service of its group could not start, say.
        await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                try? await drainRequested.futureResult.get()
            } onGracefulShutdown: { [drainRequested] in
                drainRequested.succeed()
            }
        } onCancel: { [drainRequested] in
            drainRequested.succeed()
        }
        reloadRequests.close()
        logger.notice("stopping: clients and peers are told, links drain")
        let loop = group.next()
        try? await loop.flatSubmit { running.assembly.value.drain() }.get()
        try? await loop.flatSubmit { running.assembly.value.stop() }.get()
        do { try running.store?.close() } catch { logger.error("what was left for the store is lost: \(error)") }
        logger.notice("stopped")
        // Sockets in the middle of a handshake close only now, and their handlers still ask the shell.
        defer { withExtendedLifetime(running) {} }
        try await group.shutdownGracefully()
    }

    private struct Running: Sendable {
        var assembly: NIOLoopBound<NodeAssembly>
        var store: Store?
    }

    private func start() async throws -> Running {
        let loop = group.next()
        let configuration = self.configuration
        let logger = self.logger
        let logLevel = self.logLevel
        let registry = self.registry
        let source = self.source
        let tls = try TLSContexts(configuration: configuration)
        let opened = try StoreBridge.open(configuration: configuration, now: NodeClock.now(), logger: logger)
        do {
            let assembly = try await loop.submit {
                NIOLoopBound(
                    try NodeAssembly(
                        configuration: configuration, opened: opened, tls: tls, registry: registry(), source: source,
                        loop: loop, logger: logger, logLevel: logLevel), eventLoop: loop)
            }.get()
            do {
                let addresses = try await loop.flatSubmit { assembly.value.listen() }.get()
                try await loop.submit { assembly.value.startDriver() }.get()
                let listen = configuration.listen
                for (name, address) in [
                    ("info", listen.info), ("fagi", listen.fagi), ("webi", listen.webi), ("announce", listen.announce),
                ] {
                    if let address { logger.info("listen.\(name) \(address) is not served by this release") }
                }
                logger.notice("ready: \(addresses)")
                reloadRequests.open(on: loop) { done in assembly.value.reload(done) }
                ready.succeed(addresses)
                return Running(assembly: assembly, store: opened.store)
            } catch {
                try? await loop.flatSubmit { assembly.value.stop() }.get()
                // Its sockets close with the loop, before the assembly goes.
                try? await group.shutdownGracefully()
                withExtendedLifetime(assembly) {}
                throw error
            }
        } catch {
            try? opened.store?.close()
            throw error
        }
    }
}
