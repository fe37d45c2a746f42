import AMI
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import PBX
import SiteModel
import TandemCore

/// Speaks to one Asterisk over its manager port (AMI): connects and keeps reconnecting, tells what happens there as
/// facts, and puts actions to it.
///
/// Confined to the event loop given at its making; every call MUST come from there. It holds one connection at a time.
public final class AsteriskDriver: PBXDriver {
    enum State {
        case stopped
        case connecting
        case connected(any Channel)
        case waiting
    }

    struct Work {
        var token: ActionToken
        var outcome: ActionPlan.Outcome
    }

    let settings: AsteriskSettings
    let loop: any EventLoop
    let logger: Logger
    private let random: () -> Double

    var state = State.stopped
    var session: AMISession
    var interpreter = AsteriskInterpreter()
    var backoff: ReconnectBackoff
    private var tlsContext: NIOSSLContext?
    /// Tells attempts apart: an answer to an earlier one is no longer wanted.
    private(set) var attempt = 0
    private var timer: Scheduled<Void>?
    private var timerDeadline: Instant?

    private var deliver: (([PBXEvent]) -> Void)?
    var outbox: [PBXEvent] = []
    private var isDeliveryScheduled = false

    var snapshot: SnapshotSequence?
    var snapshotStep: AMIActionID?
    var mailboxQuestions: Set<AMIActionID> = []
    var work: [AMIActionID: Work] = [:]
    /// Channels that originates will make, by the Uniqueid asked for.
    var expectedChannels: [String: ActionToken] = [:]
    private var channelNumber: UInt64 = 0
    private let channelPrefix: String
    var lastLossTold: String?

    var counted = AsteriskMetrics()

    /// Makes a driver; `start` connects.
    ///
    /// - Parameters:
    ///   - settings: Where the PBX is and how to log in.
    ///   - loop: The node's event loop.
    ///   - clientName: Marks this node's questions at the PBX; unique among the clients of
    ///     one PBX and among the runs of one node (e.g. `paris-1795214065`), so that answers and channels of
    ///     different clients and runs cannot be taken for each other.
    ///   - logger: For connection changes and refusals. Never sees the secret.
    ///   - random: A number in 0..<1 for the wait before reconnecting.
    public init(
        settings: AsteriskSettings, on loop: any EventLoop, clientName: SiteID, logger: Logger,
        random: @escaping () -> Double = { Double.random(in: 0..<1) }
    ) {
        self.settings = settings
        self.loop = loop
        self.logger = logger
        self.random = random
        channelPrefix = "\(clientName.name)-"
        session = AMISession(
            .init(
                user: settings.user, secret: settings.secret,
                actionIDPrefix: HeaderText("\(clientName.name)-") ?? HeaderText(literal: "tandem-"),
                loginTimeout: max(settings.connectTimeout * 3, .seconds(15)), pingAfter: settings.pingAfter,
                silenceLimit: settings.pingAfter * 2, pendingLimit: settings.pendingLimit))
        backoff = ReconnectBackoff(shortest: settings.shortestRetryDelay, longest: settings.longestRetryDelay)
    }

    // MARK: PBXDriver

    /// What Asterisk can do. `answer` and `hold` are in it only when the phones are said to obey events in a dialogue.
    public var capabilities: Set<String> {
        settings.phonesTakeTalkEvents
            ? ActionPlan.capabilities.union(ActionPlan.phoneCapabilities) : ActionPlan.capabilities
    }

    /// Running counts.
    public var metrics: AsteriskMetrics {
        loop.preconditionInEventLoop()
        var metrics = counted
        metrics.ignored = interpreter.counters.ignored
        metrics.unknown = interpreter.counters.unknown
        metrics.lateAnswers = session.counters.lateAnswers
        metrics.unknownAnswers = session.counters.unknownAnswers
        metrics.timeouts = session.counters.timeouts
        return metrics
    }

    /// Whether actions can be put to the PBX now.
    public var isReady: Bool { session.phase == .ready }

    /// Connects, and keeps reconnecting, until `stop`.
    public func start(deliver: @escaping ([PBXEvent]) -> Void) {
        loop.preconditionInEventLoop()
        guard case .stopped = state else { return }
        self.deliver = deliver
        connect()
    }

    /// Ends the connection. Nothing is delivered afterwards.
    public func stop() {
        loop.preconditionInEventLoop()
        deliver = nil
        outbox.removeAll()
        timer?.cancel()
        timer = nil
        attempt += 1
        let old = state
        state = .stopped
        if case .connected(let channel) = old {
            session.logoff(at: now)
            writeOutput(channel)
            channel.close(promise: nil)
        }
        forgetConnection()
    }

    /// Puts an action to the PBX. Its events carry the token.
    public func perform(_ action: PBXAction, token: ActionToken) {
        loop.preconditionInEventLoop()
        guard case .connected(let channel) = state, session.phase == .ready else {
            tell(token, .failed(reason: "not connected to the Asterisk at \(place)", connection: true))
            return
        }
        guard capabilities.contains(action.name) else {
            tell(token, .failed(reason: "this Asterisk cannot do '\(action.name)'", connection: false))
            return
        }
        guard channel.isWritable else {
            tell(token, .failed(reason: "the Asterisk at \(place) does not take more actions now", connection: false))
            return
        }
        channelNumber += 1
        guard let channelID = HeaderText("\(channelPrefix)\(channelNumber)") else { return }
        do throws(ActionPlan.Refusal) {
            let plan = try ActionPlan.plan(action, channelID: channelID) { number, context in
                interpreter.device(number: number, context: context)
            }
            submit(plan, token, channel)
        } catch {
            tell(token, .failed(reason: error.description, connection: false))
        }
    }

    private func submit(_ plan: ActionPlan, _ token: ActionToken, _ channel: any Channel) {
        do throws(AMISessionFailure) {
            let id = try session.submit(
                plan.action, completion: plan.completion, timeout: settings.actionTimeout + plan.extraTime, at: now)
            work[id] = Work(token: token, outcome: plan.outcome)
            if case .originate(let channelID) = plan.outcome { expectedChannels[channelID] = token }
        } catch {
            tell(token, .failed(reason: error.description, connection: error == .notReady))
            return
        }
        let sent = loop.makePromise(of: Void.self)
        sent.futureResult.assumeIsolated().whenSuccess { [weak self] in self?.tell(token, .written) }
        writeOutput(channel, promise: sent)
        armTimer()
    }

    // MARK: Delivery

    func tell(_ token: ActionToken, _ event: PBXActionEvent) { tell(.action(token, event)) }

    /// Events leave together: at the end of a read, else at the end of this turn of the loop. Never inside a call of
    /// the node, which would meet its own effects half-way.
    func tell(_ event: PBXEvent) {
        outbox.append(event)
        scheduleDelivery()
    }

    func scheduleDelivery() {
        guard !isDeliveryScheduled, !outbox.isEmpty else { return }
        isDeliveryScheduled = true
        loop.assumeIsolated().execute { [weak self] in
            self?.isDeliveryScheduled = false
            self?.deliverOutbox()
        }
    }

    func deliverOutbox() {
        guard !outbox.isEmpty, let deliver else { return }
        var events: [PBXEvent] = []
        events.reserveCapacity(32)
        swap(&events, &outbox)
        deliver(events)
    }

    // MARK: Connecting

    var now: Instant { Instant(nanoseconds: Int64(loop.now.uptimeNanoseconds)) }
    var place: String { "\(settings.host):\(settings.port)" }

    private func connect() {
        state = .connecting
        attempt += 1
        let attempt = attempt
        let context: NIOSSLContext?
        do {
            context = try makeTLSContext()
        } catch {
            lose("TLS towards \(place) cannot be set up: \(error). Check the certificate authority file")
            return
        }
        let bound = NIOLoopBound(self, eventLoop: loop)
        let settings = settings
        let connected = ClientBootstrap(group: loop)
            .connectTimeout(.nanoseconds(settings.connectTimeout.inNanoseconds))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.writeBufferWaterMark, value: .init(low: 64 * 1024, high: 256 * 1024))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let context {
                        let name = settings.tls?.serverName ?? settings.host
                        let isAddress = (try? SocketAddress(ipAddress: name, port: 0)) != nil
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : name))
                    }
                    try channel.pipeline.syncOperations.addHandler(
                        ManagerHandler(driver: bound.value, attempt: attempt, limits: settings.limits))
                }
            }
            .connect(host: settings.host, port: settings.port)
        connected.assumeIsolated().whenFailure { [weak self] error in
            guard let self else { return }
            self.connectionFailed(error, attempt)
        }
    }

    private func makeTLSContext() throws -> NIOSSLContext? {
        guard let tls = settings.tls else { return nil }
        if let tlsContext { return tlsContext }
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .fullVerification
        if let file = tls.certificateAuthorityFile { configuration.trustRoots = .file(file) }
        let context = try NIOSSLContext(configuration: configuration)
        tlsContext = context
        return context
    }

    /// TCP stands (TLS, if any, follows). Called before the first byte is read.
    func connectionOpened(_ channel: any Channel, _ attempt: Int) {
        guard attempt == self.attempt, case .connecting = state else {
            channel.close(promise: nil)
            return
        }
        state = .connected(channel)
        session.connected(at: now)
        armTimer()
    }

    func connectionFailed(_ error: any Error, _ attempt: Int) {
        guard attempt == self.attempt else { return }
        lose("the connection to the Asterisk at \(place) failed: \(error)")
    }

    func connectionClosed(_ attempt: Int) {
        guard attempt == self.attempt else { return }
        lose("the Asterisk at \(place) closed the connection")
    }

    func streamFailed(_ error: AMIDecodingError, _ attempt: Int) {
        guard attempt == self.attempt else { return }
        counted.limitViolations &+= 1
        lose(error.description)
    }

    /// Ends the present connection or attempt, tells who waits, and comes back later.
    func lose(_ reason: String) {
        let old = state
        switch old {
        case .stopped, .waiting: return
        case .connecting: counted.failedAttempts &+= 1
        case .connected: break
        }
        state = .waiting
        attempt += 1
        if case .connected(let channel) = old { channel.close(promise: nil) }
        for (_, waiting) in work.sorted(by: { $0.key.number < $1.key.number }) {
            tell(waiting.token, .failed(reason: reason, connection: true))
        }
        forgetConnection()
        // One fact for a loss, not one for each attempt that fails for the same reason.
        if lastLossTold != reason {
            lastLossTold = reason
            logger.warning("\(reason)")
            tell(.fact(.connectionLost(reason: reason)))
        }
        let wait = backoff.next(random: random())
        let attempt = attempt
        loop.assumeIsolated().scheduleTask(in: .nanoseconds(wait.inNanoseconds)) { [weak self] in
            guard let self, self.attempt == attempt, case .waiting = self.state else { return }
            self.connect()
        }
    }

    private func forgetConnection() {
        _ = session.disconnected()
        timer?.cancel()
        timer = nil
        timerDeadline = nil
        work.removeAll()
        expectedChannels.removeAll()
        mailboxQuestions.removeAll()
        snapshot = nil
        snapshotStep = nil
    }

    // MARK: Writing and time

    func writeOutput(_ channel: any Channel, promise: EventLoopPromise<Void>? = nil) {
        let bytes = session.takeOutput()
        guard !bytes.isEmpty else {
            promise?.succeed(())
            return
        }
        channel.writeAndFlush(channel.allocator.buffer(bytes: bytes), promise: promise)
    }

    /// Sets the timer for the session's next deadline. It may fire too early, which costs one look, never too late.
    func armTimer() {
        guard let deadline = session.nextDeadline else { return }
        if let timerDeadline, timerDeadline <= deadline { return }
        timer?.cancel()
        timerDeadline = deadline
        let wait = max(Duration.milliseconds(1), deadline - now)
        timer = loop.assumeIsolated().scheduleTask(in: .nanoseconds(wait.inNanoseconds)) { [weak self] in
            self?.timeCame()
        }
    }

    private func timeCame() {
        timer = nil
        timerDeadline = nil
        guard case .connected(let channel) = state else { return }
        for expiry in session.advance(to: now) {
            switch expiry {
            case .action(let id): actionExpired(id)
            case .ended(let failure): lose("\(failure.description) (\(place))")
            }
        }
        if case .connected = state {
            writeOutput(channel)
            armTimer()
        }
    }
}
