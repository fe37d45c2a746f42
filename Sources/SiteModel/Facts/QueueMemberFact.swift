/// How a member came into a queue.
public enum QueueMembership: CaseIterable, Hashable, Sendable {
    /// By the PBX's configuration files: it cannot be removed while the PBX runs.
    case fixed
    /// Added while the PBX runs; it can be removed again.
    case dynamic
    /// By a database that the PBX reads.
    case realtime
    /// The PBX did not say.
    case unknown
}

/// The state of the device of a queue member. Unlike `DeviceState` exactly one of these holds.
public enum QueueMemberState: CaseIterable, Hashable, Sendable {
    /// The PBX does not know it, or did not say.
    case unknown
    /// Free.
    case idle
    /// Talks.
    case inUse
    /// Takes no further call.
    case busy
    /// There is no such device.
    case invalid
    /// Cannot be reached, or an agent that is not logged in.
    case unavailable
    /// Rings.
    case ringing
    /// Talks, and rings for another call.
    case ringingInUse
    /// Its call is on hold.
    case onHold
}

/// Whom a queue calls when it is a member's turn.
public enum QueueMemberTarget: Hashable, Sendable {
    /// A device (`PJSIP/101`). `watching`: another one whose state counts as the member's, where the PBX was told one.
    case device(String, watching: String? = nil)
    /// An agent, by number, wherever it is logged in.
    case agent(String)
    /// What a number leads to in a context of the dial plan. `watching`: as for a device.
    case number(String, context: String, watching: String?)
}

/// A queue member as the PBX reports it: all that is known of it now, not only what changed.
public struct QueueMemberFact: Hashable, Sendable {
    /// The queue's name.
    public var queue: String
    /// The PBX's own name of the member within its queue, by which actions name it, too. Says nothing by itself.
    public var interface: String
    /// Whom the queue calls.
    public var target: QueueMemberTarget
    /// The name shown for the member.
    public var memberName: String
    /// How it came into the queue.
    public var membership: QueueMembership
    /// Lower rings first.
    public var penalty: Int
    /// The state of its device.
    public var status: QueueMemberState
    /// Whether the member takes no calls.
    public var paused: Bool
    /// The reason given with the pause; empty if none.
    public var pausedReason: String
    /// When the pause began, Unix seconds; 0: it does not pause, or the PBX does not tell.
    public var pausedSince: Int
    /// Calls taken since the PBX began to count.
    public var callsTaken: Int
    /// End of the last call, Unix seconds; 0 if never.
    public var lastCall: Int

    /// Makes a member; target nil: the device of the name `interface`.
    public init(
        queue: String, interface: String, target: QueueMemberTarget? = nil, memberName: String = "",
        membership: QueueMembership = .dynamic, penalty: Int = 0, status: QueueMemberState = .idle,
        paused: Bool = false, pausedReason: String = "", pausedSince: Int = 0, callsTaken: Int = 0,
        lastCall: Int = 0
    ) {
        self.queue = queue
        self.interface = interface
        self.target = target ?? .device(interface)
        self.memberName = memberName
        self.membership = membership
        self.penalty = penalty
        self.status = status
        self.paused = paused
        self.pausedReason = pausedReason
        self.pausedSince = pausedSince
        self.callsTaken = callsTaken
        self.lastCall = lastCall
    }
}
