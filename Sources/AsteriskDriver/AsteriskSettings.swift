import AMI
import TandemCore

/// How to reach one Asterisk's manager port.
public struct AsteriskSettings: Sendable {
    /// TLS towards the manager port (`tlsenable` in manager.conf).
    public struct TLS: Hashable, Sendable {
        /// PEM file of the authorities that may have signed Asterisk's certificate; nil: those of the system.
        public var certificateAuthorityFile: String?
        /// The name the certificate must carry; nil: the host's name.
        public var serverName: String?
        /// TLS with certificate verification.
        public init(certificateAuthorityFile: String? = nil, serverName: String? = nil) {
            self.certificateAuthorityFile = certificateAuthorityFile
            self.serverName = serverName
        }
    }

    /// Name or address of the machine.
    public var host: String
    /// Manager port, usually 5038, with TLS 5039.
    public var port: Int
    /// Manager user; needs read and write of the classes system, call, agent, user, originate, reporting.
    public var user: HeaderText
    /// Its secret. Without TLS it crosses the network as it is: use TLS unless the PBX is on this machine.
    public var secret: Secret
    /// Nil: no TLS.
    public var tls: TLS?
    /// For the TCP connection and TLS.
    public var connectTimeout: Duration
    /// The first wait before connecting again; doubled each time up to `longestRetryDelay`.
    public var shortestRetryDelay: Duration
    /// The longest wait before connecting again.
    public var longestRetryDelay: Duration
    /// How long an action may stay unanswered (an originate: in addition to its ringing time).
    public var actionTimeout: Duration
    /// After so much silence a ping is sent; after twice as much the connection is given up.
    public var pingAfter: Duration
    /// How many actions may be under way.
    public var pendingLimit: Int
    /// Whether the phones obey `Event: talk` and `Event: hold` in a dialogue (Snom, Yealink, Polycom, Grandstream and
    /// others, when allowed in their settings). Only then can `answer` and `hold` be done; Asterisk itself cannot.
    public var phonesTakeTalkEvents: Bool
    /// What the decoder is willing to hold.
    public var limits: AMILimits

    /// Settings with usual times.
    public init(
        host: String, port: Int, user: HeaderText, secret: Secret, tls: TLS? = nil,
        connectTimeout: Duration = .seconds(5), shortestRetryDelay: Duration = .milliseconds(250),
        longestRetryDelay: Duration = .seconds(15), actionTimeout: Duration = .seconds(10),
        pingAfter: Duration = .seconds(10), pendingLimit: Int = 1000, phonesTakeTalkEvents: Bool = false,
        limits: AMILimits = AMILimits()
    ) {
        self.host = host
        self.port = port
        self.user = user
        self.secret = secret
        self.tls = tls
        self.connectTimeout = connectTimeout
        self.shortestRetryDelay = shortestRetryDelay
        self.longestRetryDelay = longestRetryDelay
        self.actionTimeout = actionTimeout
        self.pingAfter = pingAfter
        self.pendingLimit = pendingLimit
        self.phonesTakeTalkEvents = phonesTakeTalkEvents
        self.limits = limits
    }
}

/// Running counts of one driver, for health pages.
public struct AsteriskMetrics: Hashable, Sendable {
    /// Messages received.
    public var messages: UInt64 = 0
    /// Bytes received.
    public var bytes: UInt64 = 0
    /// Events that said nothing new.
    public var ignored: UInt64 = 0
    /// Events of names this driver does not know.
    public var unknown: UInt64 = 0
    /// Connections closed because the stream went over a limit.
    public var limitViolations: UInt64 = 0
    /// Connections that reached the end of a login.
    public var connections: UInt64 = 0
    /// Attempts to connect that failed.
    public var failedAttempts: UInt64 = 0
    /// Answers to actions that had timed out.
    public var lateAnswers: UInt64 = 0
    /// Answers to actions of others.
    public var unknownAnswers: UInt64 = 0
    /// Actions that were not answered in time.
    public var timeouts: UInt64 = 0
}

/// Waits between attempts: doubled each time up to a cap, the upper half of each wait random so that a hundred nodes
/// do not come back at the same moment.
struct ReconnectBackoff {
    let shortest: Duration
    let longest: Duration
    private var failures = 0

    init(shortest: Duration, longest: Duration) {
        self.shortest = shortest
        self.longest = longest
    }

    /// The next wait. `random` is in 0..<1.
    mutating func next(random: Double) -> Duration {
        let full = min(longest.inSeconds, shortest.inSeconds * Double(UInt64(1) << UInt64(min(failures, 30))))
        failures += 1
        return .nanoseconds(Int64(full * (0.5 + 0.5 * random) * 1e9))
    }

    mutating func reset() { failures = 0 }
}
