import TandemCore

/// A neighbour as replication sees it: what it was told, what it pulls from us, and how much is on the way to it.
struct Puller: Sendable {
    /// Beats that the neighbour was told or told us.
    var toldBeats = OrderedMap<SiteID, Mark>()
    /// What it pulls from us.
    var subscriptions = OrderedMap<SiteID, Subscription>()
    /// Bytes of changes and snapshots that it has not acknowledged.
    var inFlight = 0
    /// How many there may be.
    var inFlightLimit: Int
    /// Whether the limit held something back since the last beat.
    var wasFull = false
    /// Whether the transport has room.
    var hasRoom = true
    /// Bytes of changes that we have not acknowledged.
    var unacknowledged = 0
    var roundTrip: Duration?

    init(limits: FederationLimits) { inFlightLimit = limits.inFlight }

    /// Fits the bytes on the way to the line: less when a round trip takes long under load, more when it was short.
    mutating func adaptInFlight(limits: FederationLimits, heartbeat: Duration) {
        guard wasFull, let roundTrip else { return }
        wasFull = false
        if roundTrip > heartbeat / 2 {
            inFlightLimit = max(limits.bulkFrame, inFlightLimit / 2)
        } else if roundTrip < heartbeat / 4 {
            inFlightLimit = min(limits.inFlight * 8, inFlightLimit * 2)
        }
    }
}
