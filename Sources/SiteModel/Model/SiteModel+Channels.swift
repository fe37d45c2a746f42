import TandemCore

// Channels: appearing, changing, ending. How a call stands is derived in SiteModel+Calls.
extension SiteModel {
    private typealias Status = ChannelRecord.Status

    mutating func seeChannel(
        _ name: String, endpoint: String?, uniqueID: String, state: ChannelState, number: String, callerName: String,
        dialled: String, context: String, linkedID: String
    ) {
        if let slot = channels.slot(name) {
            let known = channels[slot].uniqueID
            guard !uniqueID.isEmpty, !known.isEmpty, known != uniqueID else {
                channels[slot].confirmed = resync
                channels[slot].linkedID = linkedID
                channels[slot].context = context
                channels[slot].dialled = dialled
                setCaller(name, number, callerName)
                setState(name, state)
                refresh(slot)
                return
            }
            // Another call under the old name: the PBX restarted and counts anew.
            removeChannel(slot)
        }
        let slot = channels.insert(
            ChannelRecord(
                id: name, uniqueID: uniqueID, linkedID: linkedID, endpoint: endpoint, state: state, context: context,
                dialled: dialled, callerNumber: number, callerName: callerName, timestamp: present,
                confirmed: resync))
        if !uniqueID.isEmpty { uniqueIDs[uniqueID] = slot }
        touchChannel(slot)
        relate(slot)
        // Within a snapshot the state is all that tells who called.
        if isResyncing, state == .ring || state == .dialing { channels[slot].direction = .outgoing }
        refresh(slot)
    }

    /// Two halves of a channel inside the PBX stand for one another from now on.
    mutating func pair(_ channel: String, _ other: String) {
        guard let slot = channels.slot(channel), let partner = channels.slot(other), slot != partner,
            channels[slot].partner < 0, channels[partner].partner < 0
        else { return }
        channels[slot].partner = partner
        channels[partner].partner = slot
        refreshNeighbours(of: slot)
        refreshNeighbours(of: partner)
    }

    /// Finds the channel's phone or trunk by its endpoint.
    mutating func relate(_ slot: Int) {
        guard let endpoint = channels[slot].endpoint else { return }
        switch owner(ofEndpoint: endpoint) {
        case .phone(let phone):
            channels[slot].phone = phone
            channels[slot].thisDisplay = phones[phone].fullName
            phones[phone].channels.append(channels[slot].id)
            phones[phone].channelSlots.append(slot)
            touchPhone(phone, status: PhoneRecord.Status.channels)
        case .trunk(let trunk):
            channels[slot].trunk = trunk
            trunks[trunk].calls += 1
            touchTrunk(trunk, status: TrunkRecord.Status.calls)
        case nil: break
        }
    }

    mutating func setState(_ channel: String, _ state: ChannelState) {
        guard let slot = channels.slot(channel) else { return }
        channels[slot].confirmed = resync
        guard assign(&channels[slot].state, state) else { return }
        touchChannel(slot, status: Status.state)
        refresh(slot)
    }

    mutating func setCaller(_ channel: String, _ number: String, _ name: String) {
        guard let slot = channels.slot(channel) else { return }
        let isNumber = assign(&channels[slot].callerNumber, number)
        let isName = assign(&channels[slot].callerName, name)
        guard isNumber || isName else { return }
        if channels[slot].peer >= 0 { refresh(channels[slot].peer) }
        if channels[slot].isParked { renameParked(slot) }
        if channels[slot].queue >= 0 { renameWaiting(slot) }
        if channels[slot].room >= 0 { renameInRoom(slot) }
    }

    mutating func setConnected(_ channel: String, _ number: String, _ name: String) {
        guard let slot = channels.slot(channel) else { return }
        let isNumber = assign(&channels[slot].connectedNumber, number)
        let isName = assign(&channels[slot].connectedName, name)
        if isNumber || isName { refresh(slot) }
    }

    mutating func setHeld(_ channel: String, _ on: Bool) {
        guard let slot = channels.slot(channel) else { return }
        if assign(&channels[slot].isHeld, on) { touchChannel(slot, status: Status.held) }
    }

    mutating func setMonitored(_ channel: String, _ on: Bool) {
        guard let slot = channels.slot(channel) else { return }
        if assign(&channels[slot].isMonitored, on) { touchChannel(slot, status: Status.monitored) }
    }

    /// Notes which request made a channel (`autocall`, CTI reference 4.15).
    public mutating func setAutocall(
        channel: String, action: String, at now: Moment, into changes: inout [ObjectChange]
    ) {
        guard let slot = channels.slot(channel) else { return }
        present = Int(now.unixTime)
        if assign(&channels[slot].autocall, action) { touchChannel(slot, status: Status.autocall) }
        flush(into: &changes)
    }

    /// A channel under another name is another object: the old one goes, the new one comes with all it was.
    mutating func renameChannel(_ old: String, _ new: String, endpoint: String?) {
        guard let slot = channels.slot(old), old != new else { return }
        if let stranger = channels.slot(new) { removeChannel(stranger) }
        let was = channels[slot]
        var record = ChannelRecord(
            id: new, uniqueID: was.uniqueID, linkedID: was.linkedID, endpoint: endpoint, state: was.state,
            context: was.context, dialled: was.dialled, callerNumber: was.callerNumber, callerName: was.callerName,
            timestamp: was.timestamp, confirmed: resync)
        record.connectedNumber = was.connectedNumber
        record.connectedName = was.connectedName
        record.direction = was.direction
        record.isMonitored = was.isMonitored
        record.isHeld = was.isHeld
        record.autocall = was.autocall
        record.cameThroughQueue = was.cameThroughQueue
        let seats = leaveSeats(slot)
        removeChannel(slot)
        let fresh = channels.insert(record)
        if !record.uniqueID.isEmpty { uniqueIDs[record.uniqueID] = fresh }
        touchChannel(fresh)
        relate(fresh)
        for callee in was.dialing { linkDial(fresh, callee) }
        if was.dialedBy >= 0 { linkDial(was.dialedBy, fresh) }
        channels[fresh].isDialedByPBX = was.isDialedByPBX
        if let bridge = was.bridge { enterBridge(new, bridge) }
        take(seats, of: old, fresh)
        refresh(fresh)
        for callee in was.dialing { refresh(callee) }
        if was.dialedBy >= 0 { refresh(was.dialedBy) }
        // The same talk goes on: its age too.
        if channels[fresh].stage == was.stage { channels[fresh].timestamp = was.timestamp }
    }

    /// Where a channel is besides its call: what it keeps under another name.
    private struct Seats {
        var queue: QueueReference?
        var room = -1
        var lot = -1
        var space = ""
        var agents: [Int] = []
    }

    /// The channel gets up without leaving: its seats stay taken until it comes back under its other name.
    private mutating func leaveSeats(_ slot: Int) -> Seats {
        var seats = Seats()
        if channels[slot].queue >= 0 {
            seats.queue = QueueReference(slot: channels[slot].queue, isGroup: channels[slot].isQueueGroup)
        }
        seats.room = channels[slot].room
        seats.lot = channels[slot].parkedLot
        seats.space = channels[slot].parkedSpace
        if channels[slot].isAgent {
            let name = channels[slot].id
            seats.agents = agents.liveSlots.filter { agents[$0].channel == name }
        }
        channels[slot].queue = -1
        channels[slot].room = -1
        channels[slot].parkedLot = -1
        return seats
    }

    private mutating func take(_ seats: Seats, of former: String, _ slot: Int) {
        let name = channels[slot].id
        if let reference = seats.queue {
            channels[slot].queue = reference.slot
            channels[slot].isQueueGroup = reference.isGroup
            edit(reference) { $0.entries.rename(former, to: name) { $0.slot = slot } }
            touchQueue(reference, status: QueueRecord.Status.entries)
        }
        if seats.room >= 0 {
            rooms[seats.room].members.rename(former, to: name) { $0.slot = slot }
            touchRoom(seats.room, status: RoomRecord.Status.members)
            if let member = rooms[seats.room].members[name] { markInRoom(slot, room: seats.room, member) }
        }
        if seats.lot >= 0, let place = parkings[seats.lot].places[seats.space] {
            parkings[seats.lot].spaces[place].channel = name
            parkings[seats.lot].spaces[place].isChanged = true
            touchParking(seats.lot, status: ParkingRecord.Status.changedSpaces)
            channels[slot].parkedLot = seats.lot
            channels[slot].parkedSpace = seats.space
            touchChannel(slot, status: Status.parked)
        }
        for agent in seats.agents {
            seeAgent(
                agents[agent].number, name: nil, state: agents[agent].state, channel: name,
                phoneNumber: agents[agent].phoneNumber)
        }
    }

    mutating func endChannel(_ channel: String) {
        if let slot = channels.slot(channel) { removeChannel(slot) }
    }

    /// Takes a channel out of everything it was part of, then out of the list.
    mutating func removeChannel(_ slot: Int) {
        let name = channels[slot].id
        if let bridge = channels[slot].bridge { leaveBridge(name, bridge) }
        unlinkDials(slot)
        if channels[slot].queue >= 0 { leaveQueue(slot) }
        if channels[slot].room >= 0 { leaveRoom(channels[slot].room, channel: name) }
        if channels[slot].isParked { freeSpace(of: slot) }
        let partner = channels[slot].partner
        if partner >= 0 {
            channels[partner].partner = -1
            refreshNeighbours(of: partner)
        }
        let phone = channels[slot].phone
        if phone >= 0, let place = phones[phone].channelSlots.firstIndex(of: slot) {
            phones[phone].channelSlots.remove(at: place)
            phones[phone].channels.remove(at: place)
            touchPhone(phone, status: PhoneRecord.Status.channels)
            for agent in phones[phone].agents { refreshAvailability(agent) }
        }
        let trunk = channels[slot].trunk
        if trunk >= 0 {
            trunks[trunk].calls -= 1
            touchTrunk(trunk, status: TrunkRecord.Status.calls)
        }
        if uniqueIDs[channels[slot].uniqueID] == slot { uniqueIDs[channels[slot].uniqueID] = nil }
        noteRemoval(.channel, channels[slot].id, isNew: channels[slot].dirt.isNew)
        channels.remove(slot)
    }
}
