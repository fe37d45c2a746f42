import AMI
import DriverKit
import PBX
import SiteModel
import TandemCore

// What comes from the PBX: events for the interpreter, answers for actions, the snapshot's lists.
extension AsteriskSession {
    mutating func take(_ message: borrowing AMIMessage, at now: Instant, _ output: inout DriverOutput) {
        // The rest of what came with the end of a connection is of no interest.
        guard output.ending == nil else { return }
        switch manager.receive(message, at: now) {
        case .event:
            // Before the snapshot begins nothing is told: it will say all.
            guard manager.phase == .ready else { return }
            switch message.event {
            case .reload, .load, .unload: noteReload(at: now)
            default: break
            }
            apply(message, at: now, &output)
        case .listItem(let id):
            if id == snapshotStep { apply(message, at: now, &output) }
        case .accepted(let id): accepted(id, message, at: now, &output)
        case .refused(let id, let reason): refused(id, reason, at: now, &output)
        case .listComplete(let id):
            guard id == snapshotStep else { break }
            if snapshot?.isAtHints == true { output.tellFacts { interpreter.extensionListCompleted(into: &$0) } }
            snapshotStepEnded(at: now, &output)
        case .originateEnded(let id): originateEnded(id, message, &output)
        case .becameReady:
            interpreter.reset()
            beginSnapshot(at: now, &output)
        case .ended(let failure):
            var isRefused = false
            if case .loginRefused = failure { isRefused = true }
            output.end("\(failure.description) (\(settings.address))", refused: isRefused)
        case .handled: break
        }
    }

    private mutating func apply(_ message: borrowing AMIMessage, at now: Instant, _ output: inout DriverOutput) {
        output.tellFacts { interpreter.apply(message, into: &$0) }
        guard message.event == .newchannel, !expectedChannels.isEmpty,
            let expected = expectedChannels.removeValue(forKey: message.text(.uniqueid))
        else { return }
        output.tell(expected.token, .channel(interpreter.channel(message)))
        // What the PBX's own configuration says of the caller stands, as if the person had dialled by hand.
        guard message.isEmpty(.callerIDNum), let caller = expected.caller,
            let channel = HeaderText(message.text(.uniqueid))
        else { return }
        for action in caller.actions(channel: channel) {
            // Its answer says nothing that anybody waits for: a channel that is gone needs no caller.
            _ = try? manager.submit(
                action, completion: .answer, timeout: settings.actionTimeout, at: now, isLimited: false)
        }
    }

    // MARK: Actions

    private mutating func accepted(
        _ id: AMIActionID, _ message: borrowing AMIMessage, at now: Instant, _ output: inout DriverOutput
    ) {
        if mailboxQuestions.remove(id) != nil {
            _ = output.tellFacts { interpreter.applyMailboxCount(message, into: &$0) }
            return
        }
        // Some lists that are empty are told by a word and have no end (`There are no voicemail users currently defined.`).
        if id == snapshotStep, message.begins(.message, "There are no") {
            manager.abandon(id)
            snapshotStepEnded(at: now, &output)
            return
        }
        guard let waiting = work[id] else { return }
        switch waiting.outcome {
        case .answer:
            work[id] = nil
            output.tell(waiting.token, .accepted(final: true))
        case .mailboxCount:
            work[id] = nil
            let counts = output.tellFacts { interpreter.applyMailboxCount(message, into: &$0) }
            if let counts { output.tell(waiting.token, .counted(new: counts.new, old: counts.old)) }
            output.tell(waiting.token, .accepted(final: true))
        case .originate: output.tell(waiting.token, .accepted(final: false))
        case .answered: break
        }
    }

    private mutating func refused(
        _ id: AMIActionID, _ reason: String, at now: Instant, _ output: inout DriverOutput
    ) {
        if id == snapshotStep {
            if snapshot?.noteRefusal(reason) == true {
                output.end(
                    "the \(place) refuses to list its channels (\(reason)); "
                        + "give the manager user read and write of the classes system, call and reporting",
                    refused: true)
            } else {
                snapshotStepEnded(at: now, &output)
            }
            return
        }
        mailboxQuestions.remove(id)
        guard let waiting = work.removeValue(forKey: id) else { return }
        forgetChannel(waiting)
        output.tell(waiting.token, .failed(reason: reason, connection: false))
    }

    private mutating func originateEnded(
        _ id: AMIActionID, _ message: borrowing AMIMessage, _ output: inout DriverOutput
    ) {
        guard let waiting = work.removeValue(forKey: id) else { return }
        forgetChannel(waiting)
        let succeeded = message.equals(.response, "Success")
        let reason = message.integer(.reason) ?? 0
        if case .answered = waiting.outcome {
            output.tell(
                waiting.token,
                succeeded
                    ? .accepted(final: true)
                    : .failed(reason: "the phone did not answer (originate reason \(reason))", connection: false))
            return
        }
        // Of a failed call the header names only what was dialled, no channel.
        output.tell(
            waiting.token,
            .originated(channel: succeeded ? message.text(.channel) : nil, end: OriginateEnd(manager: reason)))
    }

    mutating func expired(_ id: AMIActionID, at now: Instant, _ output: inout DriverOutput) {
        if id == snapshotStep {
            // One list that does not end must not keep all others from being seen.
            if snapshot?.noteRefusal("it did not finish the list in time") == true {
                output.end("the \(place) did not finish the list of its channels in time; the connection is made anew")
            } else {
                snapshotStepEnded(at: now, &output)
            }
            return
        }
        mailboxQuestions.remove(id)
        guard let waiting = work.removeValue(forKey: id) else { return }
        forgetChannel(waiting)
        // It was asked and said nothing: what became of the action is not known.
        output.tell(waiting.token, .failed(reason: "no answer from the \(place) in time", connection: true))
    }

    private mutating func forgetChannel(_ waiting: Work) {
        if case .originate(let channelID, _) = waiting.outcome { expectedChannels[channelID] = nil }
    }

    // MARK: Snapshot

    mutating func beginSnapshot(at now: Instant, _ output: inout DriverOutput) {
        interpreter.beginSnapshot()
        output.beginSnapshot()
        snapshot = SnapshotSequence()
        askNext(at: now, &output)
    }

    private mutating func askNext(at now: Instant, _ output: inout DriverOutput) {
        snapshotStep = nil
        guard let step = snapshot?.nextStep() else {
            for refusal in snapshot?.refusals ?? [] {
                output.note("the \(place) does not answer \(refusal.action): \(refusal.message)")
            }
            snapshot = nil
            output.endSnapshot()
            return
        }
        do throws(AMISessionFailure) {
            // One at a time, so the limit of what clients have under way need not hold for it.
            snapshotStep = try manager.submit(
                step.action, completion: .list, timeout: max(settings.actionTimeout, .seconds(30)), at: now,
                isLimited: false)
        } catch {
            output.end("the snapshot of the \(place) cannot be asked for: \(error)")
        }
    }

    private mutating func snapshotStepEnded(at now: Instant, _ output: inout DriverOutput) {
        if snapshot?.isAtChannels == true { output.tellFacts { interpreter.channelListCompleted(into: &$0) } }
        if snapshot?.isAtAgents == true { output.tellFacts { interpreter.agentListCompleted(into: &$0) } }
        askFollowUps(at: now)
        askNext(at: now, &output)
    }

    mutating func askFollowUps(at now: Instant) {
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
                if let id = try? manager.submit(
                    AMIAction("MailboxCount").with("Mailbox", mailbox), completion: .answer,
                    timeout: settings.actionTimeout, at: now)
                {
                    mailboxQuestions.insert(id)
                }
            }
        }
    }
}
