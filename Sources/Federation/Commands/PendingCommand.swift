import TandemCore

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

    /// It goes to a neighbour.
    mutating func isHanded(to neighbour: SiteID) {
        nextHop = neighbour
        attempts += 1
    }

    /// Somebody else waits for the same; false: is waiting already.
    mutating func join(_ waiter: CommandWaiter) -> Bool {
        guard !waiters.contains(where: { $0.kind == waiter.kind }) else { return false }
        waiters.append(waiter)
        deadline = max(deadline, waiter.deadline)
        return true
    }
}
