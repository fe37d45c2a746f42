import TandemCore

// Losing the PBX and finding it again. What a snapshot does not confirm is gone; what it confirms was never away.
extension SiteModel {
    mutating func beginResync() {
        endDeferral()
        resync += 1
        isResyncing = true
    }

    mutating func endResync() {
        identifyMembers()
        endDeferral()
        sweep()
        showPBX(isUp: true, reason: nil)
    }

    mutating func loseConnection(_ reason: String) {
        // A snapshot that broke off proves nothing about what it did not reach: nothing is swept.
        endDeferral()
        showPBX(isUp: false, reason: reason)
    }

    private mutating func endDeferral() {
        isResyncing = false
        touched.append(contentsOf: deferred)
        deferred.removeAll(keepingCapacity: true)
    }

    private mutating func showPBX(isUp: Bool, reason: String?) {
        let isOtherState = assign(&site[0].isUp, isUp)
        let isOtherReason = assign(&site[0].reason, reason)
        // Down from the start: the first loss has no earlier moment to keep.
        if isOtherState || site[0].since == 0 { site[0].since = present } else if !isOtherReason { return }
        touchSite()
    }

    /// Removes every runtime object that was not confirmed in this resync.
    private mutating func sweep() {
        for slot in channels.liveSlots where channels[slot].confirmed != resync { removeChannel(slot) }
        for slot in channels.liveSlots {
            if let bridge = channels[slot].bridge, channels[slot].bridgeConfirmed != resync {
                leaveBridge(channels[slot].id, bridge)
            }
            // A rung phone that is not ringing any more was answered or given up meanwhile.
            if channels[slot].dialedBy >= 0 || channels[slot].isDialedByPBX, channels[slot].state == .up {
                channels[slot].isDialedByPBX = false
                unlinkDials(slot)
                refresh(slot)
            }
        }
        for slot in members.liveSlots where members[slot].confirmed != resync && !members[slot].isConfigured {
            removeMember(slot)
        }
        for slot in queues.liveSlots { sweepEntries(QueueReference(slot: slot, isGroup: false)) }
        for slot in groups.liveSlots { sweepEntries(QueueReference(slot: slot, isGroup: true)) }
        for slot in rooms.liveSlots {
            let seats = rooms[slot].members
            for member in seats where member.confirmed != resync {
                leaveRoom(slot, channel: member.channel)
            }
        }
        for slot in parkings.liveSlots {
            for place in parkings[slot].spaces.indices {
                let space = parkings[slot].spaces[place]
                guard let channel = space.channel, space.confirmed != resync else { continue }
                free(slot, place)
                markUnparked(channel, slot, space.name)
            }
        }
        sweepConfigured()
        sweepDiscovered()
    }

    /// What is configured here and unknown at the PBX stays, as something of which nothing is heard.
    private mutating func sweepConfigured() {
        for slot in phones.liveSlots where !phones[slot].isDiscovered && phones[slot].confirmed != resync {
            if assign(&phones[slot].hint, .unavailable) { touchPhone(slot, status: PhoneRecord.Status.hint) }
            if assign(&phones[slot].address, "") { touchPhone(slot, status: PhoneRecord.Status.address) }
        }
        for slot in trunks.liveSlots where !trunks[slot].isDiscovered && trunks[slot].confirmed != resync {
            trunks[slot].device = nil
            trunks[slot].isReachable = nil
            if assign(&trunks[slot].hint, trunks[slot].state) { touchTrunk(slot, status: TrunkRecord.Status.hint) }
        }
        for slot in agents.liveSlots where !agents[slot].isDiscovered && agents[slot].confirmed != resync {
            seeAgent(agents[slot].number, name: nil, state: .undefined, channel: nil, phoneNumber: nil)
        }
        // Mailboxes keep their counts: those of a database stand in no list.
        for slot in trunks.liveSlots where trunks[slot].isReachable != nil && trunks[slot].registered != resync {
            // Its registration is gone; what remains is its device.
            trunks[slot].isReachable = nil
            if assign(&trunks[slot].hint, trunks[slot].state) { touchTrunk(slot, status: TrunkRecord.Status.hint) }
        }
    }

    private mutating func sweepEntries(_ reference: QueueReference) {
        let gone = edit(reference, { $0.entries }).filter { $0.confirmed != resync }
        guard !gone.isEmpty else { return }
        for entry in gone { _ = edit(reference) { $0.entries.remove(entry.channel) } }
        touchQueue(reference, status: QueueRecord.Status.entries)
        for entry in gone {
            guard let slot = channels.slot(entry.channel), channels[slot].queue == reference.slot,
                channels[slot].isQueueGroup == reference.isGroup
            else { continue }
            channels[slot].queue = -1
        }
    }

    private mutating func sweepDiscovered() {
        for slot in phones.liveSlots where phones[slot].isDiscovered && phones[slot].confirmed != resync {
            removePhone(slot)
        }
        for slot in trunks.liveSlots where trunks[slot].isDiscovered && trunks[slot].confirmed != resync {
            removeTrunk(slot)
        }
        for slot in agents.liveSlots where agents[slot].isDiscovered && agents[slot].confirmed != resync {
            removeAgent(slot)
        }
        for slot in queues.liveSlots where queues[slot].isDiscovered && queues[slot].confirmed != resync {
            removeQueue(QueueReference(slot: slot, isGroup: false))
        }
        for slot in rooms.liveSlots
        where rooms[slot].isDiscovered && rooms[slot].confirmed != resync && rooms[slot].members.isEmpty {
            removeRoom(slot)
        }
        for slot in voicemails.liveSlots where voicemails[slot].isDiscovered && voicemails[slot].confirmed != resync {
            removeMailbox(slot)
        }
    }
}
