import TandemCore

/// One row of the table of message classes: what the server obeys, and what the documentation shows. Stage and right
/// are checked from here, the fields are checked from here, and the built-in profiles list the classes of their groups.
public final class CTIMessageClass: Sendable {
    /// Who sends the class.
    public enum Direction: String, Sendable, Hashable {
        /// Clients send it; the server uses it only to answer.
        case fromClient = "client → server"
        /// The server sends it unasked; from a client it is refused.
        case fromServer = "server → client"
        /// Clients send it, and the server pushes it unasked as well.
        case both
    }

    /// What a client gets back.
    public enum Answer: String, Sendable, Hashable {
        /// One line with the same class, and `replyid` when a `commandid` was sent.
        case one = "one line"
        /// One line at once and further lines as the PBX answers.
        case several = "at once, then as the PBX answers"
        /// The server speaks unasked.
        case push = "pushed"
    }

    /// Which site answers.
    public enum Executor: String, Sendable, Hashable {
        /// The node itself, from what it holds.
        case here = "here"
        /// The site of the user who is addressed.
        case addressee = "the addressed user"
        /// As the row of the command says.
        case command = "as its command says"
    }

    /// Who may send the class.
    public enum Right: String, Sendable, Hashable {
        /// Everybody.
        case none = ""
        /// Whose profile lists it in `regcommands`.
        case listed = "`regcommands`"
    }

    /// Which of the built-in profiles list the class.
    public enum Group: Sendable, Hashable {
        /// People's and other servers'.
        case everyone
        /// People's only.
        case people
        /// None: clients do not send it.
        case nobody
    }

    /// The class.
    public let messageClass: CTIClass
    /// Who sends it.
    public let direction: Direction
    /// Fields that a client must send, in the order in which absent ones are named.
    public let required: [CTIField]
    /// Further fields that are understood.
    public let optional: [CTIField]
    /// How far the connection must have come: everything but the three steps of the login needs a complete login.
    public let needs: CTIStage
    /// Who may send it.
    public let right: Right
    /// The right that it needs beyond that when it concerns another user; nil: none.
    public let rightForOthers: CTIRight?
    /// Which site answers.
    public let executor: Executor
    /// How long it may take when another site answers.
    public let deadline: CTIDeadline
    /// Whether it must not run twice at the site that executes it.
    public let needsLedger: Bool
    /// What comes back.
    public let answer: Answer
    /// Which built-in profiles list it.
    public let group: Group
    /// The eras of the original protocol that know it (CTI reference 0.1).
    public let eras: String
    /// What it is for.
    public let summary: String

    /// The word on the wire.
    public var name: String { messageClass.rawValue }
    /// Whether a client may send it at all.
    public var isFromClient: Bool { direction != .fromServer }
    /// Whether it is one of the three steps of the login.
    public var isLoginStep: Bool { isFromClient && needs < .loggedIn }

    init(
        _ messageClass: CTIClass, _ direction: Direction = .fromClient, required: [CTIField] = [],
        optional: [CTIField] = [], needs: CTIStage = .loggedIn, right: Right = .listed,
        rightForOthers: CTIRight? = nil, at executor: Executor = .here, deadline: CTIDeadline = .ordinary,
        needsLedger: Bool = true, answer: Answer = .one, in group: Group = .everyone, eras: String = "E1–E3",
        _ summary: String
    ) {
        self.messageClass = messageClass
        self.direction = direction
        self.required = required
        self.optional = optional
        self.needs = needs
        self.right = right
        self.rightForOthers = rightForOthers
        self.executor = executor
        self.deadline = deadline
        self.needsLedger = needsLedger
        self.answer = answer
        self.group = group
        self.eras = eras
        self.summary = summary
    }

    /// The whole table, in the order of the documentation.
    public static let all: [CTIMessageClass] = CTIClass.allCases.enumerated().map { place, messageClass in
        precondition(messageClass.ordinal == place, "cases are numbered in their order")
        return row(of: messageClass)
    }
}
