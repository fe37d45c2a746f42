import CTIProxy
import NIOCore
import NIOPosix

/// One run of a tool: listens, serves its clients, and ends with an exit code. Lives on one loop.
final class ProxyRunner {
    private let options: ToolOptions
    private let tls: ProxyTLS
    private let recorder: Recorder
    private let loop: any EventLoop
    private let done: EventLoopPromise<Int32>
    private var listener: (any Channel)?
    private var relays: [Int: Relay] = [:]
    private var connections = 0
    private var isStopping = false
    private var isDone = false

    init(_ options: ToolOptions, tls: ProxyTLS, recorder: Recorder, loop: any EventLoop, done: EventLoopPromise<Int32>)
    {
        self.options = options
        self.tls = tls
        self.recorder = recorder
        self.loop = loop
        self.done = done
    }

    /// Serves the clients of a listening socket; returns with the exit code. Blocks the calling thread.
    static func run(_ options: ToolOptions) -> Int32 {
        let loop = MultiThreadedEventLoopGroup(numberOfThreads: 1).next()
        do {
            let tls = try ProxyTLS(options.tls, host: options.host)
            let arrivals = Arrivals.makeEmptyBox(eventLoop: loop)
            let listener = try listen(options, on: loop, arrivals)
            let done = loop.makePromise(of: Int32.self)
            let runner: NIOLoopBound<ProxyRunner>
            do {
                // The files are opened once the port is ours: a second start does not empty what the first one saves.
                runner = try loop.submit {
                    let recorder = try Recorder.open(options).get()
                    let runner = ProxyRunner(options, tls: tls, recorder: recorder, loop: loop, done: done)
                    let bound = NIOLoopBound(runner, eventLoop: loop)
                    arrivals.value = { bound.value.accepted($0) }
                    runner.start(listener)
                    return bound
                }.wait()
            } catch {
                done.succeed(1)
                throw error
            }
            System.onInterrupt { loop.execute { runner.value.interrupt() } }
            let status = try done.futureResult.wait()
            let isWritten = try loop.submit { runner.value.recorder.finish() }.wait()
            return status == 0 && !isWritten && options.tool == .save ? 1 : status
        } catch {
            System.say("\(options.tool.rawValue): \(error)\n")
            return 1
        }
    }

    /// What to do with a client that has connected.
    private typealias Arrivals = NIOLoopBoundBox<((any Channel) -> Void)?>

    private static func listen(
        _ options: ToolOptions, on loop: any EventLoop, _ arrivals: Arrivals
    ) throws -> any Channel {
        let place = options.listenAddress
        do {
            let found = try System.addresses(of: place).get()
            guard let address = found.first else { throw ProxyFailure("no IPv4 address") }
            return try ServerBootstrap(group: loop)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .serverChannelOption(.backlog, value: Int32(options.isConcurrent ? 128 : 2))
                .serverChannelOption(.autoRead, value: false)
                .serverChannelOption(.maxMessagesPerRead, value: 1)
                .serverChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(ListenerHandler())
                    }
                }
                .childChannelOption(.autoRead, value: false)
                .childChannelOption(.allowRemoteHalfClosure, value: true)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .childChannelOption(.writeBufferWaterMark, value: waterMark)
                .childChannelOption(.recvAllocator, value: receiving)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(ArrivalHandler { arrivals.value?(channel) })
                    }
                }
                .bind(host: address, port: options.listenPort).wait()
        } catch {
            throw ProxyFailure(
                "cannot listen on \(place):\(options.listenPort): \(ProxyTLS.reason(error)); --listen-addr and --listen-port name another place"
            )
        }
    }

    private static let waterMark = ChannelOptions.Types.WriteBufferWaterMark(low: 128 << 10, high: 512 << 10)
    private static let receiving = AdaptiveRecvByteBufferAllocator(
        minimum: 4 << 10, initial: 64 << 10, maximum: 256 << 10)

    private func start(_ listener: any Channel) {
        self.listener = listener
        let bound = NIOLoopBound(self, eventLoop: loop)
        recorder.onRoom { [loop] in
            loop.execute {
                for relay in bound.value.relays.values {
                    relay.readMore(.client)
                    relay.readMore(.server)
                }
            }
        }
        waitForClient()
    }

    private func tell(_ text: String) {
        if options.isVerbose { System.say(text + "\n") }
    }

    private static func text(_ address: SocketAddress?) -> String {
        "('\(address?.ipAddress ?? "?")', \(address?.port ?? 0))"
    }

    private func waitForClient() {
        tell("Waiting for client connection")
        listener?.read()
    }

    // MARK: A session

    /// A client has connected and is about to be served.
    private func accepted(_ client: any Channel) {
        guard !isStopping else { return client.close(promise: nil) }
        connections += 1
        let number = connections
        tell("Client connection from \(Self.text(client.remoteAddress))")
        let relay = Relay(connection: number, recorder: recorder, tls: tls, loop: loop)
        relays[number] = relay
        relay.onEnd = { [unowned self] in sessionEnded(number) }
        do { try relay.attach(client: client) } catch { return refused(relay, error) }
        if options.isConcurrent { waitForClient() }

        let bound = NIOLoopBound((runner: self, relay: relay), eventLoop: loop)
        let host = options.host
        NIOThreadPool.singleton.runIfActive(eventLoop: loop) { try System.addresses(of: host).get() }
            .flatMap { addresses in bound.value.runner.connect(bound.value.relay, addresses[...]) }
            .flatMap { server in
                bound.value.runner.tell("Server connection to \(Self.text(server.remoteAddress))")
                return bound.value.relay.serverReady()
            }
            .whenComplete { result in
                switch result {
                case .success: bound.value.relay.join()
                case .failure(let error): bound.value.runner.refused(bound.value.relay, error)
                }
            }
    }

    private func connect(_ relay: Relay, _ addresses: ArraySlice<String>) -> EventLoopFuture<any Channel> {
        guard let address = addresses.first,
            let target = try? SocketAddress(ipAddress: address, port: options.port)
        else {
            return loop.makeFailedFuture(ProxyFailure("no IPv4 address of \(options.host)"))
        }
        let bound = NIOLoopBound((runner: self, relay: relay), eventLoop: loop)
        let rest = addresses.dropFirst()
        return ClientBootstrap(group: loop)
            .connectTimeout(.seconds(60))
            .channelOption(.autoRead, value: false)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.writeBufferWaterMark, value: Self.waterMark)
            .channelOption(.recvAllocator, value: Self.receiving)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try bound.value.relay.attach(server: channel) }
            }
            .connect(to: target)
            .flatMapError { error in
                if rest.isEmpty { return bound.eventLoop.makeFailedFuture(error) }
                return bound.value.runner.connect(bound.value.relay, rest)
            }
    }

    /// The server cannot be had: the client is closed, and the tool ends, unless it serves other clients as well.
    private func refused(_ relay: Relay, _ error: any Error) {
        if !isStopping {
            System.say("Error while establishing server connection: \(ProxyTLS.reason(error))\n")
            if !options.isConcurrent { stop(1) }
        }
        relay.abandon()
    }

    private func sessionEnded(_ number: Int) {
        relays[number] = nil
        if isStopping { return finishIfIdle() }
        if options.isConcurrent { return }
        // Nobody reads what further sessions would say.
        guard options.loops, !recorder.hasFailed else { return stop(0) }
        waitForClient()
    }

    // MARK: The end

    private var status: Int32 = 0

    /// SIGINT: everything is closed; what was gathered is written.
    private func interrupt() {
        guard !isStopping else { return }
        let wasIdle = relays.isEmpty
        stop(0)
        for relay in Array(relays.values) { relay.abandon() }
        guard wasIdle else { return }
        let stamp = recorder.now()
        recorder.record { ProxySession(options).ended(at: stamp, into: &$0) }
    }

    private func stop(_ status: Int32) {
        isStopping = true
        self.status = status
        listener?.close(promise: nil)
        // Whoever stops us may still have to hand over a last report.
        let bound = NIOLoopBound(self, eventLoop: loop)
        loop.execute { bound.value.finishIfIdle() }
    }

    private func finishIfIdle() {
        guard relays.isEmpty, !isDone else { return }
        isDone = true
        done.succeed(status)
    }
}

/// Tells when an accepted client is connected.
private final class ArrivalHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private let onArrival: () -> Void

    init(_ onArrival: @escaping () -> Void) { self.onArrival = onArrival }

    func channelActive(context: ChannelHandlerContext) {
        onArrival()
        context.fireChannelActive()
        context.pipeline.syncOperations.removeHandler(self, promise: nil)
    }
}

/// Waits for the next client when one was gone before it was accepted.
private final class ListenerHandler: ChannelInboundHandler {
    typealias InboundIn = any Channel

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.read() }
}
