import TandemCore

// Conference rooms, mailboxes, parking lots.
extension SiteModel {
    mutating func seeRoom(_ name: String) -> Int? {
        if let known = roomNames[name] {
            rooms[known].confirmed = resync
            return known
        }
        guard configuration.discover else { return nil }
        var record = RoomRecord(
            id: discoveredID(.meetme, name), name: name, number: name, context: configuration.context)
        record.isDiscovered = true
        record.confirmed = resync
        let slot = rooms.insert(record)
        roomNames[name] = slot
        touchRoom(slot)
        return slot
    }

    mutating func joinRoom(
        _ room: String, channel: String, admin: Bool, muted: Bool, number: String, name: String
    ) {
        guard let slot = seeRoom(room) else { return }
        let channelSlot = channels.slot(channel) ?? -1
        let confirmed = resync
        let known = rooms[slot].members.edit(channel) { seat in
            seat.confirmed = confirmed
            let isAdmin = assign(&seat.isAdmin, admin)
            let isMuted = assign(&seat.isMuted, muted)
            let isName = assign(&seat.name, name)
            let isNumber = assign(&seat.number, number)
            let isSlot = assign(&seat.slot, channelSlot)
            return (seat, isAdmin || isMuted || isName || isNumber || isSlot)
        }
        if let (seat, isChanged) = known {
            guard isChanged else { return }
            touchRoom(slot, status: RoomRecord.Status.members)
            markInRoom(channelSlot, room: slot, seat)
            return
        }
        if channelSlot >= 0, channels[channelSlot].room >= 0 {
            leaveRoom(channels[channelSlot].room, channel: channel)
        }
        // Numbers as in MeetMe: one more than the highest present; they name a seat while it is taken.
        let highest = rooms[slot].members.last?.userNumber ?? 0
        let member = RoomRecord.Member(
            channel: channel, slot: channelSlot, userNumber: highest + 1, isAdmin: admin, isMuted: muted, name: name,
            number: number, joined: present, confirmed: resync)
        rooms[slot].members.append(member)
        touchRoom(slot, status: RoomRecord.Status.members)
        markInRoom(channelSlot, room: slot, member)
    }

    mutating func markInRoom(_ channel: Int, room: Int, _ member: RoomRecord.Member) {
        guard channel >= 0 else { return }
        channels[channel].confirmed = resync
        channels[channel].room = room
        let isNumber = assign(&channels[channel].roomUserNumber, member.userNumber)
        let isMuted = assign(&channels[channel].isRoomMuted, member.isMuted)
        let isAdmin = assign(&channels[channel].isRoomAdmin, member.isAdmin)
        if isNumber || isMuted || isAdmin { touchChannel(channel, status: ChannelRecord.Status.room) }
        refresh(channel)
    }

    /// The caller id of a participant changed.
    mutating func renameInRoom(_ slot: Int) {
        let room = channels[slot].room
        let (name, number) = (channels[slot].callerName, channels[slot].callerNumber)
        let isThere: Void? = rooms[room].members.edit(channels[slot].id) { seat in
            seat.name = name
            seat.number = number
        }
        if isThere != nil { touchRoom(room, status: RoomRecord.Status.members) }
    }

    private mutating func markOutOfRoom(_ channel: Int) {
        channels[channel].room = -1
        let isNumber = assign(&channels[channel].roomUserNumber, 0)
        let isMuted = assign(&channels[channel].isRoomMuted, false)
        let isAdmin = assign(&channels[channel].isRoomAdmin, false)
        if isNumber || isMuted || isAdmin { touchChannel(channel, status: ChannelRecord.Status.room) }
        refresh(channel)
    }

    mutating func leaveRoom(_ room: String, channel: String) {
        if let slot = roomNames[room] { leaveRoom(slot, channel: channel) }
    }

    mutating func leaveRoom(_ slot: Int, channel: String) {
        if rooms[slot].members.remove(channel) != nil { touchRoom(slot, status: RoomRecord.Status.members) }
        if let channelSlot = channels.slot(channel), channels[channelSlot].room == slot { markOutOfRoom(channelSlot) }
    }

    mutating func muteMember(_ room: String, channel: String, muted: Bool) {
        guard let slot = seeRoom(room),
            rooms[slot].members.edit(channel, { assign(&$0.isMuted, muted) }) == true
        else { return }
        touchRoom(slot, status: RoomRecord.Status.members)
        if let channelSlot = channels.slot(channel), assign(&channels[channelSlot].isRoomMuted, muted) {
            touchChannel(channelSlot, status: ChannelRecord.Status.room)
        }
    }

    mutating func endRoom(_ room: String) {
        guard let slot = roomNames[room] else { return }
        emptyRoom(slot)
        // A room that only its members made is gone with them.
        if rooms[slot].isDiscovered { removeRoom(slot) }
    }

    private mutating func emptyRoom(_ slot: Int) {
        guard !rooms[slot].members.isEmpty else { return }
        let leaving = rooms[slot].members
        rooms[slot].members.removeAll()
        touchRoom(slot, status: RoomRecord.Status.members)
        for member in leaving {
            if let channel = channels.slot(member.channel), channels[channel].room == slot { markOutOfRoom(channel) }
        }
    }

    mutating func removeRoom(_ slot: Int) {
        emptyRoom(slot)
        roomNames[rooms[slot].name] = nil
        roomNames[rooms[slot].number] = nil
        noteRemoval(.meetme, rooms[slot].id, isNew: rooms[slot].dirt.isNew)
        rooms.remove(slot)
    }

    // MARK: Mailboxes

    mutating func seeMailbox(_ mailbox: String, context: String, fullName: String, email: String) {
        guard let slot = mailboxSlot(mailbox, context), voicemails[slot].isDiscovered else { return }
        let isName = !fullName.isEmpty && assign(&voicemails[slot].fullName, fullName)
        let isEmail = !email.isEmpty && assign(&voicemails[slot].email, email)
        if isName || isEmail { touchVoicemail(slot, config: VoicemailRecord.Config.identity) }
    }

    mutating func countMailbox(_ mailbox: String, context: String, new: Int, old: Int, waiting: Bool) {
        guard let slot = mailboxSlot(mailbox, context) else { return }
        var keys: UInt32 = 0
        if assign(&voicemails[slot].isWaiting, waiting) { keys |= VoicemailRecord.Status.waiting }
        if assign(&voicemails[slot].new, new) { keys |= VoicemailRecord.Status.new }
        if assign(&voicemails[slot].old, old) { keys |= VoicemailRecord.Status.old }
        if keys != 0 { touchVoicemail(slot, status: keys) }
    }

    private mutating func mailboxSlot(_ mailbox: String, _ context: String) -> Int? {
        let name = mailbox + "@" + context
        if let known = mailboxes[name] {
            voicemails[known].confirmed = resync
            return known
        }
        guard configuration.discover else { return nil }
        var record = VoicemailRecord(
            id: discoveredID(.voicemail, name), mailbox: mailbox, context: context, fullName: "", email: "")
        record.isDiscovered = true
        record.confirmed = resync
        let slot = voicemails.insert(record)
        mailboxes[name] = slot
        touchVoicemail(slot)
        return slot
    }

    mutating func removeMailbox(_ slot: Int) {
        mailboxes[voicemails[slot].mailbox + "@" + voicemails[slot].context] = nil
        noteRemoval(.voicemail, voicemails[slot].id, isNew: voicemails[slot].dirt.isNew)
        voicemails.remove(slot)
    }

    // MARK: Parking

    /// PBXs write `parkinglot_paris` for a lot that people call `paris`.
    private func lotName(_ lot: String) -> String {
        lot.utf8.starts(with: "parkinglot_".utf8) ? String(lot.dropFirst(11)) : lot.isEmpty ? "default" : lot
    }

    mutating func park(
        _ channel: String, lot: String, space: String, parker: String, number: String, name: String, timeout: Int,
        since: Int
    ) {
        let lot = lotName(lot)
        let slot: Int
        if let known = lotNames[lot] {
            slot = known
        } else {
            guard configuration.discover else { return }
            var record = ParkingRecord(id: discoveredID(.parking, lot), name: lot)
            record.isDiscovered = true
            slot = parkings.insert(record)
            lotNames[lot] = slot
            touchParking(slot)
        }
        parkings[slot].confirmed = resync
        let place: Int
        if let known = parkings[slot].places[space] {
            place = known
        } else {
            place = parkings[slot].spaces.count
            parkings[slot].spaces.append(ParkingRecord.Space(name: space))
            parkings[slot].places[space] = place
        }
        if parkings[slot].spaces[place].channel == channel {
            parkings[slot].spaces[place].confirmed = resync
        } else {
            if let former = parkings[slot].spaces[place].channel { markUnparked(former, slot, space) }
            parkings[slot].spaces[place] = ParkingRecord.Space(
                name: space, channel: channel, parker: parker, callerName: name, callerNumber: number,
                since: since, timeout: timeout, confirmed: resync, isChanged: true)
            touchParking(slot, status: ParkingRecord.Status.changedSpaces)
        }
        guard let parked = channels.slot(channel) else { return }
        channels[parked].confirmed = resync
        if channels[parked].isParked, channels[parked].parkedLot != slot || channels[parked].parkedSpace != space {
            freeSpace(of: parked)
        }
        if !channels[parked].isParked { touchChannel(parked, status: ChannelRecord.Status.parked) }
        channels[parked].parkedLot = slot
        channels[parked].parkedSpace = space
        refresh(parked)
    }

    mutating func unpark(_ channel: String, lot: String, space: String) {
        guard let slot = lotNames[lotName(lot)], let place = parkings[slot].places[space],
            parkings[slot].spaces[place].channel == channel
        else { return }
        free(slot, place)
        markUnparked(channel, slot, space)
    }

    /// The parked channel's space becomes free.
    mutating func freeSpace(of channel: Int) {
        let slot = channels[channel].parkedLot
        let space = channels[channel].parkedSpace
        if let place = parkings[slot].places[space], parkings[slot].spaces[place].channel == channels[channel].id {
            free(slot, place)
        }
        markUnparked(channels[channel].id, slot, space)
    }

    mutating func free(_ slot: Int, _ place: Int) {
        parkings[slot].spaces[place] = ParkingRecord.Space(name: parkings[slot].spaces[place].name, isChanged: true)
        touchParking(slot, status: ParkingRecord.Status.changedSpaces)
    }

    mutating func markUnparked(_ channel: String, _ lot: Int, _ space: String) {
        guard let slot = channels.slot(channel), channels[slot].parkedLot == lot, channels[slot].parkedSpace == space
        else { return }
        channels[slot].parkedLot = -1
        touchChannel(slot, status: ChannelRecord.Status.parked)
        refresh(slot)
    }

    /// The caller id of a parked channel changed.
    mutating func renameParked(_ channel: Int) {
        let slot = channels[channel].parkedLot
        guard let place = parkings[slot].places[channels[channel].parkedSpace] else { return }
        parkings[slot].spaces[place].callerName = channels[channel].callerName
        parkings[slot].spaces[place].callerNumber = channels[channel].callerNumber
        parkings[slot].spaces[place].isChanged = true
        touchParking(slot, status: ParkingRecord.Status.changedSpaces)
    }
}
