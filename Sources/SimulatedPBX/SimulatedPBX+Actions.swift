import PBX
import SiteModel
import TandemCore

// What a node asks for.
extension SimulatedPBX {
    /// Does what a node asks. The action's events come in the order of a real PBX; those of an originate go on in
    /// later calls.
    public mutating func perform(_ action: PBXAction, token: ActionToken, at now: Moment) -> [PBXEvent] {
        clock = now
        guard isConnected else {
            return [.action(token, .failed(reason: "The PBX is not connected", connection: true))]
        }
        tell(token, .written)
        switch action {
        case .originate(let call): originate(call, token)
        case .hangup(let channel):
            onChannel(channel, token) { $0.hangUp(channel.text, cause: .normalClearing) }
        case .redirect(let channel, let number, _):
            onChannel(channel, token) { $0.redirect(channel.text, number.text) }
        case .attendedTransfer(let channel, let number, _):
            onCheckedChannel(channel, token) { $0.enquire(channel.text, number.text) }
        case .cancelAttendedTransfer(let channel):
            onCheckedChannel(channel, token) { $0.cancelEnquiry(channel.text) }
        case .park(let channel, let returnTo, _, let timeout):
            park(channel.text, returnTo?.text, timeout, token)
        case .answer(let channel):
            onCheckedChannel(channel, token) {
                guard $0.legs[channel.text]?.state == .ringing else { return "Channel is not ringing" }
                $0.answer(channel.text)
                return nil
            }
        case .hold(let channel, let on):
            onChannel(channel, token) { $0.hold(channel.text, on) }
        case .agentLogin(let agent, let number, _):
            conclude(token) { $0.logIn(agent: agent.text, at: number.text) }
        case .agentLogoff(let agent): conclude(token) { $0.logOff(agent: agent.text) }
        case .queueAdd(let queue, let name, let shownName, let penalty, let paused):
            conclude(token) {
                let (interface, target) = $0.member(name)
                return $0.addMember(
                    QueueMemberFact(
                        queue: queue.text, interface: interface, target: target,
                        memberName: shownName?.text ?? interface, penalty: penalty, paused: paused))
            }
        case .queueRemove(let queue, let name):
            conclude(token) { $0.removeMember($0.member(name).interface, of: queue.text) }
        case .queuePause(let queue, let name, let paused, let reason):
            conclude(token) {
                $0.pauseMember($0.member(name).interface, of: queue?.text, paused: paused, reason: reason?.text ?? "")
            }
        case .roomMute(let room, let channel, let muted):
            conclude(token) { $0.mute(room.text, channel.text, muted) }
        case .roomKick(let room, let channel):
            conclude(token) {
                guard let occupants = $0.rooms[room.text] else { return "No active conferences." }
                guard channel.text == "all" || occupants.contains(where: { $0.channel == channel.text }) else {
                    return "No such participant"
                }
                for occupant in occupants where channel.text == "all" || occupant.channel == channel.text {
                    $0.hangUp(occupant.channel, cause: .normalClearing)
                }
                return nil
            }
        case .record(let channel, let on, _):
            onChannel(channel, token) {
                $0.legs[channel.text]?.isMonitored = on
                $0.tell(.monitored(channel: channel.text, on: on))
            }
        case .listen(let listener, let channel): listen(listener, channel.text, token)
        case .notify(let endpoint, _):
            conclude(token) { $0.phoneByEndpoint[endpoint.text] == nil ? "Endpoint not found" : nil }
        case .mailboxCount(let mailbox, let context):
            let box = mailbox.text + "@" + context.text
            guard let counts = mailboxes[box] else {
                conclude(token) { _ in "No such mailbox" }
                break
            }
            tellMailbox(box)
            tell(token, .counted(new: counts.new, old: counts.old))
            tell(token, .accepted(final: true))
        }
        return taken()
    }

    /// Tells the outcome before the facts that follow from it, as a PBX answers before its events.
    private mutating func conclude(_ token: ActionToken, _ body: (inout SimulatedPBX) -> String?) {
        let before = events
        events = []
        let failure = body(&self)
        let facts = events
        events = before
        if let failure {
            tell(token, .failed(reason: failure, connection: false))
        } else {
            tell(token, .accepted(final: true))
            events += facts
        }
    }

    private mutating func onCheckedChannel(
        _ channel: ChannelName, _ token: ActionToken, _ body: (inout SimulatedPBX) -> String?
    ) {
        conclude(token) { $0.legs[channel.text] == nil ? "No such channel" : body(&$0) }
    }

    private mutating func onChannel(
        _ channel: ChannelName, _ token: ActionToken, _ body: (inout SimulatedPBX) -> Void
    ) {
        onCheckedChannel(channel, token) {
            body(&$0)
            return nil
        }
    }

    private mutating func originate(_ call: PBXAction.Originate, _ token: ActionToken) {
        tell(token, .accepted(final: false))
        guard let endpoint = device(call.party) else {
            // As with an unregistered device: the request is queued, then fails.
            tell(token, .originated(channel: nil, end: .unreachable))
            return
        }
        dial(
            [endpoint], for: nil, purpose: .originate(token, number: call.extension.text), mailbox: nil,
            callerName: call.calledName?.text, callerNumber: call.calledNumber?.text ?? call.extension.text,
            timeout: .seconds(call.timeoutSeconds))
    }

    private mutating func park(_ channel: String, _ returnTo: String?, _ timeout: Int, _ token: ActionToken) {
        conclude(token) { pbx in
            guard pbx.legs[channel] != nil else { return "Channel does not exist: " + channel }
            let other = pbx.partner(of: channel)
            // Who is called back: a device, or the device of the channel that is named, or of the other party.
            let back = (returnTo ?? other).map { pbx.legs[$0]?.endpoint ?? $0 }
            pbx.detach(channel)
            if let other { pbx.hangUp(other, cause: .normalClearing) }
            let time = timeout > 0 ? Duration.seconds(timeout) : pbx.behaviour.parking
            if pbx.park(channel, parker: back ?? "", returnTo: back, timeout: time) == nil {
                pbx.hangUp(channel, cause: .normalClearing)
            }
            return nil
        }
    }

    /// The device of a party; nil: there is none.
    private func device(_ party: CallParty) -> String? {
        switch party {
        case .device(let name): phoneByEndpoint[name.text] == nil ? nil : name.text
        case .number(let number, _): phoneByNumber[number.text].flatMap { configuration.phones[$0]?.endpoint }
        }
    }

    private mutating func listen(_ listener: CallParty, _ channel: String, _ token: ActionToken) {
        conclude(token) {
            guard let device = $0.device(listener) else { return "Endpoint not found" }
            guard $0.legs[channel] != nil else { return "No such channel" }
            $0.dial([device], for: nil, purpose: .listen, mailbox: nil)
            return nil
        }
    }

    mutating func hold(_ channel: String, _ on: Bool) {
        guard let leg = legs[channel], leg.isHeld != on else { return }
        legs[channel]?.isHeld = on
        tell(.held(channel: channel, on: on))
        refreshHint(leg.phone)
    }

    // MARK: Training: what a person at a phone does

    /// Lifts a phone and dials a number. Nothing happens at an unknown or unreachable phone.
    public mutating func phoneDials(_ phone: String, _ number: String, at now: Moment) -> [PBXEvent] {
        clock = now
        dialFrom(phone, number: number)
        return taken()
    }

    /// Answers the phone's oldest ringing call.
    public mutating func phoneAnswers(_ phone: String, at now: Moment) -> [PBXEvent] {
        clock = now
        if let channel = phoneLegs[phone]?.first(where: { legs[$0]?.state == .ringing }) { answer(channel) }
        return taken()
    }

    /// Ends the phone's talk; without one, declines or gives up its newest call.
    public mutating func phoneHangsUp(_ phone: String, at now: Moment) -> [PBXEvent] {
        clock = now
        let mine = phoneLegs[phone] ?? []
        if let channel = mine.last(where: { legs[$0]?.bridge != nil }) ?? mine.last {
            hangUp(channel, cause: legs[channel]?.state == .ringing ? .callRejected : .normalClearing)
        }
        return taken()
    }

    /// Holds or resumes the phone's talk.
    public mutating func phoneHolds(_ phone: String, _ on: Bool, at now: Moment) -> [PBXEvent] {
        clock = now
        if let channel = phoneLegs[phone]?.first(where: { legs[$0]?.bridge != nil }) { hold(channel, on) }
        return taken()
    }
}
