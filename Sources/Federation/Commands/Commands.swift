import TandemCore

/// Commands: those that are submitted here, those that pass, and those that this site executes, each at most once.
///
/// ```
///   submit, ledgerStored, progress, finish ─►┌──────────┐─ execute, answered, storeLedger ─► shell
///   receive (command, progress, answer) ────►│ Commands │─ send (command, answer, …) ──────► neighbours
///   neighbourUp, roundTrip, down, routes ───►└──────────┘
/// ```
struct Commands: Sendable {
    enum Output: Sendable {
        /// A message for a neighbour.
        case send(OutgoingMessage, to: SiteID)
        /// A neighbour has broken the rules.
        case cut(SiteID, reason: String)
        /// For the shell.
        case effect(FederationEffect)
    }

    /// What it counts.
    struct Counters: Hashable, Sendable {
        var submitted: UInt64 = 0
        var forwarded: UInt64 = 0
        var executed: UInt64 = 0
        var repeated: UInt64 = 0
        var lateAnswers: UInt64 = 0
    }

    /// A neighbour that is up.
    struct Way: Sendable {
        var roundTrip: Duration = .zero
    }

    static let foreignKey = CommandAnswer.refused(reason: "the key is in use by someone else", .empty)
    /// Nothing is told of the other command: who gave it has its answer, or asks again with the same command.
    static let usedKey = CommandAnswer.refused(
        reason: "the key was used for another command; give each command a key of its own",
        EncodedObject(["ipbxreply": "idempotencykey"]))

    let site: SiteID
    private(set) var limits: FederationLimits
    private(set) var timings: FederationTimings
    private(set) var unledgeredVerbs: Set<String>
    /// Whether a ledger line can become durable at present.
    var canStore = true
    private(set) var trust: Trust
    var counters = Counters()

    var routes = OrderedMap<SiteID, Route>()
    private(set) var ways: [SiteID: Way] = [:]

    var ledger = Ledger()
    var running: [IdempotencyKey: RunningCommand] = [:]
    var pending: [IdempotencyKey: PendingCommand] = [:]
    /// Commands whose way was lost, in order.
    var stranded: [IdempotencyKey] = []
    var deadlines = DeadlineQueue<IdempotencyKey>()
    private var nextToken: UInt64 = 1
    /// Commands submitted here that wait for an answer.
    private var submittedWaiting = 0
    /// The same for each neighbour that handed us some.
    private(set) var waitingOf: [SiteID: Int] = [:]
    var outputs = EffectBuffer<Output>()

    init(_ configuration: FederationConfiguration) {
        site = configuration.site
        limits = configuration.limits
        timings = configuration.timings
        unledgeredVerbs = configuration.unledgeredVerbs
        trust = Trust(configuration)
    }

    /// Takes over limits, delays and policies.
    mutating func adopt(_ configuration: FederationConfiguration) {
        limits = configuration.limits
        timings = configuration.timings
        unledgeredVerbs = configuration.unledgeredVerbs
        trust = Trust(configuration)
    }

    /// Commands that wait for an answer here, whether submitted, relayed or running.
    var inProgress: Int { pending.count + running.count }

    // MARK: Ways

    mutating func neighbourUp(_ neighbour: SiteID) { ways[neighbour] = Way() }

    mutating func roundTrip(_ neighbour: SiteID, _ time: Duration) { ways[neighbour]?.roundTrip = time }

    /// The neighbour is gone: what became of the commands that it had is open.
    mutating func neighbourDown(_ neighbour: SiteID) {
        ways[neighbour] = nil
        strand(beyond: neighbour)
    }

    /// The routing table was computed anew.
    mutating func routesChanged(_ table: OrderedMap<SiteID, Route>, now: Instant) {
        routes = table
        retryStranded(now: now)
    }

    /// The neighbour that is next on the way to a site, if it is up.
    func nextHop(to site: SiteID) -> SiteID? {
        routes[site].flatMap { ways[$0.nextHop] == nil ? nil : $0.nextHop }
    }

    // MARK: New commands

    /// Submits a command; its one answer comes as `answered` with this token. A target that is our own site takes the
    /// same way, ledger included. A key that is under way joins it.
    mutating func submit(_ request: CommandRequest, now: Moment) -> CommandToken {
        let token = CommandToken(nextToken)
        nextToken += 1
        counters.submitted += 1
        let timeLeft = max(.zero, min(request.timeLeft, limits.commandTime))
        let waiter = CommandWaiter(kind: .local(token), deadline: now.instant + timeLeft)
        guard submittedWaiting < limits.commandsSubmitted else {
            let answer = CommandAnswer.refused(reason: "too many commands wait for their answers", .empty)
            outputs.append(.effect(.answered(token, answer)))
            return token
        }
        var request = request
        if request.target != site { request.body = .encoded(request.body.encoded) }
        guard request.body.size <= limits.commandBody else {
            outputs.append(.effect(.answered(token, .refused(reason: tooLarge, .empty))))
            return token
        }
        accept(request, hops: [], waiter: waiter, now: now)
        return token
    }

    /// A neighbour hands on a command.
    mutating func receive(_ frame: CommandFrame, from peer: SiteID, now: Moment) {
        guard frame.hops.last == peer else {
            return outputs.append(.cut(peer, reason: "rcti_command: hops must end with the sender"))
        }
        let request = frame.request
        let submitter = frame.hops[0]
        if let refusal = refusal(of: frame, from: peer) {
            let answer = AnswerFrame(key: request.key, to: submitter, hops: limits.hops, answer: refusal)
            return send(.answer(answer), to: peer)
        }
        // The way here took its share: half of the link's round trip.
        let onTheWay = ways[peer].map { Duration.nanoseconds($0.roundTrip.inNanoseconds / 2) } ?? .zero
        let timeLeft = max(.zero, min(request.timeLeft - onTheWay, limits.commandTime))
        let waiter = CommandWaiter(kind: .peer(peer, submitter: submitter), deadline: now.instant + timeLeft)
        accept(request, hops: frame.hops, waiter: waiter, now: now)
    }

    /// The answer to a command that is not let in; nil: it is.
    private mutating func refusal(of frame: CommandFrame, from peer: SiteID) -> CommandAnswer? {
        let request = frame.request
        if frame.hops.contains(site) || frame.hops.count >= limits.hops {
            return .notDelivered(reason: .tooManyHops, at: site)
        }
        let verdict = trust.verdict(on: request, from: peer)
        if verdict == .forgedOrigin { return .notDelivered(reason: .policy, at: site) }
        if waitingOf[peer, default: 0] >= limits.commandsPerLink {
            return .refused(reason: "too many commands of \(peer) wait for their answers", .empty)
        }
        guard request.body.size <= limits.commandBody else { return .refused(reason: tooLarge, .empty) }
        if verdict == .forbiddenVerb {
            outputs.append(.effect(.log(.notice, "policy: \(peer) may not \(request.verb) here")))
            return .notDelivered(reason: .policy, at: site)
        }
        return nil
    }

    private var tooLarge: String { "a command of more than \(limits.commandBody) bytes" }

    private mutating func accept(_ request: CommandRequest, hops: [SiteID], waiter: CommandWaiter, now: Moment) {
        if request.target == site { return execute(request, waiter: waiter, now: now) }
        if let known = pending[request.key]?.request {
            counters.repeated += 1
            // Keys are only unique within their origin: nobody gets someone else's answer.
            guard known.origin == request.origin else { return tell(waiter, request.key, answer: Self.foreignKey) }
            guard CommandDigest.mayBeSame(known.digest, request.digest) else {
                return tell(waiter, request.key, answer: Self.usedKey)
            }
            return join(request.key, waiter)
        }
        pending[request.key] = PendingCommand(
            request: request, hops: hops, waiters: [waiter], deadline: waiter.deadline)
        count(waiter, 1)
        deadlines.add(request.key, due: waiter.deadline)
        forward(request.key, now: now.instant)
    }

    private mutating func join(_ key: IdempotencyKey, _ waiter: CommandWaiter) {
        guard pending[key]?.join(waiter) == true else { return }
        count(waiter, 1)
        deadlines.add(key, due: waiter.deadline)
    }

    /// Keeps the numbers of waiting commands per neighbour and of our own.
    mutating func count(_ waiter: CommandWaiter, _ change: Int) {
        switch waiter.kind {
        case .local: submittedWaiting += change
        case .peer(let peer, _):
            waitingOf[peer, default: 0] += change
            if waitingOf[peer] == 0 { waitingOf[peer] = nil }
        }
    }

    mutating func send(_ message: OutgoingMessage, to neighbour: SiteID) {
        outputs.append(.send(message, to: neighbour))
    }

    // MARK: Time

    /// When `tick` must be called at the latest; may be early.
    var nextDeadline: Instant? { deadlines.first }

    mutating func tick(now: Moment) {
        while let key = deadlines.takeDue(now.instant) {
            if running[key] != nil { checkRunningDeadline(key, now: now.instant) }
            if pending[key] != nil { checkPendingDeadline(key, now: now.instant) }
        }
    }

    /// Forgets ledger lines that nobody can ask for any more.
    mutating func housekeep(now: Moment) {
        let oldest = now.unixTime - timings.ledgerRetention.inSeconds
        if ledger.trim(before: oldest) { outputs.append(.effect(.trimLedger(before: oldest))) }
    }
}
