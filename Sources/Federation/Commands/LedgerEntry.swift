/// One line of a command's ledger as it is stored.
public struct LedgerEntry: Hashable, Sendable {
    /// The command's key.
    public var key: IdempotencyKey
    /// Who gave the command: nobody else gets its answer. Nil in lines of stores that did not keep it; nobody gets those
    /// answers.
    public var origin: CommandOrigin?
    /// What the command was: under the same key nothing else gets its answer. Nil in lines of stores that did not keep it,
    /// and where the key cannot come again.
    public var digest: CommandDigest?
    /// The answer; nil while it runs.
    public var answer: CommandAnswer?
    /// When it was begun or answered, Unix seconds.
    public var unixTime: Double
    /// Makes an entry.
    public init(
        key: IdempotencyKey, origin: CommandOrigin? = nil, digest: CommandDigest? = nil, answer: CommandAnswer?,
        unixTime: Double
    ) {
        self.key = key
        self.origin = origin
        self.digest = digest
        self.answer = answer
        self.unixTime = unixTime
    }
}
