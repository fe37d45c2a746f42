import DequeModule
import TandemCore

/// A configured link with whatever sockets carry it.
struct Peer: Sendable {
    var link: FederationConfiguration.Link
    var machine: LinkMachine
    /// The socket in use.
    var active: LinkID?
    /// Dials that failed in a row.
    var failures = 0
    var nextDial: Instant
    /// Why the last socket was refused, by us or by the peer.
    var lastRefusal: String?
    /// A dial is with the shell until then.
    var dialDeadline: Instant?
    /// Commands that came from this peer and wait for an answer.
    var commandsWaiting = 0
    /// Since when the link carries traffic, to forget earlier failures.
    var establishedAt: Instant?

    init(link: FederationConfiguration.Link, now: Instant) {
        self.link = link
        machine = LinkMachine(now: now)
        nextDial = now
    }

    func mayDial(isDraining: Bool) -> Bool {
        guard link.dials, active == nil, dialDeadline == nil, !isDraining else { return false }
        switch machine.state {
        case .idle, .down: return true
        default: return false
        }
    }

    /// When the dial is given up, or the next one is due.
    func nextStep(isDraining: Bool) -> Instant? {
        dialDeadline ?? (mayDial(isDraining: isDraining) ? nextDial : nil)
    }
}

/// One socket to another node.
struct Socket: Sendable {
    enum Phase: Hashable, Sendable {
        case greeting, live
    }

    let id: LinkID
    let isDialed: Bool
    /// The site named by the peer's certificate.
    let certificate: SiteID?
    /// The site that was dialled.
    let target: SiteID?
    let opened: Instant
    /// Our greeting's nonce.
    let nonce: UInt64
    var phase = Phase.greeting
    /// The peer, once its greeting is accepted.
    var peer: SiteID?
    var peerIncarnation: UInt64 = 0
    var peerNonce: UInt64 = 0
    var version = 0
    var lastHeard: Instant
    /// The stamp of the last stamped frame and when it came, for the echo.
    var lastStamp: (stamp: Int64, at: Instant)?
    var sendClock = SendClock()
    var roundTrip: Duration?
    var isWritable = true
    /// Beats that the peer was told or told us.
    var toldBeats = OrderedMap<SiteID, BeatMark>()
    /// Link states that the peer has, from us or by itself: each crosses a socket once.
    var toldStates = OrderedMap<SiteID, BeatMark>()
    /// What the peer pulls from us.
    var subscriptions = OrderedMap<SiteID, Subscription>()
    /// Bytes of changes and snapshots that the peer has not acknowledged.
    var inFlight = 0
    /// How many there may be.
    var inFlightLimit: Int
    /// Whether the limit held something back since the last heartbeat.
    var wasFull = false
    /// Bytes of changes that we have not acknowledged.
    var unacknowledged = 0
    /// When a farewell ends at the latest.
    var closeAt: Instant?
    var bytesIn: UInt64 = 0
    var bytesOut: UInt64 = 0
    var framesIn: UInt64 = 0
    var framesOut: UInt64 = 0

    /// The site that this socket is expected to lead to before the greeting.
    var expected: SiteID? { peer ?? target ?? certificate }

    /// When the socket is closed unless something is heard.
    func silenceLimit(_ timings: FederationTimings) -> Instant {
        let limit = phase == .live ? lastHeard + timings.linkTimeout : opened + timings.greetingTimeout
        return closeAt.map { min($0, limit) } ?? limit
    }
}

/// Names a beat, or a link state of its origin.
struct BeatMark: Hashable, Sendable, Comparable {
    var incarnation: UInt64
    var number: UInt64

    static func < (left: BeatMark, right: BeatMark) -> Bool {
        (left.incarnation, left.number) < (right.incarnation, right.number)
    }
}

/// A site as this node holds it: our own, or a copy.
struct Origin: Sendable {
    var copy: SiteCopy
    var log: OperationLog
    var beats = BeatTracker()
    /// The socket over which the newest beat came.
    var beatSource: LinkID?
    /// The highest life heard of, from beats or link states.
    var heardIncarnation: UInt64 = 0
    /// The neighbour that the copy is pulled from.
    var source: SiteID?
    /// Numbers our pulls; frames of an earlier one are skipped.
    var pull: UInt64 = 0
    /// A snapshot that is arriving.
    var incoming: IncomingSnapshot?
    /// The snapshot under way replaces a copy whose digest was wrong.
    var isRepairing = false
    var repairAllowedAt: Instant?
    /// Changes applied since the last acknowledgement.
    var unacknowledged = 0
    /// Beats for which the copy was behind and did not move, and how many of them are one too many.
    var idleBeats = 0
    var idleLimit = 10
    /// The position at the last of our beats.
    var watchedSequence: UInt64 = 0
    /// What was last reported.
    var reported: Freshness?

    init(copy: SiteCopy, logLength: Int) {
        self.copy = copy
        log = OperationLog(after: copy.sequence, limit: logLength)
    }
}

/// The chunks of a snapshot so far.
struct IncomingSnapshot: Sendable {
    var copy: SiteCopy
    var nextChunk: Int
}

/// What one peer pulls of one site, and how much of it was sent.
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

    var flightBytes: Int { flight.reduce(0) { $0 + $1.bytes } }
}

/// A snapshot on its way out: the state at one position, kept by copy-on-write while the original moves on.
struct OutgoingSnapshot: Sendable {
    let copy: SiteCopy
    var typeIndex = 0
    var recordIndex = 0
    var chunk = 0
}
