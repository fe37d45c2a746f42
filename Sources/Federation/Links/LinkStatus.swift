import TandemCore

/// A row of `tandem links`.
public struct LinkStatus: Hashable, Sendable {
    /// The peer's site.
    public var peer: SiteID
    /// The state, with the reason when it is down.
    public var state: LinkState
    /// Configured cost.
    public var cost: Int
    /// Round-trip time of the last heartbeats (smoothed); nil before the first.
    public var roundTrip: Duration?
    /// Since when the state holds.
    public var since: Instant
    /// Bytes and frames each way since the socket opened.
    public var bytesIn, bytesOut, framesIn, framesOut: UInt64

    /// Makes a row.
    public init(
        peer: SiteID, state: LinkState, cost: Int, roundTrip: Duration?, since: Instant, bytesIn: UInt64,
        bytesOut: UInt64, framesIn: UInt64, framesOut: UInt64
    ) {
        self.peer = peer
        self.state = state
        self.cost = cost
        self.roundTrip = roundTrip
        self.since = since
        self.bytesIn = bytesIn
        self.bytesOut = bytesOut
        self.framesIn = framesIn
        self.framesOut = framesOut
    }
}
