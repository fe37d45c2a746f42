import TandemCore

// Endpoints, hints, registrations, trunks.
extension SiteModel {
    mutating func seeEndpoint(_ endpoint: String, number: String?, context: String?, name: String?) {
        switch owner(ofEndpoint: endpoint) {
        case .trunk: return
        case .phone(let slot):
            phones[slot].confirmed = resync
            guard phones[slot].isDiscovered else { return }
            // What the PBX says of a discovered phone may change, what the configuration says may not.
            if let number { renumber(slot, number, context ?? phones[slot].context) }
            if let name, assign(&phones[slot].displayName, name) {
                touchPhone(slot, config: PhoneRecord.Config.user)
                showAnew(slot)
            }
        case nil:
            guard configuration.discover else { return }
            let place = discoveredNumber(number ?? "", context ?? "", of: endpoint)
            var record = PhoneRecord(
                id: discoveredID(.phone, configuration.protocols.folded(endpoint)), endpoint: endpoint,
                protocolName: configuration.protocols.name(ofEndpoint: endpoint), number: place.number,
                context: place.context)
            record.isDiscovered = true
            record.displayName = name ?? ""
            record.confirmed = resync
            let slot = phones.insert(record)
            claim(endpoint: endpoint, for: .phone(slot))
            claim(number: record.number, context: record.context, forPhone: slot)
            touchPhone(slot)
            // A snapshot looks once, at its end.
            if !isResyncing { identifyMembers() }
        }
    }

    /// The number and context of a discovered phone: those of its hint, else a name that is a number, in the site's own.
    private func discoveredNumber(
        _ number: String, _ context: String, of endpoint: String
    ) -> (number: String, context: String) {
        let name = Endpoint.parts(endpoint).name
        let isNumber = name.utf8.allSatisfy { (48...57).contains($0) }
        return (
            number.isEmpty ? (isNumber ? name : "") : number, context.isEmpty ? configuration.context : context
        )
    }

    private mutating func renumber(_ slot: Int, _ number: String, _ context: String) {
        let place = discoveredNumber(number, context, of: phones[slot].endpoint)
        guard place != (phones[slot].number, phones[slot].context) else { return }
        unclaim(number: phones[slot].number, context: phones[slot].context, ofPhone: slot)
        phones[slot].number = place.number
        phones[slot].context = place.context
        claim(number: place.number, context: place.context, forPhone: slot)
        touchPhone(slot, config: PhoneRecord.Config.number)
        showAnew(slot)
        if !isResyncing { identifyMembers() }
    }

    /// Those who talk to a phone are shown its name and number.
    private mutating func showAnew(_ slot: Int) {
        for channel in phones[slot].channelSlots {
            channels[channel].thisDisplay = phones[slot].fullName
            touchChannel(channel, status: ChannelRecord.Status.thisDisplay)
            for other in channels.liveSlots where channels[other].peer == channel { refresh(other) }
        }
        for agent in agents.liveSlots where agents[agent].loginPhone == slot { seatAgent(agent) }
    }

    mutating func setHint(_ endpoint: String, _ hint: DeviceState) {
        switch owner(ofEndpoint: endpoint) {
        case .phone(let slot):
            // A device that cannot be reached may be one that is nowhere but in a hint.
            if !phones[slot].isDiscovered || hint != .unavailable { phones[slot].confirmed = resync }
            if assign(&phones[slot].hint, hint) { touchPhone(slot, status: PhoneRecord.Status.hint) }
        case .trunk(let slot):
            trunks[slot].device = hint
            showTrunk(slot)
        case nil: break
        }
    }

    /// A trunk can be used when its device says so and its registration, if it has one, stands.
    private mutating func showTrunk(_ slot: Int) {
        trunks[slot].confirmed = resync
        if assign(&trunks[slot].hint, trunks[slot].state) { touchTrunk(slot, status: TrunkRecord.Status.hint) }
    }

    mutating func setAddress(_ endpoint: String, _ address: String?) {
        guard let slot = phoneSlot(endpoint: endpoint) else { return }
        if assign(&phones[slot].address, address ?? "") { touchPhone(slot, status: PhoneRecord.Status.address) }
    }

    /// Takes a discovered phone out of the lists and indexes. Its channels stay, without a phone.
    mutating func removePhone(_ slot: Int) {
        let record = phones[slot]
        for channel in record.channelSlots {
            channels[channel].phone = -1
            refresh(channel)
        }
        unclaim(endpoint: record.endpoint)
        unclaim(number: record.number, context: record.context, ofPhone: slot)
        for member in members.liveSlots where members[member].phone == slot {
            members[member].phone = -1
            relistMembers(QueueReference(slot: members[member].queue, isGroup: members[member].isGroup))
        }
        for agent in record.agents where agents[agent].loginPhone == slot { agents[agent].loginPhone = -1 }
        noteRemoval(.phone, record.id, isNew: record.dirt.isNew)
        phones.remove(slot)
    }

    mutating func unclaim(endpoint: String) {
        endpoints[endpoint] = nil
        endpoints[configuration.protocols.folded(endpoint)] = nil
    }

    private mutating func unclaim(number: String, context: String, ofPhone slot: Int) {
        for key in [number, number + "@" + context] where phoneNumbers[key] == slot { phoneNumbers[key] = nil }
    }

    // MARK: Trunks

    mutating func seeTrunk(_ name: String, technology: String, host: String) {
        if let slot = trunkNames[name.lowercased()] {
            trunks[slot].confirmed = resync
            if !host.isEmpty, assign(&trunks[slot].host, host) { touchTrunk(slot, config: TrunkRecord.Config.host) }
            return
        }
        guard configuration.discover else { return }
        let endpoint = technology + "/" + name
        if case .phone(let slot) = owner(ofEndpoint: endpoint) {
            // A configured phone stays one, whatever the PBX calls it.
            guard phones[slot].isDiscovered else { return }
            removePhone(slot)
        }
        var record = TrunkRecord(
            id: discoveredID(.trunk, configuration.protocols.folded(endpoint)), endpoint: endpoint,
            protocolName: configuration.protocols.name(ofEndpoint: endpoint), context: configuration.context)
        record.isDiscovered = true
        record.host = host
        record.confirmed = resync
        let slot = trunks.insert(record)
        claim(endpoint: endpoint, for: .trunk(slot))
        trunkNames[name.lowercased()] = slot
        touchTrunk(slot)
    }

    mutating func setReachable(_ name: String, _ reachable: Bool) {
        let bare = Endpoint.parts(name).name
        guard let slot = trunkNames[name.lowercased()] ?? trunkNames[bare.lowercased()] else { return }
        trunks[slot].isReachable = reachable
        trunks[slot].registered = resync
        showTrunk(slot)
    }

    mutating func removeTrunk(_ slot: Int) {
        let record = trunks[slot]
        for channel in channels.liveSlots where channels[channel].trunk == slot { channels[channel].trunk = -1 }
        unclaim(endpoint: record.endpoint)
        trunkNames[Endpoint.parts(record.endpoint).name.lowercased()] = nil
        noteRemoval(.trunk, record.id, isNew: record.dirt.isNew)
        trunks.remove(slot)
    }
}
