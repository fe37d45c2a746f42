import CTILogin
import NIOCore
import NIOPosix
import NIOSSL
import TandemCore
import TandemNode

/// A lean client for load: logs in, then counts lines without reading them. Hundreds of them share one loop.
final class LoadClient: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What all clients of a run share, on their one loop.
    final class Crowd {
        var loggedIn = 0
        var lines = 0
        var expected = Int.max
        var done: EventLoopPromise<Void>?

        func count(_ more: Int) {
            lines += more
            if lines >= expected {
                done?.succeed()
                done = nil
            }
        }
    }

    private enum Stage { case greeting, password, capabilities, counting }

    private let crowd: Crowd
    private let login: String
    private let entered: EventLoopPromise<Void>
    private var stage = Stage.greeting
    private var partial = ByteBuffer()
    private var context: ChannelHandlerContext?

    init(crowd: Crowd, login: String, entered: EventLoopPromise<Void>) {
        self.crowd = crowd
        self.login = login
        self.entered = entered
    }

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        send([
            "class": "login_id", "userlogin": .string(login), "company": "default", "ident": "X11-load",
            "xivoversion": "1.2", "commandid": 1,
        ])
    }

    func channelInactive(context: ChannelHandlerContext) {
        entered.fail(NodeError("the node closed a client of the benchmark"))
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        if case .counting = stage {
            crowd.count(buffer.readableBytesView.reduce(0) { $0 + ($1 == 10 ? 1 : 0) })
            return
        }
        partial.writeBuffer(&buffer)
        while let end = partial.readableBytesView.firstIndex(of: 10) {
            let line = partial.readBytes(length: end - partial.readerIndex) ?? []
            partial.moveReaderIndex(forwardBy: 1)
            guard let object = try? JSONValue(parsing: line).objectValue else { continue }
            advance(object)
        }
    }

    private func advance(_ object: JSONObject) {
        switch (stage, object["class"]?.stringValue) {
        case (.greeting, "login_id"):
            let session = object["sessionid"]?.stringValue ?? ""
            let hash = LoginProof.of(sessionID: session, password: Secret(login))
            stage = .password
            send(["class": "login_pass", "hashedpassword": .string(hash), "commandid": 2])
        case (.password, "login_pass"):
            stage = .capabilities
            send([
                "class": "login_capas", "capaid": object["capalist"]?.arrayValue?.first ?? .null, "state": "available",
                "lastconnwins": false,
                "loginkind": "user", "commandid": 3,
            ])
        case (.capabilities, "login_capas"):
            stage = .counting
            crowd.loggedIn += 1
            entered.succeed()
        default: break
        }
    }

    private func send(_ object: JSONObject) { send(JSONValue.object(object).encoded() + [10]) }

    /// Writes bytes as they are.
    func send(_ bytes: [UInt8]) {
        guard let context else { return }
        context.writeAndFlush(wrapOutboundOut(context.channel.allocator.buffer(bytes: bytes)), promise: nil)
    }
}

/// Many load clients of one node.
struct LoadCrowd {
    let loop: any EventLoop
    let crowd: NIOLoopBound<LoadClient.Crowd>
    let clients: NIOLoopBound<[LoadClient]>
    let channels: [any Channel]

    /// Connects and logs in, 50 at a time.
    static func enter(_ count: Int, host: String, port: Int, logins: [String], tls: NIOSSLContext? = nil) async throws
        -> LoadCrowd
    {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let crowd = try await loop.submit { NIOLoopBound(LoadClient.Crowd(), eventLoop: loop) }.get()
        var channels: [any Channel] = []
        var bound = NIOLoopBound<[LoadClient]>?.none
        var made: [NIOLoopBound<LoadClient>] = []
        while channels.count < count {
            var entering: [EventLoopFuture<Void>] = []
            for index in channels.count..<min(count, channels.count + 50) {
                let entered = loop.makePromise(of: Void.self)
                let login = logins[index % logins.count]
                let client = try await loop.submit {
                    NIOLoopBound(LoadClient(crowd: crowd.value, login: login, entered: entered), eventLoop: loop)
                }.get()
                let channel = try await ClientBootstrap(group: loop)
                    .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                    .channelInitializer { channel in
                        channel.eventLoop.makeCompletedFuture {
                            if let tls {
                                try channel.pipeline.syncOperations.addHandler(
                                    NIOSSLClientHandler(context: tls, serverHostname: nil))
                            }
                            try channel.pipeline.syncOperations.addHandler(client.value)
                        }
                    }.connect(host: host, port: port).get()
                made.append(client)
                channels.append(channel)
                entering.append(entered.futureResult)
            }
            try await EventLoopFuture.andAllSucceed(entering, on: loop).get()
        }
        let all = made
        bound = try await loop.submit { NIOLoopBound(all.map(\.value), eventLoop: loop) }.get()
        guard let clients = bound else { throw NodeError("no clients") }
        return LoadCrowd(loop: loop, crowd: crowd, clients: clients, channels: channels)
    }

    /// Runs `start` on the loop and waits until all clients together have received `lines` more lines; the seconds it
    /// took. Fails after a minute.
    func time(lines: Int, _ start: @escaping @Sendable ([LoadClient]) -> Void) async throws -> Double {
        let crowd = self.crowd
        let clients = self.clients
        let loop = self.loop
        let done = loop.makePromise(of: Void.self)
        let began = NIODeadline.now()
        loop.execute {
            crowd.value.lines = 0
            crowd.value.expected = lines
            crowd.value.done = done
            start(clients.value)
        }
        let timeout = loop.scheduleTask(in: .seconds(60)) {
            done.fail(NodeError("only \(crowd.value.lines) of \(lines) lines came within a minute"))
        }
        try await done.futureResult.get()
        timeout.cancel()
        return Double((NIODeadline.now() - began).nanoseconds) / 1e9
    }

    /// Closes all connections.
    func leave() async {
        for channel in channels { try? await channel.close().get() }
    }
}
