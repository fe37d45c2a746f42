import TandemCore

/// How CTI clients are served.
public struct CTISettings: Hashable, Sendable {
    /// Whether a connection begins with the server's greeting line (CTI reference 1.3).
    public var banner: Bool
    /// Time from accept to the end of the login.
    public var loginTimeout: Duration
    /// Longest line in bytes before the login is finished.
    public var lineBeforeLogin: Int
    /// Longest line in bytes after the login.
    public var lineAfterLogin: Int
    /// Most connections at a time.
    public var maximumClients: Int
    /// What kinds of clients there are; a user's `profile` names one.
    public var profiles: [String: Profile]

    /// Makes settings.
    public init(
        banner: Bool = true, loginTimeout: Duration = Limits.loginTime,
        lineBeforeLogin: Int = Limits.clientLineBeforeLogin,
        lineAfterLogin: Int = Limits.clientLineAfterLogin, maximumClients: Int = Limits.clients,
        profiles: [String: Profile] = Profile.standard
    ) {
        self.banner = banner
        self.loginTimeout = loginTimeout
        self.lineBeforeLogin = lineBeforeLogin
        self.lineAfterLogin = lineAfterLogin
        self.maximumClients = maximumClients
        self.profiles = profiles
    }

    /// What clients of a kind may do and show (CTI reference 2.3).
    public struct Profile: Hashable, Sendable {
        /// What people read (`appliname`).
        public var name: String
        /// Parts of the window: name, place, option (`capaxlets`).
        public var xlets: [[String]]
        /// Classes that may be used; nil: those of the stock profile of the name, or of `client`.
        public var regcommands: [String]?
        /// Commands to the PBX that may be used; nil: those of the stock profile of the name, or of `client`.
        public var ipbxcommands: [String]?
        /// Of these, commands that may be about what is not the user's own; nil: those of the stock profile of the name.
        public var ipbxcommandsOthers: [String]?
        /// Services such as `enablednd` and `fwdunc`.
        public var services: [String]
        /// Options that clients read.
        public var preferences: [String: String]

        /// Makes a profile.
        public init(
            name: String, xlets: [[String]] = [], regcommands: [String]? = nil, ipbxcommands: [String]? = nil,
            ipbxcommandsOthers: [String]? = nil, services: [String] = Profile.standardServices,
            preferences: [String: String] = [:]
        ) {
            self.name = name
            self.xlets = xlets
            self.regcommands = regcommands
            self.ipbxcommands = ipbxcommands
            self.ipbxcommandsOthers = ipbxcommandsOthers
            self.services = services
            self.preferences = preferences
        }

        /// The services of a profile that does not list its own.
        public static let standardServices = [
            "enablednd", "fwdunc", "fwdbusy", "fwdrna", "enablevoicemail", "incallfilter",
        ]

        /// The profiles of a node whose file has none: `client`, `agent`, `supervisor` and `switchboard`.
        public static let standard = [
            "client": Profile(
                name: "Client",
                xlets: [
                    ["identity", "grid", "0"], ["search", "tab", "0"], ["customerinfo", "tab", "4"],
                    ["features", "tab", "5"], ["history", "tab", "6"], ["dial", "dock", "fcm"],
                ]),
            "agent": Profile(
                name: "Agent",
                xlets: [
                    ["identity", "grid", "0"], ["queues", "grid", "1"], ["customerinfo", "tab", "1"],
                    ["agentdetails", "tab", "2"], ["dial", "dock", "fcm"],
                ]),
            "supervisor": Profile(
                name: "Supervisor",
                xlets: [
                    ["identity", "grid", "0"], ["queues", "grid", "1"], ["queuedetails", "grid", "2"],
                    ["agents", "grid", "3"], ["agentdetails", "grid", "4"], ["conference", "tab", "1"],
                ]),
            "switchboard": Profile(
                name: "Switchboard",
                xlets: [
                    ["identity", "grid", "0"], ["switchboard", "dock", "1"], ["parking", "dock", "2"],
                    ["search", "tab", "0"], ["dial", "dock", "fcm"],
                ]),
        ]
    }
}
