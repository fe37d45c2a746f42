import CTILogin
import CTIProtocol
import ClientTLS
import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS
import TandemCore

/// Why a step of a dialogue did not happen.
public struct CTIClientError: Error, CustomStringConvertible {
    /// What was awaited, and what came instead.
    public let description: String
    /// Makes an error.
    public init(description: String) { self.description = description }
}

/// A real CTI client over TCP: logs in, sends commands, waits for answers and pushed statuses.
///
/// Every received object is kept in order with its time of arrival; a waiter looks at those that it has not seen yet.
public actor CTIClient {
    /// A received object.
    public struct Received: Sendable {
        /// The object.
        public var object: JSONObject
        /// When it came.
        public var at: NIODeadline
    }

    /// The client's name in messages.
    public nonisolated let name: String
    private let channel: any Channel
    private var inbox: [Received] = []
    private var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
    private var nextWaiter: UInt64 = 0
    private var nextCommand: Int64 = 1
    /// Why the connection is closed; nil while it stands.
    public private(set) var closedReason: String?
    /// The user id that the server named at login, `paris/1`.
    public private(set) var ownID = ""

    private init(name: String, channel: any Channel) {
        self.name = name
        self.channel = channel
    }

    /// Connects, within 5 s, and with `tls` completes the handshake and checks the server's certificate. Throws
    /// `CTIClientError`, which says what to do in the words of the command line tools' options.
    public static func connect(
        name: String, host: String, port: Int, tls: ServerTrust? = nil,
        handshakeTimeout: TimeAmount = ServerTrust.handshakeTimeout
    ) async throws -> CTIClient {
        let (stream, sink) = AsyncStream.makeStream(of: Event.self)
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let ready = loop.makePromise(of: Void.self)
        let channel: any Channel
        do {
            channel = try await ClientBootstrap(group: loop)
                .connectTimeout(.seconds(5))
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        if let tls { try channel.pipeline.syncOperations.addHandler(tls.handler()) }
                        try channel.pipeline.syncOperations.addHandler(
                            CTIClientHandler(sink: sink, trust: tls, ready: ready))
                    }
                }
                .connect(host: host, port: port).get()
        } catch {
            ready.fail(error)
            let reason = (error as? TLSFailure).map { "the server " + $0.advice(.tools) }
            throw CTIClientError(
                description: "\(name): \(reason ?? "nobody answers at \(host):\(port) (\(error))")")
        }
        let timer = loop.scheduleTask(in: handshakeTimeout) { ready.fail(TLSFailure.unanswered) }
        defer { timer.cancel() }
        do { try await ready.futureResult.get() } catch {
            channel.close(promise: nil)
            let reason = (error as? TLSFailure)?.advice(.tools) ?? "broke the connection (\(error))"
            throw CTIClientError(description: "\(name): the server at \(host):\(port) \(reason)")
        }
        let client = CTIClient(name: name, channel: channel)
        Task { await client.collect(stream) }
        return client
    }

    fileprivate enum Event {
        case received(Received)
        case closed(String)
    }

    private func collect(_ stream: AsyncStream<Event>) async {
        for await event in stream {
            switch event {
            case .received(let received): inbox.append(received)
            case .closed(let reason): closedReason = reason
            }
            let woken = waiters
            waiters = [:]
            for waiter in woken.values { waiter.resume() }
        }
    }

    /// Closes the connection.
    public func close() { channel.close(promise: nil) }

    /// Stops reading, or goes on: a client that does not take what it is sent.
    public func setReading(_ isReading: Bool) async throws {
        try await channel.setOption(.autoRead, value: isReading).get()
    }

    /// Sends bytes as they are.
    public func sendRaw(_ bytes: [UInt8]) {
        channel.writeAndFlush(channel.allocator.buffer(bytes: bytes), promise: nil)
    }

    /// Waits until the server has closed the connection; false when it has not within the time.
    public func waitForClose(within seconds: Double) async -> Bool {
        let deadline = NIODeadline.now() + .milliseconds(Int64(seconds * 1000))
        while closedReason == nil, NIODeadline.now() < deadline { try? await Task.sleep(for: .milliseconds(10)) }
        return closedReason != nil
    }

    /// Everything received so far.
    public var received: [JSONObject] { inbox.map(\.object) }

    /// Lets go of everything received so far, for clients that run long. Marks of before mean nothing afterwards.
    public func forget() { inbox.removeAll(keepingCapacity: true) }

    /// Where the next received object will be: waiting from here sees only what comes after.
    public var mark: Int { inbox.count }

    /// Waits for an object from `mark` on that satisfies the condition.
    public func wait(
        from mark: Int, for what: String, within seconds: Double, where matches: @Sendable (JSONObject) -> Bool
    ) async throws -> Received {
        let deadline = NIODeadline.now() + .milliseconds(Int64(seconds * 1000))
        var next = mark
        let timer = Task { [weak self] in
            try await Task.sleep(for: .milliseconds(Int64(seconds * 1000)))
            await self?.wakeAll()
        }
        defer { timer.cancel() }
        while true {
            while next < inbox.count {
                if matches(inbox[next].object) { return inbox[next] }
                next += 1
            }
            if let closedReason { throw CTIClientError(description: "\(name): waiting for \(what): \(closedReason)") }
            guard NIODeadline.now() < deadline else {
                throw CTIClientError(description: "\(name): \(what) did not come within \(seconds) s")
            }
            nextWaiter += 1
            let number = nextWaiter
            await withCheckedContinuation { waiters[number] = $0 }
        }
    }

    private func wakeAll() {
        let woken = waiters
        waiters = [:]
        for waiter in woken.values { waiter.resume() }
    }

    /// Sends a command under a fresh `commandid`; gives the id and the place from which its answers come.
    @discardableResult
    public func send(_ object: JSONObject) -> (id: Int64, mark: Int) {
        var command = object
        let id = nextCommand
        nextCommand += 1
        command["commandid"] = .integer(id)
        let mark = inbox.count
        channel.writeAndFlush(
            channel.allocator.buffer(bytes: JSONValue.object(command).encoded() + [0x0A]), promise: nil)
        return (id, mark)
    }

    /// Sends a command and waits for its first answer.
    public func ask(_ object: JSONObject, within seconds: Double = 5) async throws -> JSONObject {
        let (id, mark) = send(object)
        let what = "the answer to \(object["class"]?.stringValue ?? "?")"
        return try await wait(from: mark, for: what, within: seconds) { $0["replyid"] == .integer(id) }.object
    }

    /// Logs in with the SHA-1 challenge (CTI reference 2).
    public func logIn(user: String, password: String) async throws {
        let greeting = try await ask([
            "class": "login_id", "userlogin": .string(user), "company": "default", "ident": "X11-tandem-tour",
            "xivoversion": "1.2", "git_hash": "tandem", "git_date": "0",
        ])
        guard let session = greeting["sessionid"]?.stringValue else { throw refusal(greeting) }
        let hash = LoginProof.of(sessionID: session, password: Secret(password))
        let pass = try await ask(["class": "login_pass", "hashedpassword": .string(hash)])
        guard let profile = pass["capalist"]?.arrayValue?.first else { throw refusal(pass) }
        let capas = try await ask([
            "class": "login_capas", "capaid": profile, "state": "available", "lastconnwins": false,
            "loginkind": "user",
        ])
        guard let site = capas["ipbxid"]?.stringValue, let id = capas["userid"]?.idText else { throw refusal(capas) }
        ownID = site + "/" + id
    }

    private func refusal(_ answer: JSONObject) -> CTIClientError {
        CTIClientError(description: "\(name): login refused: \(answer["error_string"]?.stringValue ?? "\(answer)")")
    }

    /// A half of an object: `config` or `status`.
    public func half(_ function: String, list: String, site: String, id: String) async throws -> JSONObject {
        let answer = try await ask([
            "class": "getlist", "function": .string(function), "listname": .string(list), "tipbxid": .string(site),
            "tid": .string(id),
        ])
        return answer[function == "updateconfig" ? "config" : "status"]?.objectValue ?? [:]
    }

    /// The ids of a list.
    public func list(_ list: String, site: String) async throws -> [String] {
        let answer = try await ask([
            "class": "getlist", "function": "listid", "listname": .string(list), "tipbxid": .string(site),
        ])
        return answer["list"]?.arrayValue?.compactMap(\.idText) ?? []
    }
}

/// Cuts the server's lines; the banner and other lines that are no JSON objects are skipped, as clients do.
private final class CTIClientHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let sink: AsyncStream<CTIClient.Event>.Continuation
    /// Nil: no TLS.
    private let trust: ServerTrust?
    private let ready: EventLoopPromise<Void>
    private var framer = LineFramer(limit: Limits.shownLine)
    private var hasHeard = false
    private var reason = "the server closed the connection"

    init(sink: AsyncStream<CTIClient.Event>.Continuation, trust: ServerTrust?, ready: EventLoopPromise<Void>) {
        self.sink = sink
        self.trust = trust
        self.ready = ready
    }

    func channelActive(context: ChannelHandlerContext) {
        if trust == nil { ready.succeed() }
        context.fireChannelActive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let trust, case TLSUserEvent.handshakeCompleted = event {
            do {
                try trust.check(ServerTrust.certificate(of: context.channel))
                ready.succeed()
            } catch {
                ready.fail(error)
                context.close(promise: nil)
            }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let now = NIODeadline.now()
        let buffer = unwrapInboundIn(data)
        if !hasHeard, TLSRecord.begins(buffer.readableBytesView) {
            reason = "the server " + TLSFailure.unexpectedTLS.advice(.tools)
            context.close(promise: nil)
        }
        hasHeard = true
        buffer.withUnsafeReadableBytes { bytes in
            try? framer.append(bytes) { line in
                guard let object = try? JSONValue(parsing: line).objectValue else { return }
                sink.yield(.received(CTIClient.Received(object: object, at: now)))
            }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        ready.fail(TLSFailure.unanswered)
        sink.yield(.closed(reason))
        sink.finish()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let failure = trust?.failure(error, on: context.channel)
        if let failure, failure != .unanswered { reason = "the server " + failure.advice(.tools) }
        ready.fail(failure ?? error)
        context.close(promise: nil)
    }
}
