import HeapModule

/// Things that are due at some instant, the earliest first; those of one instant in the order in which they were added.
///
/// What was settled in the meantime is not removed: its owner recognises it as settled when its turn comes. Adding and
/// taking cost the logarithm of the number of entries. Inlined into each user, so that it is compiled for its items.
public struct DeadlineQueue<Item: Sendable>: Sendable {
    @usableFromInline
    struct Entry: Sendable, Comparable {
        @usableFromInline let due: Instant
        @usableFromInline let number: UInt64
        @usableFromInline let item: Item

        @inlinable
        init(due: Instant, number: UInt64, item: Item) {
            self.due = due
            self.number = number
            self.item = item
        }

        @inlinable
        static func < (left: Entry, right: Entry) -> Bool { (left.due, left.number) < (right.due, right.number) }
        @inlinable
        static func == (left: Entry, right: Entry) -> Bool { left.number == right.number }
    }

    @usableFromInline var heap = Heap<Entry>()
    @usableFromInline var nextNumber: UInt64 = 0

    /// An empty queue.
    @inlinable
    public init() {}

    /// How many things wait, the settled ones included.
    @inlinable
    public var count: Int { heap.count }
    /// Whether nothing waits.
    @inlinable
    public var isEmpty: Bool { heap.isEmpty }
    /// When the first thing is due.
    @inlinable
    public var first: Instant? { heap.min?.due }

    /// Adds a thing.
    @inlinable
    public mutating func add(_ item: Item, due: Instant) {
        heap.insert(Entry(due: due, number: nextNumber, item: item))
        nextNumber += 1
    }

    /// Takes the first thing out, with its moment, if it is due.
    @inlinable
    public mutating func popDue(_ now: Instant) -> (due: Instant, item: Item)? {
        guard let first = heap.min, first.due <= now else { return nil }
        heap.removeMin()
        return (first.due, first.item)
    }

    /// Takes the first thing out if it is due.
    @inlinable
    public mutating func takeDue(_ now: Instant) -> Item? { popDue(now)?.item }

    /// The first thing that still counts; settled ones before it are dropped.
    @inlinable
    public mutating func first(where isCurrent: (_ due: Instant, _ item: Item) -> Bool) -> (due: Instant, item: Item)? {
        while let first = heap.min {
            if isCurrent(first.due, first.item) { return (first.due, first.item) }
            heap.removeMin()
        }
        return nil
    }

    /// Forgets everything.
    @inlinable
    public mutating func removeAll() { heap = Heap() }
}
