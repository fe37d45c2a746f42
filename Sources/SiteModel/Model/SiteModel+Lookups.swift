import TandemCore

/// A channel as commands need it.
public struct ChannelInfo: Hashable, Sendable {
    /// The PBX's name.
    public var name: String
    /// The PBX's unique id.
    public var uniqueID: String
    /// Id of the phone that it belongs to, or nil.
    public var phone: String?
    /// Id of the trunk that it belongs to, or nil.
    public var trunk: String?
    /// The PBX's state.
    public var state: ChannelState
    /// How the call stands.
    public var stage: CallStage
    /// Who began the call.
    public var direction: CallDirection
    /// Whether the channel holds its call.
    public var isHeld: Bool
    /// Whether the channel is parked.
    public var isParked: Bool
    /// The dialplan context in which it runs.
    public var context: String
    /// The number that was dialled.
    public var `extension`: String
    /// Caller id number.
    public var callerNumber: String
    /// Caller id name.
    public var callerName: String
    /// Name of the channel at the other end, or nil.
    public var peer: String?
    /// Id of the room that it is in, or nil.
    public var room: String?
    /// Since when the call stands so, Unix seconds.
    public var since: Int
}

/// Where a number is dialled.
public struct NumberInContext: Hashable, Sendable {
    /// The number.
    public var number: String
    /// The dialplan context in which it has its meaning.
    public var context: String
}

extension SiteModel {
    // MARK: Phones

    /// The phone as configured or discovered, or nil.
    public func phone(_ id: String) -> SiteConfiguration.Phone? {
        phones.slot(id).map {
            SiteConfiguration.Phone(
                number: phones[$0].number, endpoint: phones[$0].endpoint, context: phones[$0].context)
        }
    }

    /// Id of the first phone in the user's list that exists, or nil.
    public func mainPhone(ofUser user: String) -> String? { phones(ofUser: user).first }

    /// Ids of the user's phones that exist, the main one first.
    public func phones(ofUser user: String) -> [String] {
        guard let slot = users.slot(user) else { return [] }
        return users[slot].phones.filter { phones.slot($0) != nil }
    }

    /// The name of who sits at a phone, or nil.
    public func fullName(ofPhone phone: String) -> String? { phones.slot(phone).flatMap { phones[$0].fullName } }

    /// The PBX's device of a phone, or nil.
    public func endpoint(ofPhone phone: String) -> String? { phones.slot(phone).map { phones[$0].endpoint } }

    /// Id of the phone with that device, in any spelling of the technology, or nil.
    public func phone(endpoint: String) -> String? { phoneSlot(endpoint: endpoint).map { phones[$0].id } }

    /// Id of the phone that a number reaches, or nil.
    public func phone(number: String, context: String? = nil) -> String? {
        phoneSlot(number: number, context: context).map { phones[$0].id }
    }

    /// Ids of the users that have this phone, or none.
    public func usersOfPhone(_ phone: String) -> [String] { phones.slot(phone).map { phones[$0].users } ?? [] }

    /// The number that reaches an object, and its context (CTI reference 6.3). For a mailbox it is the mailbox number:
    /// which prefix leads there is the dialplan's affair. Nil: no such object, or nothing to dial.
    public func number(of key: ObjectKey) -> NumberInContext? {
        let found: NumberInContext?
        switch key.type {
        case .user:
            guard let main = mainPhone(ofUser: key.id) else { return nil }
            return number(of: ObjectKey(.phone, main))
        case .phone:
            found = phones.slot(key.id).map { NumberInContext(number: phones[$0].number, context: phones[$0].context) }
        case .agent:
            found = agents.slot(key.id).map { NumberInContext(number: agents[$0].number, context: agents[$0].context) }
        case .queue:
            found = queues.slot(key.id).map { NumberInContext(number: queues[$0].number, context: queues[$0].context) }
        case .group:
            found = groups.slot(key.id).map { NumberInContext(number: groups[$0].number, context: groups[$0].context) }
        case .meetme:
            found = rooms.slot(key.id).map { NumberInContext(number: rooms[$0].number, context: rooms[$0].context) }
        case .voicemail:
            found = voicemails.slot(key.id).map {
                NumberInContext(number: voicemails[$0].mailbox, context: voicemails[$0].context)
            }
        case .queueMember, .channel, .trunk, .parking, .site: found = nil
        }
        return found.flatMap { $0.number.isEmpty ? nil : $0 }
    }

    // MARK: Channels

    /// Names of a phone's channels, oldest first.
    public func channels(ofPhone phone: String) -> [String] { phones.slot(phone).map { phones[$0].channels } ?? [] }

    /// A channel by name, or nil.
    public func channel(_ name: String) -> ChannelInfo? { channels.slot(name).map(info) }

    /// A channel by unique id, or nil.
    public func channel(uniqueID: String) -> ChannelInfo? { uniqueIDs[uniqueID].map(info) }

    private func info(_ slot: Int) -> ChannelInfo {
        let record = channels[slot]
        return ChannelInfo(
            name: record.id, uniqueID: record.uniqueID, phone: record.phone >= 0 ? phones[record.phone].id : nil,
            trunk: record.trunk >= 0 ? trunks[record.trunk].id : nil, state: record.state, stage: record.stage,
            direction: record.direction, isHeld: record.isHeld, isParked: record.isParked, context: record.context,
            extension: record.dialled, callerNumber: record.callerNumber, callerName: record.callerName,
            peer: record.peer >= 0 ? channels[record.peer].id : nil,
            room: record.room >= 0 ? rooms[record.room].id : nil, since: record.timestamp)
    }

    /// Name of the channel at the other end of a channel's call, or nil.
    public func peer(of channel: String) -> String? {
        guard let slot = channels.slot(channel), channels[slot].peer >= 0 else { return nil }
        return channels[channels[slot].peer].id
    }

    /// The user's call: a talking channel that is not on hold first, then any talking, ringing, calling, other one.
    public func activeChannel(ofUser user: String) -> ChannelInfo? {
        var best: (rank: Int, slot: Int)?
        for id in phones(ofUser: user) {
            guard let phone = phones.slot(id) else { continue }
            for slot in phones[phone].channelSlots {
                let rank: Int
                switch channels[slot].stage {
                case .linked: rank = channels[slot].isHeld ? 1 : 0
                case .ringing: rank = 2
                case .calling: rank = 3
                case .ready: rank = 4
                }
                if let current = best, current.rank <= rank { continue }
                best = (rank, slot)
            }
        }
        return best.map { info($0.slot) }
    }

    // MARK: Agents, queues, rooms

    /// The agent as configured or discovered, or nil.
    public func agent(_ id: String) -> SiteConfiguration.Agent? {
        agents.slot(id).map { SiteConfiguration.Agent(name: agents[$0].name, number: agents[$0].number) }
    }

    /// Id of the agent with that number, or nil.
    public func agent(number: String) -> String? { agentNumbers[number].map { agents[$0].id } }

    /// The state of an agent, or nil.
    public func state(ofAgent id: String) -> AgentState? { agents.slot(id).map { agents[$0].state } }

    /// The PBX's name of a queue, or nil.
    public func queueName(_ id: String) -> String? { queues.slot(id).map { queues[$0].name } }

    /// The PBX's name of a group, or nil.
    public func groupName(_ id: String) -> String? { groups.slot(id).map { groups[$0].name } }

    /// The members of a queue or group, in no particular order.
    public func members(of key: ObjectKey) -> [QueueMemberFact] {
        let isGroup = key.type == .group
        guard let slot = isGroup ? groups.slot(key.id) : queues.slot(key.id) else { return [] }
        return members.liveSlots.compactMap {
            members[$0].queue == slot && members[$0].isGroup == isGroup ? members[$0].fact : nil
        }
    }

    /// The memberships of an agent or a phone in queues and groups, as the PBX tells them: what only the configuration of
    /// a group says is nothing that the PBX could be asked about.
    public func memberships(of key: ObjectKey) -> [QueueMemberFact] {
        switch key.type {
        case .agent:
            agents.slot(key.id).map { agents[$0].members.filter { members[$0].isTold }.map { members[$0].fact } } ?? []
        case .phone:
            phones.slot(key.id).map { phone in
                members.liveSlots.compactMap {
                    members[$0].phone == phone && members[$0].isTold ? members[$0].fact : nil
                }
            } ?? []
        default: []
        }
    }

    /// The name that queues show for an agent or a phone. Nil: no such object.
    public func memberName(of key: ObjectKey) -> String? {
        switch key.type {
        case .agent: agents.slot(key.id).map { agents[$0].name }
        case .phone: phones.slot(key.id).map { phones[$0].fullName ?? phones[$0].number }
        default: nil
        }
    }

    /// Id and PBX name of a room by id, number or name.
    public func room(_ text: String) -> (id: String, number: String)? {
        (rooms.slot(text) ?? roomNames[text]).map { (rooms[$0].id, rooms[$0].number) }
    }

    /// Name of the channel on a seat of a room (`usernum`), or nil.
    public func roomMember(_ room: String, _ userNumber: Int) -> String? {
        guard let slot = rooms.slot(room) ?? roomNames[room] else { return nil }
        return rooms[slot].members.first { $0.userNumber == userNumber }?.channel
    }

    /// Id of the user with that CTI login, or nil.
    public func userByLogin(_ login: String) -> String? { logins[login] }

    /// The user as configured, or nil.
    public func user(_ id: String) -> SiteConfiguration.User? { users.slot(id).map { users[$0].configured } }

    /// The trunk that leads to a site, or nil.
    public func trunk(to site: SiteID) -> SiteConfiguration.Trunk? {
        configuration.trunks.sorted { $0.key < $1.key }.first { $0.value.site == site }?.value
    }

    /// The PBX's name of a parking lot, or nil.
    public func parkingLotName(_ id: String) -> String? { parkings.slot(id).map { parkings[$0].name } }

    /// Whether an object exists.
    public func contains(_ key: ObjectKey) -> Bool {
        switch key.type {
        case .user: users.slot(key.id) != nil
        case .phone: phones.slot(key.id) != nil
        case .agent: agents.slot(key.id) != nil
        case .queue: queues.slot(key.id) != nil
        case .queueMember: members.slot(key.id) != nil
        case .group: groups.slot(key.id) != nil
        case .voicemail: voicemails.slot(key.id) != nil
        case .meetme: rooms.slot(key.id) != nil
        case .channel: channels.slot(key.id) != nil
        case .trunk: trunks.slot(key.id) != nil
        case .parking: parkings.slot(key.id) != nil
        case .site: key.id == "self"
        }
    }
}
