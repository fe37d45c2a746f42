import Federation
import TandemCore

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
