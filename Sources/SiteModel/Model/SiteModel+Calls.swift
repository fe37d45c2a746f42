import TandemCore

// How a call stands. Dials, bridges, rooms and parking are kept as they are at the PBX; what is shown (stage,
// direction, the other party) is derived from them, so no order of events leaves a picture that contradicts them.
extension SiteModel {
    private typealias Status = ChannelRecord.Status

    mutating func beginDial(_ caller: String?, _ callee: String) {
        guard let called = channels.slot(callee) else { return }
        channels[called].confirmed = resync
        guard let caller, let calling = channels.slot(caller) else {
            channels[called].isDialedByPBX = true
            refresh(called)
            return
        }
        channels[calling].confirmed = resync
        linkDial(calling, called)
        refresh(calling)
        refresh(called)
    }

    mutating func endDial(_ caller: String?, _ callee: String, _ outcome: DialOutcome) {
        guard let called = channels.slot(callee) else { return }
        channels[called].isDialedByPBX = false
        let calling = channels[called].dialedBy
        // An answered call is shown as ringing until both parties are joined: nothing in between is worth a push.
        if calling >= 0, outcome != .answered {
            unlinkDial(calling, called)
            refresh(calling)
        }
        refresh(called)
    }

    mutating func linkDial(_ calling: Int, _ called: Int) {
        let former = channels[called].dialedBy
        if former == calling || calling == called { return }
        if former >= 0 {
            unlinkDial(former, called)
            refresh(former)
        }
        channels[calling].dialing.append(called)
        channels[called].dialedBy = calling
    }

    private mutating func unlinkDial(_ calling: Int, _ called: Int) {
        channels[called].dialedBy = -1
        if let place = channels[calling].dialing.firstIndex(of: called) { channels[calling].dialing.remove(at: place) }
    }

    /// Takes a channel out of all dials; those at the other ends look again.
    mutating func unlinkDials(_ slot: Int) {
        let calling = channels[slot].dialedBy
        if calling >= 0 {
            unlinkDial(calling, slot)
            refresh(calling)
        }
        let called = channels[slot].dialing
        channels[slot].dialing = []
        for other in called {
            channels[other].dialedBy = -1
            refresh(other)
        }
    }

    mutating func enterBridge(_ channel: String, _ bridge: String) {
        guard let slot = channels.slot(channel) else { return }
        channels[slot].confirmed = resync
        channels[slot].bridgeConfirmed = resync
        if let current = channels[slot].bridge {
            if current == bridge { return }
            leaveBridge(channel, current)
        }
        channels[slot].bridge = bridge
        bridges[bridge, default: []].append(slot)
        let present = bridges[bridge] ?? []
        if present.count == 2 {
            dropAnsweredDials(present[0])
            dropAnsweredDials(present[1])
            // Both decide before either is shown: a direction may follow from the other's.
            refresh(present[0])
            refresh(present[1])
        } else {
            if present.count > 2 { dropAnsweredDials(slot) }
            refresh(slot)
        }
    }

    /// The parties are joined: the dial that brought them together is over.
    private mutating func dropAnsweredDials(_ slot: Int) {
        channels[slot].isDialedByPBX = false
        let calling = channels[slot].dialedBy
        if calling >= 0 {
            unlinkDial(calling, slot)
            refresh(calling)
        }
    }

    mutating func leaveBridge(_ channel: String, _ bridge: String) {
        guard let slot = channels.slot(channel), channels[slot].bridge == bridge,
            let place = bridges[bridge]?.firstIndex(of: slot)
        else { return }
        channels[slot].bridge = nil
        bridges[bridge]?.remove(at: place)
        let remaining = bridges[bridge] ?? []
        if remaining.isEmpty { bridges[bridge] = nil }
        refresh(slot)
        // Everybody talks to the first of the bridge, and the first to the second: only they are looked at again.
        if place == 0 {
            for other in remaining where channels[other].room < 0 { refresh(other) }
        } else if place == 1, let first = remaining.first {
            refresh(first)
        }
    }

    /// The channel next to this one: in the bridge, else in the dial; -1 if none.
    private func neighbour(of slot: Int) -> Int {
        if let bridge = channels[slot].bridge, let present = bridges[bridge], present.count > 1 {
            return present[0] == slot ? present[1] : present[0]
        }
        return channels[slot].dialing.first ?? channels[slot].dialedBy
    }

    /// The party behind a neighbour: halves of channels inside the PBX are looked through.
    private func farEnd(_ neighbour: Int, from origin: Int) -> Int {
        var current = neighbour
        for _ in 0..<4 {
            let partner = channels[current].partner
            guard partner >= 0 else { break }
            let next = self.neighbour(of: partner)
            guard next >= 0, next != origin else { break }
            current = next
        }
        return current
    }

    /// Looks again at the channels next to this one (the other half of a channel inside the PBX changed).
    mutating func refreshNeighbours(of slot: Int, depth: Int = 0) {
        if let bridge = channels[slot].bridge, let present = bridges[bridge], present.count <= 8 {
            for other in present where other != slot { refresh(other, depth: depth + 1) }
        }
        for other in channels[slot].dialing { refresh(other, depth: depth + 1) }
        if channels[slot].dialedBy >= 0 { refresh(channels[slot].dialedBy, depth: depth + 1) }
    }

    /// Derives what a channel shows from what it is part of, and marks the keys that differ.
    mutating func refresh(_ slot: Int, depth: Int = 0) {
        var stage = CallStage.ready
        var kind = TalkingKind.nobody
        var id: String?
        var display: String?
        var direction = channels[slot].direction
        var peer = -1
        if channels[slot].room >= 0 {
            let room = channels[slot].room
            stage = .linked
            kind = .room
            id = rooms[room].id
            display = rooms[room].name + " (" + rooms[room].number + ")"
            if direction == .none { direction = .outgoing }
        } else if channels[slot].isParked {
            let lot = parkings[channels[slot].parkedLot].name
            kind = .parking
            id = channels[slot].parkedSpace + "@" + lot
            display = "Parking (" + channels[slot].parkedSpace + " in " + lot + ")"
        } else {
            let next = neighbour(of: slot)
            if next >= 0 { peer = farEnd(next, from: slot) }
            if channels[slot].bridge != nil, next >= 0, channels[next].bridge == channels[slot].bridge {
                stage = .linked
                if direction == .none { direction = channels[next].direction == .outgoing ? .incoming : .outgoing }
            } else if !channels[slot].dialing.isEmpty {
                stage = .calling
                direction = .outgoing
            } else if channels[slot].dialedBy >= 0 || channels[slot].isDialedByPBX || channels[slot].state == .ringing {
                stage = .ringing
                direction = .incoming
            } else if channels[slot].state == .ring, direction == .outgoing {
                stage = .calling
            }
            if peer >= 0 {
                kind = .channel
                id = channels[peer].id
            }
            if stage != .ready { display = partyName(peer, seenBy: slot) }
        }
        show(slot, stage, direction, kind, id, display, peer)
        if depth < 4, channels[slot].partner >= 0 {
            refreshNeighbours(of: channels[slot].partner, depth: depth)
        }
    }

    private mutating func show(
        _ slot: Int, _ stage: CallStage, _ direction: CallDirection, _ kind: TalkingKind, _ id: String?,
        _ display: String?, _ peer: Int
    ) {
        var keys: UInt32 = 0
        let before = channels[slot].stageText
        let isOtherStage = assign(&channels[slot].stage, stage)
        if assign(&channels[slot].direction, direction) { keys |= Status.direction }
        if isOtherStage || before != channels[slot].stageText {
            keys |= Status.stage
            if assign(&channels[slot].timestamp, present) { keys |= Status.timestamp }
        }
        if assign(&channels[slot].talkingKind, kind) { keys |= Status.talkingKind }
        if assign(&channels[slot].talkingID, id) { keys |= Status.talkingID }
        if assign(&channels[slot].peerDisplay, display) { keys |= Status.peerDisplay }
        let isOtherPeer = assign(&channels[slot].peer, peer)
        if keys != 0 { touchChannel(slot, status: keys) }
        let phone = channels[slot].phone
        if phone >= 0, isOtherPeer || keys & (Status.stage | Status.direction) != 0 {
            for agent in phones[phone].agents { refreshAvailability(agent) }
        }
    }

    /// `Full Name (number)` of a party: who sits at its phone, else its caller id, else what the PBX shows to us.
    private func partyName(_ peer: Int, seenBy slot: Int) -> String? {
        var name = ""
        var number = ""
        if peer >= 0 {
            let phone = channels[peer].phone
            if phone >= 0 {
                name = phones[phone].fullName ?? channels[peer].callerName
                number = phones[phone].number
            } else {
                name = channels[peer].callerName
                number = channels[peer].callerNumber
            }
        }
        if name.isEmpty, number.isEmpty {
            name = channels[slot].connectedName
            number = channels[slot].connectedNumber
        }
        if number.isEmpty { return name.isEmpty ? nil : name }
        return name.isEmpty ? number : name + " (" + number + ")"
    }
}
