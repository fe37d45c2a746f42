import HeapModule

/// The future, earliest first; equal times in the order in which they were planned.
struct EventQueue {
    private struct Entry: Comparable {
        let time: Int64
        let number: UInt64
        let event: WorldEvent

        static func < (left: Entry, right: Entry) -> Bool { (left.time, left.number) < (right.time, right.number) }
        static func == (left: Entry, right: Entry) -> Bool { left.number == right.number }
    }

    private var heap = Heap<Entry>()
    private var number: UInt64 = 0

    var nextTime: Int64? { heap.min?.time }

    mutating func add(_ event: WorldEvent, at time: Int64) {
        number += 1
        heap.insert(Entry(time: time, number: number, event: event))
    }

    mutating func pop() -> (time: Int64, event: WorldEvent)? { heap.popMin().map { ($0.time, $0.event) } }
}
