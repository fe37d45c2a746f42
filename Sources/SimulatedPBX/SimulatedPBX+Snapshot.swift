import SiteModel
import TandemCore

extension SimulatedPBX {
    /// Tells everything that there is, between `resyncBegan` and `resyncEnded`. Always in the same order.
    mutating func snapshot() {
        tell(.resyncBegan)
        var place = 0
        for (id, phone) in configuration.phones.sorted(by: { $0.key < $1.key }) {
            // A pretended address from the documentation range.
            place = place % 253 + 1
            tell(
                .endpointSeen(
                    endpoint: phone.endpoint, number: phone.number, context: phone.context ?? configuration.context,
                    displayName: identity(ofPhone: id).name))
            tell(
                .endpointRegistration(
                    endpoint: phone.endpoint, address: isUnreachable(id) ? nil : "192.0.2." + String(place)))
            let state = state(ofPhone: id)
            hints[id] = state
            tell(.endpointState(endpoint: phone.endpoint, state: state))
        }
        for (_, trunk) in configuration.trunks.sorted(by: { $0.key < $1.key }) {
            let (technology, name) = Endpoint.parts(trunk.endpoint)
            tell(
                .trunkSeen(
                    name: name, technology: technology, host: trunk.site?.name ?? ""))
            tell(.trunkState(name: name, reachable: trunk.site.map { reachable.contains($0) } ?? false))
        }
        snapshotCalls()
        for number in agents.keys.sorted() { tellAgent(number) }
        for queue in queues.keys.sorted() {
            tell(.queueSeen(queue: queue))
            for place in (queues[queue] ?? []).indices {
                let state = (queues[queue]?[place]).map { status(of: $0) }
                if let state { queues[queue]?[place].fact.status = state }
                tellMember(queue, place)
            }
            var position = 0
            for channel in waiting[queue] ?? [] {
                position += 1
                tell(
                    .queueEntryJoined(
                        queue: queue, channel: channel, position: position,
                        waitedSeconds: clock.unixTime - (joined[channel] ?? clock.unixTime)))
            }
        }
        for room in rooms.keys.sorted() {
            tell(.roomSeen(room: room))
            for (place, occupant) in (rooms[room] ?? []).enumerated() {
                guard let leg = legs[occupant.channel] else { continue }
                tell(
                    .roomJoined(
                        room: room, channel: occupant.channel, admin: place == 0, muted: occupant.isMuted,
                        callerNumber: leg.callerNumber, callerName: leg.callerName))
            }
        }
        for (_, box) in configuration.voicemails.sorted(by: { $0.key < $1.key }) {
            tell(.mailboxSeen(mailbox: box.mailbox, context: box.context, fullName: box.fullName, email: box.email))
            tellMailbox(box.mailbox + "@" + box.context)
        }
        for (space, channel) in parked.sorted(by: { $0.key < $1.key }) {
            guard let leg = legs[channel] else { continue }
            tell(
                .parked(
                    lot: "default", space: space, channel: channel, parker: parkers[channel] ?? "",
                    callerNumber: leg.callerNumber, callerName: leg.callerName,
                    timeoutSeconds: Int(behaviour.parking.inSeconds)))
        }
        tell(.resyncEnded)
    }

    private mutating func snapshotCalls() {
        for leg in legs.values.sorted(by: { $0.name < $1.name }) {
            tell(
                .channelCreated(
                    channel: leg.name, endpoint: leg.endpoint, uniqueID: leg.uniqueID, state: leg.state,
                    callerNumber: leg.callerNumber, callerName: leg.callerName, extension: leg.dialled,
                    context: configuration.context, linkedID: leg.linkedID))
            tell(.held(channel: leg.name, on: leg.isHeld))
            tell(.monitored(channel: leg.name, on: leg.isMonitored))
        }
        for dial in dials.values.sorted(by: { $0.id < $1.id }) {
            for callee in dial.callees { tell(.dialBegan(caller: dial.caller, callee: callee)) }
        }
        for (bridge, channels) in bridges.sorted(by: { $0.key < $1.key }) {
            for channel in channels { tell(.bridgeEntered(channel: channel, bridge: bridge)) }
        }
    }
}
