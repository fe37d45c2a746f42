import TandemCore

/// The states of one socket between two nodes.
///
/// ```
///              greeted                farewell
///   greeting ───────────► live ───────────────────► leaving ──┐ farewell: the earlier end counts
///      │                   │ ▲                       │  ▲ └────┘
///      │                   └─┘ heard, stamped        └──┘ heard, stamped
///      │ closed            │ closed                  │ closed
///      └───────────────────┴────────► closed ◄───────┘
/// ```
/// What our own code may not do stops the program with a sentence; what a peer may not say is a reason to close
/// (`objection(to:)`), never a trap.
struct SocketMachine: Sendable {
    enum State: Hashable, Sendable {
        /// Our greeting is out; the peer's must come before the greeting timeout has passed since the opening.
        case greeting
        /// The peer is known and everything passes.
        case live
        /// Someone has said goodbye: answers still pass until the moment.
        case leaving(until: Instant)
        /// Nothing passes any more.
        case closed
    }

    /// What is known once the greeting is accepted.
    struct Session: Sendable {
        let neighbour: Neighbour
        /// The number that the peer gave this socket.
        let nonce: UInt64
        /// The stamp of the last stamped frame and when it came, for the echo.
        var lastStamp: (stamp: Int64, at: Instant)
        /// Dates the peer's frames.
        var clock = SendClock()
        /// Round trip of the heartbeats, smoothed.
        var roundTrip: Duration?
    }

    enum Event: Sendable {
        /// The peer's greeting is accepted.
        case greeted(Session)
        /// A line came.
        case heard(Instant)
        /// The line was a heartbeat.
        case stamped(HeartbeatFrame, Instant)
        /// One side said goodbye; the socket closes at this moment at the latest.
        case farewell(until: Instant)
        /// The socket is gone, or we close it.
        case closed
    }

    private(set) var state = State.greeting
    /// What is known since the greeting; nil before it and after the end. Beside the state and not within it: it is big,
    /// and every line that comes would copy it.
    private(set) var session: Session?
    /// When the socket opened: no stamp of ours on it is older.
    private let opened: Instant
    /// When the last line came; the opening before the first.
    private var lastHeard: Instant

    /// A socket that has just opened.
    init(opened: Instant) {
        self.opened = opened
        lastHeard = opened
    }

    /// What happens, and the state that follows.
    mutating func apply(_ event: Event) {
        switch (state, event) {
        case (.greeting, .heard(let now)), (.live, .heard(let now)), (.leaving, .heard(let now)):
            lastHeard = now

        case (.greeting, .greeted(let known)):
            session = known
            state = .live
        case (.greeting, .stamped), (.greeting, .farewell):
            preconditionFailure("a socket without a greeting has no session to stamp or to leave")

        case (.live, .stamped(let frame, let now)), (.leaving, .stamped(let frame, let now)):
            session?.take(frame, on: opened, now: now)
        case (.live, .farewell(let end)):
            state = .leaving(until: end)
        case (.leaving(let end), .farewell(let other)):
            state = .leaving(until: min(end, other))

        case (.greeting, .closed), (.live, .closed), (.leaving, .closed):
            state = .closed
            session = nil

        case (.live, .greeted), (.leaving, .greeted):
            preconditionFailure("a socket is greeted once")
        case (.closed, _):
            preconditionFailure("a closed socket is forgotten, not used")
        }
    }

    // MARK: What a peer may say

    /// Why a frame may not come in this state; nil: it may.
    func objection(to frame: Frame) -> String? {
        switch (state, frame) {
        case (.greeting, .hello), (.greeting, .refused), (.greeting, .bye): nil
        case (.greeting, .other(let name)): "\(name): the greeting must come first"
        case (.greeting, _): "the greeting must come first"
        case (.live, .hello), (.leaving, .hello): "rcti_hello: sent twice"
        case (.live, _), (.leaving, _): nil
        case (.closed, _): "the socket is closed"
        }
    }

    // MARK: Time

    /// Why a socket ends by itself.
    enum Ending: Hashable, Sendable {
        case noGreeting, silence, drained
    }

    /// When the socket ends unless something is heard.
    func deadline(_ timings: FederationTimings) -> Instant? {
        switch state {
        case .greeting: opened + timings.greetingTimeout
        case .live: lastHeard + timings.linkTimeout
        case .leaving(let end): min(end, lastHeard + timings.linkTimeout)
        case .closed: nil
        }
    }

    /// Whether the socket's time is up, and why.
    func ending(at now: Instant, _ timings: FederationTimings) -> Ending? {
        guard let deadline = deadline(timings), deadline <= now else { return nil }
        switch state {
        case .greeting: return .noGreeting
        case .live: return .silence
        case .leaving(let end): return end <= now ? .drained : .silence
        case .closed: return nil
        }
    }
}

extension SocketMachine.Session {
    /// Takes a heartbeat's stamp and echo.
    fileprivate mutating func take(_ frame: HeartbeatFrame, on opened: Instant, now: Instant) {
        lastStamp = (frame.stamp, now)
        // Further from zero no clock is; what follows could run over.
        guard let echo = frame.echo, echo.stamp.magnitude < 1 << 52, echo.held < 1 << 50 else { return }
        let sent = Instant(nanoseconds: echo.stamp * 1_000)
        // Nor does a peer know a stamp of before the socket; it would make the round trip as long as it likes.
        if sent.nanoseconds < opened.nanoseconds / 1_000 * 1_000 { return }
        let sample = clock.sample(stamp: frame.stamp, sent: sent, held: .microseconds(echo.held), now: now)
        if let sample { roundTrip = roundTrip.map { ($0 * 7 + sample) / 8 } ?? sample }
    }
}
