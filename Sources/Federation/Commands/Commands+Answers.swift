import TandemCore

/// Answers and progress on their way back, and commands whose time is up.
extension Commands {
    /// An answer comes back.
    mutating func receive(_ frame: AnswerFrame, from peer: SiteID, now: Instant) {
        guard let command = pending[frame.key] else {
            var frame = frame
            guard let hop = wayOn(to: frame.to, hops: &frame.hops, from: peer) else { return }
            return send(.answer(frame), to: hop)
        }
        if case .notDelivered(let reason, _) = frame.answer {
            // Only the neighbour that has it can say that it did not get through.
            guard command.nextHop == peer else { return }
            if reason == .noRoute || reason == .tooManyHops, command.attempts < 4,
                let hop = routes[command.request.target]?.nextHop, hop != peer
            {
                return forward(frame.key, now: now)
            }
            if command.mayBeDelivered {
                // An earlier way may have led there: wait for its answer, or for yet another way.
                return strandOne(frame.key)
            }
        }
        conclude(frame.key, frame.answer)
    }

    /// A line for the submitter comes back.
    mutating func receive(_ frame: ProgressFrame, from peer: SiteID) {
        guard let command = pending[frame.key] else {
            var frame = frame
            guard let hop = wayOn(to: frame.to, hops: &frame.hops, from: peer) else { return }
            return send(.progress(frame), to: hop)
        }
        guard frame.number >= command.progressSeen else { return }
        pending[frame.key]?.progressSeen = frame.number + 1
        for waiter in command.waiters { tell(waiter, frame.key, progress: frame.body, number: frame.number) }
    }

    /// The neighbour that takes an answer on towards its submitter when the way that the command came is gone; counts
    /// down the relays that it may still pass. Nil: it ends here.
    private mutating func wayOn(to submitter: SiteID, hops: inout Int, from peer: SiteID) -> SiteID? {
        guard submitter != site, hops > 0, let hop = nextHop(to: submitter), hop != peer else {
            counters.lateAnswers += 1
            return nil
        }
        hops = min(hops, limits.hops) - 1
        return hop
    }

    /// Answers everyone who waits for a command that went elsewhere, and forgets it.
    mutating func conclude(_ key: IdempotencyKey, _ answer: CommandAnswer) {
        guard let command = pending.removeValue(forKey: key) else { return }
        for waiter in command.waiters {
            count(waiter, -1)
            tell(waiter, key, answer: answer)
        }
    }

    mutating func tell(_ waiter: CommandWaiter, _ key: IdempotencyKey, answer: CommandAnswer) {
        switch waiter.kind {
        case .local(let token): outputs.append(.effect(.answered(token, answer)))
        case .peer(let peer, let submitter):
            let frame = AnswerFrame(key: key, to: submitter, hops: limits.hops, answer: answer)
            send(.answer(frame), towards: submitter, over: peer)
        }
    }

    mutating func tell(_ waiter: CommandWaiter, _ key: IdempotencyKey, progress: EncodedObject, number: Int) {
        switch waiter.kind {
        case .local(let token): outputs.append(.effect(.progress(token, progress)))
        case .peer(let peer, let submitter):
            let frame = ProgressFrame(
                key: key, to: submitter, hops: limits.hops, number: number, body: progress)
            send(.progress(frame), towards: submitter, over: peer)
        }
    }

    /// The way that the command came, or the route to its submitter if that way is gone.
    private mutating func send(_ message: OutgoingMessage, towards submitter: SiteID, over peer: SiteID) {
        if ways[peer] != nil { return send(message, to: peer) }
        if let hop = nextHop(to: submitter) { return send(message, to: hop) }
        counters.lateAnswers += 1
    }

    // MARK: Deadlines

    /// Commands that were handed on get three quarters of the grace, so that the executing site's own verdict arrives
    /// first; then they are unknown here.
    mutating func checkPendingDeadline(_ key: IdempotencyKey, now: Instant) {
        guard let command = pending[key] else { return }
        let grace = timings.commandGrace * 3 / 4
        var remaining: [CommandWaiter] = []
        for waiter in command.waiters {
            guard waiter.deadline <= now else {
                remaining.append(waiter)
                continue
            }
            let end = waiter.deadline + grace
            if end > now {
                deadlines.add(key, due: end)
                remaining.append(waiter)
                continue
            }
            count(waiter, -1)
            // A relay's silence is enough: every node before it watches the same deadline.
            if case .local(let token) = waiter.kind { outputs.append(.effect(.answered(token, .unknown(at: site)))) }
        }
        if remaining.isEmpty { pending[key] = nil } else { pending[key]?.waiters = remaining }
    }
}
