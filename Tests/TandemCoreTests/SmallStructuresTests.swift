import TandemCore
import Testing

@Suite("Deadlines, back-offs, effects")
struct SmallStructuresTests {
    private func instant(_ nanoseconds: Int64) -> Instant { Instant(nanoseconds: nanoseconds) }

    @Test("a deadline queue gives what is due, earliest first, equal ones in their order")
    func deadlines() {
        var queue = DeadlineQueue<Int>()
        for (item, due) in [(1, 30), (2, 10), (3, 20), (4, 10)] as [(Int, Int64)] { queue.add(item, due: instant(due)) }
        #expect(queue.first == instant(10))
        var taken: [Int] = []
        while let item = queue.takeDue(instant(20)) { taken.append(item) }
        #expect(taken == [2, 4, 3])
        #expect(queue.count == 1 && queue.popDue(instant(29)) == nil)
        #expect(queue.popDue(instant(30))?.due == instant(30) && queue.isEmpty)
    }

    @Test("settled things are dropped when their turn comes, and not before")
    func settled() {
        var queue = DeadlineQueue<Int>()
        for item in 1...4 { queue.add(item, due: instant(Int64(item))) }
        #expect(queue.first { _, item in item.isMultiple(of: 2) }?.item == 2)
        #expect(queue.count == 3)
        #expect(queue.first { _, item in item > 9 } == nil)
        #expect(queue.isEmpty)
    }

    @Test("a random load comes out in the order of a sort")
    func random() {
        var queue = DeadlineQueue<Int>()
        var generator = SeededGenerator(seed: 7)
        var expected: [(Int64, Int)] = []
        for item in 0..<2_000 {
            let due = Int64.random(in: 0..<100, using: &generator)
            queue.add(item, due: instant(due))
            expected.append((due, item))
        }
        expected.sort { $0 < $1 }
        var taken: [Int] = []
        while let item = queue.takeDue(instant(100)) { taken.append(item) }
        #expect(taken == expected.map(\.1))
    }

    @Test("waits double up to the cap, and jitter takes at most half of one")
    func backoff() {
        var backoff = Backoff(shortest: .milliseconds(100), longest: .seconds(1))
        #expect((0..<6).map { _ in backoff.next(jitter: 1).inMilliseconds } == [100, 200, 400, 800, 1000, 1000])
        #expect(backoff.next(jitter: 0) == .milliseconds(500))
        backoff.reset()
        #expect(backoff.next(jitter: 0) == .milliseconds(50))
    }

    @Test("a wait drawn from a number lies in the same bounds, and the same number gives the same wait")
    func backoffDrawn() {
        for number in [0, 1, 12_345, UInt64.max] {
            var backoff = Backoff(shortest: .milliseconds(100), longest: .seconds(1))
            var again = backoff
            for most in [100, 200, 400, 800, 1_000, 1_000] as [Int64] {
                let wait = backoff.next(drawing: number)
                #expect((.milliseconds(most / 2)...(.milliseconds(most))).contains(wait))
                let repeated = again.next(drawing: number)
                #expect(repeated == wait)
            }
            #expect(backoff.failures == 6)
        }
    }

    @Test("no number of failures and no jitter leads out of the bounds")
    func backoffBounds() {
        var backoff = Backoff(shortest: .milliseconds(250), longest: .seconds(10))
        for number in 0..<200 {
            let wait = backoff.next(jitter: [0, 0.5, 1, .nan, -3, .infinity][number % 6])
            #expect(wait >= .milliseconds(125) && wait <= .seconds(10))
        }
        var odd = Backoff(shortest: .seconds(5), longest: .seconds(1))
        #expect(odd.next(jitter: 1) == .seconds(5))
    }

    @Test("effects come out once, in order, and a lent list keeps its room")
    func effects() {
        var buffer = EffectBuffer<Int>()
        var list: [Int] = [9, 9, 9]
        for round in 0..<3 {
            for number in 0..<100 { buffer.append(round * 100 + number) }
            buffer.take(into: &list)
            #expect(list == Array(round * 100..<round * 100 + 100) && buffer.isEmpty)
        }
        let capacity = list.capacity
        buffer.append(1)
        buffer.take(into: &list)
        buffer.append(2)
        buffer.take(into: &list)
        #expect(list == [2] && list.capacity >= min(capacity, 100))
        buffer.append(3)
        #expect(buffer.take() == [3] && buffer.take().isEmpty)
    }

    @Test("every capability has a word of its own")
    func capabilities() {
        #expect(Set(PBXCapability.allCases.map(\.rawValue)).count == PBXCapability.allCases.count)
        #expect(PBXCapability.allCases.sorted().first == .agentLogin)
    }
}
