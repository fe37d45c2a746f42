import SiteModel
import TandemCore

// Channels, bridges, states of devices.
extension SimulatedPBX {
    /// Makes a channel and tells of it.
    mutating func makeLeg(
        endpoint: String, phone: String?, state: ChannelState, callerNumber: String, callerName: String,
        dialled: String, linkedID: String?
    ) -> String {
        serial += 1
        let hexadecimal = String(serial, radix: 16)
        let name = endpoint + "-" + String(repeating: "0", count: max(0, 8 - hexadecimal.count)) + hexadecimal
        // The life makes ids of a restarted PBX new ones although its names repeat.
        let uniqueID = configuration.site.name + "-" + String(life) + "." + String(serial)
        legs[name] = Leg(
            name: name, uniqueID: uniqueID, endpoint: endpoint, phone: phone, state: state,
            callerNumber: callerNumber, callerName: callerName, dialled: dialled, linkedID: linkedID ?? uniqueID)
        if let phone { phoneLegs[phone, default: []].append(name) }
        tell(
            .channelCreated(
                channel: name, endpoint: endpoint, uniqueID: uniqueID, state: state, callerNumber: callerNumber,
                callerName: callerName, extension: dialled, context: configuration.context,
                linkedID: linkedID ?? uniqueID))
        if state != .down { refreshHint(phone) }
        return name
    }

    mutating func setState(_ channel: String, _ state: ChannelState) {
        guard let leg = legs[channel], leg.state != state else { return }
        legs[channel]?.state = state
        tell(.channelState(channel: channel, state: state))
        refreshHint(leg.phone)
        // The caller of an incoming trunk call hears that it is answered.
        if state == .up, leg.isIncoming { signal(leg, .answered) }
    }

    /// The name and number that a phone shows to others.
    func identity(ofPhone phone: String) -> (name: String, number: String) {
        let number = configuration.phones[phone]?.number ?? ""
        return (names[phone] ?? number, number)
    }

    func isUnreachable(_ phone: String) -> Bool { reaction(of: phone) == .unreachable }
    func reaction(of phone: String) -> Behaviour.Reaction { behaviour.reactions[phone] ?? behaviour.reaction }

    /// What the device state of a phone is now.
    func state(ofPhone phone: String) -> DeviceState {
        if isUnreachable(phone) { return .unavailable }
        var state = DeviceState.idle
        let mine = (phoneLegs[phone] ?? []).compactMap { legs[$0] }
        if mine.contains(where: { $0.state == .ringing }) { state.insert(.ringing) }
        let active = mine.filter { $0.state != .ringing && $0.state != .down }
        if !active.isEmpty { state.insert(active.allSatisfy(\.isHeld) ? .onHold : .inUse) }
        return state
    }

    /// Tells a changed hint, and the state of the queue members at that phone.
    mutating func refreshHint(_ phone: String?) {
        guard let phone, let endpoint = configuration.phones[phone]?.endpoint else { return }
        let state = state(ofPhone: phone)
        guard hints[phone] != state else { return }
        hints[phone] = state
        tell(.endpointState(endpoint: endpoint, state: state))
        refreshMembers(ofPhone: phone)
    }

    // MARK: Bridges

    mutating func join(_ first: String, _ second: String) {
        serial += 1
        let bridge = "bridge-" + String(life) + "-" + String(serial)
        enter(first, bridge)
        enter(second, bridge)
        if let talk = behaviour.talk { after(talk, .talkEnd(bridge: bridge)) }
    }

    mutating func enter(_ channel: String, _ bridge: String) {
        guard legs[channel] != nil else { return }
        legs[channel]?.bridge = bridge
        bridges[bridge, default: []].append(channel)
        tell(.bridgeEntered(channel: channel, bridge: bridge))
    }

    mutating func leaveBridge(_ channel: String) {
        guard let bridge = legs[channel]?.bridge else { return }
        legs[channel]?.bridge = nil
        bridges[bridge]?.removeAll { $0 == channel }
        if bridges[bridge]?.isEmpty == true { bridges[bridge] = nil }
        tell(.bridgeLeft(channel: channel, bridge: bridge))
    }

    /// The other party of a talk.
    func partner(of channel: String) -> String? {
        guard let bridge = legs[channel]?.bridge else { return nil }
        return bridges[bridge]?.first { $0 != channel }
    }

    /// The called person has said enough.
    mutating func endTalk(_ bridge: String) {
        guard let parties = bridges[bridge], parties.count > 1, let last = parties.first else { return }
        hangUp(last, cause: .normalClearing)
    }

    // MARK: The end

    /// Ends a channel with all that hangs on it: a talk ends for both, a transferer hands over what he holds.
    mutating func hangUp(_ channel: String, cause: ReleaseCause) {
        guard let leg = legs[channel] else { return }
        if let enquiry = enquiries[channel] {
            enquiries[channel] = nil
            completeTransfer(enquiry)
        }
        if let waiting = enquiries.values.first(where: { $0.party == channel }) {
            enquiries[waiting.transferer] = nil
        }
        if let dial = legs[channel]?.dialing { giveUp(dial, outcome: .cancelled, callerStays: false) }
        let other = partner(of: channel)
        leaveBridge(channel)
        leaveQueue(channel)
        leaveRoom(channel)
        unpark(channel)
        if let dial = leg.dialedBy { calleeEnds(channel, dial: dial, cause: cause) }
        remove(channel, cause: cause)
        if let dial = leg.dialedBy, dials[dial]?.callees.isEmpty == true { finish(dial) }
        if let other, legs[other] != nil { hangUp(other, cause: cause) }
    }

    /// Takes a channel out of the tables and tells of its end.
    mutating func remove(_ channel: String, cause: ReleaseCause) {
        guard let leg = legs.removeValue(forKey: channel) else { return }
        if let phone = leg.phone { phoneLegs[phone]?.removeAll { $0 == channel } }
        if leg.trunkCall != nil {
            signal(leg, .ended(cause: cause))
            if let call = leg.trunkCall { trunkCalls[call] = nil }
        }
        tell(.channelEnded(channel: channel, cause: cause))
        endQueueCall(leg)
        refreshHint(leg.phone)
    }
}
