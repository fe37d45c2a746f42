import TandemCore

/// Deadlines that are all the same distance away when they are set, so they fall due in the order in which they were
/// set. What was cancelled is recognised when its turn comes.
struct DeadlineQueue {
    private var entries: [(due: Instant, client: ClientID)] = []
    private var head = 0

    mutating func append(_ due: Instant, _ client: ClientID) { entries.append((due, client)) }

    /// The first entry that still counts; the others before it are dropped.
    mutating func first(where isCurrent: (Instant, ClientID) -> Bool) -> (due: Instant, client: ClientID)? {
        while head < entries.count {
            let entry = entries[head]
            if isCurrent(entry.due, entry.client) { return entry }
            head += 1
            if head > 64, head * 2 > entries.count {
                entries.removeFirst(head)
                head = 0
            }
        }
        entries.removeAll(keepingCapacity: true)
        head = 0
        return nil
    }
}
