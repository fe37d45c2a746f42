import TandemCore

/// How the people at a simulated PBX behave.
public struct Behaviour: Hashable, Sendable {
    /// What a phone does when it rings.
    public enum Reaction: Hashable, Sendable {
        /// Somebody answers after ringing this long.
        case answers(after: Duration)
        /// It rings until the caller gives up.
        case ignores
        /// It is busy at once.
        case busy
        /// Somebody declines after this long.
        case rejects(after: Duration)
        /// The device is not registered.
        case unreachable
    }
    /// How a queue calls its members.
    public enum Strategy: Hashable, Sendable {
        /// All free members ring; the first who answers takes the call.
        case ringAll
        /// One free member after the other.
        case roundRobin
    }

    /// What phones do that `reactions` does not name.
    public var reaction = Reaction.answers(after: .seconds(3))
    /// What single phones do, by phone id.
    public var reactions: [String: Reaction] = [:]
    /// How long a phone rings before the caller gives up.
    public var ringTimeout = Duration.seconds(20)
    /// How long people talk before the called one hangs up; nil: until told to.
    public var talk: Duration? = .seconds(20)
    /// How queues call.
    public var strategy = Strategy.ringAll
    /// How long a queue waits before it calls again after nobody answered.
    public var queueRetry = Duration.seconds(5)
    /// How long a caller waits in a queue before hanging up.
    public var patience = Duration.seconds(60)
    /// Whether a caller whom nobody answers leaves a message in the mailbox of the called person.
    public var leavesMessages = true
    /// How long a message or listening to one takes.
    public var message = Duration.seconds(4)
    /// How long a call stays parked, where the park request does not say.
    public var parking = Duration.seconds(45)
    /// A phone calls a random number of the site each time this much has passed; nil: only on request.
    public var callEvery: Duration?
    /// Decides all random choices.
    public var seed: UInt64 = 1
    /// What to dial before a number of another site, where the trunk's own configuration does not say.
    public var sitePrefixes: [SiteID: String] = [:]
    /// Number of the echo test.
    public var echoNumber = "*43"
    /// Prefix of a mailbox number: leave a message there.
    public var voicemailPrefix = "*97"
    /// Number for hearing one's own messages.
    public var voicemailNumber = "*98"
    /// Number that parks the caller.
    public var parkNumber = "*70"
    /// First parking space.
    public var firstSpace = 701
    /// How many parking spaces there are.
    public var spaces = 20

    /// Phones that answer after three seconds and calls of twenty.
    public init() {}
}
