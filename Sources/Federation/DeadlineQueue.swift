import TandemCore

/// Things that are due at some instant, the earliest first. What was settled in the meantime is not removed: the owner
/// finds it gone when it becomes due.
struct DeadlineQueue<Item: Sendable>: Sendable {
    private struct Entry: Sendable {
        let due: Instant
        let number: UInt64
        let item: Item

        func isBefore(_ other: Entry) -> Bool { (due, number) < (other.due, other.number) }
    }

    private var heap: [Entry] = []
    private var nextNumber: UInt64 = 0

    init() {}

    var count: Int { heap.count }
    /// When the first item is due.
    var first: Instant? { heap.first?.due }

    /// Adds an item; items of the same instant come out in the order in which they were added.
    mutating func add(_ item: Item, due: Instant) {
        heap.append(Entry(due: due, number: nextNumber, item: item))
        nextNumber += 1
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].isBefore(heap[parent]) else { break }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    /// Takes the first item out if it is due.
    mutating func takeDue(_ now: Instant) -> Item? {
        guard let first = heap.first, first.due <= now else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            sink()
        }
        return first.item
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var smallest = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
                if heap[child].isBefore(heap[smallest]) { smallest = child }
            }
            guard smallest != parent else { return }
            heap.swapAt(parent, smallest)
            parent = smallest
        }
    }
}
