import SiteModel
import TandemCore

// Conference rooms, parking, transfers.
extension SimulatedPBX {
    mutating func joinRoom(_ channel: String, _ room: String) {
        guard let leg = legs[channel] else { return }
        setState(channel, .up)
        legs[channel]?.room = room
        let isFirst = (rooms[room] ?? []).isEmpty
        rooms[room, default: []].append(Occupant(channel: channel))
        tell(
            .roomJoined(
                room: room, channel: channel, admin: isFirst, muted: false, callerNumber: leg.callerNumber,
                callerName: leg.callerName))
        // One who is alone, or among others, stays as long as people talk.
        if let talk = behaviour.talk { after(talk, .hangUp(channel: channel)) }
    }

    mutating func leaveRoom(_ channel: String) {
        guard let room = legs[channel]?.room else { return }
        legs[channel]?.room = nil
        rooms[room]?.removeAll { $0.channel == channel }
        tell(.roomLeft(room: room, channel: channel))
        if rooms[room]?.isEmpty == true {
            rooms[room] = nil
            tell(.roomEnded(room: room))
        }
    }

    mutating func mute(_ room: String, _ channel: String, _ isMuted: Bool) -> String? {
        guard let occupants = rooms[room] else { return "No active conferences." }
        guard let place = occupants.firstIndex(where: { $0.channel == channel }) else {
            return "No such participant"
        }
        rooms[room]?[place].isMuted = isMuted
        tell(.roomMuted(room: room, channel: channel, muted: isMuted))
        return nil
    }

    // MARK: Parking

    /// Parks a channel in the first free space; nil: no space is free.
    @discardableResult
    mutating func park(_ channel: String, parker: String, returnTo: String?, timeout: Duration) -> String? {
        guard let leg = legs[channel],
            let space = (behaviour.firstSpace..<behaviour.firstSpace + behaviour.spaces).map(String.init)
                .first(where: { parked[$0] == nil })
        else { return nil }
        serial += 1
        parked[space] = channel
        legs[channel]?.space = space
        legs[channel]?.parkSerial = serial
        parkers[channel] = returnTo
        tell(
            .parked(
                lot: "default", space: space, channel: channel, parker: parker, callerNumber: leg.callerNumber,
                callerName: leg.callerName, timeoutSeconds: Int(timeout.inSeconds)))
        after(timeout, .parkTimeout(channel: channel, serial: serial))
        return space
    }

    mutating func unpark(_ channel: String) {
        guard let space = legs[channel]?.space else { return }
        legs[channel]?.space = nil
        parked[space] = nil
        parkers[channel] = nil
        tell(.unparked(lot: "default", space: space, channel: channel))
    }

    /// The time is up: who parked the call is called again.
    mutating func returnParked(_ channel: String, _ serial: Int) {
        guard let leg = legs[channel], leg.space != nil, leg.parkSerial == serial else { return }
        let back = parkers[channel]
        unpark(channel)
        guard let back, phoneByEndpoint[back] != nil else {
            hangUp(channel, cause: .normalClearing)
            return
        }
        dial([back], for: channel, purpose: .call, mailbox: nil)
    }

    /// Somebody dialled the space of a parked call.
    mutating func retrieve(_ held: String, by channel: String) {
        unpark(held)
        setState(channel, .up)
        join(held, channel)
    }

    // MARK: Transfers

    /// Sends a channel elsewhere; the party that it talked to is let go.
    mutating func redirect(_ channel: String, _ number: String) {
        let other = partner(of: channel)
        detach(channel)
        if let other { hangUp(other, cause: .normalClearing) }
        execute(channel, number)
    }

    /// Takes a channel out of whatever it does, without ending it.
    mutating func detach(_ channel: String) {
        if let dial = legs[channel]?.dialing { giveUp(dial, outcome: .cancelled, callerStays: false) }
        leaveBridge(channel)
        leaveQueue(channel)
        leaveRoom(channel)
        unpark(channel)
    }

    /// Nil: begun; else why not.
    mutating func enquire(_ channel: String, _ number: String) -> String? {
        guard let bridge = legs[channel]?.bridge, let party = partner(of: channel) else {
            return "Channel is not in a call"
        }
        guard enquiries[channel] == nil else { return "A transfer is already under way" }
        leaveBridge(channel)
        enquiries[channel] = Enquiry(transferer: channel, party: party, bridge: bridge)
        guard let phone = phoneByNumber[number], let endpoint = configuration.phones[phone]?.endpoint else {
            if !callTrunk(channel, number, purpose: .enquiry) { returnFromEnquiry(channel) }
            return nil
        }
        dial([endpoint], for: channel, purpose: .enquiry, mailbox: nil)
        return nil
    }

    /// The transferer goes back to the party that waits.
    mutating func returnFromEnquiry(_ channel: String) {
        guard let enquiry = enquiries.removeValue(forKey: channel), legs[enquiry.party] != nil else {
            hangUp(channel, cause: .normalClearing)
            return
        }
        enter(channel, enquiry.bridge)
    }

    /// Undoes an enquiry, ringing or talking.
    mutating func cancelEnquiry(_ channel: String) -> String? {
        guard enquiries[channel] != nil else { return "No transfer to cancel" }
        if let dial = legs[channel]?.dialing { giveUp(dial, outcome: .cancelled, callerStays: false) }
        if let target = partner(of: channel) {
            leaveBridge(channel)
            hangUp(target, cause: .normalClearing)
        }
        returnFromEnquiry(channel)
        return nil
    }

    /// The transferer hung up: the waiting party gets whom he called, talking or still ringing.
    mutating func completeTransfer(_ enquiry: Enquiry) {
        guard legs[enquiry.party] != nil else { return }
        if let id = legs[enquiry.transferer]?.dialing {
            legs[enquiry.transferer]?.dialing = nil
            legs[enquiry.party]?.dialing = id
            dials[id]?.caller = enquiry.party
            dials[id]?.purpose = .call
            leaveBridge(enquiry.party)
            for callee in dials[id]?.callees ?? [] { tell(.dialBegan(caller: enquiry.party, callee: callee)) }
        } else if let target = partner(of: enquiry.transferer) {
            leaveBridge(target)
            leaveBridge(enquiry.transferer)
            enter(target, enquiry.bridge)
            if let talk = behaviour.talk { after(talk, .talkEnd(bridge: enquiry.bridge)) }
        } else {
            hangUp(enquiry.party, cause: .normalClearing)
        }
    }
}
