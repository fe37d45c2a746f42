import TandemCore

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
        changesPerFrame: Int = Limits.changesPerFrame, window: Int = Limits.changesInFlight,
        inFlight: Int = Limits.bytesInFlight, commandsPerLink: Int = Limits.commandsPerLink,
        commandsSubmitted: Int = Limits.commandsSubmitted, commandTime: Duration = Limits.commandTime,
        commandBody: Int = Limits.commandBody, ledger: Int = Limits.ledger, hops: Int = Limits.hops,
        linksPerSite: Int = Limits.linksPerSite, sites: Int = Limits.sites,
        objectsPerSite: Int = Limits.objectsPerSite, bytesPerSite: Int = Limits.bytesPerSite,
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
