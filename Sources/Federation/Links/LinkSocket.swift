import TandemCore

/// One socket to another node: how it came about, its state, and what crossed it.
struct LinkSocket: Sendable {
    let id: LinkID
    let isDialed: Bool
    /// The site named by the peer's certificate.
    let certificate: SiteID?
    /// The site that was dialled.
    let target: SiteID?
    /// Our greeting's nonce.
    let nonce: UInt64
    var machine: SocketMachine
    /// The earliest moment at which the deadlines' queue looks at this socket; nil: it does not.
    var watchedAt: Instant?
    /// Whether the socket takes more bytes.
    var isWritable = true
    var bytesIn: UInt64 = 0
    var bytesOut: UInt64 = 0
    var framesIn: UInt64 = 0
    var framesOut: UInt64 = 0

    /// A line of so many bytes came.
    mutating func heard(_ bytes: Int, now: Instant) {
        bytesIn += UInt64(bytes)
        framesIn += 1
        machine.apply(.heard(now))
    }

    /// A line of so many bytes goes.
    mutating func sent(_ bytes: Int) {
        bytesOut += UInt64(bytes)
        framesOut += 1
    }

    /// The peer, once its greeting is accepted.
    var peer: SiteID? { machine.session?.neighbour.site }

    /// The site that the socket leads to, or is expected to lead to before the greeting.
    var expected: SiteID? { peer ?? target ?? certificate }
}
