import AMI
import PBX
import SiteModel

// Channels, calls and bridges.
extension AsteriskInterpreter {
    mutating func channelCreated(_ message: borrowing AMIMessage, _ facts: inout [PBXEvent]) {
        let told = message.text(.channel)
        guard !told.isEmpty else { return }
        let uniqueID = message.text(.uniqueid)
        let (channel, former) = names.begin(told, uniqueID: uniqueID)
        if let former { renamed(former, to: channel, endpoint: Self.endpoint(ofChannel: told), &facts) }
        emit(
            .channelCreated(
                channel: channel, endpoint: Self.endpoint(ofChannel: told), uniqueID: uniqueID,
                state: Self.state(message), callerNumber: message.text(.callerIDNum),
                callerName: message.text(.callerIDName), extension: message.text(.exten),
                context: message.text(.context), linkedID: message.text(.linkedid)), &facts)
        if let other = DialString.otherHalf(ofChannel: told) {
            emit(.channelsPaired(channel: channel, other: other), &facts)
        }
    }

    func connectedLine(_ message: borrowing AMIMessage, _ facts: inout [PBXEvent]) {
        emit(
            .channelConnectedLine(
                channel: channel(message), number: message.text(.connectedLineNum),
                name: message.text(.connectedLineName)), &facts)
    }

    mutating func channelListed(_ message: borrowing AMIMessage, _ facts: inout [PBXEvent]) {
        guard !message.isEmpty(.channel) else { return }
        channelCreated(message, &facts)
        let channel = channel(message)
        connectedLine(message, &facts)
        let bridge = message.text(.bridgeId)
        // A bridge that no list and no event has named yet announces itself by an event that is on its way.
        if !bridge.isEmpty, let present = bridges[bridge] {
            if bridgeOf[channel] == bridge, present.isTold {
                emit(.bridgeEntered(channel: channel, bridge: bridge), &facts)
            } else {
                enter(channel, bridge, &facts)
            }
        }
        listed.append(
            ListedChannel(
                channel: channel, told: message.text(.channel), linkedID: message.text(.linkedid),
                application: message.text(.application), arguments: message.text(.applicationData),
                state: Self.state(message), bridge: bridge))
    }

    /// `CoreShowChannels` is complete. The list does not say who rings whom, nor who is on hold.
    public mutating func channelListCompleted(into facts: inout [PBXEvent]) {
        names.endList()
        let all = listed
        listed.removeAll()
        tellDials(all.filter(\.bridge.isEmpty), &facts)
        if isFirstSnapshot { tellHolds(all, &facts) }
        isFirstSnapshot = false
    }

    /// A channel that runs Dial or Queue rings those of the same call that Dial or Queue made and that are in no bridge
    /// yet; of several callers the one whose arguments name what is rung.
    private func tellDials(_ waiting: [ListedChannel], _ facts: inout [PBXEvent]) {
        var callers: [String: [ListedChannel]] = [:]
        for entry in waiting where entry.application == "Dial" || entry.application == "Queue" {
            callers["App\(entry.application) \(entry.linkedID)", default: []].append(entry)
        }
        for entry in waiting where entry.state != .up {
            guard entry.application == "AppDial" || entry.application == "AppQueue" else { continue }
            let candidates = callers["\(entry.application) \(entry.linkedID)"] ?? []
            let caller = candidates.count < 2 ? candidates.first : candidates.first { $0.names(entry) } ?? candidates[0]
            emit(.dialBegan(caller: caller?.channel, callee: entry.channel), &facts)
        }
    }

    /// No list says who holds a call, but a device with one channel is "on hold" in it: with PJSIP when the other party
    /// holds, with chan_sip when it does so itself.
    private func tellHolds(_ all: [ListedChannel], _ facts: inout [PBXEvent]) {
        var count: [String: Int] = [:]
        var bridged: [String: [ListedChannel]] = [:]
        for entry in all {
            if let endpoint = entry.endpoint { count[endpoint, default: 0] += 1 }
            if !entry.bridge.isEmpty { bridged[entry.bridge, default: []].append(entry) }
        }
        for entry in all {
            guard let endpoint = entry.endpoint, count[endpoint] == 1, let state = deviceStates[endpoint],
                let present = bridged[entry.bridge], present.count == 2
            else { continue }
            let other = present[present[0].channel == entry.channel ? 1 : 0]
            let isPJSIP = endpoint.hasPrefix("PJSIP/")
            let holder = isPJSIP ? other : entry
            // Not every chan_sip and IAX2 says so: there, no word is no proof.
            guard isPJSIP || state == .onHold else { continue }
            emit(.held(channel: holder.channel, on: state == .onHold), &facts)
        }
    }

    // MARK: Dialling

    private func callee(_ message: borrowing AMIMessage, _ name: AMIHeader = .destChannel) -> String {
        channel(message, name, .destUniqueid)
    }

    func dialBegan(_ message: borrowing AMIMessage, _ facts: inout [PBXEvent]) {
        emit(
            .dialBegan(
                caller: message.isEmpty(.channel) ? nil : channel(message), callee: callee(message)),
            &facts)
    }

    func dialEnded(_ message: borrowing AMIMessage, _ facts: inout [PBXEvent]) {
        emit(
            .dialEnded(
                caller: message.isEmpty(.channel) ? nil : channel(message), callee: callee(message),
                outcome: DialOutcome(manager: message)), &facts)
    }

    /// `Dial` of Asterisk 1.4 to 11: the end does not name the channels that were rung.
    mutating func oldDial(_ message: borrowing AMIMessage, _ facts: inout [PBXEvent]) {
        let caller = channel(message)
        if message.equals(.subEvent, "End") {
            let outcome = DialOutcome(manager: message)
            for callee in oldDials.removeValue(forKey: caller) ?? [] {
                emit(.dialEnded(caller: caller, callee: callee, outcome: outcome), &facts)
            }
        } else {
            let callee = callee(message, .destination)
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
        enter(channel(message), bridge, &facts)
    }

    mutating func enter(_ channel: String, _ bridge: String, _ facts: inout [PBXEvent]) {
        if let old = bridgeOf[channel] {
            if old == bridge { return }
            leave(channel, old, &facts)
        }
        guard bridges[bridge]?.isConversation == true else { return }
        if leftBehind[channel] == bridge { leftBehind[channel] = nil }
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
        leave(channel(message), message.text(.bridgeUniqueid), &facts)
    }

    mutating func leave(_ channel: String, _ bridge: String, _ facts: inout [PBXEvent]) {
        guard bridgeOf[channel] == bridge else { return }
        bridgeOf[channel] = nil
        guard var present = bridges.removeValue(forKey: bridge) else { return }
        present.members.removeAll { $0 == channel }
        if present.isTold { emit(.bridgeLeft(channel: channel, bridge: bridge), &facts) }
        if present.isTold, !present.members.isEmpty { leftBehind[channel] = bridge }
        bridges[bridge] = present
    }

    /// Whether a channel enquires elsewhere while the other party of its call waits: an attended transfer that Asterisk
    /// carries out, and that can be taken back.
    public func isConsulting(_ channel: String) -> Bool {
        guard let bridge = leftBehind[channel], let waiting = bridges[bridge] else { return false }
        return !waiting.members.isEmpty && bridgeOf[channel] != bridge
    }

    /// Whether a channel talks, and there is no consultation that could be taken back.
    public func isInPlainCall(_ channel: String) -> Bool { bridgeOf[channel] != nil && !isConsulting(channel) }

    mutating func bridgeDestroyed(_ message: borrowing AMIMessage, _ facts: inout [PBXEvent]) {
        let bridge = message.text(.bridgeUniqueid)
        for member in bridges[bridge]?.members ?? [] { leave(member, bridge, &facts) }
        bridges[bridge] = nil
        if !leftBehind.isEmpty { leftBehind = leftBehind.filter { $0.value != bridge } }
    }

    /// `Bridge`, `Link` and `Unlink` of Asterisk 1.4 to 11: two channels are joined, the bridge has no name.
    mutating func oldBridge(_ message: borrowing AMIMessage, _ facts: inout [PBXEvent]) {
        let first = channel(message, .channel1, .uniqueid1)
        let second = channel(message, .channel2, .uniqueid2)
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
        let formerly = message.isEmpty(.oldname) ? message.text(.channel) : message.text(.oldname)
        let told = message.text(.newname)
        guard !formerly.isEmpty, !told.isEmpty else { return }
        let (old, new) = names.rename(formerly, to: told, uniqueID: message.text(.uniqueid))
        renamed(old, to: new, endpoint: Self.endpoint(ofChannel: told), &facts)
    }

    private mutating func renamed(_ old: String, to new: String, endpoint: String?, _ facts: inout [PBXEvent]) {
        if let bridge = bridgeOf.removeValue(forKey: old) {
            bridgeOf[new] = bridge
            if let index = bridges[bridge]?.members.firstIndex(of: old) { bridges[bridge]?.members[index] = new }
        }
        if let bridge = leftBehind.removeValue(forKey: old) { leftBehind[new] = bridge }
        for (number, agent) in agents where agent.channel == old { agents[number]?.channel = new }
        if let callees = oldDials.removeValue(forKey: old) { oldDials[new] = callees }
        emit(.channelRenamed(from: old, to: new, endpoint: endpoint), &facts)
    }

    mutating func hangup(_ message: borrowing AMIMessage, _ facts: inout [PBXEvent]) {
        let channel = names.end(message.text(.channel), uniqueID: message.text(.uniqueid))
        if let bridge = bridgeOf[channel] { leave(channel, bridge, &facts) }
        if !leftBehind.isEmpty { leftBehind[channel] = nil }
        if !oldDials.isEmpty { oldDials[channel] = nil }
        emit(
            .channelEnded(channel: channel, cause: ReleaseCause(rawValue: message.integer(.cause) ?? 0)), &facts)
    }
}
