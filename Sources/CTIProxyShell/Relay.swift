import CTIProxy
import ClientTLS
import NIOCore
import NIOSSL

/// One client and its server: forwards what arrives, untouched and at once, and lets the session look at it afterwards.
///
/// Each direction reads only while the other end takes what was read, and while the output is taken. Lives on one loop.
final class Relay {
    /// After the server has ended its direction, the client may go on speaking; quiet for this long, it is over.
    static let lingering = TimeAmount.seconds(2)

    private let recorder: Recorder
    private let tls: ProxyTLS
    private let loop: any EventLoop
    private var session: ProxySession
    private var client: (any Channel)?
    private var server: (any Channel)?
    /// What the client sent before the server was connected, or before it was known whether TLS follows.
    private var held: [ByteBuffer] = []
    private var holdsClient = true
    private var starttls: StartTLSWatcher?
    private var isJoined = false
    private var isEnding = false
    private var isOver = false
    private var hasEnded = [false, false]
    private var hasSpoken = [false, false]
    private var hasSpokenTLS = false
    private var isSecured = [false, false]
    private var linger: Scheduled<Void>?
    private var handshake: EventLoopPromise<Void>?
    /// Called once, when both connections are closed.
    var onEnd: (() -> Void)?

    init(connection: Int, recorder: Recorder, tls: ProxyTLS, loop: any EventLoop) {
        self.recorder = recorder
        self.tls = tls
        self.loop = loop
        session = ProxySession(recorder.options, connection: connection)
        starttls = recorder.options.tls.startTLS ? StartTLSWatcher() : nil
    }

    // MARK: Beginning

    /// The client is connected; nothing is read from it yet.
    func attach(client channel: any Channel) throws {
        client = channel
        if tls.beginsAtClient { try channel.pipeline.syncOperations.addHandler(tls.clientSide()) }
        try channel.pipeline.syncOperations.addHandler(RelayHandler(side: .client, relay: self))
    }

    /// The server is being connected.
    func attach(server channel: any Channel) throws {
        server = channel
        if tls.beginsAtServer {
            handshake = loop.makePromise()
            try channel.pipeline.syncOperations.addHandler(tls.serverSide())
        }
        try channel.pipeline.syncOperations.addHandler(RelayHandler(side: .server, relay: self))
    }

    /// Waits for the server's certificate when TLS begins at once.
    func serverReady() -> EventLoopFuture<Void> {
        guard let handshake else { return loop.makeSucceededVoidFuture() }
        server?.read()
        let timeout = loop.scheduleTask(in: ServerTrust.handshakeTimeout) { handshake.fail(TLSFailure.unanswered) }
        handshake.futureResult.whenComplete { _ in timeout.cancel() }
        return handshake.futureResult
    }

    /// TLS stands on one side.
    func secured(_ side: Side, _ certificate: NIOSSLCertificate?) {
        isSecured[side.rawValue] = true
        guard side == .server else { return }
        do {
            try tls.check(certificate)
            handshake?.succeed()
        } catch {
            // Not yet secured: it is told why.
            isSecured[side.rawValue] = false
            failed(.server, error)
        }
    }

    /// Both connections stand: everything passes from now on.
    func join() {
        guard !isOver else { return }
        isJoined = true
        session.began(at: recorder.now())
        holdsClient = false
        let early = held
        held = []
        for buffer in early { received(buffer, from: .client) }
        if client == nil || server == nil { return end() }
        for side in [Side.client, .server] {
            if hasEnded[side.rawValue] { endInput(side) }
            readMore(side)
        }
    }

    // MARK: Passing

    private func channel(_ side: Side) -> (any Channel)? { side == .client ? client : server }

    /// Bytes arrived: they are forwarded first.
    func received(_ buffer: ByteBuffer, from side: Side) {
        guard !isOver else { return }
        if side == .client, holdsClient {
            held.append(buffer)
            return
        }
        if starttls != nil { return watch(buffer, from: side) }
        forward(buffer, from: side)
    }

    private func forward(_ buffer: ByteBuffer, from side: Side) {
        guard buffer.readableBytes > 0 else { return }
        if !hasSpoken[side.rawValue] {
            hasSpoken[side.rawValue] = true
            if TLSRecord.begins(buffer.readableBytesView) { noteTLS(side) }
        }
        if !isEnding { channel(side.other)?.writeAndFlush(buffer, promise: nil) }
        let stamp = recorder.now()
        recorder.record { output in
            buffer.withUnsafeReadableBytes { bytes in
                session.received(bytes.bindMemory(to: UInt8.self), from: side, at: stamp, into: &output)
            }
        }
        if linger != nil { startLingering() }
    }

    /// What passes is TLS from end to end: it is forwarded as it is, and whoever watches is told why nothing can be read.
    private func noteTLS(_ side: Side) {
        let tool = recorder.options.tool.rawValue
        switch side {
        case .client where !tls.beginsAtClient:
            System.say(
                "\(tool): the client speaks TLS, which passes unread: give --tls-cert and --tls-key to read it, and --tls for the server\n"
            )
        case .server where !tls.beginsAtServer:
            // The answer to a client that speaks TLS itself needs no word of its own.
            if !hasSpokenTLS { System.say("\(tool): the server \(TLSFailure.unexpectedTLS.advice(.tools))\n") }
        default: break
        }
        hasSpokenTLS = true
    }

    /// Asks for more from one side when the other side and the output take it.
    func readMore(_ side: Side) {
        guard isJoined, !isEnding, !hasEnded[side.rawValue], !recorder.isFull, !(side == .client && holdsClient),
            channel(side.other)?.isWritable == true
        else { return }
        channel(side)?.read()
    }

    // MARK: STARTTLS

    private func watch(_ buffer: ByteBuffer, from side: Side) {
        var buffer = buffer
        let decision =
            buffer.withUnsafeReadableBytes { bytes in
                starttls?.look(at: bytes.bindMemory(to: UInt8.self), from: side)
            } ?? .none
        if starttls?.isOver == true { starttls = nil }
        switch decision {
        case .none: forward(buffer, from: side)
        case .accepted(let end):
            if let line = buffer.readSlice(length: end) { forward(line, from: side) }
            holdsClient = true
            if buffer.readableBytes > 0 { held.append(buffer) }
        case .decided(let end, let secure):
            if let line = buffer.readSlice(length: end) { forward(line, from: side) }
            decided(secure, rest: buffer)
        }
    }

    private func decided(_ secure: Bool, rest: ByteBuffer) {
        holdsClient = false
        let early = held
        held = []
        guard let client, let server else { return }
        if secure {
            do {
                try client.pipeline.syncOperations.addHandler(tls.clientSide(), position: .first)
                try server.pipeline.syncOperations.addHandler(tls.serverSide(), position: .first)
            } catch {
                return failed(.server, error)
            }
            for buffer in early { client.pipeline.fireChannelRead(buffer) }
            if rest.readableBytes > 0 { server.pipeline.fireChannelRead(rest) }
        } else {
            for buffer in early { received(buffer, from: .client) }
            if rest.readableBytes > 0 { forward(rest, from: .server) }
        }
        readMore(.client)
    }

    // MARK: Ending

    /// One side will send nothing more; it may still listen.
    func inputClosed(_ side: Side) {
        guard !hasEnded[side.rawValue] else { return }
        hasEnded[side.rawValue] = true
        if isJoined { endInput(side) }
    }

    private func endInput(_ side: Side) {
        if hasEnded[side.other.rawValue] { return end() }
        if side == .server { startLingering() }
        guard let other = channel(side.other) else { return }
        flush(other) { [weak self] in
            guard let self, !self.isEnding else { return }
            other.close(mode: .output, promise: nil)
        }
    }

    private func startLingering() {
        linger?.cancel()
        let bound = NIOLoopBound(self, eventLoop: loop)
        linger = loop.scheduleTask(in: Self.lingering) { bound.value.end() }
    }

    /// Runs the body when everything written so far has left.
    private func flush(_ channel: any Channel, _ body: @escaping () -> Void) {
        let promise = loop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { _ in body() }
        channel.writeAndFlush(channel.allocator.buffer(capacity: 0), promise: promise)
    }

    /// A connection broke.
    func failed(_ side: Side, _ error: any Error) {
        if !isJoined, side == .server {
            handshake?.fail(tls.failure(error, on: server) ?? error)
            return
        }
        if !isOver, !isEnding { tell(side, error) }
        end(broken: side)
    }

    /// Says why a connection broke: always when TLS did not come about, else only when asked to.
    private func tell(_ side: Side, _ error: any Error) {
        let tool = recorder.options.tool.rawValue
        if side == .client, !isSecured[side.rawValue], let advice = ProxyTLS.advice(ofClient: error) {
            System.say("\(tool): the client \(advice)\n")
        } else if side == .server, !isSecured[side.rawValue], let failure = tls.failure(error, on: server) {
            System.say("\(tool): \(ProxyTLS.reason(failure))\n")
        } else if recorder.options.isVerbose, isJoined {
            System.say("Connection of the \(side.word) ended: \(ProxyTLS.reason(error))\n")
        }
    }

    /// A connection is closed.
    func closed(_ side: Side) {
        hasEnded[side.rawValue] = true
        if side == .client { client = nil } else { server = nil }
        if side == .server { handshake?.fail(TLSFailure.unanswered) }
        guard isJoined else { return }
        if client == nil, server == nil { return finish() }
        end()
    }

    /// Closes both connections, each after what was written to it has left.
    func end(broken: Side? = nil) {
        guard !isOver else { return }
        let wasEnding = isEnding
        isEnding = true
        linger?.cancel()
        linger = nil
        if let broken { channel(broken)?.close(promise: nil) }
        guard !wasEnding else { return }
        for side in [Side.client, .server] where side != broken {
            guard let channel = channel(side) else { continue }
            flush(channel) { channel.close(promise: nil) }
        }
        if client == nil, server == nil { finish() }
    }

    /// Closes both connections at once.
    func abandon() {
        isEnding = true
        handshake?.fail(ChannelError.eof)
        client?.close(promise: nil)
        server?.close(promise: nil)
        finish()
    }

    private func finish() {
        guard !isOver else { return }
        isOver = true
        linger?.cancel()
        let stamp = recorder.now()
        recorder.record { session.ended(at: stamp, into: &$0) }
        if session.droppedLines > 0 {
            System.say(
                "\(recorder.options.tool.rawValue): \(session.droppedLines) lines were too long to be shown; they were forwarded\n"
            )
        }
        let onEnd = self.onEnd
        self.onEnd = nil
        onEnd?()
    }
}
