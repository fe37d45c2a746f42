/// Delays of the federation. `wan` notices a silent cut within 5 s, `lan` within 2 s.
public struct FederationTimings: Hashable, Sendable {
    /// Time between heartbeats on a link.
    public var heartbeat: Duration
    /// Silence after which a link is down.
    public var linkTimeout: Duration
    /// Age of the last proof that a copy is current, after which the site is stale.
    public var staleAfter: Duration
    /// Age after which a stale site is unknown.
    public var unknownAfter: Duration
    /// Age after which an unknown site's objects are forgotten.
    public var forgetAfter: Duration
    /// Time a peer has for its greeting.
    public var greetingTimeout: Duration
    /// First and longest pause between two dials.
    public var redial: ClosedRange<Duration>
    /// Time that an ordinary command may take from submission to answer. Whoever submits one may ask for more, up to
    /// `FederationLimits.commandTime`: a call rings for a while.
    public var commandDeadline: Duration
    /// The same for commands whose answer waits for a telephone to be picked up.
    public var callDeadline: Duration
    /// How much longer than the deadline a pending command is remembered before it is answered `unknown`.
    public var commandGrace: Duration
    /// Entries kept in each origin's log; a peer further behind gets a snapshot.
    public var logLength: Int
    /// How long an answered idempotency key is kept.
    public var ledgerRetention: Duration
    /// How long the link state of a node that nobody reaches is kept.
    public var linkStateRetention: Duration

    /// Makes timings.
    public init(
        heartbeat: Duration, linkTimeout: Duration, staleAfter: Duration, unknownAfter: Duration = .seconds(900),
        forgetAfter: Duration = .seconds(7 * 86_400), greetingTimeout: Duration = .seconds(5),
        redial: ClosedRange<Duration> = .milliseconds(250)...(.seconds(10)),
        commandDeadline: Duration = .seconds(10), callDeadline: Duration = .seconds(45),
        commandGrace: Duration = .seconds(1), logLength: Int = 10_000,
        ledgerRetention: Duration = .seconds(86_400), linkStateRetention: Duration = .seconds(3_600)
    ) {
        self.heartbeat = heartbeat
        self.linkTimeout = linkTimeout
        self.staleAfter = staleAfter
        self.unknownAfter = unknownAfter
        self.forgetAfter = forgetAfter
        self.greetingTimeout = greetingTimeout
        self.redial = redial
        self.commandDeadline = commandDeadline
        self.callDeadline = callDeadline
        self.commandGrace = commandGrace
        self.logLength = logLength
        self.ledgerRetention = ledgerRetention
        self.linkStateRetention = linkStateRetention
    }

    /// The most time that any command gets, whatever its submitter asks for.
    public var longestDeadline: Duration { max(commandDeadline, callDeadline) }

    /// For links over the internet or leased lines.
    public static let wan = FederationTimings(
        heartbeat: .seconds(1), linkTimeout: .milliseconds(3_500), staleAfter: .milliseconds(3_800))
    /// For links within a building.
    public static let lan = FederationTimings(
        heartbeat: .milliseconds(400), linkTimeout: .milliseconds(1_400), staleAfter: .milliseconds(1_600))
}
