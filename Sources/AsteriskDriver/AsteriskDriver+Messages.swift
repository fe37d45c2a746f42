import AMI
import NIOCore
import PBX
import SiteModel
import TandemCore

// What comes from the PBX: events for the interpreter, answers for actions, the snapshot's lists.
extension AsteriskDriver {
    func counted(messages: UInt64, bytes: UInt64) {
        counted.messages &+= messages
        counted.bytes &+= bytes
    }

    func received(_ message: borrowing AMIMessage, _ attempt: Int) {
        guard attempt == self.attempt else { return }
        switch session.receive(message, at: now) {
        case .event:
            // Before the snapshot begins nothing is told: it will say all.
            guard session.phase == .ready else { return }
            apply(message)
        case .listItem(let id):
            if id == snapshotStep { apply(message) }
        case .accepted(let id): accepted(id, message)
        case .refused(let id, let reason): refused(id, reason)
        case .listComplete(let id):
            if id == snapshotStep { snapshotStepEnded() }
        case .originateEnded(let id): originateEnded(id, message)
        case .becameReady: becameReady()
        case .ended(let failure): lose("\(failure.description) (\(place))")
        case .handled: break
        }
    }

    /// The end of a read: what it brought leaves together, and what it led to is written in one piece.
    func readCompleted(_ attempt: Int) {
        guard attempt == self.attempt, case .connected(let channel) = state else {
            deliverOutbox()
            return
        }
        askFollowUps()
        writeOutput(channel)
        armTimer()
        deliverOutbox()
    }

    private func apply(_ message: borrowing AMIMessage) {
        interpreter.apply(message, into: &outbox)
        if message.event == .newchannel, !expectedChannels.isEmpty,
            let token = expectedChannels.removeValue(forKey: message.text(.uniqueid))
        {
            tell(token, .channel(message.text(.channel)))
        }
    }

    // MARK: Actions

    private func accepted(_ id: AMIActionID, _ message: borrowing AMIMessage) {
        if mailboxQuestions.remove(id) != nil {
            interpreter.applyMailboxCount(message, into: &outbox)
            return
        }
        guard let waiting = work[id] else { return }
        switch waiting.outcome {
        case .answer:
            work[id] = nil
            tell(waiting.token, .accepted(final: true))
        case .mailboxCount:
            work[id] = nil
            interpreter.applyMailboxCount(message, into: &outbox)
            tell(waiting.token, .accepted(final: true))
        case .originate: tell(waiting.token, .accepted(final: false))
        case .answered: break
        }
    }

    private func refused(_ id: AMIActionID, _ reason: String) {
        if id == snapshotStep {
            if snapshot?.noteRefusal(reason) == true {
                lose(
                    "the Asterisk at \(place) refuses to list its channels (\(reason)); "
                        + "give the manager user read and write of the classes system, call and reporting")
            } else {
                snapshotStepEnded()
            }
            return
        }
        mailboxQuestions.remove(id)
        guard let waiting = work.removeValue(forKey: id) else { return }
        forgetChannel(waiting)
        tell(waiting.token, .failed(reason: reason, connection: false))
    }

    private func originateEnded(_ id: AMIActionID, _ message: borrowing AMIMessage) {
        guard let waiting = work.removeValue(forKey: id) else { return }
        forgetChannel(waiting)
        let succeeded = message.equals(.response, "Success")
        let reason = message.integer(.reason) ?? 0
        if case .answered = waiting.outcome {
            tell(
                waiting.token,
                succeeded
                    ? .accepted(final: true)
                    : .failed(reason: "the phone did not answer (originate reason \(reason))", connection: false))
            return
        }
        // Of a failed call the header names only what was dialled, no channel.
        tell(waiting.token, .originated(channel: succeeded ? message.text(.channel) : nil, reason: reason))
    }

    func actionExpired(_ id: AMIActionID) {
        if id == snapshotStep {
            lose("the Asterisk at \(place) did not finish a list in time; the connection is made anew")
            return
        }
        mailboxQuestions.remove(id)
        guard let waiting = work.removeValue(forKey: id) else { return }
        forgetChannel(waiting)
        // It was asked and said nothing: what became of the action is not known.
        tell(waiting.token, .failed(reason: "no answer from the Asterisk at \(place) in time", connection: true))
    }

    private func forgetChannel(_ waiting: Work) {
        if case .originate(let channelID) = waiting.outcome { expectedChannels[channelID] = nil }
    }

    // MARK: Snapshot

    private func becameReady() {
        counted.connections &+= 1
        backoff.reset()
        lastLossTold = nil
        interpreter.reset()
        logger.info("connected to the Asterisk at \(place)")
        tell(.fact(.resyncBegan))
        snapshot = SnapshotSequence()
        askNext()
    }

    private func askNext() {
        snapshotStep = nil
        guard let step = snapshot?.nextStep() else {
            for refusal in snapshot?.refusals ?? [] {
                logger.debug("the Asterisk at \(place) does not answer \(refusal.action): \(refusal.message)")
            }
            snapshot = nil
            tell(.fact(.resyncEnded))
            return
        }
        do throws(AMISessionFailure) {
            snapshotStep = try session.submit(
                step.action, completion: .list, timeout: max(settings.actionTimeout, .seconds(30)), at: now)
        } catch {
            lose("the snapshot of the Asterisk at \(place) cannot be asked for: \(error)")
        }
    }

    private func snapshotStepEnded() {
        if snapshot?.isAtChannels == true { interpreter.channelListCompleted(into: &outbox) }
        askFollowUps()
        askNext()
    }

    private func askFollowUps() {
        guard !interpreter.followUps.isEmpty else { return }
        let questions = interpreter.followUps
        interpreter.followUps.removeAll()
        for question in questions {
            switch question {
            case .roomMembers(let room):
                if let room = HeaderText(room) { snapshot?.add(room: room) }
            case .mailboxCount(let mailbox):
                guard let mailbox = HeaderText(mailbox) else { continue }
                // A full queue of actions: the next MessageWaiting asks again.
                if let id = try? session.submit(
                    AMIAction("MailboxCount").with("Mailbox", mailbox), completion: .answer,
                    timeout: settings.actionTimeout, at: now)
                {
                    mailboxQuestions.insert(id)
                }
            }
        }
    }
}
