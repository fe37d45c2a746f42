import TandemCore

/// What a command needs of the PBX that executes it.
public enum CTICapabilityNeed: Sendable, Hashable {
    /// All of these.
    case all(Set<PBXCapability>)
    /// At least one of these; which one depends on the arguments.
    case any(Set<PBXCapability>)

    /// A single one.
    static func one(_ capability: PBXCapability) -> CTICapabilityNeed { .all([capability]) }

    /// Whether a PBX with these capabilities can serve the command.
    public func isMet(by capabilities: Set<PBXCapability>) -> Bool {
        switch self {
        case .all(let needed): needed.isSubset(of: capabilities)
        case .any(let accepted): !accepted.isDisjoint(with: capabilities)
        }
    }

    /// Every capability that the command may use.
    public var capabilities: Set<PBXCapability> {
        switch self {
        case .all(let set), .any(let set): set
        }
    }
}

/// One row of the table of `ipbxcommand` commands: what the server and the executing site obey. Rights, executing site,
/// arguments, deadline, ledger, capability, built-in profiles and documentation are read from here and nowhere else.
///
/// A row of its own cannot weaken that of its class: a command needs the stage and the right of `ipbxcommand` as well
/// (a complete login, `ipbxcommand` in `regcommands`), and must stand in the profile's `ipbxcommands`.
public final class CTIVerbEntry: Sendable {
    /// Which built-in profiles list the command.
    public enum Group: String, Sendable, Hashable, CaseIterable {
        /// About calls: all people, about their own.
        case calls
        /// About agents: those who take calls of queues, about themselves, and who look after them.
        case agents
        /// About queues and other people's calls: those who look after them.
        case supervision
    }

    /// The command.
    public let verb: CTIVerb
    /// Its arguments, in the order in which they are checked.
    public let arguments: [CTIArgument]
    /// The arguments whose site executes it, the strongest first. Where none of them is there, and for a command
    /// without any, the requester's own site executes: its own call is meant.
    public let decides: [CTIArgumentKey]
    /// What it needs of the PBX.
    public let needs: CTICapabilityNeed
    /// How long it may take.
    public let deadline: CTIDeadline
    /// Whether it must not run twice: its key is durable before it runs.
    public let needsLedger: Bool
    /// Which built-in profiles list it.
    public let group: Group
    /// The eras of the original protocol that know it.
    public let eras: String
    /// What it does.
    public let summary: String

    /// The word on the wire.
    public var name: String { verb.rawValue }
    /// Whether it makes a difference whose things its arguments name.
    public var concernsOthers: Bool { arguments.contains(where: \.isOwn) }
    /// How far the connection must have come.
    public var stage: CTIStage { CTIClass.ipbxCommand.entry.needs }

    init(
        _ verb: CTIVerb, _ arguments: [CTIArgument] = [], at decides: CTIArgumentKey..., needs: CTICapabilityNeed,
        deadline: CTIDeadline = .ordinary, needsLedger: Bool = true, in group: Group = .calls, eras: String = "E1–E2",
        _ summary: String
    ) {
        self.verb = verb
        self.arguments = arguments
        self.decides = decides
        self.needs = needs
        self.deadline = deadline
        self.needsLedger = needsLedger
        self.group = group
        self.eras = eras
        self.summary = summary
    }

    /// The whole table, in the order of the documentation.
    public static let all: [CTIVerbEntry] = CTIVerb.allCases.enumerated().map { place, verb in
        precondition(verb.ordinal == place, "cases are numbered in their order")
        return row(of: verb)
    }

    /// The commands of some groups, in the order of the table.
    public static func verbs(of groups: Set<Group>) -> [CTIVerb] {
        all.filter { groups.contains($0.group) }.map(\.verb)
    }
}
