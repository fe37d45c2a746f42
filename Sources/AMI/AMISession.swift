import TandemCore

/// Names one action of a session. Numbers are not used twice, also not over reconnects of the same `AMISession`.
public struct AMIActionID: Hashable, Sendable {
    /// The number behind the session's prefix.
    public let number: UInt64
    /// Wraps a number.
    public init(_ number: UInt64) { self.number = number }
}

/// What ends an action.
public enum AMICompletion: Hashable, Sendable {
    /// One `Response`.
    case answer
    /// A `Response`, then items, then an event with `EventList: Complete`. An `Error` response ends it at once.
    case list
    /// A `Response: Success`, and later the event `OriginateResponse` with the same ActionID.
    case originate
}

/// Why a session ended or refused something.
public enum AMISessionFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The manager refused the login.
    case loginRefused(message: String)
    /// No login, no greeting or no `FullyBooted` within the time allowed.
    case loginTimedOut(phase: String)
    /// Nothing was heard for longer than allowed, although a ping was sent.
    case silent(Duration)
    /// The manager shuts down.
    case shutDown
    /// Logged off as asked.
    case loggedOff
    /// Too many actions wait for their answers.
    case tooManyPending(limit: Int)
    /// Not logged in.
    case notReady

    /// What happened, where, and what to do.
    public var description: String {
        switch self {
        case .loginRefused(let message):
            "AMI login refused: \(message). Check user and secret of this node in manager.conf, and its permit lines"
        case .loginTimedOut(let phase):
            "AMI: no \(phase) in time. Is this the manager port (enabled=yes in manager.conf), is Asterisk up, and may "
                + "the manager user read the class system?"
        case .silent(let time):
            "AMI: nothing heard for \(time.inMilliseconds) ms, not even an answer to a ping; the connection is given up"
        case .shutDown: "AMI: the Asterisk shuts down"
        case .loggedOff: "AMI: logged off"
        case .tooManyPending(let limit): "AMI: more than \(limit) actions wait for an answer; try again later"
        case .notReady: "AMI: not logged in"
        }
    }
}

/// One AMI connection's protocol state: greeting, login, waiting for `FullyBooted`, answers matched to actions,
/// keepalive, logoff. Holds no socket and no clock: messages and moments in, bytes (`takeOutput`) and verdicts out.
public struct AMISession {
    /// Times and bounds.
    public struct Settings: Hashable, Sendable {
        /// Manager user.
        public var user: HeaderText
        /// Its secret.
        public var secret: Secret
        /// Event classes to ask for (`Events` of Login). The default leaves out dialplan, RTP, CDR and debug classes,
        /// most of the volume.
        public var eventMask: HeaderText
        /// Marks this client's ActionIDs: other clients' answers can appear in our stream (`OriginateResponse`).
        public var actionIDPrefix: HeaderText
        /// For greeting, login and boot, each.
        public var loginTimeout: Duration
        /// After so much silence a ping is sent.
        public var pingAfter: Duration
        /// After so much silence the connection is lost. Longer than `pingAfter`.
        public var silenceLimit: Duration
        /// Actions that may wait for answers at one time.
        public var pendingLimit: Int

        /// Usual times: login 15 s, ping after 10 s, lost after 20 s; 1,000 actions pending.
        public init(
            user: HeaderText, secret: Secret, actionIDPrefix: HeaderText,
            eventMask: HeaderText = HeaderText(literal: "system,call,agent,user"),
            loginTimeout: Duration = .seconds(15), pingAfter: Duration = .seconds(10),
            silenceLimit: Duration = .seconds(20), pendingLimit: Int = Limits.pendingActions
        ) {
            self.user = user
            self.secret = secret
            self.actionIDPrefix = actionIDPrefix
            self.eventMask = eventMask
            self.loginTimeout = loginTimeout
            self.pingAfter = pingAfter
            self.silenceLimit = silenceLimit
            self.pendingLimit = pendingLimit
        }
    }

    /// Where the session is.
    public enum Phase: Hashable, Sendable {
        /// No connection, or one that ended.
        case closed
        /// Connected, the greeting line is awaited.
        case greeting
        /// Login is sent.
        case loggingIn
        /// Logged in; Asterisk still loads.
        case booting
        /// Actions may be sent.
        case ready
        /// Logoff is sent.
        case loggingOff
    }

    /// What a received message is to the session. The caller still holds the message and reads its headers itself.
    public enum Reception: Hashable, Sendable {
        /// An event for whoever follows the PBX.
        case event
        /// An item of the list that action asked for.
        case listItem(AMIActionID)
        /// The answer to an action: yes. Not its end if the action is an originate.
        case accepted(AMIActionID)
        /// The answer to an action: no, with Asterisk's words. Its end.
        case refused(AMIActionID, message: String)
        /// The list of an action is complete.
        case listComplete(AMIActionID)
        /// `OriginateResponse` of an action: its end.
        case originateEnded(AMIActionID)
        /// Login and boot are done: actions may be sent.
        case becameReady
        /// The session is over; close the connection.
        case ended(AMISessionFailure)
        /// Nothing for the caller (greeting, own answers, late answers).
        case handled
    }

    /// What came of time passing.
    public enum Expiry: Hashable, Sendable {
        /// An action was not answered in time.
        case action(AMIActionID)
        /// The session is over; close the connection.
        case ended(AMISessionFailure)
    }

    /// Running counts.
    public struct Counters: Hashable, Sendable {
        /// Answers to actions that had ended before (timed out).
        public var lateAnswers: UInt64 = 0
        /// Answers to actions that were not ours.
        public var unknownAnswers: UInt64 = 0
        /// Actions that were not answered in time.
        public var timeouts: UInt64 = 0
        /// Pings sent.
        public var pings: UInt64 = 0
    }

    private struct Pending {
        var completion: AMICompletion
        var deadline: Instant
        var isAccepted = false
        var isOwn = false
    }

    /// Times and bounds.
    public let settings: Settings
    /// Where the session is.
    public private(set) var phase = Phase.closed
    /// Running counts.
    public private(set) var counters = Counters()

    private var nextNumber: UInt64 = 0
    private var pending: [AMIActionID: Pending] = [:]
    private var output: [UInt8] = []
    private var lastHeard = Instant(nanoseconds: 0)
    private var phaseDeadline: Instant?
    private var pingSent: Instant?
    /// The earliest deadline among `pending`; may be too early after an answer, never too late.
    private var earliestDeadline: Instant?

    /// A session that is not connected yet.
    public init(_ settings: Settings) { self.settings = settings }

    /// Actions that wait for their end, the session's own ones included.
    public var pendingCount: Int { pending.count }

    // MARK: Connection

    /// A connection stands; the greeting is awaited.
    public mutating func connected(at now: Instant) {
        pending.removeAll()
        output.removeAll()
        phase = .greeting
        lastHeard = now
        pingSent = nil
        earliestDeadline = nil
        phaseDeadline = now + settings.loginTimeout
    }

    /// The connection is gone. Returns the actions that will not be answered any more, in the order they were sent.
    public mutating func disconnected() -> [AMIActionID] {
        phase = .closed
        phaseDeadline = nil
        earliestDeadline = nil
        pingSent = nil
        output.removeAll()
        let lost = pending.filter { !$0.value.isOwn }.map(\.key).sorted { $0.number < $1.number }
        pending.removeAll()
        return lost
    }

    /// The bytes to write now; empty if none.
    public mutating func takeOutput() -> [UInt8] {
        var taken: [UInt8] = []
        swap(&taken, &output)
        return taken
    }

    // MARK: Sending

    /// Puts an action into the output. It ends with a `Reception` or an `Expiry` that carries the id, or with
    /// `disconnected`.
    ///
    /// - Parameter isLimited: false for one's own questions, which must be asked however many actions of others wait.
    public mutating func submit(
        _ action: AMIAction, completion: AMICompletion, timeout: Duration, at now: Instant, isLimited: Bool = true
    ) throws(AMISessionFailure) -> AMIActionID {
        guard phase == .ready else { throw .notReady }
        guard !isLimited || pending.count < settings.pendingLimit else {
            throw .tooManyPending(limit: settings.pendingLimit)
        }
        return enqueue(action, completion: completion, deadline: now + timeout, isOwn: false)
    }

    /// Waits no more for the rest of an action's answer; what comes of it is counted as late.
    public mutating func abandon(_ id: AMIActionID) { finish(id) }

    /// Says goodbye; `Reception.ended(.loggedOff)` follows.
    public mutating func logoff(at now: Instant) {
        guard phase == .ready || phase == .booting else { return }
        phase = .loggingOff
        phaseDeadline = now + settings.loginTimeout
        _ = enqueue(AMIAction("Logoff"), completion: .answer, deadline: now + settings.loginTimeout, isOwn: true)
    }

    private mutating func enqueue(
        _ action: AMIAction, completion: AMICompletion, deadline: Instant, isOwn: Bool
    ) -> AMIActionID {
        nextNumber += 1
        let id = AMIActionID(nextNumber)
        pending[id] = Pending(completion: completion, deadline: deadline, isOwn: isOwn)
        earliestDeadline = earliestDeadline.map { min($0, deadline) } ?? deadline
        action.encode(id: headerText(id), into: &output)
        return id
    }

    private mutating func finish(_ id: AMIActionID) {
        pending[id] = nil
        if pending.isEmpty { earliestDeadline = nil }
    }

    private func headerText(_ id: AMIActionID) -> HeaderText? {
        HeaderText("\(settings.actionIDPrefix.text)\(id.number)")
    }

    /// The ActionID header an action was sent with.
    public func wireID(_ id: AMIActionID) -> String { "\(settings.actionIDPrefix.text)\(id.number)" }

    // MARK: Receiving

    /// Takes one message.
    public mutating func receive(_ message: borrowing AMIMessage, at now: Instant) -> Reception {
        lastHeard = now
        pingSent = nil
        switch message.kind {
        case .event: return receiveEvent(message)
        case .response: return receiveResponse(message, at: now)
        case .banner:
            guard phase == .greeting else { return .handled }
            return login(at: now)
        case .other: return .handled
        }
    }

    private mutating func login(at now: Instant) -> Reception {
        guard let secret = HeaderText(settings.secret.reveal()) else {
            phase = .closed
            return .ended(.loginRefused(message: "the secret holds a line break or is too long"))
        }
        phase = .loggingIn
        phaseDeadline = now + settings.loginTimeout
        let action = AMIAction("Login").with("Username", settings.user).with("Secret", secret)
            .with("Events", settings.eventMask)
        _ = enqueue(action, completion: .answer, deadline: now + settings.loginTimeout, isOwn: true)
        return .handled
    }

    private mutating func receiveEvent(_ message: borrowing AMIMessage) -> Reception {
        switch message.event {
        case .fullyBooted:
            guard phase == .booting else { return .event }
            phase = .ready
            phaseDeadline = nil
            return .becameReady
        case .shutdown where phase != .loggingOff: return .ended(.shutDown)
        default: break
        }
        guard message.has(.actionID) else { return .event }
        guard let id = actionID(of: message) else {
            // Another client's list or answer: not sent to us, except OriginateResponse, which is no news.
            if message.event == .originateResponse {
                counters.unknownAnswers &+= 1
                return .handled
            }
            return .event
        }
        guard let entry = pending[id] else {
            counters.lateAnswers &+= 1
            return .handled
        }
        switch entry.completion {
        case .list:
            if isEnd(ofList: message) {
                finish(id)
                return .listComplete(id)
            }
            return .listItem(id)
        case .originate where message.event == .originateResponse:
            finish(id)
            return .originateEnded(id)
        case .originate, .answer:
            return .event
        }
    }

    private func isEnd(ofList message: borrowing AMIMessage) -> Bool {
        if message.equals(.eventList, "Complete") || message.equals(.eventList, "cancelled") { return true }
        // Before Asterisk 1.8 some lists end with an event that only its name marks.
        return message.withBytes(.event) { name in
            name.count >= 8 && UnsafeRawBufferPointer(rebasing: name.suffix(8)).elementsEqual("Complete".utf8)
        } ?? false
    }

    private mutating func receiveResponse(_ message: borrowing AMIMessage, at now: Instant) -> Reception {
        let succeeded = message.equals(.response, "Success") || message.equals(.response, "Follows")
        if message.equals(.response, "Goodbye") {
            phase = .closed
            return .ended(.loggedOff)
        }
        if phase == .loggingIn {
            // Very old managers answer Login without its ActionID.
            if succeeded {
                pending.removeAll()
                earliestDeadline = nil
                phase = .booting
                phaseDeadline = now + settings.loginTimeout
                return .handled
            }
            phase = .closed
            return .ended(.loginRefused(message: message.text(.message)))
        }
        guard let id = actionID(of: message) else {
            counters.unknownAnswers &+= 1
            return .handled
        }
        guard var entry = pending[id] else {
            counters.lateAnswers &+= 1
            return .handled
        }
        // `Pong` is Asterisk's Response to Ping in versions before 1.6.
        if entry.isOwn {
            finish(id)
            return .handled
        }
        guard succeeded else {
            finish(id)
            return .refused(id, message: message.text(.message))
        }
        switch entry.completion {
        case .answer:
            finish(id)
        case .list, .originate:
            entry.isAccepted = true
            pending[id] = entry
        }
        return .accepted(id)
    }

    /// Our number in the message's ActionID; nil when it is not of this client.
    private func actionID(of message: borrowing AMIMessage) -> AMIActionID? {
        let prefix = settings.actionIDPrefix.text
        let number: UInt64? =
            message.withBytes(.actionID) { bytes in
                let length = prefix.utf8.count
                guard bytes.count > length, bytes.count <= length + 19,
                    UnsafeRawBufferPointer(rebasing: bytes.prefix(length)).elementsEqual(prefix.utf8)
                else { return nil }
                var number: UInt64 = 0
                for byte in bytes.dropFirst(length) {
                    guard byte >= 48, byte <= 57 else { return nil }
                    number = number * 10 + UInt64(byte - 48)
                }
                return number
            } ?? nil
        guard let number, number > 0, number <= nextNumber else { return nil }
        return AMIActionID(number)
    }

    // MARK: Time

    /// When `advance` is wanted next, nil if never.
    public var nextDeadline: Instant? {
        var deadline = phaseDeadline
        func consider(_ other: Instant?) {
            guard let other else { return }
            deadline = deadline.map { min($0, other) } ?? other
        }
        guard phase != .closed else { return nil }
        consider(earliestDeadline)
        if phase == .ready {
            consider(lastHeard + (pingSent == nil ? settings.pingAfter : settings.silenceLimit))
        }
        return deadline
    }

    /// Lets time pass: pings a quiet manager, expires actions, gives up on a dead connection.
    public mutating func advance(to now: Instant) -> [Expiry] {
        guard phase != .closed else { return [] }
        if let phaseDeadline, phaseDeadline <= now {
            let waited = phase
            phase = .closed
            switch waited {
            case .greeting: return [.ended(.loginTimedOut(phase: "greeting"))]
            case .loggingIn: return [.ended(.loginTimedOut(phase: "answer to Login"))]
            case .loggingOff: return [.ended(.loggedOff)]
            case .booting, .ready, .closed: return [.ended(.loginTimedOut(phase: "FullyBooted"))]
            }
        }
        if phase == .ready {
            let quiet = now - lastHeard
            if quiet >= settings.silenceLimit {
                phase = .closed
                return [.ended(.silent(quiet))]
            }
            if quiet >= settings.pingAfter, pingSent == nil {
                pingSent = now
                counters.pings &+= 1
                _ = enqueue(
                    AMIAction("Ping"), completion: .answer, deadline: now + settings.silenceLimit, isOwn: true)
            }
        }
        guard let earliestDeadline, earliestDeadline <= now else { return [] }
        let expired = pending.filter { $0.value.deadline <= now }.sorted { $0.key.number < $1.key.number }
        for (id, _) in expired { pending[id] = nil }
        self.earliestDeadline = pending.values.map(\.deadline).min()
        let visible = expired.filter { !$0.value.isOwn }
        counters.timeouts &+= UInt64(visible.count)
        return visible.map { .action($0.key) }
    }
}
