import TandemCore

// Queues, ring groups, their members and callers.
extension SiteModel {
    private typealias Status = QueueRecord.Status

    static func memberID(_ interface: String, _ queue: String) -> String { interface + "," + queue }

    func queue(_ reference: QueueReference) -> QueueRecord {
        reference.isGroup ? groups[reference.slot] : queues[reference.slot]
    }

    /// Changes a queue or group in place.
    @inline(__always)
    mutating func edit<Result>(_ reference: QueueReference, _ body: (inout QueueRecord) -> Result) -> Result {
        reference.isGroup ? body(&groups[reference.slot]) : body(&queues[reference.slot])
    }

    /// The queue or group of that name; a new object if the PBX knows one that the configuration does not name.
    mutating func seeQueue(_ name: String) -> QueueReference? {
        if let known = queueNames[name] {
            let confirmed = resync
            edit(known) { $0.confirmed = confirmed }
            return known
        }
        guard configuration.discover else { return nil }
        var record = QueueRecord(
            id: discoveredID(.queue, name), name: name, number: "", displayName: name, context: configuration.context)
        record.isDiscovered = true
        record.confirmed = resync
        let reference = QueueReference(slot: queues.insert(record), isGroup: false)
        queueNames[name] = reference
        touchQueue(reference)
        return reference
    }

    // MARK: Members

    mutating func seeMember(_ fact: QueueMemberFact) {
        guard let reference = seeQueue(fact.queue) else { return }
        guard let slot = members.slot(Self.memberID(fact.interface, fact.queue)) else {
            insertMember(fact, into: reference, isConfigured: false)
            return
        }
        members[slot].confirmed = resync
        var fact = fact
        if fact.paused, fact.pausedSince == 0 {
            let known = members[slot].fact
            // Not told: it began when we saw it begin.
            fact.pausedSince = known.paused ? known.pausedSince : present
        }
        let keys = members[slot].differences(fact)
        guard keys != 0 else { return }
        let isOtherTarget = members[slot].fact.target != fact.target
        members[slot].fact = fact
        touchMember(slot, keys: keys)
        if isOtherTarget {
            unlistMember(slot)
            (members[slot].agent, members[slot].phone) = identify(fact)
            listMember(slot)
        }
        if members[slot].agent >= 0, keys & QueueMemberRecord.Keys.paused != 0 {
            refreshAvailability(members[slot].agent)
        }
    }

    mutating func insertMember(_ fact: QueueMemberFact, into queue: QueueReference, isConfigured: Bool) {
        let (agent, phone) = identify(fact)
        var record = QueueMemberRecord(
            id: Self.memberID(fact.interface, fact.queue), fact: fact, queue: queue.slot, isGroup: queue.isGroup,
            agent: agent, phone: phone)
        record.isConfigured = isConfigured
        record.confirmed = resync
        let slot = members.insert(record)
        touchMember(slot)
        listMember(slot)
    }

    /// Who a member is: an agent, else the phone that is called or watched, else nobody of this site.
    func identify(_ fact: QueueMemberFact) -> (agent: Int, phone: Int) {
        let called: Int?
        let watched: String?
        switch fact.target {
        case .agent(let number): return (agentNumbers[number] ?? -1, -1)
        case .device(let name, let watching): (called, watched) = (phoneSlot(endpoint: name), watching)
        case .number(let number, let context, let watching):
            (called, watched) = (phoneSlot(number: number, context: context), watching)
        }
        return (-1, called ?? watched.flatMap { phoneSlot(endpoint: $0) } ?? -1)
    }

    /// Looks again who each member is: an agent or phone may have been discovered since, or have another number.
    mutating func identifyMembers() {
        for slot in members.liveSlots {
            let identity = identify(members[slot].fact)
            guard identity != (members[slot].agent, members[slot].phone) else { continue }
            unlistMember(slot)
            (members[slot].agent, members[slot].phone) = identity
            listMember(slot)
        }
    }

    /// Adds a member to the lists of its queue and of the agent or phone that it is.
    mutating func listMember(_ slot: Int) {
        let reference = QueueReference(slot: members[slot].queue, isGroup: members[slot].isGroup)
        let queueID = queue(reference).id
        let agent = members[slot].agent
        let phone = members[slot].phone
        if agent >= 0 {
            agents[agent].members.append(slot)
            if reference.isGroup { agents[agent].groups.append(queueID) } else { agents[agent].queues.append(queueID) }
            touchAgent(
                agent, status: reference.isGroup ? AgentRecord.Status.groups : AgentRecord.Status.queues)
            let id = agents[agent].id
            edit(reference) { $0.agentMembers.append(id) }
            touchQueue(reference, status: Status.agents)
            refreshAvailability(agent)
        } else if phone >= 0 {
            if reference.isGroup { phones[phone].groups.append(queueID) } else { phones[phone].queues.append(queueID) }
            touchPhone(phone, status: reference.isGroup ? PhoneRecord.Status.groups : PhoneRecord.Status.queues)
            let id = phones[phone].id
            edit(reference) { $0.phoneMembers.append(id) }
            touchQueue(reference, status: Status.phones)
        }
    }

    private mutating func unlistMember(_ slot: Int) {
        let reference = QueueReference(slot: members[slot].queue, isGroup: members[slot].isGroup)
        let queueID = queue(reference).id
        let agent = members[slot].agent
        let phone = members[slot].phone
        if agent >= 0 {
            agents[agent].members.removeAll { $0 == slot }
            if reference.isGroup {
                agents[agent].groups.drop(first: queueID)
            } else {
                agents[agent].queues.drop(first: queueID)
            }
            touchAgent(
                agent, status: reference.isGroup ? AgentRecord.Status.groups : AgentRecord.Status.queues)
            let id = agents[agent].id
            edit(reference) { $0.agentMembers.drop(first: id) }
            touchQueue(reference, status: Status.agents)
            refreshAvailability(agent)
        } else if phone >= 0 {
            if reference.isGroup {
                phones[phone].groups.drop(first: queueID)
            } else {
                phones[phone].queues.drop(first: queueID)
            }
            touchPhone(phone, status: reference.isGroup ? PhoneRecord.Status.groups : PhoneRecord.Status.queues)
            let id = phones[phone].id
            edit(reference) { $0.phoneMembers.drop(first: id) }
            touchQueue(reference, status: Status.phones)
        }
    }

    /// Writes a queue's phone list anew after a phone went.
    mutating func relistMembers(_ reference: QueueReference) {
        var ids: [String] = []
        for slot in members.liveSlots
        where members[slot].queue == reference.slot && members[slot].isGroup == reference.isGroup {
            if members[slot].phone >= 0 { ids.append(phones[members[slot].phone].id) }
        }
        if edit(reference, { assign(&$0.phoneMembers, ids) }) { touchQueue(reference, status: Status.phones) }
    }

    mutating func pauseMember(_ interface: String, of queue: String, paused: Bool, reason: String) {
        guard let slot = members.slot(Self.memberID(interface, queue)) else { return }
        var fact = members[slot].fact
        fact.paused = paused
        fact.pausedReason = reason
        if !paused { fact.pausedSince = 0 }
        seeMember(fact)
    }

    mutating func removeMember(_ interface: String, of queue: String) {
        if let slot = members.slot(Self.memberID(interface, queue)) { removeMember(slot) }
    }

    mutating func removeMember(_ slot: Int) {
        noteRemoval(.queueMember, members[slot].id, isNew: members[slot].dirt.isNew)
        unlistMember(slot)
        members.remove(slot)
    }

    // MARK: Callers

    mutating func joinQueue(_ queue: String, channel: String, position: Int, waited: Double) {
        guard let reference = seeQueue(queue) else { return }
        let slot = channels.slot(channel) ?? -1
        if slot >= 0 {
            channels[slot].confirmed = resync
            channels[slot].cameThroughQueue = true
            // One channel waits in one queue.
            if channels[slot].queue >= 0,
                channels[slot].queue != reference.slot || channels[slot].isQueueGroup != reference.isGroup
            {
                leaveQueue(slot)
            }
            channels[slot].queue = reference.slot
            channels[slot].isQueueGroup = reference.isGroup
        }
        var entry = QueueRecord.Entry(
            channel: channel, slot: slot, joined: present - Int(waited.rounded()), uniqueID: "", name: "", number: "",
            confirmed: resync)
        if slot >= 0 {
            entry.uniqueID = channels[slot].uniqueID
            entry.name = channels[slot].callerName
            entry.number = channels[slot].callerNumber
        }
        let resync = resync
        // A list names all from the first to the last; who joins meanwhile names another place.
        let isListed = isResyncing && position == edit(reference) { $0.entries.listedCount(in: resync) } + 1
        let isChanged = edit(reference) { record in
            let known = record.entries[channel]
            // Known: it keeps the moment of joining.
            if let known { entry.joined = known.joined }
            let isMoved =
                isListed
                ? record.entries.list(entry, isFirst: position <= 1, resync: resync)
                : record.entries.put(entry, at: max(position - 1, 0))
            return isMoved || known == nil || known?.name != entry.name || known?.number != entry.number
                || known?.uniqueID != entry.uniqueID
        }
        if isChanged { touchQueue(reference, status: Status.entries) }
    }

    /// The caller id of a channel that waits changed.
    mutating func renameWaiting(_ slot: Int) {
        let reference = QueueReference(slot: channels[slot].queue, isGroup: channels[slot].isQueueGroup)
        let (channel, name, number) = (channels[slot].id, channels[slot].callerName, channels[slot].callerNumber)
        let isThere: Bool = edit(reference) { record in
            let edited: Void? = record.entries.edit(channel) { entry in
                entry.name = name
                entry.number = number
            }
            return edited != nil
        }
        if isThere { touchQueue(reference, status: Status.entries) }
    }

    mutating func leaveQueue(_ queue: String, channel: String) {
        guard let reference = queueNames[queue] else { return }
        leaveQueue(reference, channel: channel)
    }

    /// The channel leaves the queue in which it waits.
    mutating func leaveQueue(_ slot: Int) {
        let reference = QueueReference(slot: channels[slot].queue, isGroup: channels[slot].isQueueGroup)
        leaveQueue(reference, channel: channels[slot].id)
    }

    private mutating func leaveQueue(_ reference: QueueReference, channel: String) {
        if let slot = channels.slot(channel), channels[slot].queue == reference.slot,
            channels[slot].isQueueGroup == reference.isGroup
        {
            channels[slot].queue = -1
        }
        guard edit(reference, { $0.entries.remove(channel) }) != nil else { return }
        touchQueue(reference, status: Status.entries)
    }

    /// Takes a discovered queue with its members out of the lists.
    mutating func removeQueue(_ reference: QueueReference) {
        for slot in members.liveSlots
        where members[slot].queue == reference.slot && members[slot].isGroup == reference.isGroup {
            removeMember(slot)
        }
        let record = queue(reference)
        for entry in record.entries {
            if let slot = channels.slot(entry.channel) { channels[slot].queue = -1 }
        }
        queueNames[record.name] = nil
        noteRemoval(reference.isGroup ? .group : .queue, record.id, isNew: record.dirt.isNew)
        if reference.isGroup { groups.remove(reference.slot) } else { queues.remove(reference.slot) }
    }
}

extension Array where Element: Equatable {
    /// Removes the first element that equals another.
    mutating func drop(first element: Element) {
        if let place = firstIndex(of: element) { remove(at: place) }
    }
}
