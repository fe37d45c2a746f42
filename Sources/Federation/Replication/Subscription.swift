import DequeModule
import TandemCore

/// What one neighbour pulls of one site, and how much of it was sent: the sender's window.
struct Subscription: Sendable {
    struct Flight: Sendable {
        /// The chunk's number, or the last sequence number in the frame.
        let mark: UInt64
        let isChunk: Bool
        let bytes: Int
    }

    var pull: UInt64
    var incarnation: UInt64
    var sent: UInt64
    var acknowledged: UInt64
    var window: Int
    var snapshot: OutgoingSnapshot?
    var flight: Deque<Flight> = []
    /// The position whose digest was sent last.
    var digestSent: UInt64?

    init(_ pull: PullFrame) {
        self.pull = pull.pull
        incarnation = pull.incarnation
        sent = pull.sequence
        acknowledged = pull.sequence
        window = min(max(1, pull.window), 1 << 20)
    }

    /// Bytes that are on the way.
    var flightBytes: Int { flight.reduce(0) { $0 + $1.bytes } }
    /// How many changes may still be sent.
    var room: UInt64 { acknowledged + UInt64(window) > sent ? acknowledged + UInt64(window) - sent : 0 }

    /// Takes an acknowledgement; returns the bytes that are no longer on the way.
    mutating func acknowledge(_ pull: PullFrame) -> Int {
        var freed = 0
        if let chunk = pull.chunk {
            while let first = flight.first, first.isChunk, first.mark <= UInt64(chunk) {
                freed += first.bytes
                flight.removeFirst()
            }
            return freed
        }
        guard pull.incarnation == incarnation else { return 0 }
        acknowledged = max(acknowledged, min(pull.sequence, sent))
        while let first = flight.first, !first.isChunk, first.mark <= pull.sequence {
            freed += first.bytes
            flight.removeFirst()
        }
        return freed
    }
}
