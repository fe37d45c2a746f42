import TandemCore

extension SiteModel {
    /// Fills the empty tables from the configuration. Ids are taken in sorted order, so that slots are the same on
    /// every run.
    mutating func load(_ capabilities: Set<PBXCapability>?) {
        let own = configuration
        presenceNames = Set(own.presences.map(\.name))
        presenceNames.insert("disconnected")
        _ = site.insert(
            SelfRecord(
                name: own.site.name, prefix: own.prefix, context: own.context, capabilities: capabilities))
        loadPhones()
        for (id, trunk) in own.trunks.sorted(by: { $0.key < $1.key }) {
            var record = TrunkRecord(
                id: id, endpoint: trunk.endpoint, protocolName: own.protocols.name(ofEndpoint: trunk.endpoint),
                context: own.context)
            record.site = trunk.site
            record.prefix = trunk.prefix
            let slot = trunks.insert(record)
            claim(endpoint: trunk.endpoint, for: .trunk(slot))
            trunkNames[Endpoint.parts(trunk.endpoint).name.lowercased()] = slot
        }
        for (id, agent) in own.agents.sorted(by: { $0.key < $1.key }) {
            let slot = agents.insert(AgentRecord(id: id, name: agent.name, number: agent.number, context: own.context))
            agentNumbers[agent.number] = slot
        }
        loadUsers()
        for (id, queue) in own.queues.sorted(by: { $0.key < $1.key }) { insertQueue(queue, id: id, isGroup: false) }
        for (id, group) in own.groups.sorted(by: { $0.key < $1.key }) { insertQueue(group, id: id, isGroup: true) }
        for (id, room) in own.meetmes.sorted(by: { $0.key < $1.key }) {
            let slot = rooms.insert(RoomRecord(id: id, name: room.name, number: room.number, context: own.context))
            roomNames[room.name] = slot
            roomNames[room.number] = slot
        }
        for (id, box) in own.voicemails.sorted(by: { $0.key < $1.key }) {
            let slot = voicemails.insert(
                VoicemailRecord(
                    id: id, mailbox: box.mailbox, context: box.context, fullName: box.fullName, email: box.email))
            mailboxes[box.mailbox + "@" + box.context] = slot
        }
        lotNames["default"] = parkings.insert(ParkingRecord(id: "0", name: "default"))
        loadGroupMembers()
    }

    private mutating func loadPhones() {
        for (id, phone) in configuration.phones.sorted(by: { $0.key < $1.key }) {
            let slot = phones.insert(
                PhoneRecord(
                    id: id, endpoint: phone.endpoint,
                    protocolName: configuration.protocols.name(ofEndpoint: phone.endpoint), number: phone.number,
                    context: phone.context ?? configuration.context))
            claim(endpoint: phone.endpoint, for: .phone(slot))
            claim(number: phone.number, context: phone.context ?? configuration.context, forPhone: slot)
        }
    }

    private mutating func loadUsers() {
        for (id, user) in configuration.users.sorted(by: { $0.key < $1.key }) {
            let record = UserRecord(id: id, configured: user)
            let agent = user.agent.flatMap { agents.slot($0) }
            for (place, phoneID) in record.phones.enumerated() {
                guard let phone = phones.slot(phoneID) else { continue }
                if phones[phone].userID == nil {
                    phones[phone].userID = id
                    phones[phone].userName = user.name
                    phones[phone].order = place + 1
                }
                phones[phone].users.append(id)
                if let agent {
                    agents[agent].userPhones.append(phone)
                    phones[phone].agents.append(agent)
                }
            }
            if let login = user.login { logins[login] = id }
            _ = users.insert(record)
        }
    }

    private mutating func insertQueue(_ queue: SiteConfiguration.Queue, id: String, isGroup: Bool) {
        let record = QueueRecord(
            id: id, name: queue.name, number: queue.number ?? "", displayName: queue.displayName ?? queue.name,
            context: configuration.context)
        let slot = isGroup ? groups.insert(record) : queues.insert(record)
        // A queue wins over a group of the same name: the PBX has one name space for both.
        if queueNames[queue.name] == nil { queueNames[queue.name] = QueueReference(slot: slot, isGroup: isGroup) }
    }

    /// A group's members come from the configuration; a PBX that has the group as a queue may report them as well.
    private mutating func loadGroupMembers() {
        for (_, group) in configuration.groups.sorted(by: { $0.key < $1.key }) {
            guard let reference = queueNames[group.name], reference.isGroup else { continue }
            for member in group.members where member.site == configuration.site {
                let interface: String, shownName: String
                var target: QueueMemberTarget?
                switch member.key.type {
                case .phone:
                    guard let phone = phones.slot(member.key.id) else { continue }
                    (interface, shownName) = (phones[phone].endpoint, phones[phone].fullName ?? "")
                case .user:
                    guard let user = configuration.users[member.key.id], let id = user.phone,
                        let phone = phones.slot(id)
                    else { continue }
                    (interface, shownName) = (phones[phone].endpoint, user.name)
                case .agent:
                    guard let agent = agents.slot(member.key.id) else { continue }
                    // No PBX told a name for it; clients of the family know agents in groups by this one.
                    (interface, shownName) = ("Agent/" + agents[agent].number, agents[agent].name)
                    target = .agent(agents[agent].number)
                default: continue
                }
                let fact = QueueMemberFact(
                    queue: group.name, interface: interface, target: target, memberName: shownName, membership: .fixed)
                guard members.slot(Self.memberID(fact.interface, group.name)) == nil else { continue }
                insertMember(fact, into: reference, isConfigured: true)
            }
        }
    }

    // MARK: Indexes

    /// Makes an endpoint lead to a phone or trunk. The exact spelling always; the folded one if it is still free.
    mutating func claim(endpoint: String, for owner: EndpointOwner) {
        endpoints[endpoint] = owner
        let folded = configuration.protocols.folded(endpoint)
        if endpoints[folded] == nil { endpoints[folded] = owner }
    }

    mutating func claim(number: String, context: String, forPhone slot: Int) {
        if number.isEmpty { return }
        if phoneNumbers[number] == nil { phoneNumbers[number] = slot }
        let full = number + "@" + context
        if phoneNumbers[full] == nil { phoneNumbers[full] = slot }
    }

    /// Whose device an endpoint is. SIP and PJSIP are the same, and the technology's case does not matter.
    func owner(ofEndpoint endpoint: String) -> EndpointOwner? {
        endpoints[endpoint] ?? endpoints[configuration.protocols.folded(endpoint)]
    }

    func phoneSlot(endpoint: String) -> Int? {
        if case .phone(let slot) = owner(ofEndpoint: endpoint) { slot } else { nil }
    }

    /// The phone that a number reaches: in its context, or wherever only one has it.
    func phoneSlot(number: String, context: String?) -> Int? {
        if let context, !context.isEmpty, let exact = phoneNumbers[number + "@" + context] { return exact }
        return phoneNumbers[number]
    }
}
