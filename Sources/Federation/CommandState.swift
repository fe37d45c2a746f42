import TandemCore

/// Someone who waits for a command's answer.
struct CommandWaiter: Sendable {
    enum Kind: Hashable, Sendable {
        /// A submitter at this node.
        case local(CommandToken)
        /// A neighbour that passed the command on to us, and the submitting site behind it.
        case peer(SiteID, submitter: SiteID)
    }
    let kind: Kind
    let deadline: Instant
}

/// A command that was passed on, or is about to be.
struct PendingCommand: Sendable {
    var request: CommandRequest
    /// The nodes that it passed before this one.
    var hops: [SiteID]
    var waiters: [CommandWaiter]
    var deadline: Instant
    /// The neighbour that has it; nil while there is no way.
    var nextHop: SiteID?
    /// It may have reached its site: a later "not delivered" would be a guess.
    var mayBeDelivered = false
    /// It is in the list of those that wait for another way.
    var isStranded = false
    /// Ways tried.
    var attempts = 0
    /// Progress lines that were passed back.
    var progressSeen = 0
}

/// A command that is executed here.
struct RunningCommand: Sendable {
    enum Phase: Hashable, Sendable {
        /// Its ledger line is not durable yet.
        case storing
        case executing
        /// It has ended; its answer is not durable yet.
        case answering(CommandAnswer)
    }
    var request: CommandRequest
    var waiters: [CommandWaiter]
    var deadline: Instant
    var phase: Phase
    var isLedgered: Bool
    /// For those who join later.
    var progress: [EncodedObject] = []
}
