import AMI
import PBX
import SiteModel

// Channels, calls and bridges.
extension AsteriskInterpreter {
    mutating func channelCreated(_ message: borrowing AMIMessage, _ facts: inout [PBXEvent]) {
        let channel = message.text(.channel)
        guard !channel.isEmpty else { return }
        emit(
            .channelCreated(
                channel: channel, endpoint: Self.endpoint(ofChannel: channel), uniqueID: message.text(.uniqueid),
                state: Self.state(message), callerNumber: message.text(.callerIDNum),
                callerName: message.text(.callerIDName), extension: message.text(.exten),
                context: message.text(.context), linkedID: message.text(.linkedid)), &facts)
        if let other = DialString.otherHalf(ofChannel: channel) {
            emit(.channelsPaired(channel: channel, other: other), &facts)
        }
    }

    func connectedLine(_ message: borrowing AMIMessage, _ facts: inout [PBXEvent]) {
        emit(
            .channelConnectedLine(
                channel: message.text(.channel), number: message.text(.connectedLineNum),
                name: message.text(.connectedLineName)), &facts)
    }

    mutating func channelListed(_ message: borrowing AMIMessage, _ facts: inout [PBXEvent]) {
        let channel = message.text(.channel)
        guard !channel.isEmpty else { return }
        channelCreated(message, &facts)
        if !message.isEmpty(.connectedLineNum) || !message.isEmpty(.connectedLineName) {
            connectedLine(message, &facts)
        }
        let bridge = message.text(.bridgeId)
        // A bridge that no list and no event has named yet announces itself by an event that is on its way.
        if !bridge.isEmpty, bridges[bridge] != nil { enter(channel, bridge, &facts) }
        listed.append(
            ListedChannel(
                channel: channel, linkedID: message.text(.linkedid), application: message.text(.application),
                state: Self.state(message), isBridged: !bridge.isEmpty))
    }

    /// `CoreShowChannels` is complete. The list does not say who rings whom; a channel that runs Dial or Queue and one
    /// that it dialled share the linked id and are in no bridge yet.
    public mutating func channelListCompleted(into facts: inout [PBXEvent]) {
        let waiting = listed.filter { !$0.isBridged }
        listed.removeAll()
        var callers: [String: String] = [:]
        for entry in waiting where entry.application == "Dial" || entry.application == "Queue" {
            if callers[entry.linkedID] == nil { callers[entry.linkedID] = entry.channel }
        }
        for entry in waiting where entry.state != .up {
            guard entry.application == "AppDial" || entry.application == "AppQueue" else { continue }
            emit(.dialBegan(caller: callers[entry.linkedID], callee: entry.channel), &facts)
        }
    }

    // MARK: Dialling

    func dialBegan(_ message: borrowing AMIMessage, _ facts: inout [PBXEvent]) {
        emit(
            .dialBegan(
                caller: message.isEmpty(.channel) ? nil : message.text(.channel), callee: message.text(.destChannel)),
            &facts)
    }

    func dialEnded(_ message: borrowing AMIMessage, _ facts: inout [PBXEvent]) {
        emit(
            .dialEnded(
                caller: message.isEmpty(.channel) ? nil : message.text(.channel), callee: message.text(.destChannel),
                outcome: DialOutcome(manager: message)), &facts)
    }

    /// `Dial` of Asterisk 1.4 to 11: the end does not name the channels that were rung.
    mutating func oldDial(_ message: borrowing AMIMessage, _ facts: inout [PBXEvent]) {
        let caller = message.text(.channel)
        if message.equals(.subEvent, "End") {
            let outcome = DialOutcome(manager: message)
            for callee in oldDials.removeValue(forKey: caller) ?? [] {
                emit(.dialEnded(caller: caller, callee: callee, outcome: outcome), &facts)
            }
        } else {
            let callee = message.text(.destination)
            guard !callee.isEmpty else { return }
            oldDials[caller, default: []].append(callee)
            emit(.dialBegan(caller: caller, callee: callee), &facts)
        }
    }

    // MARK: Bridges

    static func isConversation(_ message: borrowing AMIMessage) -> Bool {
        !(message.equals(.bridgeTechnology, "holding_bridge") || message.equals(.bridgeType, "agent_hold")
            || message.equals(.bridgeType, "parking") || message.equals(.bridgeCreator, "ConfBridge"))
    }

    mutating func bridgeSeen(_ message: borrowing AMIMessage) {
        let bridge = message.text(.bridgeUniqueid)
        if bridges[bridge] == nil { bridges[bridge] = Bridge(isConversation: Self.isConversation(message)) }
    }

    mutating func bridgeEntered(_ message: borrowing AMIMessage, _ facts: inout [PBXEvent]) {
        let bridge = message.text(.bridgeUniqueid)
        if bridges[bridge] == nil { bridges[bridge] = Bridge(isConversation: Self.isConversation(message)) }
        enter(message.text(.channel), bridge, &facts)
    }

    mutating func enter(_ channel: String, _ bridge: String, _ facts: inout [PBXEvent]) {
        if let old = bridgeOf[channel] {
            if old == bridge { return }
            leave(channel, old, &facts)
        }
        guard bridges[bridge]?.isConversation == true else { return }
        bridgeOf[channel] = bridge
        bridges[bridge]?.members.append(channel)
        guard let present = bridges[bridge] else { return }
        if present.isTold {
            emit(.bridgeEntered(channel: channel, bridge: bridge), &facts)
        } else if present.members.count >= 2 {
            bridges[bridge]?.isTold = true
            for member in present.members { emit(.bridgeEntered(channel: member, bridge: bridge), &facts) }
        }
    }

    mutating func bridgeLeft(_ message: borrowing AMIMessage, _ facts: inout [PBXEvent]) {
        leave(message.text(.channel), message.text(.bridgeUniqueid), &facts)
    }

    mutating func leave(_ channel: String, _ bridge: String, _ facts: inout [PBXEvent]) {
        guard bridgeOf[channel] == bridge else { return }
        bridgeOf[channel] = nil
        guard var present = bridges.removeValue(forKey: bridge) else { return }
        present.members.removeAll { $0 == channel }
        if present.isTold { emit(.bridgeLeft(channel: channel, bridge: bridge), &facts) }
        bridges[bridge] = present
    }

    mutating func bridgeDestroyed(_ message: borrowing AMIMessage, _ facts: inout [PBXEvent]) {
        let bridge = message.text(.bridgeUniqueid)
        for member in bridges[bridge]?.members ?? [] { leave(member, bridge, &facts) }
        bridges[bridge] = nil
    }

    /// `Bridge`, `Link` and `Unlink` of Asterisk 1.4 to 11: two channels are joined, the bridge has no name.
    mutating func oldBridge(_ message: borrowing AMIMessage, _ facts: inout [PBXEvent]) {
        let first = message.text(.channel1)
        let second = message.text(.channel2)
        guard !first.isEmpty, !second.isEmpty else { return }
        if message.event == .unlink || message.equals(.bridgestate, "Unlink") {
            // The bridge is found by its members: one of them may have been renamed.
            guard let bridge = bridgeOf[first] ?? bridgeOf[second] else { return }
            leave(first, bridge, &facts)
            leave(second, bridge, &facts)
            bridges[bridge] = nil
        } else {
            let bridge = "\(first)&\(second)"
            if bridges[bridge] == nil { bridges[bridge] = Bridge(isConversation: true) }
            enter(first, bridge, &facts)
            enter(second, bridge, &facts)
        }
    }

    // MARK: Ends

    mutating func renamed(_ message: borrowing AMIMessage, _ facts: inout [PBXEvent]) {
        let old = message.isEmpty(.oldname) ? message.text(.channel) : message.text(.oldname)
        let new = message.text(.newname)
        guard !old.isEmpty, !new.isEmpty else { return }
        if let bridge = bridgeOf.removeValue(forKey: old) {
            bridgeOf[new] = bridge
            if let index = bridges[bridge]?.members.firstIndex(of: old) { bridges[bridge]?.members[index] = new }
        }
        emit(.channelRenamed(from: old, to: new), &facts)
    }

    mutating func hangup(_ message: borrowing AMIMessage, _ facts: inout [PBXEvent]) {
        let channel = message.text(.channel)
        if let bridge = bridgeOf[channel] { leave(channel, bridge, &facts) }
        if !oldDials.isEmpty { oldDials[channel] = nil }
        emit(
            .channelEnded(channel: channel, cause: ReleaseCause(rawValue: message.integer(.cause) ?? 0)), &facts)
    }
}
