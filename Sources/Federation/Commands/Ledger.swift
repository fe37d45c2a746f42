import TandemCore

/// The keys of the commands that were begun at this site, with their answers: what makes a command run at most once.
/// The store holds the same lines; a line is durable before its command runs.
struct Ledger: Sendable {
    /// What the ledger says to someone who asks for a key.
    enum State: Hashable, Sendable {
        /// It runs, or waits for the store.
        case running
        /// It was begun in an earlier life of this node, and nobody knows how it ended.
        case interrupted
        /// It was answered.
        case answered(CommandAnswer)
        /// Someone else has used the key; what became of it is not for this one.
        case foreign
        /// The same one has used the key for another command.
        case otherCommand
    }

    private struct Line: Sendable {
        var state: State
        /// Nil: an earlier version did not keep it.
        let origin: CommandOrigin?
        /// Nil: not kept, or not needed.
        let digest: CommandDigest?
        var unixTime: Double
    }

    private var lines: [IdempotencyKey: Line] = [:]
    /// Keys in the order in which they were begun, for trimming.
    private var order: [(unixTime: Double, key: IdempotencyKey)] = []
    private var trimmed = 0

    init() {}

    var count: Int { lines.count }

    /// What is known of a key, for the one who asks; nil: nothing. Of a line whose origin was not kept, only that the key
    /// was used: it does not run again, and nobody is told how it ended.
    func state(of key: IdempotencyKey, askedBy origin: CommandOrigin, for digest: CommandDigest?) -> State? {
        guard let line = lines[key] else { return nil }
        guard let owner = line.origin else { return .interrupted }
        guard owner == origin else { return .foreign }
        return CommandDigest.mayBeSame(line.digest, digest) ? line.state : .otherCommand
    }

    /// Takes over the lines of the store.
    mutating func restore(_ entries: [LedgerEntry]) {
        for entry in entries.sorted(by: { ($0.unixTime, $0.key.text) < ($1.unixTime, $1.key.text) }) {
            let state = entry.answer.map { State.answered($0) } ?? .interrupted
            if lines[entry.key] == nil { order.append((entry.unixTime, entry.key)) }
            lines[entry.key] = Line(
                state: state, origin: entry.origin, digest: entry.digest, unixTime: entry.unixTime)
        }
    }

    mutating func begin(_ key: IdempotencyKey, origin: CommandOrigin, digest: CommandDigest?, unixTime: Double) {
        lines[key] = Line(state: .running, origin: origin, digest: digest, unixTime: unixTime)
        order.append((unixTime, key))
    }

    mutating func answer(_ key: IdempotencyKey, _ answer: CommandAnswer, unixTime: Double) {
        lines[key]?.state = .answered(answer)
        lines[key]?.unixTime = unixTime
    }

    /// Forgets lines that were begun and answered before a moment. True when there were any.
    mutating func trim(before unixTime: Double) -> Bool {
        let start = trimmed
        while trimmed < order.count, order[trimmed].unixTime < unixTime {
            let key = order[trimmed].key
            if let line = lines[key] {
                if line.state == .running || line.unixTime >= unixTime {
                    order.append((max(line.unixTime, unixTime), key))
                } else {
                    lines[key] = nil
                }
            }
            trimmed += 1
        }
        let any = trimmed > start
        if trimmed > 1_024, trimmed * 2 > order.count {
            order.removeFirst(trimmed)
            trimmed = 0
        }
        return any
    }
}
