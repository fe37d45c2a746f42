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
        isFullySynchronous: Bool = false, queueLimit: Int = Limits.storeEntries, batchSize: Int = 1_000,
        groupingDelay: Double = 0.05
    ) {
        self.isFullySynchronous = isFullySynchronous
        self.queueLimit = queueLimit
        self.batchSize = batchSize
        self.groupingDelay = groupingDelay
    }
}
