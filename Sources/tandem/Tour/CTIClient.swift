import CTIProtocol
import Crypto
import NIOCore
import NIOPosix
import TandemCore

/// Why a step of a dialogue did not happen.
struct CTIClientError: Error, CustomStringConvertible {
    let description: String
}

/// A real CTI client over TCP: logs in, sends commands, waits for answers and pushed statuses.
///
/// Every received object is kept in order with its time of arrival; a waiter looks at those that it has not seen yet.
actor CTIClient {
    /// A received object.
    struct Received: Sendable {
        var object: JSONObject
        var at: NIODeadline
    }

    nonisolated let name: String
    private let channel: any Channel
    private var inbox: [Received] = []
    private var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
    private var nextWaiter: UInt64 = 0
    private var nextCommand: Int64 = 1
    private var closedReason: String?
    /// The user id that the server named at login, `paris/1`.
    private(set) var ownID = ""

    private init(name: String, channel: any Channel) {
        self.name = name
        self.channel = channel
    }

    /// Connects, within 5 s.
    static func connect(name: String, host: String, port: Int) async throws -> CTIClient {
        let (stream, sink) = AsyncStream.makeStream(of: Received?.self)
        do {
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connectTimeout(.seconds(5))
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(CTIClientHandler(sink: sink))
                    }
                }
                .connect(host: host, port: port).get()
            let client = CTIClient(name: name, channel: channel)
            Task { await client.collect(stream) }
            return client
        } catch {
            throw CTIClientError(description: "\(name): nobody answers at \(host):\(port) (\(error))")
        }
    }

    private func collect(_ stream: AsyncStream<Received?>) async {
        for await received in stream {
            if let received { inbox.append(received) } else { closedReason = "the server closed the connection" }
            let woken = waiters
            waiters = [:]
            for waiter in woken.values { waiter.resume() }
        }
    }

    func close() { channel.close(promise: nil) }

    /// Where the next received object will be: waiting from here sees only what comes after.
    var mark: Int { inbox.count }

    /// Waits for an object from `mark` on that satisfies the condition.
    func wait(
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
    func send(_ object: JSONObject) -> (id: Int64, mark: Int) {
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
    func ask(_ object: JSONObject, within seconds: Double = 5) async throws -> JSONObject {
        let (id, mark) = send(object)
        let what = "the answer to \(object["class"]?.stringValue ?? "?")"
        return try await wait(from: mark, for: what, within: seconds) { $0["replyid"] == .integer(id) }.object
    }

    /// Logs in with the SHA-1 challenge (CTI reference 2).
    func logIn(user: String, password: String) async throws {
        let greeting = try await ask([
            "class": "login_id", "userlogin": .string(user), "company": "default", "ident": "X11-tandem-tour",
            "xivoversion": "1.2", "git_hash": "tandem", "git_date": "0",
        ])
        guard let session = greeting["sessionid"]?.stringValue else { throw refusal(greeting) }
        let hash = Insecure.SHA1.hash(data: Array("\(session):\(password)".utf8))
        let hex = hash.map { byte in
            let text = String(byte, radix: 16)
            return text.count == 1 ? "0" + text : text
        }.joined()
        let pass = try await ask(["class": "login_pass", "hashedpassword": .string(hex)])
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
    func half(_ function: String, list: String, site: String, id: String) async throws -> JSONObject {
        let answer = try await ask([
            "class": "getlist", "function": .string(function), "listname": .string(list), "tipbxid": .string(site),
            "tid": .string(id),
        ])
        return answer[function == "updateconfig" ? "config" : "status"]?.objectValue ?? [:]
    }

    /// The ids of a list.
    func list(_ list: String, site: String) async throws -> [String] {
        let answer = try await ask([
            "class": "getlist", "function": "listid", "listname": .string(list), "tipbxid": .string(site),
        ])
        return answer["list"]?.arrayValue?.compactMap(\.idText) ?? []
    }
}

/// Cuts the server's lines; the banner and other lines that are no JSON objects are skipped, as clients do.
private final class CTIClientHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let sink: AsyncStream<CTIClient.Received?>.Continuation
    private var framer = LineFramer(limit: 64 << 20)

    init(sink: AsyncStream<CTIClient.Received?>.Continuation) { self.sink = sink }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let now = NIODeadline.now()
        unwrapInboundIn(data).withUnsafeReadableBytes { bytes in
            try? framer.append(bytes) { line in
                guard let object = try? JSONValue(parsing: line).objectValue else { return }
                sink.yield(CTIClient.Received(object: object, at: now))
            }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        sink.yield(nil)
        sink.finish()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
