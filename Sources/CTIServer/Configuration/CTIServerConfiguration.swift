import TandemCore

/// How the CTI port behaves towards its clients.
public struct CTIServerConfiguration: Hashable, Sendable {
    /// The line that greets a client (CTI reference 1.3); nil: the client speaks first.
    public var banner: String?
    /// How long a login may take (CTI reference 1.4).
    public var loginTimeout: Duration
    /// Bytes of one line while the client is a stranger.
    public var lineLimitBeforeLogin: Int
    /// Bytes of one line of a logged-in client.
    public var lineLimit: Int
    /// Commands of one client that may be unanswered at a time.
    public var pendingCommandsPerClient: Int
    /// Profiles by name.
    public var profiles: [String: CTIProfile]
    /// What hint codes mean to people (`phonestatus`), in order.
    public var phoneStates: [PhoneState]
    /// Connections at a time, logged in or not.
    public var connections: Int
    /// Of these, connections that are not logged in.
    public var strangers: Int
    /// Of these, connections of one address.
    public var strangersPerAddress: Int
    /// How repeated failures to log in are slowed.
    public var throttle: LoginThrottle.Settings
    /// Objects whose freshness is pushed at a time; the rest follows at the next ticks.
    public var freshnessChunk: Int

    /// The standard behaviour.
    public init() {
        banner = "XiVO CTI Server Version 1.2 (on Tandem)"
        loginTimeout = Limits.loginTime
        lineLimitBeforeLogin = Limits.clientLineBeforeLogin
        lineLimit = Limits.clientLineAfterLogin
        pendingCommandsPerClient = Limits.pendingCommandsPerClient
        profiles = [
            "client": .client, "agent": .agent, "supervisor": .supervisor, "switchboard": .switchboard,
            "ctiserver": .ctiserver,
        ]
        phoneStates = PhoneState.standard
        connections = Limits.clients
        strangers = Limits.strangers
        strangersPerAddress = Limits.strangersPerAddress
        throttle = LoginThrottle.Settings()
        freshnessChunk = 1_000
    }

    /// What a hint code means (CTI reference 7.6).
    public struct PhoneState: Hashable, Sendable {
        /// The code as text, e.g. `8`.
        public var code: String
        /// What people read.
        public var longName: String
        /// `#RRGGBB`.
        public var color: String
        /// Makes a state.
        public init(_ code: String, longName: String, color: String) {
            self.code = code
            self.longName = longName
            self.color = color
        }
        /// The codes of the protocol.
        public static let standard = [
            PhoneState("-2", longName: "Inexistent", color: "#030303"),
            PhoneState("-1", longName: "Deactivated", color: "#000000"),
            PhoneState("0", longName: "Available", color: "#0DFF25"),
            PhoneState("1", longName: "In use", color: "#FF032D"),
            PhoneState("2", longName: "Busy", color: "#FF0008"),
            PhoneState("4", longName: "Unavailable", color: "#FFFFFF"),
            PhoneState("8", longName: "Ringing", color: "#1B0AFF"),
            PhoneState("9", longName: "In use and ringing", color: "#FF0526"),
            PhoneState("16", longName: "On hold", color: "#F7FF05"),
        ]
    }
}
