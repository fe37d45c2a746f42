import PBX
import SiteModel
import TandemCore

/// What a session leaves behind for the driver around it: facts, what became of actions, bytes for the PBX. It holds the
/// rules that every driver must keep, so that no session can break them: each action has exactly one final event, each
/// `resyncBegan` is followed by `resyncEnded` or `connectionLost`, a loss is told once for each reason.
public struct DriverOutput {
    /// Facts and outcomes in order.
    public private(set) var events: [PBXEvent] = []
    /// What is to be written to the PBX.
    public var bytes: [UInt8] = []
    /// Actions whose bytes are among `bytes`: `written` is told once those have left.
    public private(set) var writing: [ActionToken] = []
    /// Why the session wants its connection closed; nil: it goes on.
    public private(set) var ending: String?
    /// The ending is a refusal.
    private(set) var isRefused = false
    /// What is worth a line in a log that looks for faults.
    private var notes: [String] = []
    /// Actions under way, by the order in which they were asked.
    private var open: [ActionToken: UInt64] = [:]
    private var asked: UInt64 = 0
    private var isResyncing = false
    private var isConnected = false
    private var lastLoss: String?
    /// Everything is to be told once more.
    private var isSnapshotWanted = false
    /// A snapshot has been completed since the driver last looked.
    private var isSnapshotNew = false
    /// What is counted here: connections, failed attempts, bytes, limits, actions. The rest is counted by the session.
    public private(set) var metrics = DriverMetrics()

    /// Nothing left behind yet.
    public init() {}

    // MARK: For sessions

    /// Tells a fact. The bracket around a snapshot and the loss of the PBX are told by `beginSnapshot`, `endSnapshot` and
    /// `end` alone: as facts they are dropped here.
    public mutating func tell(_ fact: PBXFact) { if !fact.isBracket { events.append(.fact(fact)) } }

    /// Lets an interpreter append facts without a copy of each. They are facts of what is seen at the PBX, as for `tell`;
    /// a debug build stops at anything else.
    public mutating func tellFacts<Result>(_ body: (inout [PBXEvent]) -> Result) -> Result {
        let mark = events.count
        let result = body(&events)
        assert(
            events.count >= mark
                && events[mark...].allSatisfy { if case .fact(let fact) = $0 { !fact.isBracket } else { false } },
            "an interpreter appends facts of what it sees; brackets, losses and outcomes have calls of their own")
        return result
    }

    /// Tells what became of an action. What comes after its final event is dropped.
    public mutating func tell(_ token: ActionToken, _ event: PBXActionEvent) {
        guard open[token] != nil else { return }
        if event.isFinal {
            open[token] = nil
            switch event {
            case .accepted, .originated(_, .answered): metrics.actionsDone &+= 1
            case .failed(_, connection: true): metrics.actionsLost &+= 1
            default: metrics.actionsRefused &+= 1
            }
        }
        events.append(.action(token, event))
    }

    /// Notes that the bytes of an action are complete.
    public mutating func wrote(_ token: ActionToken) { writing.append(token) }

    /// The connection is ready for actions, and the snapshot begins; or everything is told once more.
    public mutating func beginSnapshot() {
        guard !isResyncing else { return }
        isResyncing = true
        lastLoss = nil
        if !isConnected { metrics.connections &+= 1 }
        isConnected = true
        events.append(.fact(.resyncBegan))
    }

    /// The snapshot is complete.
    public mutating func endSnapshot() {
        guard isResyncing else { return }
        isResyncing = false
        isSnapshotNew = true
        events.append(.fact(.resyncEnded))
    }

    /// Wants to tell everything once more, as soon as no snapshot is under way: `tellAgain` follows.
    public mutating func askForSnapshot() { isSnapshotWanted = true }

    /// Asks for the connection to be closed and made anew: the PBX said goodbye, cannot be understood, is silent.
    ///
    /// - Parameter refused: the PBX does not want us, and will not until somebody changes something: the next attempt
    ///   waits long.
    public mutating func end(_ reason: String, refused: Bool = false) {
        guard ending == nil else { return }
        ending = reason
        isRefused = refused
    }

    /// Says something for a log that looks for faults (level debug). Never a secret.
    public mutating func note(_ text: String) { notes.append(text) }

    /// Counts what went over a limit of the stream.
    public mutating func noteLimitViolation(count: UInt64 = 1) { metrics.limitViolations &+= count }

    // MARK: For drivers

    /// What is to be delivered, in order; nothing is left.
    public mutating func takeEvents() -> [PBXEvent] {
        var taken: [PBXEvent] = []
        taken.reserveCapacity(32)
        swap(&taken, &events)
        return taken
    }

    /// Whether a snapshot is under way.
    public var isInSnapshot: Bool { isResyncing }
    /// How many actions wait for their final event.
    public var actionsUnderWay: Int { open.count }

    /// An action is asked for.
    public mutating func begin(_ token: ActionToken) {
        asked &+= 1
        metrics.actions &+= 1
        open[token] = asked
    }

    /// The PBX is lost: whatever is under way fails, in the order in which it was asked. True: this reason is news.
    @discardableResult
    public mutating func lose(_ reason: String) -> Bool {
        endConnection(reason)
        guard lastLoss != reason || isResyncing else { return false }
        isResyncing = false
        lastLoss = reason
        events.append(.fact(.connectionLost(reason: reason)))
        return true
    }

    /// The driver stops: facts that were not delivered are dropped, whatever is under way fails.
    public mutating func stop(_ reason: String) {
        events.removeAll { if case .fact = $0 { true } else { false } }
        endConnection(reason)
        isResyncing = false
    }

    /// Nothing of the connection counts any more, and whatever is under way fails.
    private mutating func endConnection(_ reason: String) {
        bytes.removeAll()
        writing.removeAll()
        ending = nil
        isRefused = false
        isSnapshotNew = false
        isSnapshotWanted = false
        isConnected = false
        for token in open.sorted(by: { $0.value < $1.value }).map(\.key) {
            tell(token, .failed(reason: reason, connection: true))
        }
    }

    /// The bytes to write, and the actions that are then written.
    public mutating func takeBytes() -> (bytes: [UInt8], writing: [ActionToken]) {
        var taken: ([UInt8], [ActionToken]) = ([], [])
        swap(&taken.0, &bytes)
        swap(&taken.1, &writing)
        return taken
    }

    /// What was noted since the last call.
    mutating func takeNotes() -> [String] {
        guard !notes.isEmpty else { return [] }
        var taken: [String] = []
        swap(&taken, &notes)
        return taken
    }

    /// Whether a snapshot was completed since the last call.
    mutating func takeSnapshotNews() -> Bool {
        defer { isSnapshotNew = false }
        return isSnapshotNew
    }

    /// Whether a session is to tell everything once more now; asked when it is ready.
    mutating func takeSnapshotWish() -> Bool {
        guard isSnapshotWanted, !isResyncing, ending == nil else { return false }
        isSnapshotWanted = false
        return true
    }

    mutating func noteFailedAttempt() { metrics.failedAttempts &+= 1 }
    mutating func noteBytes(_ count: Int) { metrics.bytes &+= UInt64(count) }
}

extension PBXFact {
    /// Whether it says something of the connection and not of what is seen there.
    fileprivate var isBracket: Bool {
        switch self {
        case .resyncBegan, .resyncEnded, .connectionLost: true
        default: false
        }
    }
}
