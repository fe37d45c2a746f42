import ClientTLS
import Logging
import NIOCore
import NIOPosix
import NIOTLS
import PBX
import SiteModel
import TandemCore

/// A driver of one TCP or TLS connection to a PBX, made of a `DriverSession`: connects and keeps reconnecting, gives the
/// session its bytes and the time, writes and delivers what it leaves behind, and ends every action exactly once.
///
/// Confined to the event loop given at its making; every call MUST come from there. It holds one connection at a time.
public final class ConnectedDriver<Session: DriverSession>: PBXDriver {
    private enum State {
        case stopped
        /// TCP, then the handshake of TLS. The channel is there from TCP on.
        case connecting((any Channel)?)
        case connected(any Channel)
        case waiting

        var channel: (any Channel)? {
            switch self {
            case .connected(let channel): channel
            case .connecting(let channel): channel
            case .stopped, .waiting: nil
            }
        }
    }

    private let connection: DriverConnection
    private let loop: any EventLoop
    private let logger: Logger
    private let random: () -> Double
    private let timer: LoopTimer

    private var session: Session
    private var output = DriverOutput()
    private var state = State.stopped
    private var backoff: Backoff
    /// The waits after refusals.
    private var refusals: Backoff
    private var trust: ServerTrust?
    /// Tells attempts apart: what an earlier one says is no longer wanted.
    private var attempt = 0
    private var deliver: (([PBXEvent]) -> Void)?
    private var isDeliveryScheduled = false
    /// The present connection has told everything.
    private var isComplete = false

    /// Makes a driver; `start` connects.
    ///
    /// - Parameters:
    ///   - session: Speaks the PBX's protocol.
    ///   - connection: Where the PBX is.
    ///   - loop: The node's event loop.
    ///   - logger: For connection changes and refusals.
    ///   - random: A number in 0..<1 for the wait before reconnecting.
    public init(
        session: Session, connection: DriverConnection, on loop: any EventLoop, logger: Logger,
        random: @escaping () -> Double = { Double.random(in: 0..<1) }
    ) {
        self.session = session
        self.connection = connection
        self.loop = loop
        self.logger = logger
        self.random = random
        timer = LoopTimer(on: loop)
        backoff = Backoff(shortest: connection.shortestRetryDelay, longest: connection.longestRetryDelay)
        refusals = Backoff(shortest: connection.refusedRetryDelay, longest: connection.refusedRetryDelay * 10)
    }

    // MARK: PBXDriver

    /// What the session says that its PBX can do.
    public var capabilities: Set<PBXCapability> { session.capabilities }

    /// Whether actions can be put to the PBX now.
    public var isReady: Bool { session.isReady }

    /// Losses since the last completed snapshot: they decide the next pause.
    var lossesInARow: Int { backoff.failures }

    /// Running counts.
    public var metrics: DriverMetrics {
        loop.preconditionInEventLoop()
        var metrics = session.metrics
        let counted = output.metrics
        metrics.connections = counted.connections
        metrics.failedAttempts = counted.failedAttempts
        metrics.bytes = counted.bytes
        metrics.limitViolations = counted.limitViolations
        metrics.actions = counted.actions
        metrics.actionsDone = counted.actionsDone
        metrics.actionsRefused = counted.actionsRefused
        metrics.actionsLost = counted.actionsLost
        return metrics
    }

    /// Connects, and keeps reconnecting, until `stop`.
    public func start(deliver: @escaping ([PBXEvent]) -> Void) {
        loop.preconditionInEventLoop()
        guard case .stopped = state else { return }
        self.deliver = deliver
        connect()
        scheduleDelivery()
    }

    /// Ends the connection. Actions under way fail; nothing else is delivered afterwards.
    public func stop() {
        loop.preconditionInEventLoop()
        timer.cancel()
        attempt += 1
        let old = state
        state = .stopped
        if case .connected(let channel) = old {
            session.sayGoodbye(at: timer.now, into: &output)
            write(to: channel)
        }
        old.channel?.close(promise: nil)
        forgetConnection()
        output.stop("the node stopped before the \(connection.place) answered")
        scheduleDelivery()
    }

    /// Has everything told once more, unless only people differ; while a snapshot is under way, after that. Who is not
    /// connected tells all anyway.
    public func siteChanged(from former: SiteConfiguration, to site: SiteConfiguration) {
        loop.preconditionInEventLoop()
        guard former.objectsOfPBX != site.objectsOfPBX, case .connected(let channel) = state, session.isReady else {
            return
        }
        output.askForSnapshot()
        settle(channel)
        scheduleDelivery()
    }

    /// Makes the next attempt now, if one is waited for.
    public func connectNow() {
        loop.preconditionInEventLoop()
        guard case .waiting = state else { return }
        connect()
    }

    /// Puts an action to the PBX. Its events carry the token.
    public func perform(_ action: PBXAction, token: ActionToken) {
        loop.preconditionInEventLoop()
        output.begin(token)
        defer { scheduleDelivery() }
        guard case .connected(let channel) = state, session.isReady else {
            output.tell(token, .failed(reason: "not connected to the \(connection.place)", connection: true))
            return
        }
        guard session.capabilities.contains(action.capability) else {
            output.tell(
                token,
                .failed(
                    reason: "this \(connection.kind) cannot do '\(action.capability.rawValue)'", connection: false))
            return
        }
        guard channel.isWritable else {
            output.tell(
                token,
                .failed(reason: "the \(connection.place) does not take more actions now", connection: false))
            return
        }
        session.perform(action, token: token, at: timer.now, into: &output)
        settle(channel)
    }

    // MARK: Delivery

    /// Events leave together: at the end of a read, else at the end of this turn of the loop. Never inside a call of
    /// the node, which would meet its own effects half-way.
    private func scheduleDelivery() {
        guard !isDeliveryScheduled, !output.events.isEmpty, deliver != nil else { return }
        isDeliveryScheduled = true
        loop.assumeIsolated().execute { [weak self] in
            self?.isDeliveryScheduled = false
            self?.deliverEvents()
        }
    }

    private func deliverEvents() {
        guard !output.events.isEmpty, let deliver else { return }
        deliver(output.takeEvents())
    }

    /// Sees to what the session left behind besides events: bytes, its wish to end, a completed snapshot, its deadline.
    private func settle(_ channel: any Channel) {
        for note in output.takeNotes() { logger.debug("\(note)") }
        noteSnapshot()
        if session.isReady, output.takeSnapshotWish() {
            session.tellAgain(at: timer.now, into: &output)
            noteSnapshot()
        }
        if let reason = output.ending {
            write(to: channel)
            lose(reason)
            return
        }
        write(to: channel)
        armTimer()
    }

    /// A snapshot that was completed begins the pauses anew. A login does not: a PBX that lets us in and then breaks off
    /// would be asked without a pause.
    private func noteSnapshot() {
        guard output.takeSnapshotNews() else { return }
        backoff.reset()
        refusals.reset()
        logger.info("\(isComplete ? "everything was told once more by" : "connected to") the \(connection.place)")
        isComplete = true
    }

    private func write(to channel: any Channel) {
        let (bytes, writing) = output.takeBytes()
        guard !bytes.isEmpty else { return }
        let buffer = channel.allocator.buffer(bytes: bytes)
        guard !writing.isEmpty else {
            channel.writeAndFlush(buffer, promise: nil)
            return
        }
        let sent = loop.makePromise(of: Void.self)
        sent.futureResult.assumeIsolated().whenSuccess { [weak self] in
            guard let self else { return }
            for token in writing { output.tell(token, .written) }
            scheduleDelivery()
        }
        channel.writeAndFlush(buffer, promise: sent)
    }

    // MARK: Connecting

    private func connect() {
        state = .connecting(nil)
        attempt += 1
        let attempt = attempt
        let trust: ServerTrust?
        do throws(TLSFailure) {
            trust = try makeTrust()
        } catch {
            lose("TLS towards the \(connection.place) cannot be set up: \(error.advice(.driver))")
            return
        }
        let bound = NIOLoopBound(self, eventLoop: loop)
        let connection = connection
        let connected = ClientBootstrap(group: loop)
            .connectTimeout(.nanoseconds(connection.connectTimeout.inNanoseconds))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.writeBufferWaterMark, value: .init(low: 64 * 1024, high: 256 * 1024))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let trust { try channel.pipeline.syncOperations.addHandler(trust.handler()) }
                    try channel.pipeline.syncOperations.addHandler(
                        SessionHandler(driver: bound.value, attempt: attempt, trust: trust))
                }
            }
            .connect(host: connection.host, port: connection.port)
        connected.assumeIsolated().whenFailure { [weak self] error in self?.connectionFailed(error, attempt) }
        // The bootstrap's limit ends with TCP: a port that takes the connection and never speaks TLS needs this one.
        loop.assumeIsolated().scheduleTask(in: .nanoseconds(connection.connectTimeout.inNanoseconds)) { [weak self] in
            guard let self, self.attempt == attempt, case .connecting = state else { return }
            let what = trust == nil ? "was not made" : "and its TLS handshake were not complete"
            lose("the connection to the \(connection.place) \(what) within \(connection.connectTimeout)")
        }
    }

    private func makeTrust() throws(TLSFailure) -> ServerTrust? {
        guard let tls = connection.tls else { return nil }
        if let trust { return trust }
        let made = try ServerTrust(
            authority: tls.certificateAuthorityFile, name: tls.serverName ?? connection.host)
        trust = made
        return made
    }

    /// Ends the present connection or attempt, tells who waits, and comes back later.
    private func lose(_ reason: String) {
        let old = state
        switch old {
        case .stopped, .waiting: return
        case .connecting: output.noteFailedAttempt()
        case .connected: break
        }
        noteSnapshot()
        let isRefused = output.isRefused
        state = .waiting
        attempt += 1
        timer.cancel()
        forgetConnection()
        let wait = isRefused ? refusals.next(jitter: random()) : backoff.next(jitter: random())
        let isNews = output.lose(reason)
        if isNews {
            let next = isRefused ? "; the next attempt is in \(wait.inMilliseconds / 1000) s, or at a reload" : ""
            logger.warning("\(reason)\(next)")
        }
        old.channel?.close(promise: nil)
        scheduleDelivery()
        let attempt = attempt
        loop.assumeIsolated().scheduleTask(in: .nanoseconds(wait.inNanoseconds)) { [weak self] in
            guard let self, self.attempt == attempt, case .waiting = state else { return }
            connect()
        }
    }

    /// What was known of the connection that has just ended.
    private func forgetConnection() {
        session.disconnected()
        isComplete = false
    }

    private func armTimer() {
        timer.set(session.nextDeadline, shortest: .milliseconds(1)) { [weak self] in
            guard let self, case .connected(let channel) = state else { return }
            session.advance(to: timer.now, into: &output)
            settle(channel)
            scheduleDelivery()
        }
    }
}

// What the connection's handler says.
extension ConnectedDriver {
    /// TCP stands, TLS follows.
    fileprivate func handshakeBegan(_ channel: any Channel, _ attempt: Int) {
        guard attempt == self.attempt, case .connecting = state else {
            channel.close(promise: nil)
            return
        }
        state = .connecting(channel)
    }

    /// The connection stands, and TLS, if any, with it. Called before the first byte is read.
    fileprivate func connectionOpened(_ channel: any Channel, _ attempt: Int) {
        guard attempt == self.attempt, case .connecting = state else {
            channel.close(promise: nil)
            return
        }
        state = .connected(channel)
        session.connected(at: timer.now, into: &output)
        settle(channel)
        scheduleDelivery()
    }

    /// False: nothing more is wanted from this connection.
    fileprivate func received(_ bytes: UnsafeRawBufferPointer, _ attempt: Int) -> Bool {
        guard attempt == self.attempt, case .connected = state else { return false }
        output.noteBytes(bytes.count)
        session.received(bytes, at: timer.now, into: &output)
        if let reason = output.ending { lose(reason) }
        return attempt == self.attempt
    }

    /// The end of a read: what it brought leaves together, and what it led to is written in one piece.
    fileprivate func readCompleted(_ attempt: Int) {
        if attempt == self.attempt, case .connected(let channel) = state {
            session.readCompleted(at: timer.now, into: &output)
            settle(channel)
        }
        deliverEvents()
    }

    fileprivate func connectionFailed(_ error: any Error, _ attempt: Int) {
        guard attempt == self.attempt else { return }
        if let failure = error as? TLSFailure {
            lose("the \(connection.place) \(failure.advice(.driver))")
        } else {
            lose("the connection to the \(connection.place) failed: \(error)")
        }
    }

    fileprivate func connectionClosed(_ attempt: Int) {
        guard attempt == self.attempt else { return }
        lose("the \(connection.place) closed the connection")
    }
}

extension TLSOptionNames {
    /// The keys under `pbx:` in a node's configuration.
    fileprivate static let driver = TLSOptionNames(
        authority: "pbx.ca", name: "pbx.server_name", tls: "pbx.tls", port: "pbx.port")
}

/// The last handler of a connection: its bytes and its life to the driver, on whose loop it lives.
private final class SessionHandler<Session: DriverSession>: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let driver: ConnectedDriver<Session>
    private let attempt: Int
    /// Nil: no TLS.
    private let trust: ServerTrust?
    private var isSecured = false
    private var isDone = false

    init(driver: ConnectedDriver<Session>, attempt: Int, trust: ServerTrust?) {
        self.driver = driver
        self.attempt = attempt
        self.trust = trust
    }

    func channelActive(context: ChannelHandlerContext) {
        if trust != nil {
            driver.handshakeBegan(context.channel, attempt)
        } else {
            driver.connectionOpened(context.channel, attempt)
        }
        context.fireChannelActive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if trust != nil, case .handshakeCompleted? = event as? TLSUserEvent {
            isSecured = true
            driver.connectionOpened(context.channel, attempt)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isDone else { return }
        isDone = !unwrapInboundIn(data).withUnsafeReadableBytes { driver.received($0, attempt) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        driver.readCompleted(attempt)
        context.fireChannelReadComplete()
    }

    func channelInactive(context: ChannelHandlerContext) {
        isDone = true
        driver.connectionClosed(attempt)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let failure = isSecured ? nil : trust?.failure(error, on: context.channel)
        driver.connectionFailed(failure ?? error, attempt)
        context.close(promise: nil)
    }
}
