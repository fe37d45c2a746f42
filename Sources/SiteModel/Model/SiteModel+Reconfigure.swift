import TandemCore

// A new configuration over a running site.
extension SiteModel {
    /// Takes over another configuration of the same site. What is happening at the PBX stays: calls, hints, members,
    /// callers, presences. Only what differs is emitted: removed objects, then added ones and patches.
    ///
    /// An object that the configuration no longer names is gone until the PBX reports it again (next resync).
    public mutating func reconfigure(
        _ new: SiteConfiguration, at now: Moment, into changes: inout [ObjectChange]
    ) {
        touched.append(contentsOf: deferred)
        deferred.removeAll()
        let wasResyncing = isResyncing
        isResyncing = false
        release { _ in true }
        flush(into: &changes)
        // What was told too short a time ago waits again: it must not get lost with this model.
        release { _ in true }
        flush(into: &changes)

        var next = SiteModel(configuration: new, capabilities: site[0].capabilities)
        next.present = Int(now.unixTime)
        next.resync = resync
        next.instant = now.instant
        next.takeRuntimeState(of: self)
        next.settle()
        Self.difference(from: self, to: next, into: &changes)
        next.isResyncing = wasResyncing
        self = next
    }

    private static func difference(from old: SiteModel, to new: SiteModel, into changes: inout [ObjectChange]) {
        var before: [ObjectKey: (config: EncodedObject, status: EncodedObject)] = [:]
        let after = new.allObjects()
        let kept = Set(after.map(\.key))
        for object in old.allObjects() {
            if kept.contains(object.key) {
                before[object.key] = (object.config, object.status)
            } else {
                changes.append(.removed(object.key))
            }
        }
        for object in after {
            guard let known = before[object.key] else {
                changes.append(.added(object.key, config: object.config, status: object.status))
                continue
            }
            if let patch = patch(from: known.config, to: object.config) {
                changes.append(.config(object.key, patch: patch))
            }
            if let patch = patch(from: known.status, to: object.status) {
                changes.append(.status(object.key, patch: patch))
            }
        }
    }

    private static func patch(from old: EncodedObject, to new: EncodedObject) -> EncodedObject? {
        if old == new { return nil }
        let before = old.decoded()
        let changed = new.decoded().filter { before[$0.key] != $0.value }
        return changed.isEmpty ? nil : EncodedObject(JSONObject(changed.map { ($0.key, $0.value) }))
    }

    // MARK: Carrying the runtime state over

    private mutating func takeRuntimeState(of old: SiteModel) {
        site[0].isUp = old.site[0].isUp
        site[0].since = old.site[0].since
        site[0].reason = old.site[0].reason
        takeUsers(old)
        takePhones(old)
        takeAgents(old)
        takeQueues(old)
        takeRoomsAndMailboxes(old)
        parkings = old.parkings
        lotNames = old.lotNames
        takeMembers(old)
        takeChannels(old)
        // Availability follows from all of the above; its age stays where it did not change.
        for slot in agents.liveSlots {
            guard let former = old.agentNumbers[agents[slot].number] else { continue }
            agents[slot].availability = old.agents[former].availability
            agents[slot].availabilitySince = old.agents[former].availabilitySince
            agents[slot].isOnQueueCall = old.agents[former].isOnQueueCall
            seatAgent(slot)
            refreshAvailability(slot)
        }
    }

    private mutating func takeUsers(_ old: SiteModel) {
        for slot in users.liveSlots {
            guard let former = old.users.slot(users[slot].id) else { continue }
            users[slot].features = old.users[former].features
            users[slot].isConnected = old.users[former].isConnected
            if presenceNames.contains(old.users[former].presence) { users[slot].presence = old.users[former].presence }
        }
    }

    private mutating func takePhones(_ old: SiteModel) {
        for former in old.phones.liveSlots {
            let was = old.phones[former]
            if let slot = phoneSlot(endpoint: was.endpoint) {
                phones[slot].hint = was.hint
                phones[slot].address = was.address
                phones[slot].confirmed = was.confirmed
            } else if was.isDiscovered, configuration.discover, owner(ofEndpoint: was.endpoint) == nil {
                var record = PhoneRecord(
                    id: discoveredID(.phone, configuration.protocols.folded(was.endpoint)), endpoint: was.endpoint,
                    protocolName: configuration.protocols.name(ofEndpoint: was.endpoint),
                    number: was.number, context: was.context)
                record.isDiscovered = true
                record.displayName = was.displayName
                record.hint = was.hint
                record.address = was.address
                record.confirmed = was.confirmed
                let slot = phones.insert(record)
                claim(endpoint: record.endpoint, for: .phone(slot))
                claim(number: record.number, context: record.context, forPhone: slot)
            }
        }
        for former in old.trunks.liveSlots {
            let was = old.trunks[former]
            let name = Endpoint.parts(was.endpoint).name.lowercased()
            if let slot = trunkNames[name] {
                trunks[slot].takeState(of: was)
            } else if was.isDiscovered, configuration.discover, owner(ofEndpoint: was.endpoint) == nil {
                var record = was
                record.calls = 0
                if trunks.slot(was.id) != nil {
                    record = TrunkRecord(
                        id: discoveredID(.trunk, configuration.protocols.folded(was.endpoint)), endpoint: was.endpoint,
                        protocolName: configuration.protocols.name(ofEndpoint: was.endpoint),
                        context: was.context)
                    record.isDiscovered = true
                    record.takeState(of: was)
                }
                let slot = trunks.insert(record)
                claim(endpoint: record.endpoint, for: .trunk(slot))
                trunkNames[name] = slot
            }
        }
    }

    private mutating func takeAgents(_ old: SiteModel) {
        for former in old.agents.liveSlots {
            let was = old.agents[former]
            if agentNumbers[was.number] == nil {
                guard was.isDiscovered, configuration.discover else { continue }
                var record = AgentRecord(
                    id: discoveredID(.agent, was.number), name: was.name, number: was.number, context: was.context)
                record.isDiscovered = true
                agentNumbers[was.number] = agents.insert(record)
            }
            guard let slot = agentNumbers[was.number] else { continue }
            agents[slot].state = was.state
            agents[slot].channel = was.channel
            agents[slot].phoneNumber = was.phoneNumber
            agents[slot].confirmed = was.confirmed
        }
    }

    private mutating func takeQueues(_ old: SiteModel) {
        for was in old.queues.liveSlots.map({ old.queues[$0] }) + old.groups.liveSlots.map({ old.groups[$0] }) {
            if queueNames[was.name] == nil {
                guard was.isDiscovered, configuration.discover else { continue }
                _ = seeQueue(was.name)
            }
            guard let reference = queueNames[was.name] else { continue }
            edit(reference) {
                $0.entries = was.entries
                $0.confirmed = was.confirmed
            }
        }
    }

    private mutating func takeMembers(_ old: SiteModel) {
        for former in old.members.liveSlots {
            let was = old.members[former]
            if was.isConfigured, members.slot(was.id) == nil { continue }
            seeMember(was.fact)
            if let slot = members.slot(was.id) { members[slot].confirmed = was.confirmed }
        }
    }

    private mutating func takeRoomsAndMailboxes(_ old: SiteModel) {
        for former in old.rooms.liveSlots {
            let was = old.rooms[former]
            if roomNames[was.number] == nil, roomNames[was.name] == nil {
                guard was.isDiscovered else { continue }
                _ = seeRoom(was.name)
            }
            guard let slot = roomNames[was.number] ?? roomNames[was.name] else { continue }
            rooms[slot].members = was.members
            rooms[slot].confirmed = was.confirmed
        }
        for former in old.voicemails.liveSlots {
            let was = old.voicemails[former]
            let name = was.mailbox + "@" + was.context
            if mailboxes[name] == nil {
                guard was.isDiscovered else { continue }
                seeMailbox(was.mailbox, context: was.context, fullName: was.fullName, email: was.email)
            }
            guard let slot = mailboxes[name] else { continue }
            voicemails[slot].isWaiting = was.isWaiting
            voicemails[slot].new = was.new
            voicemails[slot].old = was.old
            voicemails[slot].confirmed = was.confirmed
        }
    }

    private mutating func takeChannels(_ old: SiteModel) {
        channels = old.channels
        bridges = old.bridges
        uniqueIDs = old.uniqueIDs
        let live = channels.liveSlots
        for slot in live {
            channels[slot].phone = -1
            channels[slot].trunk = -1
            channels[slot].thisDisplay = nil
            channels[slot].queue = -1
            channels[slot].room = -1
        }
        // Phones list their channels oldest first, as before.
        for former in old.phones.liveSlots { for slot in old.phones[former].channelSlots { relate(slot) } }
        for slot in live where channels[slot].phone < 0 { relate(slot) }
        for isGroup in [false, true] {
            for queueSlot in isGroup ? groups.liveSlots : queues.liveSlots {
                for entry in queue(QueueReference(slot: queueSlot, isGroup: isGroup)).entries where entry.slot >= 0 {
                    guard let slot = channels.slot(entry.channel) else { continue }
                    channels[slot].queue = queueSlot
                    channels[slot].isQueueGroup = isGroup
                }
            }
        }
        for room in rooms.liveSlots {
            for member in rooms[room].members {
                if let slot = channels.slot(member.channel) { channels[slot].room = room }
            }
        }
        for slot in live { refresh(slot) }
    }
}
