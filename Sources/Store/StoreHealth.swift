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
    /// For how long somebody has waited for the disk by now, in seconds; 0: nobody waits.
    public var waitingSeconds: Double = 0
    /// A store that did nothing yet.
    public init() {}
}
