import TandemCore

/// Commands that run at this site: at most once under each key.
extension Commands {
    /// Ledger lines from the store, before any link is up. Commands without an answer were under way when the node
    /// stopped: nobody knows how they ended.
    mutating func restoreLedger(_ entries: [LedgerEntry]) { ledger.restore(entries) }

    /// A ledger line is durable: its command may run, or its answer may be told.
    mutating func ledgerStored(key: IdempotencyKey, now: Moment) {
        guard let command = running[key] else { return }
        if case .answering(let answer) = command.phase {
            running[key] = nil
            return release(command, answer)
        }
        guard command.phase == .storing else { return }
        guard command.waiters.contains(where: { $0.deadline > now.instant }) else {
            // Everyone was told that it did not arrive in time; so it must not run.
            return complete(key, .notDelivered(reason: .timeout, at: site), now: now)
        }
        running[key]?.phase = .executing
        start(command.request, deadline: command.deadline, now: now)
    }

    /// The store can be written, or cannot. While it cannot, nobody waits for it: what has not begun does not begin, and
    /// what has ended is told at once.
    mutating func storeChanged(isAvailable: Bool, now: Moment) {
        canStore = isAvailable
        guard !isAvailable else { return }
        for (key, command) in running.map({ ($0.key, $0.value) }) where command.isLedgered {
            switch command.phase {
            case .executing: break
            case .answering(let answer):
                running[key] = nil
                release(command, answer)
            case .storing:
                // Its line may still be written one day; it must not look like a command that was interrupted.
                complete(key, Self.storeUnavailable, now: now)
            }
        }
    }

    /// A command that was not run because its key could not be written first.
    static let storeUnavailable = CommandAnswer.refused(reason: "store_unavailable", .empty)

    /// A line for the submitter before the answer.
    mutating func progress(key: IdempotencyKey, body: EncodedObject) {
        guard let command = running[key], command.phase == .executing else { return }
        let number = command.progress.count
        // Enough for any dialogue; a handler that writes for ever must not fill the memory.
        guard number < 256 else { return }
        running[key]?.progress.append(body)
        for waiter in command.waiters { tell(waiter, key, progress: body, number: number) }
    }

    /// The command's answer.
    mutating func finish(key: IdempotencyKey, _ answer: CommandAnswer, now: Moment) {
        guard let place = running.index(forKey: key), running.values[place].phase == .executing else { return }
        // Nobody waits for the store: told at once.
        if !running.values[place].isLedgered { return release(running.remove(at: place).value, answer) }
        complete(key, answer, now: now)
    }

    mutating func execute(_ request: CommandRequest, waiter: CommandWaiter, now: Moment) {
        let key = request.key
        if let command = running[key] {
            counters.repeated += 1
            guard command.request.origin == request.origin else {
                count(waiter, 1)
                return dismiss(waiter, key, Self.foreignKey)
            }
            guard CommandDigest.mayBeSame(command.request.digest, request.digest) else {
                count(waiter, 1)
                return dismiss(waiter, key, Self.usedKey)
            }
            guard !command.waiters.contains(where: { $0.kind == waiter.kind }) else { return }
            running[key]?.waiters.append(waiter)
            count(waiter, 1)
            deadlines.add(key, due: waiter.deadline)
            for (number, body) in command.progress.enumerated() {
                tell(waiter, key, progress: body, number: number)
            }
            return
        }
        count(waiter, 1)
        let digest = request.digest
        switch ledger.state(of: key, askedBy: request.origin, for: digest) {
        case .answered(let answer)?:
            counters.repeated += 1
            return dismiss(waiter, key, answer)
        case .interrupted?, .running?:
            counters.repeated += 1
            return dismiss(waiter, key, .unknown(at: site))
        case .foreign?: return dismiss(waiter, key, Self.foreignKey)
        case .otherCommand?: return dismiss(waiter, key, Self.usedKey)
        case nil: break
        }
        guard waiter.deadline > now.instant else {
            return dismiss(waiter, key, .notDelivered(reason: .timeout, at: site))
        }
        let isLedgered = !unledgeredVerbs.contains(request.verb)
        // Not in the ledger: the same key may be tried again once the store is well.
        guard canStore || !isLedgered else { return dismiss(waiter, key, Self.storeUnavailable) }
        if isLedgered, ledger.count >= limits.ledger {
            // No command lives as long as this, so nobody's second try is taken for a first one.
            let oldest = now.unixTime - limits.commandTime.inSeconds * 2
            if ledger.trim(before: oldest) { outputs.append(.effect(.trimLedger(before: oldest))) }
            guard ledger.count < limits.ledger else {
                return dismiss(waiter, key, .refused(reason: "\(site) has run too many commands lately", .empty))
            }
        }
        running[key] = RunningCommand(
            request: request, waiters: [waiter], deadline: waiter.deadline, phase: isLedgered ? .storing : .executing,
            isLedgered: isLedgered)
        deadlines.add(key, due: waiter.deadline)
        if isLedgered {
            ledger.begin(key, origin: request.origin, digest: digest, unixTime: now.unixTime)
            store(
                LedgerEntry(
                    key: key, origin: request.origin, digest: digest, answer: nil, unixTime: now.unixTime))
        } else {
            start(request, deadline: waiter.deadline, now: now)
        }
    }

    /// Hands a command that is `executing` from now on to the shell.
    private mutating func start(_ request: CommandRequest, deadline: Instant, now: Moment) {
        var request = request
        counters.executed += 1
        request.timeLeft = max(.zero, deadline - now.instant)
        outputs.append(.effect(.execute(request)))
    }

    private mutating func complete(_ key: IdempotencyKey, _ answer: CommandAnswer, now: Moment) {
        guard let command = running[key] else { return }
        guard command.isLedgered else {
            running[key] = nil
            return release(command, answer)
        }
        ledger.answer(key, answer, unixTime: now.unixTime)
        let entry = LedgerEntry(
            key: key, origin: command.request.origin, digest: command.request.digest, answer: answer,
            unixTime: now.unixTime)
        guard canStore else {
            running[key] = nil
            store(entry, callBack: false)
            return release(command, answer)
        }
        // Told only once it is durable: after a crash, a key that was answered gets the same answer again.
        running[key]?.phase = .answering(answer)
        store(entry)
    }

    private mutating func store(_ entry: LedgerEntry, callBack: Bool = true) {
        outputs.append(.effect(.storeLedger(entry, callBack: callBack)))
    }

    /// Tells everyone who waits for a command that has ended.
    private mutating func release(_ command: RunningCommand, _ answer: CommandAnswer) {
        for waiter in command.waiters { dismiss(waiter, command.request.key, answer) }
    }

    private mutating func dismiss(_ waiter: CommandWaiter, _ key: IdempotencyKey, _ answer: CommandAnswer) {
        count(waiter, -1)
        tell(waiter, key, answer: answer)
    }

    /// Tells those whose time is up what is known; the command itself goes on, and its answer goes into the ledger.
    mutating func checkRunningDeadline(_ key: IdempotencyKey, now: Instant) {
        guard let command = running[key] else { return }
        let answer: CommandAnswer =
            switch command.phase {
            case .storing: .notDelivered(reason: .timeout, at: site)
            case .executing: .unknown(at: site)
            case .answering(let answer): answer
            }
        running[key]?.waiters.removeAll { $0.deadline <= now }
        for waiter in command.waiters where waiter.deadline <= now { dismiss(waiter, key, answer) }
    }
}
