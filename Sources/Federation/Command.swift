import TandemCore

/// The key under which a command runs at most once at its site: chosen by the origin, never reused.
public struct IdempotencyKey: Hashable, Sendable, CustomStringConvertible {
    /// 1 to 128 printable ASCII characters without spaces.
    public let text: String

    /// The most bytes of a key.
    public static let longest = 128

    /// Checks a key. (Not generic: a key is made for every command, and generic code of another module is slow.)
    public init?(_ text: String) {
        guard (1...Self.longest).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            return nil
        }
        self.text = text
    }
    /// The text.
    public var description: String { text }
}

/// Who gave a command: from the authenticated session, never from a field of the command.
public struct CommandOrigin: Hashable, Sendable {
    /// The site at which the person is logged in.
    public var site: SiteID
    /// The person's user id there.
    public var user: String
    /// Makes an origin.
    public init(site: SiteID, user: String) {
        self.site = site
        self.user = user
    }
}

/// A command's content while it has not left its node: whatever the node's own command type is. It is encoded only when
/// its site is elsewhere; the federation itself never looks into it.
public protocol CommandPayload: Sendable {
    /// The content as it crosses links: one JSON object.
    var encoded: EncodedObject { get }
}

/// What a command says.
public enum CommandBody: Sendable {
    /// The JSON object as it came over a link. A relay forwards these bytes unread.
    case encoded(EncodedObject)
    /// A content of this node that nothing has encoded yet.
    case payload(any CommandPayload)

    /// The JSON object, encoded now if it has not been.
    public var encoded: EncodedObject {
        switch self {
        case .encoded(let object): object
        case .payload(let payload): payload.encoded
        }
    }

    /// Bytes of what came or will go over a link. What stays at this node came in a line whose length was limited.
    var size: Int {
        switch self {
        case .encoded(let object): object.bytes.count
        case .payload: 0
        }
    }
}

extension CommandBody: Hashable {
    /// Bodies are equal when they are the same on the wire.
    public static func == (left: CommandBody, right: CommandBody) -> Bool { left.encoded == right.encoded }
    /// Hashes what crosses the wire.
    public func hash(into hasher: inout Hasher) { hasher.combine(encoded) }
}

/// A command on its way to the site that executes it.
public struct CommandRequest: Hashable, Sendable {
    /// At most once under this key.
    public var key: IdempotencyKey
    /// The executing site.
    public var target: SiteID
    /// Who asks.
    public var origin: CommandOrigin
    /// What is asked, for policy and counters: the ipbxcommand's `command`, or a class such as `chitchat`.
    public var verb: String
    /// The CTI command (with special forms such as `user:special:me` already replaced).
    public var body: CommandBody
    /// Time left; shrinks at each hop.
    public var timeLeft: Duration
    /// Makes a request.
    public init(
        key: IdempotencyKey, target: SiteID, origin: CommandOrigin, verb: String, body: CommandBody,
        timeLeft: Duration
    ) {
        self.key = key
        self.target = target
        self.origin = origin
        self.verb = verb
        self.body = body
        self.timeLeft = timeLeft
    }

    /// Makes a request whose content is encoded already.
    public init(
        key: IdempotencyKey, target: SiteID, origin: CommandOrigin, verb: String, body: EncodedObject,
        timeLeft: Duration
    ) {
        self.init(
            key: key, target: target, origin: origin, verb: verb, body: .encoded(body), timeLeft: timeLeft)
    }
}

/// The one answer that every command gets before its deadline and one grace.
public enum CommandAnswer: Hashable, Sendable {
    /// It ran. The result's keys go into the client's reply (may be empty).
    case done(EncodedObject)
    /// The executing site said no. The result may carry keys for the client's reply.
    case refused(reason: String, EncodedObject)
    /// It did not reach its site, and will not: no route, or the deadline passed on the way. `site`: how far it came.
    case notDelivered(reason: NotDelivered, at: SiteID)
    /// It was handed on, and what became of it is not known.
    case unknown(at: SiteID)

    /// Why a command was not delivered.
    public enum NotDelivered: String, Hashable, Sendable {
        /// No path leads to the site.
        case noRoute = "no_route"
        /// The time was up before it could be handed on.
        case timeout
        /// A policy on the way forbids it.
        case policy
        /// More hops than a federation can have: a loop.
        case tooManyHops = "too_many_hops"
    }
}

/// Names a command that this node submitted; the answer comes back under it.
public struct CommandToken: Hashable, Sendable {
    /// A running number.
    public let number: UInt64
    /// Wraps a running number.
    public init(_ number: UInt64) { self.number = number }
}

/// One line of a command's ledger as it is stored.
public struct LedgerEntry: Hashable, Sendable {
    /// The command's key.
    public var key: IdempotencyKey
    /// The answer; nil while it runs.
    public var answer: CommandAnswer?
    /// When it was begun or answered, Unix seconds.
    public var unixTime: Double
    /// Makes an entry.
    public init(key: IdempotencyKey, answer: CommandAnswer?, unixTime: Double) {
        self.key = key
        self.answer = answer
        self.unixTime = unixTime
    }
}
