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
