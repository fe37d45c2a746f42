import Federation
import HeapModule
import TandemCore

/// The line between two sites.
public struct Cable: Sendable {
    /// Delay from the smaller name to the larger, and back.
    public var delay: (Duration, Duration) = (.milliseconds(10), .milliseconds(10))
    /// Random addition to each delay.
    public var jitter: Duration = .zero
    /// Bytes per second each way; 0: unlimited.
    public var bytesPerSecond = 0
    /// Nothing passes, and nobody is told.
    public var isCut = false
    /// Delivers some chunks in pieces.
    public var splits = false

    /// A healthy line of 10 ms each way.
    public init() {}
}

/// A pair of sites, in the order of their names.
struct SitePair: Hashable, Comparable {
    let low: SiteID
    let high: SiteID

    init(_ one: SiteID, _ other: SiteID) {
        low = min(one, other)
        high = max(one, other)
    }

    static func < (left: SitePair, right: SitePair) -> Bool { (left.low, left.high) < (right.low, right.high) }
}

/// One TCP connection: bytes keep their order in each direction, and nothing else is promised.
final class Connection {
    /// One end: whose it is, its name there, and the direction away from it.
    struct End {
        let site: SiteID
        let life: Int
        let link: LinkID
        var isOpen = true
        /// Bytes that came in and are no whole line yet.
        var partial: [UInt8] = []
        /// World time before which nothing more can arrive at the other end.
        var arrivesAfter: Int64 = 0
        /// World time until which the line is busy with earlier bytes.
        var busyUntil: Int64 = 0
        /// Bytes accepted and not yet on the line.
        var buffered = 0
        var isWritable = true
        /// What waits for the cable to heal, in order.
        var stalled: [Packet] = []
    }

    enum Packet {
        case bytes([UInt8])
        case end(reason: String)
    }

    let number: Int
    let pair: SitePair
    var ends: [End]

    init(number: Int, pair: SitePair, dialer: End, acceptor: End) {
        self.number = number
        self.pair = pair
        ends = [dialer, acceptor]
    }
}

/// What happens next in the world.
enum WorldEvent {
    case tick(SiteID, life: Int)
    case dialOutcome(from: SiteID, life: Int, to: SiteID)
    case dialRefused(from: SiteID, life: Int, to: SiteID, reason: String)
    case accept(Connection)
    case arrive(Connection, from: Int, Connection.Packet)
    case drained(Connection, end: Int, bytes: Int)
    case stored(SiteID, life: Int, LedgerEntry, callBack: Bool)
    case finish(SiteID, life: Int, IdempotencyKey, CommandAnswer)
    case progress(SiteID, life: Int, IdempotencyKey)
}

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

/// A node's clock: its own zero, and its own speed.
struct SkewedClock {
    let offset: Int64
    let partsPerMillion: Int64

    func local(_ world: Int64) -> Int64 { offset + world + world / 1_000 * partsPerMillion / 1_000 }

    /// The first world time at which the clock shows at least this.
    func world(_ local: Int64) -> Int64 {
        let elapsed = local - offset
        var guess = elapsed - elapsed / 1_000 * partsPerMillion / 1_000 - 1_000_000
        // The clock is monotonic and nearly as fast as the world: a short walk ends the search.
        var step: Int64 = 1_000_000
        while step > 0 {
            while self.local(guess + step) < local { guess += step }
            step /= 10
        }
        return guess + 1
    }
}
