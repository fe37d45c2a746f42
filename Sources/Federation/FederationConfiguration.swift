import TandemCore

/// What a node's federation core is told at the start, and again at a reload.
public struct FederationConfiguration: Hashable, Sendable {
    /// The node's own site.
    public var site: SiteID
    /// The links to keep: to whom, at what cost, under which policy.
    public var links: [Link]
    /// Delays and limits.
    public var timings: FederationTimings
    /// Verbs that only read and may run twice: they need no line in the ledger.
    public var unledgeredVerbs: Set<String>
    /// Whether sockets without a certificate are accepted, on the word of their greeting. For tests and simulation.
    public var allowUnauthenticated: Bool
    /// Bounds of memory and of frames.
    public var limits: FederationLimits

    /// Makes a configuration.
    public init(
        site: SiteID, links: [Link] = [], timings: FederationTimings = .wan, unledgeredVerbs: Set<String> = ["ping"],
        allowUnauthenticated: Bool = false, limits: FederationLimits = FederationLimits()
    ) {
        self.site = site
        self.links = links
        self.timings = timings
        self.unledgeredVerbs = unledgeredVerbs
        self.allowUnauthenticated = allowUnauthenticated
        self.limits = limits
    }

    /// A configured link to a peer.
    public struct Link: Hashable, Sendable {
        /// The peer's site.
        public var peer: SiteID
        /// Cost of the link for shortest paths, 1 or more.
        public var cost: Int
        /// Whether this node dials; the other side always listens. Both may dial: one socket survives.
        public var dials: Bool
        /// What the peer may see and do here.
        public var policy: LinkPolicy
        /// Makes a link.
        public init(peer: SiteID, cost: Int = 10, dials: Bool = true, policy: LinkPolicy = .open) {
            self.peer = peer
            self.cost = cost
            self.dials = dials
            self.policy = policy
        }
    }
}

/// Bounds that keep a slow, distant or hostile peer from costing more than its share.
public struct FederationLimits: Hashable, Sendable {
    /// Bytes of one frame.
    public var frame: Int
    /// Bytes of one change, or of one object: what fits into a frame together with its head, also after relays have
    /// merged it.
    public var element: Int { frame / 4 }
    /// Bytes after which a frame of changes or a chunk of a snapshot ends.
    public var bulkFrame: Int
    /// Changes in one frame.
    public var changesPerFrame: Int
    /// Changes of one site on the way to one peer that are not acknowledged yet.
    public var window: Int
    /// Bytes of changes and snapshots on the way to one peer that are not acknowledged yet.
    public var inFlight: Int
    /// Commands from one peer that wait for an answer.
    public var commandsPerLink: Int
    /// Commands submitted at this node that wait for an answer.
    public var commandsSubmitted: Int
    /// The longest time that a command may ask for, whatever its verb; waiting commands cost memory.
    public var commandTime: Duration
    /// Bytes of a command's body.
    public var commandBody: Int
    /// Lines that the ledger holds. Beyond them the oldest are forgotten, as soon as no command can still be under way.
    public var ledger: Int
    /// Nodes that a command may pass.
    public var hops: Int
    /// Links of one site.
    public var linksPerSite: Int
    /// Sites in the federation.
    public var sites: Int
    /// Objects of one site.
    public var objectsPerSite: Int
    /// Bytes of one site's objects.
    public var bytesPerSite: Int
    /// Protocol versions that this node speaks.
    public var versions: ClosedRange<Int>

    /// The defaults.
    public init(
        frame: Int = Limits.peerFrame, bulkFrame: Int = Limits.snapshotChunk,
        changesPerFrame: Int = Limits.changesPerFrame, window: Int = 4_096, inFlight: Int = 512 << 10,
        commandsPerLink: Int = 1_024, commandsSubmitted: Int = 16_384, commandTime: Duration = .seconds(60),
        commandBody: Int = 128 << 10, ledger: Int = 1_000_000, hops: Int = Limits.hops, linksPerSite: Int = 512,
        sites: Int = 4_096, objectsPerSite: Int = 4_000_000, bytesPerSite: Int = 2 << 30,
        versions: ClosedRange<Int> = 1...1
    ) {
        self.frame = frame
        self.bulkFrame = bulkFrame
        self.changesPerFrame = changesPerFrame
        self.window = window
        self.inFlight = inFlight
        self.commandsPerLink = commandsPerLink
        self.commandsSubmitted = commandsSubmitted
        self.commandTime = commandTime
        self.commandBody = commandBody
        self.ledger = ledger
        self.hops = hops
        self.linksPerSite = linksPerSite
        self.sites = sites
        self.objectsPerSite = objectsPerSite
        self.bytesPerSite = bytesPerSite
        self.versions = versions
    }
}

/// What crosses a link. `open` is what a topology file means by a link without a policy of its own.
public struct LinkPolicy: Hashable, Sendable {
    /// Types of our own and relayed objects that the peer may see; nil: all.
    public var export: Set<ObjectType>?
    /// Types that we accept from the peer; nil: all.
    public var accept: Set<ObjectType>?
    /// Verbs (`dial`, `hangup`, `chitchat` …) that commands arriving over the link may carry to this site; nil: all.
    public var verbs: Set<String>?
    /// Everything may cross.
    public static let open = LinkPolicy(export: nil, accept: nil, verbs: nil)
    /// Makes a policy.
    public init(export: Set<ObjectType>?, accept: Set<ObjectType>?, verbs: Set<String>?) {
        self.export = export
        self.accept = accept
        self.verbs = verbs
    }
}

/// Delays of the federation. `wan` notices a silent cut within 5 s, `lan` within 2 s.
public struct FederationTimings: Hashable, Sendable {
    /// Time between heartbeats on a link.
    public var heartbeat: Duration
    /// Silence after which a link is down.
    public var linkTimeout: Duration
    /// Age of the last proof that a copy is current, after which the site is stale.
    public var staleAfter: Duration
    /// Age after which a stale site is unknown.
    public var unknownAfter: Duration
    /// Age after which an unknown site's objects are forgotten.
    public var forgetAfter: Duration
    /// Time a peer has for its greeting.
    public var greetingTimeout: Duration
    /// First and longest pause between two dials.
    public var redial: ClosedRange<Duration>
    /// Time that an ordinary command may take from submission to answer. Whoever submits one may ask for more, up to
    /// `FederationLimits.commandTime`: a call rings for a while.
    public var commandDeadline: Duration
    /// The same for commands whose answer waits for a telephone to be picked up.
    public var callDeadline: Duration
    /// How much longer than the deadline a pending command is remembered before it is answered `unknown`.
    public var commandGrace: Duration
    /// Entries kept in each origin's log; a peer further behind gets a snapshot.
    public var logLength: Int
    /// How long an answered idempotency key is kept.
    public var ledgerRetention: Duration
    /// How long the link state of a node that nobody reaches is kept.
    public var linkStateRetention: Duration

    /// Makes timings.
    public init(
        heartbeat: Duration, linkTimeout: Duration, staleAfter: Duration, unknownAfter: Duration = .seconds(900),
        forgetAfter: Duration = .seconds(7 * 86_400), greetingTimeout: Duration = .seconds(5),
        redial: ClosedRange<Duration> = .milliseconds(250)...(.seconds(10)),
        commandDeadline: Duration = .seconds(10), callDeadline: Duration = .seconds(45),
        commandGrace: Duration = .seconds(1), logLength: Int = 10_000,
        ledgerRetention: Duration = .seconds(86_400), linkStateRetention: Duration = .seconds(3_600)
    ) {
        self.heartbeat = heartbeat
        self.linkTimeout = linkTimeout
        self.staleAfter = staleAfter
        self.unknownAfter = unknownAfter
        self.forgetAfter = forgetAfter
        self.greetingTimeout = greetingTimeout
        self.redial = redial
        self.commandDeadline = commandDeadline
        self.callDeadline = callDeadline
        self.commandGrace = commandGrace
        self.logLength = logLength
        self.ledgerRetention = ledgerRetention
        self.linkStateRetention = linkStateRetention
    }

    /// The most time that any command gets, whatever its submitter asks for.
    public var longestDeadline: Duration { max(commandDeadline, callDeadline) }

    /// For links over the internet or leased lines.
    public static let wan = FederationTimings(
        heartbeat: .seconds(1), linkTimeout: .milliseconds(3_500), staleAfter: .milliseconds(3_800))
    /// For links within a building.
    public static let lan = FederationTimings(
        heartbeat: .milliseconds(400), linkTimeout: .milliseconds(1_400), staleAfter: .milliseconds(1_600))
}
