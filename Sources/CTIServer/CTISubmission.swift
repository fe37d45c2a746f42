import CTIProtocol
import TandemCore

/// A command that leaves a session for the site that executes it.
public struct CTISubmission: Hashable, Sendable {
    /// The verb for policy and routing: an ipbxcommand's `command`, or a class such as `chitchat`.
    public let verb: String
    /// The executing site.
    public var target: SiteID
    /// The user who asks (of this node's site).
    public var user: String
    /// What is to be done, in its types. It is encoded only when the target is another site.
    public let body: CTICommandMessage
    /// An `idempotencykey` that the client chose; nil: a fresh key.
    public var key: CTIIdempotencyKey?

    /// Hands on a command that somebody added to the protocol.
    public init(
        verb: String, target: SiteID, user: String, body: EncodedObject, key: CTIIdempotencyKey? = nil
    ) {
        self.verb = verb
        self.target = target
        self.user = user
        self.body = .other(body)
        self.key = key
    }

    /// Hands on a command of the protocol.
    init(_ body: CTICommandMessage, as verb: String, target: SiteID, user: String, key: CTIIdempotencyKey? = nil) {
        self.verb = verb
        self.target = target
        self.user = user
        self.body = body
        self.key = key
    }
}
