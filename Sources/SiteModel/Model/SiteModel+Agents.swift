import TandemCore

// Agents and their availability.
extension SiteModel {
    private typealias Status = AgentRecord.Status

    mutating func seeAgent(
        _ number: String, name: String?, state: AgentState, channel: String?, phoneNumber: String?
    ) {
        let slot: Int
        if let known = agentNumbers[number] {
            slot = known
        } else {
            guard configuration.discover else { return }
            var record = AgentRecord(
                id: discoveredID(.agent, number), name: name ?? number, number: number,
                context: configuration.context)
            record.isDiscovered = true
            slot = agents.insert(record)
            agentNumbers[number] = slot
            touchAgent(slot)
            if !isResyncing { identifyMembers() }
        }
        agents[slot].confirmed = resync
        if agents[slot].isDiscovered, let name, !name.isEmpty, assign(&agents[slot].name, name) {
            touchAgent(slot, config: AgentRecord.Config.identity)
        }
        if assign(&agents[slot].state, state) { touchAgent(slot, status: Status.state) }
        let former = agents[slot].channel
        if assign(&agents[slot].channel, channel) {
            touchAgent(slot, status: Status.channel)
            if let former { markAgentChannel(former, false) }
        }
        if let channel { markAgentChannel(channel, true) }
        if assign(&agents[slot].phoneNumber, phoneNumber) { touchAgent(slot, status: Status.phoneNumber) }
        seatAgent(slot)
        refreshAvailability(slot)
    }

    private mutating func markAgentChannel(_ name: String, _ isAgent: Bool) {
        guard let slot = channels.slot(name) else { return }
        if assign(&channels[slot].isAgent, isAgent) { touchChannel(slot, status: ChannelRecord.Status.agent) }
    }

    /// Finds the phone at which the agent is logged in.
    mutating func seatAgent(_ slot: Int) {
        var phone = -1
        if let number = agents[slot].phoneNumber, let found = phoneSlot(number: number, context: nil) {
            phone = found
        } else if let channel = agents[slot].channel {
            phone = channels.slot(channel).map { channels[$0].phone } ?? -1
        }
        // Some PBXs tell the channel only: the number is then that of the channel's phone.
        let seatNumber = phone >= 0 && agents[slot].phoneNumber == nil ? phones[phone].number : nil
        if assign(&agents[slot].seatNumber, seatNumber) { touchAgent(slot, status: Status.phoneNumber) }
        let former = agents[slot].loginPhone
        guard assign(&agents[slot].loginPhone, phone) else { return }
        if former >= 0, !agents[slot].userPhones.contains(former) { phones[former].agents.drop(first: slot) }
        if phone >= 0, !phones[phone].agents.contains(slot) { phones[phone].agents.append(slot) }
    }

    /// Decides what the agent can do now; first rule that fits (CTI reference 5.5).
    mutating func refreshAvailability(_ slot: Int) {
        let (availability, isQueueCall) = availability(of: slot)
        if assign(&agents[slot].isOnQueueCall, isQueueCall) { touchAgent(slot, status: Status.queueCall) }
        if assign(&agents[slot].availability, availability) {
            agents[slot].availabilitySince = present
            touchAgent(slot, status: Status.availability)
        }
    }

    private func availability(of slot: Int) -> (AgentAvailability, isQueueCall: Bool) {
        switch agents[slot].state {
        case .loggedOff, .undefined: return (.loggedOut, false)
        case .onCall: return (.unavailable, true)
        case .idle: break
        }
        var other: AgentAvailability?
        for phone in agents[slot].userPhones {
            if visit(phone, of: slot, &other) { return (.unavailable, true) }
        }
        let seat = agents[slot].loginPhone
        if seat >= 0, !agents[slot].userPhones.contains(seat), visit(seat, of: slot, &other) {
            return (.unavailable, true)
        }
        let mine = agents[slot].members
        if !mine.isEmpty, mine.allSatisfy({ members[$0].fact.paused }) { return (.unavailable, false) }
        return (other ?? .available, false)
    }

    /// Looks at the calls of one of the agent's phones; true when one came through a queue.
    private func visit(_ phone: Int, of agent: Int, _ other: inout AgentAvailability?) -> Bool {
        for channel in phones[phone].channelSlots {
            // The channel on which the agent waits is no call.
            if channels[channel].stage == .ready || channels[channel].id == agents[agent].channel { continue }
            let peer = channels[channel].peer
            if peer >= 0, channels[peer].cameThroughQueue { return true }
            let isOutside = peer >= 0 ? channels[peer].trunk >= 0 : false
            switch (channels[channel].direction == .outgoing, isOutside) {
            case (true, true): other = other ?? .outgoingExternal
            case (true, false): other = other ?? .outgoingInternal
            case (false, true): other = other ?? .incomingExternal
            case (false, false): other = other ?? .incomingInternal
            }
        }
        return false
    }

    mutating func removeAgent(_ slot: Int) {
        for member in agents[slot].members {
            // The member stays at the PBX, but is nobody that we list.
            let reference = QueueReference(slot: members[member].queue, isGroup: members[member].isGroup)
            members[member].agent = -1
            let id = agents[slot].id
            edit(reference) { $0.agentMembers.drop(first: id) }
            touchQueue(reference, status: QueueRecord.Status.agents)
        }
        let seat = agents[slot].loginPhone
        if seat >= 0 { phones[seat].agents.drop(first: slot) }
        agentNumbers[agents[slot].number] = nil
        noteRemoval(.agent, agents[slot].id, isNew: agents[slot].dirt.isNew)
        agents.remove(slot)
    }
}
