/// How far a connection has come (CTI reference 2).
public enum CTIStage: Int, Comparable, Sendable, Hashable {
    /// Connected, nothing said.
    case connected
    /// `login_id` succeeded: there is a session id.
    case identified
    /// `login_pass` succeeded: the person is known.
    case authenticated
    /// `login_capas` succeeded.
    case loggedIn

    /// The later stage is the greater.
    public static func < (left: CTIStage, right: CTIStage) -> Bool { left.rawValue < right.rawValue }
}

/// One row of the table of message classes. The decoder, the permission check, the documentation and the proxies
/// read this one table.
public struct CTIMessageClass: Sendable, Hashable {
    /// Who sends the class.
    public enum Direction: String, Sendable, Hashable {
        case fromClient = "client → server"
        case fromServer = "server → client"
        case both
    }

    /// What a client gets back.
    public enum Answer: String, Sendable, Hashable {
        /// One line with the same class, and `replyid` when a `commandid` was sent.
        case one
        /// One line at once and further lines as the PBX answers.
        case several
        /// The server speaks unasked.
        case push
    }

    /// The class.
    public let messageClass: CTIClass
    /// Who sends it.
    public let direction: Direction
    /// Keys that a client must send, in the order in which absent ones are named.
    public let required: [String]
    /// Further keys that are understood.
    public let optional: [String]
    /// How far the connection must have come.
    public let needs: CTIStage
    /// Whether it must stand in the profile's `regcommands`.
    public let isPermissioned: Bool
    /// What comes back.
    public let answer: Answer
    /// The eras of the original protocol that know it (CTI reference 0.1).
    public let eras: String
    /// What it is for.
    public let summary: String

    /// The word on the wire.
    public var name: String { messageClass.rawValue }
    /// Whether a client may send it at all.
    public var isFromClient: Bool { direction != .fromServer }

    private init(
        _ messageClass: CTIClass, _ direction: Direction = .fromClient, required: [String] = [],
        optional: [String] = [], needs: CTIStage = .authenticated, isPermissioned: Bool = true,
        answer: Answer = .one, eras: String = "E1–E3", _ summary: String
    ) {
        self.messageClass = messageClass
        self.direction = direction
        self.required = required
        self.optional = optional
        self.needs = needs
        self.isPermissioned = isPermissioned
        self.answer = answer
        self.eras = eras
        self.summary = summary
    }

    /// The whole table, in the order of the documentation.
    public static let all: [CTIMessageClass] = [
        CTIMessageClass(
            .loginID, required: ["company", "userlogin", "ident", "xivoversion"],
            optional: ["wazoversion", "git_hash", "git_date", "version"], needs: .connected, isPermissioned: false,
            "Names the user and the client; the answer carries the session id. `wazoversion` stands for `xivoversion`."),
        CTIMessageClass(
            .loginPass, required: ["hashedpassword"], optional: ["password"], needs: .identified,
            isPermissioned: false,
            "Proves the password; the answer lists the profile. `password` stands for `hashedpassword`."),
        CTIMessageClass(
            .loginCapas, required: ["state", "capaid"], optional: ["lastconnwins", "loginkind", "agentphonenumber"],
            isPermissioned: false, "Chooses the profile and the first presence; the answer carries the rights."),
        CTIMessageClass(
            .logout, optional: ["stopper", "availstate"], needs: .connected, isPermissioned: false,
            "Ends the session; the presence becomes `disconnected`."),
        CTIMessageClass(
            .keepAlive, optional: ["rate-bytes", "rate-msec", "rate-samples"], isPermissioned: false,
            "Asks for a sign of life; the answer carries `warning_string`, which is the healthy answer."),
        CTIMessageClass(.getIPBXList, .fromClient, "Asks for the names of all sites."),
        CTIMessageClass(
            .availState, required: ["availstate"], optional: ["ipbxid", "userid"],
            "Sets the presence of the user."),
        CTIMessageClass(
            .chitchat, .both, required: ["to", "text"],
            "Sends a text to every connection of a user of any site (`<site>/<user id>`), where it is pushed."),
        CTIMessageClass(
            .getList, .both, required: ["function", "listname"], optional: ["tipbxid", "tid"],
            "Asks for the ids of a list (`listid`), an object's configuration (`updateconfig`) or status "
                + "(`updatestatus`); changes are pushed in the same form, and `addconfig`, `delconfig`."),
        CTIMessageClass(
            .ipbxCommand, required: ["command"], answer: .several,
            "Has the PBX do something; see the table of commands."),
        CTIMessageClass(
            .dialSuccess, .fromServer, answer: .push, eras: "E2–E3", "The PBX accepted a `dial`; `exten` is the number."
        ),
        CTIMessageClass(
            .siteStatus, .fromServer, answer: .push, eras: "Tandem",
            "How current the picture of a site is: `state` is `fresh`, `stale` or `unknown`, `age` its age in seconds."),
        CTIMessageClass(
            .disconnect, .fromServer, answer: .push, eras: "E0", "The server is about to close the connection."),
    ]
}

/// One row of the table of `ipbxcommand` commands.
public struct CTIVerbEntry: Sendable, Hashable {
    /// Whose site executes the command.
    public enum Executor: String, Sendable, Hashable {
        case caller = "the caller's phone"
        case source = "the source"
        case channel = "the channel"
        case agent = "the agent"
        case queue = "the queue"
        case room = "the room"
        case mailbox = "the mailbox"
        case requester = "the requester"
    }

    /// The command.
    public let verb: CTIVerb
    /// Keys that a client must send.
    public let required: [String]
    /// Further keys that are understood.
    public let optional: [String]
    /// Whose site executes it.
    public let executor: Executor
    /// The eras of the original protocol that know it.
    public let eras: String
    /// What it does.
    public let summary: String

    /// The word on the wire.
    public var name: String { verb.rawValue }

    private init(
        _ verb: CTIVerb, _ required: [String] = [], optional: [String] = [], at executor: Executor,
        eras: String = "E1–E2", _ summary: String
    ) {
        self.verb = verb
        self.required = required
        self.optional = optional
        self.executor = executor
        self.eras = eras
        self.summary = summary
    }

    /// The whole table, in the order of the documentation. Every command must stand in the profile's `ipbxcommands`.
    public static let all: [CTIVerbEntry] = [
        CTIVerbEntry(
            .dial, ["destination"], at: .caller, eras: "E1–E3", "Calls a destination from the user's own phone."),
        CTIVerbEntry(.originate, ["source", "destination"], at: .source, "Calls a destination from a named phone."),
        CTIVerbEntry(.hangup, ["channelids"], at: .channel, "Ends channels."),
        CTIVerbEntry(.hangupMe, at: .requester, eras: "E1a", "Ends all calls of the user."),
        CTIVerbEntry(
            .transfer, ["destination"], optional: ["source"], at: .channel, "Sends the other party to a destination."),
        CTIVerbEntry(
            .attendedTransfer, ["destination"], optional: ["source"], at: .channel,
            "Enquires at a destination before the other party is sent there."),
        CTIVerbEntry(.transferCancel, optional: ["channelids"], at: .channel, eras: "E1a", "Takes an enquiry back."),
        CTIVerbEntry(
            .intercept, ["tointercept"], optional: ["catcher"], at: .channel, "Fetches a ringing call to a phone."),
        CTIVerbEntry(.parking, ["source"], optional: ["destination"], at: .channel, "Parks a call."),
        CTIVerbEntry(
            .park, ["source"], optional: ["destination"], at: .channel, eras: "Tandem", "The same as `parking`."),
        CTIVerbEntry(
            .answer, optional: ["channelids", "phoneids"], at: .channel, eras: "E1a", "Makes a ringing phone answer."),
        CTIVerbEntry(.refuse, optional: ["channelids"], at: .channel, eras: "E1a", "Refuses a ringing call."),
        CTIVerbEntry(.cancel, optional: ["channelids"], at: .channel, eras: "E1a", "Gives up a call that still rings."),
        CTIVerbEntry(
            .agentLogin, optional: ["agentphonenumber", "agentids", "member"], at: .agent, eras: "E1–E3",
            "Logs an agent in at a number."),
        CTIVerbEntry(
            .agentLogout, optional: ["agentids", "member"], at: .agent, eras: "E1–E3", "Logs an agent out."),
        CTIVerbEntry(
            .queueAdd, ["member", "queue"], optional: ["paused", "penalty"], at: .queue, eras: "E1–E3",
            "Adds a member to a queue or to all (`…/all`)."),
        CTIVerbEntry(.queueRemove, ["member", "queue"], at: .queue, eras: "E1–E3", "Removes a member from a queue."),
        CTIVerbEntry(
            .queuePause, ["member", "queue"], optional: ["reason"], at: .queue, eras: "E1–E3", "Pauses a member."),
        CTIVerbEntry(.queueUnpause, ["member", "queue"], at: .queue, eras: "E1–E3", "Ends a member's pause."),
        CTIVerbEntry(.queueRemoveAll, ["member"], at: .queue, "Removes a member from all queues."),
        CTIVerbEntry(.queuePauseAll, ["member"], optional: ["reason"], at: .queue, "Pauses a member in all queues."),
        CTIVerbEntry(.queueUnpauseAll, ["member"], at: .queue, "Ends a member's pauses in all queues."),
        CTIVerbEntry(
            .meetme, ["function", "functionargs"], at: .room, eras: "E1–E3",
            "Mutes, unmutes or removes a participant of a conference room."),
        CTIVerbEntry(.record, ["subcommand", "channel"], at: .channel, "Starts or stops recording a channel."),
        CTIVerbEntry(
            .listen, ["subcommand"], optional: ["destination", "channel", "listener"], at: .channel, eras: "E1–E3",
            "Lets the user listen to an agent's call."),
        CTIVerbEntry(.mailboxCount, ["mailbox"], optional: ["context"], at: .mailbox, "Counts a mailbox's messages."),
    ]
}
