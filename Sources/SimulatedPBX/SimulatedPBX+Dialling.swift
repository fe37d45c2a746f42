import PBX
import SiteModel
import TandemCore

// Dialling: what a number leads to, how phones react, what becomes of the caller.
extension SimulatedPBX {
    /// Somebody lifts a phone and dials.
    @discardableResult
    mutating func dialFrom(_ phone: String, number: String) -> String? {
        guard let endpoint = configuration.phones[phone]?.endpoint, !isUnreachable(phone) else { return nil }
        let own = identity(ofPhone: phone)
        let channel = makeLeg(
            endpoint: endpoint, phone: phone, state: .ring, callerNumber: own.number, callerName: own.name,
            dialled: number, linkedID: nil)
        execute(channel, number)
        return channel
    }

    /// The dialplan: sends a channel to a number.
    mutating func execute(_ channel: String, _ number: String) {
        guard legs[channel] != nil else { return }
        legs[channel]?.dialled = number
        if let phone = phoneByNumber[number], let endpoint = configuration.phones[phone]?.endpoint {
            dial([endpoint], for: channel, purpose: .call, mailbox: mailbox(ofPhone: phone))
        } else if let queue = queueByNumber[number] {
            joinQueue(channel, queue)
        } else if let group = groupByNumber[number] {
            let endpoints = (queues[group] ?? []).compactMap {
                $0.phone.flatMap { configuration.phones[$0]?.endpoint }
            }
            dial(endpoints, for: channel, purpose: .call, mailbox: nil)
        } else if roomNumbers.contains(number) {
            joinRoom(channel, number)
        } else if number == behaviour.echoNumber {
            setState(channel, .up)
            if let talk = behaviour.talk { after(talk, .hangUp(channel: channel)) }
        } else if number == behaviour.voicemailNumber {
            guard let phone = legs[channel]?.phone, let box = boxes[phone] else {
                hangUp(channel, cause: .unallocatedNumber)
                return
            }
            setState(channel, .up)
            after(behaviour.message, .messagesHeard(channel: channel, mailbox: box))
        } else if number.hasPrefix(behaviour.voicemailPrefix) {
            let bare = String(number.dropFirst(behaviour.voicemailPrefix.count))
            guard let box = mailboxes.keys.sorted().first(where: { $0.hasPrefix(bare + "@") }) else {
                hangUp(channel, cause: .unallocatedNumber)
                return
            }
            recordMessage(channel, box)
        } else if number == behaviour.parkNumber {
            setState(channel, .up)
            park(channel, parker: "", returnTo: nil, timeout: behaviour.parking)
        } else if let held = parked[number] {
            retrieve(held, by: channel)
        } else if !callTrunk(channel, number) {
            hangUp(channel, cause: .unallocatedNumber)
        }
    }

    func mailbox(ofPhone phone: String) -> String? { behaviour.leavesMessages ? boxes[phone] : nil }

    /// Rings devices for a caller (nil: for the PBX itself). Returns the dial, nil when none could be rung.
    @discardableResult
    mutating func dial(
        _ endpoints: [String], for caller: String?, purpose: Purpose, mailbox: String?, callerName: String? = nil,
        callerNumber: String? = nil, timeout: Duration? = nil
    ) -> Int? {
        serial += 1
        let id = serial
        dials[id] = Dial(id: id, caller: caller, callees: [], purpose: purpose, mailbox: mailbox)
        if let caller { legs[caller]?.dialing = id }
        let leg = caller.flatMap { legs[$0] }
        for endpoint in endpoints {
            guard let phone = phoneByEndpoint[endpoint] else { continue }
            if isUnreachable(phone) {
                dials[id]?.outcome = .unreachable
                continue
            }
            let own = identity(ofPhone: phone)
            let isBusy = caller != nil && !(phoneLegs[phone] ?? []).isEmpty && reaction(of: phone) != .ignores
            let callee = makeLeg(
                endpoint: endpoint, phone: phone, state: .down, callerNumber: own.number, callerName: own.name,
                dialled: "s", linkedID: leg?.linkedID)
            tell(
                .channelConnectedLine(
                    channel: callee, number: callerNumber ?? leg?.callerNumber ?? "",
                    name: callerName ?? leg?.callerName ?? ""))
            legs[callee]?.dialedBy = id
            dials[id]?.callees.append(callee)
            tell(.dialBegan(caller: caller, callee: callee))
            if case .originate(let token, _) = purpose { tell(token, .channel(callee)) }
            if isBusy || reaction(of: phone) == .busy {
                dials[id]?.callees.removeAll { $0 == callee }
                dials[id]?.outcome = .busy
                legs[callee]?.dialedBy = nil
                tell(.dialEnded(caller: caller, callee: callee, outcome: .busy))
                remove(callee, cause: .userBusy)
                continue
            }
            setState(callee, .ringing)
            scheduleReaction(callee, phone)
        }
        guard dials[id]?.callees.isEmpty == false else {
            finish(id)
            return nil
        }
        if let leg, leg.isIncoming { signal(leg, .ringing) }
        after(timeout ?? behaviour.ringTimeout, .dialTimeout(dial: id))
        return id
    }

    private mutating func scheduleReaction(_ callee: String, _ phone: String) {
        switch reaction(of: phone) {
        case .answers(let wait), .rejects(let wait): after(wait, .react(channel: callee))
        case .ignores, .busy, .unreachable: break
        }
    }

    /// The person at a ringing phone does what they do.
    mutating func react(_ channel: String) {
        guard let leg = legs[channel], leg.state == .ringing, let phone = leg.phone else { return }
        switch reaction(of: phone) {
        case .answers: answer(channel)
        case .rejects: hangUp(channel, cause: .callRejected)
        case .ignores, .busy, .unreachable: break
        }
    }

    /// A rung leg answers.
    mutating func answer(_ channel: String) {
        guard let id = legs[channel]?.dialedBy, let dial = dials.removeValue(forKey: id) else { return }
        legs[channel]?.dialedBy = nil
        setState(channel, .up)
        tell(.dialEnded(caller: dial.caller, callee: channel, outcome: .answered))
        for other in dial.callees where other != channel {
            legs[other]?.dialedBy = nil
            tell(.dialEnded(caller: dial.caller, callee: other, outcome: .cancelled))
            remove(other, cause: .answeredElsewhere)
        }
        if let caller = dial.caller { legs[caller]?.dialing = nil }
        switch dial.purpose {
        case .originate(let token, let number):
            tell(token, .originated(channel: channel, end: .answered))
            execute(channel, number)
        case .listen:
            if let talk = behaviour.talk { after(talk, .hangUp(channel: channel)) }
        case .queue(let queue):
            guard let caller = dial.caller else { return }
            leaveQueue(caller)
            beginQueueCall(queue, caller: caller, member: channel)
            join(channel, caller)
        case .call, .enquiry:
            guard let caller = dial.caller else { return }
            setState(caller, .up)
            join(channel, caller)
        }
    }

    /// One of the rung legs ended by itself (declined, hung up at the far site).
    mutating func calleeEnds(_ callee: String, dial id: Int, cause: ReleaseCause) {
        guard dials[id] != nil else { return }
        let outcome: DialOutcome =
            switch cause {
            case .userBusy, .callRejected: .busy
            case .noAnswer, .normalClearing: .noAnswer
            default: .unreachable
            }
        dials[id]?.callees.removeAll { $0 == callee }
        dials[id]?.outcome = outcome
        tell(.dialEnded(caller: dials[id]?.caller, callee: callee, outcome: outcome))
    }

    /// Stops ringing. `callerStays`: the caller goes on (message, queue) or is told the cause.
    mutating func giveUp(_ id: Int, outcome: DialOutcome, callerStays: Bool = true) {
        guard let dial = dials[id] else { return }
        for callee in dial.callees {
            legs[callee]?.dialedBy = nil
            tell(.dialEnded(caller: dial.caller, callee: callee, outcome: outcome))
            remove(callee, cause: outcome == .noAnswer ? .noAnswer : .normalClearing)
        }
        dials[id]?.callees = []
        dials[id]?.outcome = outcome
        if callerStays {
            finish(id)
        } else {
            dials[id] = nil
            if let caller = dial.caller { legs[caller]?.dialing = nil }
        }
    }

    /// Nobody answered: what becomes of the caller.
    mutating func finish(_ id: Int) {
        guard let dial = dials.removeValue(forKey: id) else { return }
        if let caller = dial.caller { legs[caller]?.dialing = nil }
        switch dial.purpose {
        case .originate(let token, _):
            let end: OriginateEnd =
                switch dial.outcome {
                case .unreachable: .unreachable
                case .busy: .busy
                default: .noAnswer
                }
            tell(token, .originated(channel: nil, end: end))
        case .queue(let queue): after(behaviour.queueRetry, .callQueue(queue: queue))
        case .enquiry: if let caller = dial.caller { returnFromEnquiry(caller) }
        case .listen: break
        case .call:
            guard let caller = dial.caller else { return }
            if let box = dial.mailbox {
                recordMessage(caller, box)
                return
            }
            let cause: ReleaseCause =
                switch dial.outcome {
                case .busy: .userBusy
                case .unreachable: .subscriberAbsent
                default: .noAnswer
                }
            hangUp(caller, cause: cause)
        }
    }

    // MARK: Messages

    mutating func recordMessage(_ channel: String, _ box: String) {
        setState(channel, .up)
        after(behaviour.message, .messageLeft(channel: channel, mailbox: box))
    }

    mutating func leaveMessage(_ channel: String, _ box: String) {
        guard legs[channel] != nil else { return }
        mailboxes[box]?.new += 1
        tellMailbox(box)
        hangUp(channel, cause: .normalClearing)
    }

    mutating func hearMessages(_ channel: String, _ box: String) {
        guard legs[channel] != nil else { return }
        // A mailbox that a reload took away has nothing to hear; the call ends all the same.
        if let counts = mailboxes[box] { mailboxes[box] = Mailbox(new: 0, old: counts.old + counts.new) }
        tellMailbox(box)
        hangUp(channel, cause: .normalClearing)
    }

    mutating func tellMailbox(_ box: String) {
        guard let counts = mailboxes[box] else { return }
        let parts = box.split(separator: "@", maxSplits: 1)
        tell(
            .mailbox(
                mailbox: String(parts.first ?? ""), context: String(parts.last ?? ""), new: counts.new,
                old: counts.old, waiting: counts.new > 0))
    }
}
