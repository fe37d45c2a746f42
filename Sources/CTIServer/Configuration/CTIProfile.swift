/// What the holders of a CTI profile may do and what their client shows (CTI reference 2.3).
public struct CTIProfile: Hashable, Sendable {
    /// What people read (`appliname`).
    public var displayName: String
    /// Xlets of the client: name, place and, where there is one, an option (`capaxlets`).
    public var xlets: [[String]]
    /// Classes that may be sent (`regcommands`). The login's own three need not be listed.
    public var regcommands: [String]
    /// Sub-commands of `ipbxcommand` that may be sent (`ipbxcommands`).
    public var ipbxcommands: [String]
    /// Services that the client may switch, e.g. `enablednd`; empty: none, sent as `[""]`.
    public var services: [String]
    /// Options for the client; empty: none, sent as `false`.
    public var preferences: [String: String]
    /// Rights beyond the classes, e.g. `availstate_others`: may set the presence of somebody else.
    public var rights: Set<String>

    /// The right to set the presence of somebody else.
    public static let availstateOthers = "availstate_others"

    /// Makes a profile.
    public init(
        displayName: String, xlets: [[String]] = [], regcommands: [String], ipbxcommands: [String] = [],
        services: [String] = [], preferences: [String: String] = [:], rights: Set<String> = []
    ) {
        self.displayName = displayName
        self.xlets = xlets
        self.regcommands = regcommands
        self.ipbxcommands = ipbxcommands
        self.services = services
        self.preferences = preferences
        self.rights = rights
    }
}

extension CTIProfile {
    /// Classes that every person's client needs.
    public static let commonClasses = [
        "login_id", "login_pass", "login_capas", "logout", "keepalive", "getipbxlist", "getlist", "availstate",
        "chitchat", "ipbxcommand",
    ]
    /// Sub-commands about one's own calls.
    public static let callCommands = [
        "dial", "originate", "transfer", "atxfer", "transfercancel", "intercept", "parking", "park", "hangup",
        "hangupme",
        "answer", "cancel", "refuse", "record", "mailboxcount", "meetme",
    ]
    /// Sub-commands of agents.
    public static let agentCommands = [
        "agentlogin", "agentlogout", "queuepause", "queueunpause", "queuepause_all", "queueunpause_all",
    ]
    /// Sub-commands of those who look after queues and agents.
    public static let supervisorCommands = ["queueadd", "queueremove", "queueremove_all", "listen"]

    /// A person with a phone.
    public static let client = CTIProfile(
        displayName: "Client",
        xlets: [["identity", "grid"], ["dial", "dock"], ["search", "tab"], ["customerinfo", "tab"]],
        regcommands: commonClasses, ipbxcommands: callCommands)

    /// A person who takes calls of queues.
    public static let agent = CTIProfile(
        displayName: "Agent",
        xlets: [["identity", "grid"], ["dial", "dock"], ["queues", "dock"], ["agentdetails", "dock"]],
        regcommands: commonClasses, ipbxcommands: callCommands + agentCommands)

    /// A person who looks after agents and queues.
    public static let supervisor = CTIProfile(
        displayName: "Supervisor",
        xlets: [["identity", "grid"], ["agents", "dock"], ["queues", "dock"], ["queuemembers", "dock"]],
        regcommands: commonClasses, ipbxcommands: callCommands + agentCommands + supervisorCommands,
        rights: [availstateOthers])

    /// A person at the switchboard.
    public static let switchboard = CTIProfile(
        displayName: "Switchboard",
        xlets: [["identity", "grid"], ["switchboard", "dock"], ["parking", "dock"], ["search", "tab"]],
        regcommands: commonClasses, ipbxcommands: callCommands + agentCommands + supervisorCommands,
        rights: [availstateOthers])

    /// Another CTI server of the 2011 kind: it reads lists and carries messages, it commands nothing.
    public static let ctiserver = CTIProfile(
        displayName: "CTI Server",
        regcommands: [
            "login_id", "login_pass", "login_capas", "logout", "keepalive", "getipbxlist", "getlist", "chitchat",
        ])
}
