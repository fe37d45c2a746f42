import TandemCore

/// What is to happen later. What it names may be gone by then: it does nothing then.
enum Later: Hashable, Sendable {
    case react(channel: String)
    case dialTimeout(dial: Int)
    case talkEnd(bridge: String)
    case messageLeft(channel: String, mailbox: String)
    case messagesHeard(channel: String, mailbox: String)
    case hangUp(channel: String)
    case callQueue(queue: String)
    case parkTimeout(channel: String, serial: Int)
    case losePatience(channel: String)
    case traffic
}

/// A heap of what is to happen, earliest first; equal moments in the order of setting.
struct Timers: Sendable {
    private struct Entry: Sendable {
        var at: Instant
        var order: Int
        var later: Later
        func precedes(_ other: Entry) -> Bool { (at, order) < (other.at, other.order) }
    }
    private var heap: [Entry] = []
    private var order = 0

    var next: Instant? { heap.first?.at }

    mutating func set(_ later: Later, at: Instant) {
        order += 1
        heap.append(Entry(at: at, order: order, later: later))
        var child = heap.count - 1
        while child > 0, heap[child].precedes(heap[(child - 1) / 2]) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// Takes the earliest one that is due.
    mutating func pop(until: Instant) -> (at: Instant, later: Later)? {
        guard let first = heap.first, first.at <= until else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            var parent = 0
            while true {
                var smallest = parent
                for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
                    if heap[child].precedes(heap[smallest]) { smallest = child }
                }
                if smallest == parent { break }
                heap.swapAt(parent, smallest)
                parent = smallest
            }
        }
        return (first.at, first.later)
    }

    mutating func removeAll() { heap.removeAll() }
}
