import TandemCore

/// Commands on their way: submission, forwarding, other ways when one is lost, answers back.
extension Federation {
    /// Submits a command; its one answer comes as `answered` with this token. A target that is our own site takes the
    /// same way, ledger included. A key that is under way joins it.
    public mutating func submit(_ request: CommandRequest, now: Moment) -> CommandToken {
        begin(now)
        let token = CommandToken(nextToken)
        nextToken += 1
        counters.commandsSubmitted += 1
        let timeLeft = max(.zero, min(request.timeLeft, configuration.limits.commandTime))
        let waiter = CommandWaiter(kind: .local(token), deadline: now.instant + timeLeft)
        guard submittedWaiting < configuration.limits.commandsSubmitted else {
            effects.append(
                .answered(token, .refused(reason: "too many commands wait for their answers", .empty)))
            return token
        }
        var request = request
        if request.target != site { request.body = .encoded(request.body.encoded) }
        guard request.body.size <= configuration.limits.commandBody else {
            effects.append(.answered(token, .refused(reason: tooLarge, .empty)))
            return token
        }
        accept(request, hops: [], waiter: waiter)
        settle()
        return token
    }

    mutating func receive(_ frame: CommandFrame, on link: LinkID, from peer: SiteID) {
        let request = frame.request
        let submitter = frame.hops[0]
        func reply(_ answer: CommandAnswer) {
            send(
                link,
                writer.answer(
                    AnswerFrame(key: request.key, to: submitter, hops: configuration.limits.hops, answer: answer)))
        }
        guard frame.hops.last == peer else {
            return violation(link, "rcti_command: hops must end with the sender")
        }
        if frame.hops.contains(site) || frame.hops.count >= configuration.limits.hops {
            return reply(.notDelivered(reason: .tooManyHops, at: site))
        }
        // Nobody gives commands in the name of our own people.
        if request.origin.site == site { return reply(.notDelivered(reason: .policy, at: site)) }
        if let waiting = peers[peer]?.commandsWaiting, waiting >= configuration.limits.commandsPerLink {
            return reply(.refused(reason: "too many commands of \(peer) wait for their answers", .empty))
        }
        guard request.body.size <= configuration.limits.commandBody else {
            return reply(.refused(reason: tooLarge, .empty))
        }
        if request.target == site, let verbs = peers[peer]?.link.policy.verbs, !verbs.contains(request.verb) {
            log(.notice, "policy: \(peer) may not \(request.verb) here")
            return reply(.notDelivered(reason: .policy, at: site))
        }
        // The way here took its share: half of the link's round trip.
        let onTheWay = (sockets[link]?.roundTrip ?? .zero) / 2
        let timeLeft = max(.zero, min(request.timeLeft - onTheWay, configuration.limits.commandTime))
        let waiter = CommandWaiter(
            kind: .peer(peer, submitter: submitter), deadline: now.instant + timeLeft)
        accept(request, hops: frame.hops, waiter: waiter)
    }

    private var tooLarge: String { "a command of more than \(configuration.limits.commandBody) bytes" }

    private mutating func accept(_ request: CommandRequest, hops: [SiteID], waiter: CommandWaiter) {
        if request.target == site { return execute(request, waiter: waiter) }
        if pending[request.key] != nil {
            counters.commandsRepeated += 1
            return join(request.key, waiter)
        }
        pending[request.key] = PendingCommand(
            request: request, hops: hops, waiters: [], deadline: waiter.deadline)
        join(request.key, waiter)
        forward(request.key)
    }

    private mutating func join(_ key: IdempotencyKey, _ waiter: CommandWaiter) {
        guard var command = pending[key], !command.waiters.contains(where: { $0.kind == waiter.kind }) else { return }
        command.waiters.append(waiter)
        command.deadline = max(command.deadline, waiter.deadline)
        pending[key] = command
        count(waiter, 1)
        deadlines.add(key, due: waiter.deadline)
    }

    /// Keeps the numbers of waiting commands per neighbour and of our own.
    mutating func count(_ waiter: CommandWaiter, _ change: Int) {
        switch waiter.kind {
        case .local: submittedWaiting += change
        case .peer(let peer, _): peers[peer]?.commandsWaiting += change
        }
    }

    /// Hands a command to the next node towards its site.
    private mutating func forward(_ key: IdempotencyKey) {
        guard let command = pending[key] else { return }
        guard command.deadline > now.instant else {
            return command.mayBeDelivered ? () : finish(key, .notDelivered(reason: .timeout, at: site))
        }
        guard let hop = routeTable[command.request.target]?.nextHop, peers[hop]?.active != nil,
            !command.hops.contains(hop)
        else {
            if command.mayBeDelivered { return strandOne(key) }
            return finish(key, .notDelivered(reason: .noRoute, at: site))
        }
        pending[key]?.nextHop = hop
        pending[key]?.attempts += 1
        counters.commandsForwarded += 1
        var request = command.request
        request.timeLeft = command.deadline - now.instant
        send(to: hop, writer.command(CommandFrame(request: request, hops: command.hops + [site])))
    }

    // MARK: Lost ways

    /// The socket to a neighbour is gone: what became of the commands that it had is open.
    mutating func strand(beyond peer: SiteID) {
        let lost = pending.filter { $0.value.nextHop == peer }.keys.sorted { $0.text < $1.text }
        for key in lost {
            pending[key]?.mayBeDelivered = true
            strandOne(key)
        }
    }

    mutating func strandOne(_ key: IdempotencyKey) {
        pending[key]?.nextHop = nil
        guard pending[key]?.isStranded == false else { return }
        pending[key]?.isStranded = true
        stranded.append(key)
    }

    /// Sends stranded commands over another way under the same key: their site answers from its ledger if it has
    /// them already.
    mutating func retryStranded() {
        strandedMayMove = false
        guard !stranded.isEmpty else { return }
        let keys = stranded
        stranded = []
        for key in keys {
            guard let command = pending[key], command.isStranded else { continue }
            if let hop = routeTable[command.request.target]?.nextHop, peers[hop]?.active != nil,
                !command.hops.contains(hop)
            {
                pending[key]?.isStranded = false
                forward(key)
            } else {
                stranded.append(key)
            }
        }
    }

    // MARK: Back

    mutating func receive(_ frame: AnswerFrame, from peer: SiteID) {
        guard let command = pending[frame.key] else {
            return pass(frame.to, hops: frame.hops, from: peer) { writer, hops in
                var frame = frame
                frame.hops = hops
                return writer.answer(frame)
            }
        }
        if case .notDelivered(let reason, _) = frame.answer {
            // Only the neighbour that has it can say that it did not get through.
            guard command.nextHop == peer else { return }
            if reason == .noRoute || reason == .tooManyHops, command.attempts < 4,
                let hop = routeTable[command.request.target]?.nextHop, hop != peer
            {
                return forward(frame.key)
            }
            if command.mayBeDelivered {
                // An earlier way may have led there: wait for its answer, or for yet another way.
                return strandOne(frame.key)
            }
        }
        finish(frame.key, frame.answer)
    }

    mutating func receive(_ frame: ProgressFrame, from peer: SiteID) {
        guard let command = pending[frame.key] else {
            return pass(frame.to, hops: frame.hops, from: peer) { writer, hops in
                var frame = frame
                frame.hops = hops
                return writer.progress(frame)
            }
        }
        guard frame.number >= command.progressSeen else { return }
        pending[frame.key]?.progressSeen = frame.number + 1
        for waiter in command.waiters { tell(waiter, frame.key, progress: frame.body, number: frame.number) }
    }

    /// Passes an answer on towards its submitter when the way that the command came is gone.
    private mutating func pass(
        _ to: SiteID, hops: Int, from peer: SiteID, _ encode: (inout JSONWriter, Int) -> [UInt8]
    ) {
        guard to != site, hops > 0, let hop = routeTable[to]?.nextHop, hop != peer, peers[hop]?.active != nil else {
            counters.lateAnswers += 1
            return
        }
        let bytes = encode(&writer, min(hops, configuration.limits.hops) - 1)
        send(to: hop, bytes)
    }

    /// Answers everyone who waits for a command that went elsewhere, and forgets it.
    private mutating func finish(_ key: IdempotencyKey, _ answer: CommandAnswer) {
        guard let command = pending.removeValue(forKey: key) else { return }
        for waiter in command.waiters {
            count(waiter, -1)
            tell(waiter, key, answer: answer)
        }
    }

    mutating func tell(_ waiter: CommandWaiter, _ key: IdempotencyKey, answer: CommandAnswer) {
        switch waiter.kind {
        case .local(let token): effects.append(.answered(token, answer))
        case .peer(let peer, let submitter):
            let bytes = writer.answer(
                AnswerFrame(key: key, to: submitter, hops: configuration.limits.hops, answer: answer))
            send(towards: submitter, over: peer, bytes)
        }
    }

    mutating func tell(_ waiter: CommandWaiter, _ key: IdempotencyKey, progress: EncodedObject, number: Int) {
        switch waiter.kind {
        case .local(let token): effects.append(.progress(token, progress))
        case .peer(let peer, let submitter):
            let bytes = writer.progress(
                ProgressFrame(
                    key: key, to: submitter, hops: configuration.limits.hops, number: number, body: progress))
            send(towards: submitter, over: peer, bytes)
        }
    }

    /// The way that the command came, or the route to its submitter if that way is gone.
    private mutating func send(towards submitter: SiteID, over peer: SiteID, _ bytes: [UInt8]) {
        if send(to: peer, bytes) { return }
        if let hop = routeTable[submitter]?.nextHop, send(to: hop, bytes) { return }
        counters.lateAnswers += 1
    }

    // MARK: Deadlines

    mutating func checkCommandDeadlines() {
        while let key = deadlines.takeDue(now.instant) {
            if running[key] != nil { checkRunningDeadline(key) }
            if pending[key] != nil { checkPendingDeadline(key) }
        }
    }

    /// Commands that were handed on get three quarters of the grace, so that the executing site's own verdict arrives
    /// first; then they are unknown here.
    private mutating func checkPendingDeadline(_ key: IdempotencyKey) {
        guard let command = pending[key] else { return }
        let grace = configuration.timings.commandGrace * 3 / 4
        var remaining: [CommandWaiter] = []
        for waiter in command.waiters {
            guard waiter.deadline <= now.instant else {
                remaining.append(waiter)
                continue
            }
            let end = waiter.deadline + grace
            if end > now.instant {
                deadlines.add(key, due: end)
                remaining.append(waiter)
                continue
            }
            count(waiter, -1)
            // A relay's silence is enough: every node before it watches the same deadline.
            if case .local(let token) = waiter.kind { effects.append(.answered(token, .unknown(at: site))) }
        }
        if remaining.isEmpty { pending[key] = nil } else { pending[key]?.waiters = remaining }
    }
}
