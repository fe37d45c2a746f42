import TandemCore

/// A command that is executed here.
struct RunningCommand: Sendable {
    enum Phase: Hashable, Sendable {
        /// Its ledger line is not durable yet.
        case storing
        /// It was handed to the shell.
        case executing
        /// It has ended; its answer is not durable yet.
        case answering(CommandAnswer)
    }
    var request: CommandRequest
    var waiters: [CommandWaiter]
    var deadline: Instant
    var phase: Phase
    var isLedgered: Bool
    /// For those who join later.
    var progress: [EncodedObject] = []
}
