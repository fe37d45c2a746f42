import CTIProtocol

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
    /// Of these, sub-commands that may be sent about others' calls, phones, agents and mailboxes as well
    /// (`ipbxcommands_others`).
    public var ipbxcommandsOthers: [String]
    /// Services that the client may switch, e.g. `enablednd`; empty: none, sent as `[""]`.
    public var services: [String]
    /// Options for the client; empty: none, sent as `false`.
    public var preferences: [String: String]
    /// Rights beyond the classes.
    public var rights: Set<CTIRight>

    /// Makes a profile.
    public init(
        displayName: String, xlets: [[String]] = [], regcommands: [String], ipbxcommands: [String] = [],
        ipbxcommandsOthers: [String] = [], services: [String] = [], preferences: [String: String] = [:],
        rights: Set<CTIRight> = []
    ) {
        self.displayName = displayName
        self.xlets = xlets
        self.regcommands = regcommands
        self.ipbxcommands = ipbxcommands
        self.ipbxcommandsOthers = ipbxcommandsOthers
        self.services = services
        self.preferences = preferences
        self.rights = rights
    }
}

// The built-in profiles: the table of classes and commands says which of them lists what.
extension CTIProfile {
    private static func classes(_ groups: Set<CTIMessageClass.Group>) -> [String] {
        CTIMessageClass.all.filter { groups.contains($0.group) }.map(\.name)
    }

    private static func commands(_ groups: Set<CTIVerbEntry.Group>) -> [String] {
        CTIVerbEntry.verbs(of: groups).map(\.rawValue)
    }

    /// A person with a phone: about the own calls.
    public static let client = CTIProfile(
        displayName: "Client",
        xlets: [["identity", "grid"], ["dial", "dock"], ["search", "tab"], ["customerinfo", "tab"]],
        regcommands: classes([.everyone, .people]), ipbxcommands: commands([.calls]))

    /// A person who takes calls of queues: about the own calls and the own agent.
    public static let agent = CTIProfile(
        displayName: "Agent",
        xlets: [["identity", "grid"], ["dial", "dock"], ["queues", "dock"], ["agentdetails", "dock"]],
        regcommands: classes([.everyone, .people]), ipbxcommands: commands([.calls, .agents]))

    /// A person who looks after agents and queues: about everybody's.
    public static let supervisor = CTIProfile(
        displayName: "Supervisor",
        xlets: [["identity", "grid"], ["agents", "dock"], ["queues", "dock"], ["queuemembers", "dock"]],
        regcommands: classes([.everyone, .people]), ipbxcommands: commands([.calls, .agents, .supervision]),
        ipbxcommandsOthers: commands([.calls, .agents, .supervision]), rights: [.availstateOthers])

    /// A person at the switchboard, an operator: about everybody's.
    public static let switchboard = CTIProfile(
        displayName: "Switchboard",
        xlets: [["identity", "grid"], ["switchboard", "dock"], ["parking", "dock"], ["search", "tab"]],
        regcommands: classes([.everyone, .people]), ipbxcommands: commands([.calls, .agents, .supervision]),
        ipbxcommandsOthers: commands([.calls, .agents, .supervision]), rights: [.availstateOthers])

    /// Another CTI server of the 2011 kind: it reads lists and carries messages, it commands nothing.
    public static let ctiserver = CTIProfile(displayName: "CTI Server", regcommands: classes([.everyone]))
}
