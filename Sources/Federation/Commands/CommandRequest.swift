import TandemCore

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
