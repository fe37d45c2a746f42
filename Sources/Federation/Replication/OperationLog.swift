import DequeModule
import TandemCore

/// The last changes of one site, already encoded for the wire, so that every link that needs one splices the same
/// bytes. Bounded in entries and bytes: who is further behind gets a snapshot.
struct OperationLog: Sendable {
    struct Entry: Sendable {
        /// For the export policy.
        let type: ObjectType
        /// The change as an element of `rcti_changes`' list; empty: a change that an upstream policy kept from us.
        let bytes: [UInt8]
    }

    private var entries: Deque<Entry> = []
    private var size = 0
    /// The sequence number of the last entry (of the copy's position when there is none).
    private(set) var last: UInt64
    var limit: Int

    /// An empty log that begins after a position.
    init(after sequence: UInt64, limit: Int) {
        last = sequence
        self.limit = max(1, limit)
    }

    var count: Int { entries.count }
    /// The sequence number of the first entry.
    var first: UInt64 { last - UInt64(entries.count) + 1 }

    /// Whether everything after a position is still here.
    func covers(after sequence: UInt64) -> Bool { sequence >= first - 1 && sequence <= last }

    mutating func append(_ entry: Entry) {
        entries.append(entry)
        size += entry.bytes.count
        last += 1
        while entries.count > limit || size > Limits.logBytes, let oldest = entries.popFirst() {
            size -= oldest.bytes.count
        }
    }

    /// Forgets everything; the next entry follows this position.
    mutating func restart(after sequence: UInt64) {
        entries.removeAll()
        size = 0
        last = sequence
    }

    /// The entry of a sequence number that the log covers.
    subscript(sequence: UInt64) -> Entry { entries[Int(sequence - first)] }

    /// Passes over changes that policy kept from us.
    mutating func skip(_ count: UInt64) {
        guard count < UInt64(limit) else { return restart(after: last + count) }
        for _ in 0..<count { append(Entry(type: .site, bytes: [])) }
    }
}
