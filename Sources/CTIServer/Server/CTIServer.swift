import CTIProtocol
import TandemCore

/// The CTI port of a node without its sockets: events of clients in, effects out (CTI reference 1 to 6).
///
/// Everything is called on the node's one loop; `now` comes with each call. A class, because handlers re-enter it:
/// setting a presence, say, makes the node broadcast the change before the handler returns.
public final class CTIServer {
    /// The node, which owns this server and outlives it. Set it before the first connection.
    ///
    /// Unowned, not weak: an object that was ever referenced weakly counts its references the slow way, and the node's
    /// are counted several times per command.
    public unowned var environment: (any CTIEnvironment)?
    /// How the port behaves.
    public internal(set) var configuration: CTIServerConfiguration
    /// The commands that are understood.
    public let registry: CTICommandRegistry
    /// What has happened since the start.
    public internal(set) var counters = CTICounters()

    let sha1Hex: (String) -> String
    var now = Moment(instant: Instant(nanoseconds: 0), unixTime: 0)
    var sessions: [ClientID: ClientSession] = [:]
    /// Logged-in connections of each user, oldest first.
    var connectionsOfUser: [String: [ClientID]] = [:]
    var subscriberCount = 0
    var isShutDown = false
    var effects = EffectBuffer<CTIEffect>()

    var loginDeadlines = DeadlineQueue<ClientID>()
    var throttle: LoginThrottle
    var waitingProofs: [WaitingProof] = []
    /// Connections that are not logged in.
    var strangers: Strangers<ClientID>

    var submitted: [CTITicket: SubmittedCommand] = [:]
    var lastTicket: UInt64 = 0

    var freshnessJobs: [FreshnessJob] = []
    /// The reader of lines, while it is not in use: a handler may come back with another line, which then gets one of
    /// its own.
    var spareReader: CTILineReader? = CTILineReader()
    private var spareWriter: JSONWriter? = JSONWriter(capacity: 1024)

    /// A server without clients.
    ///
    /// - Parameter sha1Hex: SHA-1 of a text's UTF-8 bytes as 40 lower-case hex digits, for the login's challenge.
    public init(
        configuration: CTIServerConfiguration, registry: CTICommandRegistry, sha1Hex: @escaping (String) -> String
    ) {
        self.configuration = configuration
        self.registry = registry
        self.sha1Hex = sha1Hex
        throttle = LoginThrottle(configuration.throttle)
        strangers = Strangers(limit: configuration.strangers, share: configuration.strangersPerAddress)
    }

    // MARK: Connections

    /// A client connected.
    ///
    /// - Parameters:
    ///   - secure: whether the connection is encrypted; only then may a password be sent in clear.
    ///   - address: the client's address without its port, for the throttle, logs and operators.
    ///   - sessionID: the login's challenge: fresh random characters.
    public func connectionOpened(
        _ client: ClientID, secure: Bool, address: String, sessionID: String, now: Moment
    ) {
        self.now = now
        counters.connections += 1
        let session = ClientSession(
            id: client, isSecure: secure, address: address, sessionID: sessionID, since: now)
        sessions[client] = session
        guard !isShutDown else { return close(session, reason: "the server is stopping") }
        makeRoom(for: session)
        awaitLogin(session)
        effects.append(.setLineLimit(client, configuration.lineLimitBeforeLogin))
        if let banner = configuration.banner { emit(Array((banner + "\n").utf8), to: session) }
    }

    /// Whether one more connection can be taken, if need be in the place of one that is not logged in.
    public var takesMore: Bool { sessions.count < configuration.connections || strangers.count > 0 }

    /// Somebody came of whom nobody knows yet who it is. Strangers give way to each other, never those who are logged in.
    private func makeRoom(for session: ClientSession) {
        let replaced =
            sessions.count > configuration.connections ? strangers.oldestOfTheMany : nil
        if let replaced { cut(replaced) }
        if let replaced = strangers.admit(session.id, from: session.address) { cut(replaced) }
    }

    private func cut(_ client: ClientID) {
        guard let session = sessions[client], !session.isClosing else { return }
        counters.strangersCut += 1
        retire(session)
        session.login.close()
        effects.append(
            .cut(client, reason: "too many connections of \(session.address) are not logged in; this is the oldest"))
    }

    /// Starts the time that a login may take.
    func awaitLogin(_ session: ClientSession) {
        let due = now.instant + configuration.loginTimeout
        session.loginDue = due
        loginDeadlines.add(session.id, due: due)
    }

    /// A client's connection is gone, whoever closed it.
    public func connectionClosed(_ client: ClientID, now: Moment) {
        self.now = now
        guard let session = sessions.removeValue(forKey: client) else { return }
        retire(session)
    }

    /// Ends a connection from our side. What is due to the client is flushed first.
    func close(_ session: ClientSession, reason: String) {
        guard !session.isClosing else { return }
        retire(session)
        session.login.close()
        effects.append(.close(session.id, reason: reason))
    }

    /// Takes a connection out of everything that counts connections. Harmless when repeated.
    private func retire(_ session: ClientSession) {
        session.loginDue = nil
        strangers.leave(session.id)
        for ticket in session.tickets { submitted[ticket] = nil }
        counters.answersDropped += session.tickets.count
        session.tickets = []
        let user = session.login.user
        leave(session)
        if let user, connectionsOfUser[user.id] == nil {
            _ = environment?.setPresence(user: user.id, state: "disconnected")
        }
    }

    /// Takes a connection out of the push group and from its user's connections.
    func leave(_ session: ClientSession) {
        if session.isSubscribed {
            session.isSubscribed = false
            subscriberCount -= 1
            effects.append(.subscribed(session.id, false))
        }
        guard session.isCounted, let user = session.login.user else { return }
        session.isCounted = false
        connectionsOfUser[user.id]?.removeAll { $0 == session.id }
        if connectionsOfUser[user.id]?.isEmpty ?? false {
            connectionsOfUser[user.id] = nil
            environment?.setConnected(user: user.id, connected: false)
        }
    }

    /// Tells every client that the server stops, and closes every connection (CTI reference 1.4, 5.9).
    public func shutDown(reason: String, now: Moment) {
        self.now = now
        isShutDown = true
        let notice = encode { writer, now in
            CTIReplies.reply(.disconnect, replyID: nil, now: now, into: &writer) { writer in
                writer.key("type")
                writer.literal("server_stopped")
                writer.key("mode")
                writer.literal("stop")
                writer.key("reason")
                writer.string(reason)
            }
        }
        for session in sessions.values.sorted(by: { $0.id < $1.id }) where !session.isClosing {
            emit(notice, to: session)
            close(session, reason: reason)
        }
    }

    /// Applies another configuration. Connections keep the rights of their login.
    public func apply(_ configuration: CTIServerConfiguration) {
        if configuration.throttle != self.configuration.throttle { throttle = LoginThrottle(configuration.throttle) }
        if configuration.strangers != self.configuration.strangers
            || configuration.strangersPerAddress != self.configuration.strangersPerAddress
        {
            strangers = Strangers(limit: configuration.strangers, share: configuration.strangersPerAddress)
        }
        self.configuration = configuration
    }

    // MARK: Time

    /// When `tick` has something to do next; nil: only after another event.
    public var nextDeadline: Instant? {
        var earliest = firstLoginDeadline()?.due
        for proof in waitingProofs where earliest.map({ proof.due < $0 }) ?? true { earliest = proof.due }
        if !freshnessJobs.isEmpty { earliest = earliest.map { min($0, now.instant) } ?? now.instant }
        return earliest
    }

    private func firstLoginDeadline() -> (due: Instant, item: ClientID)? {
        loginDeadlines.first { due, client in self.sessions[client]?.loginDue == due }
    }

    /// Does what has fallen due.
    public func tick(now: Moment) {
        self.now = now
        while let (due, client) = firstLoginDeadline(), due <= now.instant, let session = sessions[client] {
            counters.loginTimeouts += 1
            close(session, reason: "login took longer than \(configuration.loginTimeout)")
        }
        judgeWaitingProofs()
        continueFreshnessJobs()
    }

    // MARK: Effects

    /// What the shell has to do, in order. The list is empty afterwards.
    public func takeEffects() -> [CTIEffect] { effects.take() }

    /// Puts what the shell has to do into a list, in order; what the list held is dropped.
    public func takeEffects(into list: inout [CTIEffect]) { effects.take(into: &list) }

    func log(_ level: CTILogLevel, _ text: String) { effects.append(.log(level, text)) }

    func emit(_ bytes: [UInt8], to session: ClientSession) {
        session.bytesOut += bytes.count
        counters.bytesOut += bytes.count
        effects.append(.send(session.id, bytes))
    }

    /// The lines that a closure writes; it is given the wall clock for `timenow`.
    func encode(_ lines: (inout JSONWriter, Double) -> Void) -> [UInt8] {
        // The writer is taken out while it is used: a closure that comes back here gets one of its own.
        var writer = spareWriter ?? JSONWriter(capacity: 1024)
        spareWriter = nil
        lines(&writer, now.unixTime)
        let bytes = writer.bytes
        if bytes.count <= 1 << 16 {
            writer.reset()
            spareWriter = writer
        } else {
            spareWriter = JSONWriter(capacity: 1024)
        }
        return bytes
    }
}
