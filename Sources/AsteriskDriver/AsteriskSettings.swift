import AMI
import DriverKit
import TandemCore

/// How to reach one Asterisk's manager port, and how patiently.
public struct AsteriskSettings: Hashable, Sendable {
    /// TLS towards the manager port (`tlsenable` in manager.conf).
    public typealias TLS = DriverConnection.TLS

    /// Where the manager port is, usually 5038, with TLS 5039.
    public var connection: DriverConnection
    /// Manager user; needs read and write of the classes system, call, agent, user, originate, reporting.
    public var user: HeaderText
    /// Its secret. Without TLS it crosses the network as it is: use TLS unless the PBX is on this machine.
    public var secret: Secret
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
        pingAfter: Duration = .seconds(10), pendingLimit: Int = Limits.pendingActions,
        phonesTakeTalkEvents: Bool = false,
        limits: AMILimits = AMILimits()
    ) {
        connection = DriverConnection(
            kind: "Asterisk", host: host, port: port, tls: tls, connectTimeout: connectTimeout,
            shortestRetryDelay: shortestRetryDelay, longestRetryDelay: longestRetryDelay)
        self.user = user
        self.secret = secret
        self.actionTimeout = actionTimeout
        self.pingAfter = pingAfter
        self.pendingLimit = pendingLimit
        self.phonesTakeTalkEvents = phonesTakeTalkEvents
        self.limits = limits
    }

    /// `HOST:PORT`, for reasons.
    var address: String { "\(connection.host):\(connection.port)" }
}
