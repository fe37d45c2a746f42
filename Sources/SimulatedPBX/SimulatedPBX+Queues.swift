import PBX
import SiteModel
import TandemCore

// Queues, their members, agents.
extension SimulatedPBX {
    /// A member that the configuration names; nil when it is of another site.
    func configuredMember(_ id: ObjectID, of queue: String) -> Member? {
        guard id.site == configuration.site else { return nil }
        switch id.key.type {
        case .phone: return phoneMember(id.key.id, queue)
        case .user: return configuration.users[id.key.id]?.phone.flatMap { phoneMember($0, queue) }
        case .agent:
            guard let agent = configuration.agents[id.key.id] else { return nil }
            return Member(
                fact: QueueMemberFact(
                    queue: queue, interface: Self.memberName(ofAgent: agent.number), target: .agent(agent.number),
                    memberName: agent.name, membership: .fixed, status: .unavailable),
                agent: agent.number)
        default: return nil
        }
    }

    private func phoneMember(_ phone: String, _ queue: String) -> Member? {
        guard let endpoint = configuration.phones[phone]?.endpoint else { return nil }
        return Member(
            fact: QueueMemberFact(
                queue: queue, interface: endpoint, memberName: identity(ofPhone: phone).name, membership: .fixed),
            phone: phone)
    }

    /// The phone at which a member can be reached now.
    func phone(of member: Member) -> String? {
        guard let number = member.agent else { return member.phone }
        guard let agent = agents[number], agent.state != .loggedOff else { return nil }
        return agent.phone
    }

    /// The device state of a member as queues show it.
    func status(of member: Member) -> QueueMemberState {
        guard let phone = phone(of: member) else { return .unavailable }
        let state = state(ofPhone: phone)
        switch state {
        case .unavailable: return .unavailable
        case .ringing: return .ringing
        case .idle: return .idle
        case .onHold: return .onHold
        default: return state.contains(.ringing) ? .ringingInUse : .inUse
        }
    }

    /// Tells the members whose device state changed with a phone.
    mutating func refreshMembers(ofPhone phone: String) {
        for queue in queues.keys.sorted() {
            for place in (queues[queue] ?? []).indices {
                guard let member = queues[queue]?[place], self.phone(of: member) == phone else { continue }
                refreshMember(queue, place)
            }
        }
    }

    private mutating func refreshMember(_ queue: String, _ place: Int) {
        guard let member = queues[queue]?[place] else { return }
        let status = status(of: member)
        guard member.fact.status != status else { return }
        queues[queue]?[place].fact.status = status
        tellMember(queue, place)
    }

    mutating func tellMember(_ queue: String, _ place: Int) {
        if let fact = queues[queue]?[place].fact { tell(.queueMember(fact)) }
    }

    // MARK: Callers

    mutating func joinQueue(_ channel: String, _ queue: String) {
        setState(channel, .up)
        legs[channel]?.queue = queue
        waiting[queue, default: []].append(channel)
        joined[channel] = clock.unixTime
        tell(
            .queueEntryJoined(
                queue: queue, channel: channel, position: waiting[queue]?.count ?? 1, waitedSeconds: 0))
        after(behaviour.patience, .losePatience(channel: channel))
        distribute(queue)
    }

    mutating func leaveQueue(_ channel: String) {
        guard let queue = legs[channel]?.queue else { return }
        legs[channel]?.queue = nil
        waiting[queue]?.removeAll { $0 == channel }
        joined[channel] = nil
        tell(.queueEntryLeft(queue: queue, channel: channel))
    }

    /// Calls free members for the first callers for whom nobody rings yet.
    mutating func distribute(_ queue: String) {
        for caller in waiting[queue] ?? [] where legs[caller]?.dialing == nil {
            let free = (queues[queue] ?? []).indices.filter { place in
                guard let member = queues[queue]?[place], !member.fact.paused, let phone = phone(of: member) else {
                    return false
                }
                return (phoneLegs[phone] ?? []).isEmpty && !isUnreachable(phone)
            }
            guard !free.isEmpty else {
                after(behaviour.queueRetry, .callQueue(queue: queue))
                return
            }
            var places = free
            if behaviour.strategy == .roundRobin {
                let last = turn[queue] ?? -1
                let next = free.first { $0 > last } ?? free[0]
                turn[queue] = next
                places = [next]
            }
            let endpoints = places.compactMap { place in
                queues[queue].flatMap { phone(of: $0[place]) }.flatMap { configuration.phones[$0]?.endpoint }
            }
            dial(endpoints, for: caller, purpose: .queue(queue), mailbox: nil)
        }
    }

    /// A member took a caller.
    mutating func beginQueueCall(_ queue: String, caller: String, member channel: String) {
        legs[channel]?.queueCall = queue
        guard let phone = legs[channel]?.phone,
            let member = queues[queue]?.first(where: { self.phone(of: $0) == phone }), let number = member.agent
        else { return }
        legs[channel]?.agent = number
        agents[number]?.state = .onCall
        tellAgent(number)
    }

    /// The member's leg of a queue call ended: the call counts.
    mutating func endQueueCall(_ leg: Leg) {
        if let number = leg.agent, agents[number]?.state == .onCall {
            agents[number]?.state = .idle
            tellAgent(number)
        }
        guard let queue = leg.queueCall, let phone = leg.phone,
            let place = queues[queue]?.firstIndex(where: { self.phone(of: $0) == phone })
        else { return }
        queues[queue]?[place].fact.callsTaken += 1
        queues[queue]?[place].fact.lastCall = Int(clock.unixTime)
        tellMember(queue, place)
        if waiting[queue]?.isEmpty == false { after(.seconds(1), .callQueue(queue: queue)) }
    }

    // MARK: Agents

    mutating func tellAgent(_ number: String) {
        guard let agent = agents[number] else { return }
        let name = configuration.agents.values.first { $0.number == number }?.name
        tell(
            .agent(
                number: number, name: name, state: agent.state, channel: nil,
                phoneNumber: agent.phone.flatMap { configuration.phones[$0]?.number }))
    }

    /// Nil: done; else why not.
    mutating func logIn(agent number: String, at extensionText: String) -> String? {
        guard let agent = agents[number] else { return "No such agent" }
        guard agent.state == .loggedOff else { return "Agent already logged in" }
        guard let phone = phoneByNumber[extensionText] else { return "No such extension" }
        guard !agents.values.contains(where: { $0.phone == phone && $0.state != .loggedOff }) else {
            return "Extension already in use by another agent"
        }
        agents[number] = Agent(state: .idle, phone: phone)
        tellAgent(number)
        refreshAgentMembers(number)
        return nil
    }

    mutating func logOff(agent number: String) -> String? {
        guard let agent = agents[number] else { return "No such agent" }
        guard agent.state != .loggedOff else { return "Agent not logged in" }
        agents[number] = Agent()
        tellAgent(number)
        refreshAgentMembers(number)
        return nil
    }

    private mutating func refreshAgentMembers(_ number: String) {
        for queue in queues.keys.sorted() {
            for place in (queues[queue] ?? []).indices where queues[queue]?[place].agent == number {
                refreshMember(queue, place)
            }
            distribute(queue)
        }
    }

    // MARK: Members by action

    /// A member that an action added: who it is, by what is configured now.
    func addedMember(_ fact: QueueMemberFact) -> Member {
        switch fact.target {
        case .agent(let number): Member(fact: fact, agent: number)
        case .device(let name, _): Member(fact: fact, phone: phoneByEndpoint[name])
        case .number(let number, _, _): Member(fact: fact, phone: phoneByNumber[number])
        }
    }

    mutating func addMember(_ fact: QueueMemberFact) -> String? {
        guard let members = queues[fact.queue] else { return "Unable to add interface to queue: No such queue" }
        guard !members.contains(where: { $0.fact.interface == fact.interface }) else {
            return "Unable to add interface: Already there"
        }
        var member = addedMember(fact)
        member.fact.status = status(of: member)
        queues[fact.queue]?.append(member)
        tell(.queueMember(member.fact))
        distribute(fact.queue)
        return nil
    }

    private static func memberName(ofAgent number: String) -> String { "Agent/" + number }

    /// Whom a queue calls for a member, and the member's name.
    func member(_ name: QueueMemberName) -> (interface: String, target: QueueMemberTarget) {
        switch name {
        case .told(let interface): (interface.text, .device(interface.text))
        case .agent(let number): (Self.memberName(ofAgent: number.text), .agent(number.text))
        case .party(.device(let device)): (device.text, .device(device.text))
        case .party(.number(let number, let context)):
            (number.text + "@" + context.text, .number(number.text, context: context.text, watching: nil))
        }
    }

    mutating func removeMember(_ interface: String, of queue: String) -> String? {
        guard let members = queues[queue] else { return "Unable to remove interface from queue: No such queue" }
        guard let place = members.firstIndex(where: { $0.fact.interface == interface }) else {
            return "Unable to remove interface: Not there"
        }
        guard members[place].fact.membership != .fixed else {
            return "Member not dynamic"
        }
        queues[queue]?.remove(at: place)
        tell(.queueMemberRemoved(queue: queue, interface: interface))
        return nil
    }

    mutating func pauseMember(_ interface: String, of queue: String?, paused: Bool, reason: String) -> String? {
        var isFound = false
        for name in queue.map({ [$0] }) ?? queues.keys.sorted() {
            guard let place = queues[name]?.firstIndex(where: { $0.fact.interface == interface }) else { continue }
            isFound = true
            queues[name]?[place].fact.paused = paused
            queues[name]?[place].fact.pausedReason = reason
            tell(.queueMemberPaused(queue: name, interface: interface, paused: paused, reason: reason))
            if !paused { distribute(name) }
        }
        return isFound ? nil : "Interface not found"
    }
}
