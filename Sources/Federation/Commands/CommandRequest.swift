import TandemCore

/// A command on its way to the site that executes it.
public struct CommandRequest: Hashable, Sendable {
    /// What stays as it is on the whole way, behind one reference: a request is handed through a dozen values on its way
    /// through a node, and each copy would count six references.
    private final class Head: Hashable, Sendable {
        let key: IdempotencyKey
        let target: SiteID
        let origin: CommandOrigin
        let verb: String

        init(_ key: IdempotencyKey, _ target: SiteID, _ origin: CommandOrigin, _ verb: String) {
            self.key = key
            self.target = target
            self.origin = origin
            self.verb = verb
        }

        static func == (left: Head, right: Head) -> Bool {
            left === right
                || left.key == right.key && left.target == right.target && left.origin == right.origin
                    && left.verb == right.verb
        }

        func hash(into hasher: inout Hasher) { hasher.combine(key) }
    }

    private let head: Head
    /// The CTI command (with special forms such as `user:special:me` already replaced).
    public var body: CommandBody
    /// Time left; shrinks at each hop.
    public var timeLeft: Duration

    /// Makes a request.
    public init(
        key: IdempotencyKey, target: SiteID, origin: CommandOrigin, verb: String, body: CommandBody,
        timeLeft: Duration
    ) {
        head = Head(key, target, origin, verb)
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

    /// What the command is. Nil for a content that nothing has encoded: it stays at its node, under a key that was made for it
    /// alone. Whoever submits under a key that may come again submits an encoded body.
    public var digest: CommandDigest? {
        switch body {
        case .encoded(let object): CommandDigest(verb: verb, body: object)
        case .payload: nil
        }
    }

    /// At most once under this key.
    public var key: IdempotencyKey { head.key }
    /// The executing site.
    public var target: SiteID { head.target }
    /// Who asks.
    public var origin: CommandOrigin { head.origin }
    /// What is asked, for policy and counters: the ipbxcommand's `command`, or a class such as `chitchat`.
    public var verb: String { head.verb }
}
