import TandemCore

/// The states of a link. Legal transitions: `LinkMachine`.
public enum LinkState: Hashable, Sendable {
    case idle
    case connecting
    case authenticating
    case syncing
    case established
    case draining
    case down(reason: String)

    /// One word for tables.
    public var word: String {
        switch self {
        case .idle: "idle"
        case .connecting: "connecting"
        case .authenticating: "authenticating"
        case .syncing: "syncing"
        case .established: "established"
        case .draining: "draining"
        case .down: "down"
        }
    }
}

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

/// A row of `tandem routes`.
public struct Route: Hashable, Sendable {
    /// The site that it leads to.
    public var site: SiteID
    /// The neighbour that is next.
    public var nextHop: SiteID
    /// Sum of the links' costs.
    public var cost: Int
    /// All sites on the way, from the next hop to the site itself.
    public var path: [SiteID]

    /// Makes a row.
    public init(site: SiteID, nextHop: SiteID, cost: Int, path: [SiteID]) {
        self.site = site
        self.nextHop = nextHop
        self.cost = cost
        self.path = path
    }
}

/// A row of `tandem sync`: how far our copy of a site is.
public struct SiteSync: Hashable, Sendable {
    /// The site.
    public var site: SiteID
    /// The life of its node that the copy belongs to.
    public var incarnation: UInt64
    /// Last applied position in that life's log.
    public var sequence: UInt64
    /// Highest position heard of.
    public var heardSequence: UInt64
    /// How current the copy is.
    public var freshness: Freshness
    /// Objects in the copy.
    public var objectCount: Int
    /// The neighbour that it is pulled from; nil: none, or our own site.
    public var source: SiteID?

    /// Makes a row.
    public init(
        site: SiteID, incarnation: UInt64, sequence: UInt64, heardSequence: UInt64, freshness: Freshness,
        objectCount: Int, source: SiteID?
    ) {
        self.site = site
        self.incarnation = incarnation
        self.sequence = sequence
        self.heardSequence = heardSequence
        self.freshness = freshness
        self.objectCount = objectCount
        self.source = source
    }
}

/// What a node has counted since it started, for metrics.
public struct FederationCounters: Hashable, Sendable {
    /// Lines that were no valid frame, or broke the rules.
    public var badFrames: UInt64 = 0
    /// Sockets refused in the greeting.
    public var greetingsRefused: UInt64 = 0
    /// Changes that were applied to copies of other sites.
    public var changesApplied: UInt64 = 0
    /// Frames of changes that were known already.
    public var duplicateFrames: UInt64 = 0
    /// Frames of changes that left a gap and were asked for again.
    public var gaps: UInt64 = 0
    /// Frames that belong to a pull given up before.
    public var lateFrames: UInt64 = 0
    /// Whole states sent.
    public var snapshotsSent: UInt64 = 0
    /// Whole states received completely and applied.
    public var snapshotsApplied: UInt64 = 0
    /// Copies whose digest differed from the source's.
    public var digestRepairs: UInt64 = 0
    /// Link states passed on.
    public var linkStatesFlooded: UInt64 = 0
    /// Commands submitted here.
    public var commandsSubmitted: UInt64 = 0
    /// Commands handed to a neighbour.
    public var commandsForwarded: UInt64 = 0
    /// Commands that ran here.
    public var commandsExecuted: UInt64 = 0
    /// Repeated keys that were answered from the ledger or joined a running command.
    public var commandsRepeated: UInt64 = 0
    /// Answers that came after their command was given up.
    public var lateAnswers: UInt64 = 0

    /// All zero.
    public init() {}
}
