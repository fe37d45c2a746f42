import Federation
import TandemCore

/// A broken promise, with the moment at which it was seen.
public struct InvariantViolation: Error, CustomStringConvertible {
    /// What is broken.
    public let what: String
    /// World time in seconds.
    public let seconds: Double
    /// Number of the event.
    public let step: Int
    /// One sentence.
    public var description: String { "\(what) (world time \(seconds) s, step \(step))" }
}

/// Watches the guarantees while the world runs: nothing stale is shown as fresh, no key runs twice, each command has
/// exactly one truthful answer in time, frames do not circle, buffers stay bounded.
public struct InvariantChecker {
    /// Clock skew, ticks and the one way that nobody can measure.
    private let tolerance: Int64 = 150_000_000
    private struct HomeState {
        let incarnation: UInt64
        let sequence: UInt64
        let digest: UInt64
        let from: Int64
        var to: Int64?
    }
    private struct Submission {
        let key: IdempotencyKey
        let verb: String
        let target: SiteID
        let until: Int64
        var answer: CommandAnswer?
    }
    private struct SubmissionID: Hashable {
        let site: SiteID
        let life: Int
        let token: CommandToken
    }

    /// Policies keep objects from some nodes: their copies are not the home's state.
    var isFiltered = false
    private var failure: String?
    private var history: [SiteID: [HomeState]] = [:]
    private var submissions: [SubmissionID: Submission] = [:]
    private var open: Set<SubmissionID> = []
    private var executions: [IdempotencyKey: Int] = [:]
    private var keysSubmitted: [IdempotencyKey: Int] = [:]
    private var floods: [FloodID: Int] = [:]
    private var commandFrames: [IdempotencyKey: Int] = [:]
    /// The most bytes that ever waited for one slow line.
    public private(set) var mostBuffered = 0
    /// Answers by kind, for the run's summary.
    public private(set) var answerCounts: [String: Int] = [:]
    /// Observations of a fresh copy.
    public private(set) var freshObservations = 0

    private struct FloodID: Hashable {
        let connection: Int
        let sender: SiteID
        let text: String
    }

    mutating func fail(_ what: String) { if failure == nil { failure = what } }

    func verdict(time: Int64, step: Int) throws(InvariantViolation) {
        if let failure { throw InvariantViolation(what: failure, seconds: Double(time) / 1e9, step: step) }
    }

    // MARK: Freshness

    mutating func homeStopped(_ site: SiteID, time: Int64) {
        if let last = history[site]?.indices.last, history[site]?[last].to == nil { history[site]?[last].to = time }
    }

    /// Looks at a node after each of its events.
    mutating func observe<Node>(_ name: SiteID, _ core: Federation, world: World<Node>) {
        let digest = core.digest(of: name)
        let position = core.position(of: name) ?? (0, 0)
        if let last = history[name]?.last, last.to == nil, last.digest == digest,
            last.incarnation == position.incarnation, last.sequence == position.sequence
        {
        } else {
            homeStopped(name, time: world.time)
            history[name, default: []].append(
                HomeState(
                    incarnation: position.incarnation, sequence: position.sequence, digest: digest,
                    from: world.time))
        }
        if isFiltered { return }
        let limit = core.configuration.timings.staleAfter.inNanoseconds + tolerance
        for site in world.checkedSites where site != name && core.freshness(of: site) == .fresh {
            freshObservations += 1
            if !wasTrue(site, core, after: world.time - limit) {
                fail(
                    "\(name) shows \(site) as fresh, but its copy was not the home's state within \(limit / 1_000_000) ms"
                )
            }
        }
    }

    /// Whether a copy was its home's state at some moment since `earliest`. Within one turn a home passes many
    /// positions; a copy may stand at any of them.
    private func wasTrue(_ site: SiteID, _ core: Federation, after earliest: Int64) -> Bool {
        guard let position = core.position(of: site), let states = history[site] else { return false }
        var next: HomeState?
        for state in states.reversed() {
            if (state.to ?? .max) < earliest { return false }
            if state.incarnation == position.incarnation {
                if state.sequence == position.sequence, state.digest == core.digest(of: site) { return true }
                if state.sequence < position.sequence, let next, next.incarnation == state.incarnation,
                    position.sequence < next.sequence
                {
                    return true
                }
            }
            next = state
        }
        return false
    }

    // MARK: Commands

    mutating func submitted(
        _ site: SiteID, life: Int, token: CommandToken, key: IdempotencyKey, verb: String, until: Int64, target: SiteID
    ) {
        let id = SubmissionID(site: site, life: life, token: token)
        submissions[id] = Submission(key: key, verb: verb, target: target, until: until + tolerance)
        open.insert(id)
        keysSubmitted[key, default: 0] += 1
    }

    mutating func answered(_ site: SiteID, life: Int, token: CommandToken, answer: CommandAnswer, time: Int64) {
        let id = SubmissionID(site: site, life: life, token: token)
        guard let submission = submissions[id] else { return fail("\(site): an answer to no command: \(token.number)") }
        if submission.answer != nil { fail("\(site): command \(submission.key) was answered twice") }
        if time > submission.until { fail("\(site): command \(submission.key) was answered too late") }
        submissions[id]?.answer = answer
        open.remove(id)
        let ran = executions[submission.key, default: 0]
        switch answer {
        case .done:
            answerCounts["done", default: 0] += 1
            if ran == 0 { fail("\(site): command \(submission.key) is done but never ran") }
        case .refused: answerCounts["refused", default: 0] += 1
        case .notDelivered:
            answerCounts["not delivered", default: 0] += 1
            if ran > 0, keysSubmitted[submission.key] == 1 {
                fail("\(site): command \(submission.key) ran but is answered \(World<FederationNode>.text(answer))")
            }
        case .unknown: answerCounts["unknown", default: 0] += 1
        }
    }

    mutating func executed(_ site: SiteID, _ request: CommandRequest) {
        executions[request.key, default: 0] += 1
        if request.verb == "ping" { return }
        if executions[request.key] != 1 { fail("\(site): command \(request.key) runs a second time") }
        let deniers = submissions.values.filter {
            guard $0.key == request.key, case .notDelivered? = $0.answer else { return false }
            return true
        }
        if !deniers.isEmpty, keysSubmitted[request.key] == 1 {
            fail("\(site): command \(request.key) runs after its submitter was told that it was not delivered")
        }
    }

    mutating func lifeEnded(_ site: SiteID) {
        for id in open where id.site == site { open.remove(id) }
    }

    /// Commands that should have been answered by now.
    mutating func checkOverdue(time: Int64) {
        for id in open {
            if let submission = submissions[id], submission.until < time {
                fail("\(id.site): command \(submission.key) to \(submission.target) got no answer in time")
            }
        }
    }

    /// The key of a submission, for traces.
    func key(_ site: SiteID, life: Int, _ token: CommandToken) -> String {
        submissions[SubmissionID(site: site, life: life, token: token)]?.key.text ?? "?"
    }

    // MARK: Loops and memory

    mutating func sent(_ site: SiteID, _ bytes: [UInt8], connection: Connection) {
        // Only the two classes that are passed on are looked at.
        guard bytes.count > 24 else { return }
        if bytes.starts(with: #"{"class":"rcti_linkstate""#.utf8) {
            let id = FloodID(connection: connection.number, sender: site, text: String(decoding: bytes, as: UTF8.self))
            floods[id, default: 0] += 1
            if floods[id, default: 0] > 1 { fail("\(site) sends the same link state twice: \(id.text)") }
        } else if bytes.starts(with: #"{"class":"rcti_command""#.utf8) {
            guard let key = EncodedObject(trusted: Array(bytes.dropLast())).value(of: "key")?.stringValue,
                let key = IdempotencyKey(key)
            else { return }
            commandFrames[key, default: 0] += 1
            if commandFrames[key, default: 0] > 64 * max(1, keysSubmitted[key] ?? 1) {
                fail("command \(key) is passed on without end")
            }
        }
    }

    mutating func buffered(_ bytes: Int) {
        mostBuffered = max(mostBuffered, bytes)
        if bytes > 12 << 20 { fail("\(bytes) bytes wait for one line") }
    }
}
