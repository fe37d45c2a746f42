import HeapModule

/// Things that are due at some instant, the earliest first; those of one instant in the order in which they were added.
///
/// What was settled in the meantime is not removed: its owner recognises it as settled when its turn comes. Adding and
/// taking cost the logarithm of the number of entries.
public struct DeadlineQueue<Item: Sendable>: Sendable {
    private struct Entry: Sendable, Comparable {
        let due: Instant
        let number: UInt64
        let item: Item

        static func < (left: Entry, right: Entry) -> Bool { (left.due, left.number) < (right.due, right.number) }
        static func == (left: Entry, right: Entry) -> Bool { left.number == right.number }
    }

    private var heap = Heap<Entry>()
    private var nextNumber: UInt64 = 0

    /// An empty queue.
    public init() {}

    /// How many things wait, the settled ones included.
    public var count: Int { heap.count }
    /// Whether nothing waits.
    public var isEmpty: Bool { heap.isEmpty }
    /// When the first thing is due.
    public var first: Instant? { heap.min?.due }

    /// Adds a thing.
    public mutating func add(_ item: Item, due: Instant) {
        heap.insert(Entry(due: due, number: nextNumber, item: item))
        nextNumber += 1
    }

    /// Takes the first thing out, with its moment, if it is due.
    public mutating func popDue(_ now: Instant) -> (due: Instant, item: Item)? {
        guard let first = heap.min, first.due <= now else { return nil }
        heap.removeMin()
        return (first.due, first.item)
    }

    /// Takes the first thing out if it is due.
    public mutating func takeDue(_ now: Instant) -> Item? { popDue(now)?.item }

    /// The first thing that still counts; settled ones before it are dropped.
    public mutating func first(where isCurrent: (_ due: Instant, _ item: Item) -> Bool) -> (due: Instant, item: Item)? {
        while let first = heap.min {
            if isCurrent(first.due, first.item) { return (first.due, first.item) }
            heap.removeMin()
        }
        return nil
    }

    /// Forgets everything.
    public mutating func removeAll() { heap = Heap() }
}
