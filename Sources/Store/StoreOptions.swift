import TandemCore

/// How the store writes.
public struct StoreOptions: Hashable, Sendable {
    /// Whether each commit waits for the disk (survives a power cut). Without it a killed process loses nothing.
    public var isFullySynchronous: Bool
    /// Most entries that wait in memory.
    public var queueLimit: Int
    /// Entries after which a batch is written though nobody waits for it.
    public var batchSize: Int
    /// Seconds for which writes that nobody waits for are gathered.
    public var groupingDelay: Double

    /// Makes options.
    public init(
        isFullySynchronous: Bool = false, queueLimit: Int = 200_000, batchSize: Int = 1_000,
        groupingDelay: Double = 0.05
    ) {
        self.isFullySynchronous = isFullySynchronous
        self.queueLimit = queueLimit
        self.batchSize = batchSize
        self.groupingDelay = groupingDelay
    }
}

/// What an operator should know.
public enum StoreEvent: Hashable, Sendable {
    /// Writes fail; they wait in memory and are tried again.
    case unwritable(StoreError)
    /// Writes succeed again; nothing was lost that is not reported below.
    case writable
    /// Too much was waiting: the stored copy of a site was given up. Send it anew: `forgetSite`, then its objects as
    /// `added`, then its position. Until then the node simply fetches it from its peers at the next start.
    case copyDropped(SiteID)
    /// Too much was waiting: this many calls of the history and audit lines were given up.
    case recordsDropped(calls: Int, auditLines: Int)
    /// A batch came after `close()`.
    case ignoredAfterClose
}

/// How the writer is doing, for `/status` and metrics.
public struct StoreHealth: Hashable, Sendable {
    /// Why writes fail at present; nil: they do not.
    public var error: StoreError?
    /// Commits so far.
    public var commits: UInt64 = 0
    /// Entries in them.
    public var entries: UInt64 = 0
    /// Failed attempts.
    public var failures: UInt64 = 0
    /// Times that the stored copy of a site was given up.
    public var droppedCopies = 0
    /// Calls that were given up and are missing in the history.
    public var droppedCalls = 0
    /// Audit lines that were given up.
    public var droppedAuditLines = 0
    /// Entries that wait.
    public var waiting = 0
    /// A store that did nothing yet.
    public init() {}
}
