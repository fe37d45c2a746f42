import TandemCore

/// The names of the arguments of `ipbxcommand`. The raw value is the key on the wire.
public enum CTIArgumentKey: String, CaseIterable, Sendable, Hashable {
    /// The agent of an agent command.
    case agentIDs = "agentids"
    /// The number at which an agent logs in.
    case agentPhoneNumber = "agentphonenumber"
    /// Who gets an intercepted call.
    case catcher
    /// The channel to record; in place of `destination`, the one to listen to.
    case channel
    /// The channel to end, as older clients name it.
    case channelID = "channelid"
    /// The channel or channels that a command is about.
    case channelIDs = "channelids"
    /// The context of a mailbox.
    case context
    /// Where a call goes, who is listened to, or the parking lot.
    case destination
    /// What `meetme` does.
    case function
    /// The room and the seat of `meetme`.
    case functionArguments = "functionargs"
    /// Who listens.
    case listener
    /// The mailbox to count.
    case mailbox
    /// The member of a queue; in place of `agentids`, an agent.
    case member
    /// Whether a member is added paused.
    case paused
    /// How late a queue calls a member: those of lower penalty are called first.
    case penalty
    /// A phone or user, in place of the channel that rings there.
    case phoneIDs = "phoneids"
    /// The queue of a queue command.
    case queue
    /// Why a member pauses.
    case reason
    /// Who calls, or the channel that is sent or parked; in place of `channelids`, the one to end.
    case source
    /// Whether recording or listening starts or stops.
    case subcommand
    /// The ringing channel to fetch.
    case toIntercept = "tointercept"
}

/// Which kinds of things an argument may name.
public struct CTIAddressTypes: Sendable, Hashable {
    /// Objects of these types.
    public let types: [ObjectType]
    /// Whether also a number of a site: `exten:<ipbxid>/<number>`.
    public let numbers: Bool
    /// Their words in alphabetical order, for people.
    public let words: [String]

    /// Objects of these types, and numbers of a site if wanted.
    public init(_ types: ObjectType..., numbers: Bool = false) {
        self.types = types
        self.numbers = numbers
        words = (types.map(\.word) + (numbers ? ["exten"] : [])).sorted()
    }

    /// Whoever can call: a user, a phone, a number of a site.
    public static let callers = CTIAddressTypes(.user, .phone, numbers: true)
    /// A channel.
    public static let channels = CTIAddressTypes(.channel)

    /// Whether an address names such a thing.
    public func contains(_ address: CTIAddress) -> Bool {
        switch address {
        case .object(let id): types.contains(id.key.type)
        case .number(_, let site): numbers && site != nil
        case .all, .me, .myVoicemail: false
        }
    }
}

/// What one argument of an `ipbxcommand` may be, what it becomes, and what is said when it is wrong. Special forms
/// (CTI reference 6.2) are accepted wherever an id is.
public final class CTIArgument: Sendable {
    /// What an argument may hold. Each kind has one reader, in `IPBXDecoder`.
    public enum Kind: Sendable, Hashable {
        /// Whatever can be called: an id of a user, phone, mailbox, room, queue or group, `exten:<ipbxid>/<number>`, a
        /// bare number as people write it (dialled at the executing site), `"Bob" <1002>`.
        case destination
        /// An id of one of these types.
        case id(CTIAddressTypes)
        /// The same; any other text is handed on for the executing site to refuse.
        case idOrText(CTIAddressTypes)
        /// A channel as an id, or by its bare name at the requester's site.
        case channel
        /// One channel, or several of one site as an array or separated by commas.
        case channels
        /// An agent as an id, `<ipbxid>/<id>`, or its bare id at the requester's site.
        case agent
        /// Whoever can be in a queue: an agent, a phone, a user.
        case member
        /// A queue or group, or all of a site; `queue:special:all` means all of the member's site.
        case queue
        /// All queues of the member's site, whatever the client says.
        case allQueues
        /// An array that begins with a room: `<ipbxid>/<id>`, an id, or a room's number at the requester's site.
        case room
        /// Whoever can be heard: an agent (`<ipbxid>/<id>` as well), a phone, a user, a channel.
        case heard
        /// A mailbox: an id, or its number (`MailboxNumber`) at the requester's site.
        case mailbox
        /// A number that can be dialled, as people write it.
        case number
        /// A text that people read, or a number.
        case text
        /// The name of a context of the dial plan.
        case context
        /// One of these words, in any case; the planner gets it as it stands here.
        case word([String])
        /// A whole number, also as its digits.
        case count
        /// `true` or `false`, 1 or 0, also as texts.
        case flag
    }

    /// What an absent argument means.
    public enum Absence: Sendable, Hashable {
        /// The command can do without it.
        case allowed
        /// The command cannot be given.
        case missing
        /// The requester's agent.
        case myAgent
        /// The requester.
        case me
    }

    /// The key.
    public let key: CTIArgumentKey
    /// What it may hold.
    public let kind: Kind
    /// What it means when it is absent.
    public let absence: Absence
    /// The value of `ipbxreply` when it is absent or cannot be used.
    public let reply: String
    /// The value of `ipbxreply` when it has another JSON type.
    public let typeReply: String
    /// Another argument that may stand in its place.
    public let standIn: CTIArgument?
    /// Whether it must be the user's own, unless the profile lists the command in `ipbxcommands_others`: a call of the
    /// user's phones, one of these phones or its number, the user's agent or mailbox.
    public let isOwn: Bool

    /// Describes an argument; `reply` is the key unless another word is given.
    init(
        _ key: CTIArgumentKey, _ kind: Kind, absent absence: Absence = .allowed, reply: String? = nil,
        typeReply: String? = nil, standIn: CTIArgument? = nil, own isOwn: Bool = false
    ) {
        self.key = key
        self.kind = kind
        self.absence = absence
        self.reply = reply ?? key.rawValue
        self.typeReply = typeReply ?? self.reply
        self.standIn = standIn
        self.isOwn = isOwn
    }

    /// The key on the wire.
    public var name: String { key.rawValue }
    /// Whether a client must send it, or what stands in its place.
    public var isRequired: Bool { absence == .missing }
    /// Whether a client sends it at all; else it follows from another argument.
    public var isSent: Bool { kind != .allQueues }

    /// Whether it is there in every command and names a site: then nothing else decides.
    var alwaysNamesSite: Bool {
        switch kind {
        case .room, .mailbox: false
        case .allQueues: true
        default: absence != .allowed
        }
    }

    /// What is accepted, for people.
    public var accepted: String {
        switch kind {
        case .destination: "what can be called"
        case .id(let types), .idOrText(let types): types.words.joined(separator: ", ")
        case .channel, .channels: "chan"
        case .agent: "agent"
        case .member: "agent, phone, user"
        case .queue: "queue, group"
        case .allQueues: "queue"
        case .room: "array: meetme, …"
        case .heard: "agent, chan, phone, user"
        case .mailbox: "voicemail, mailbox number"
        case .number: "number"
        case .text: "text"
        case .context: "context"
        case .word(let words): words.joined(separator: " or ")
        case .count: "whole number"
        case .flag: "flag"
        }
    }
}
