import TandemCore

/// Serving those who pull from us: changes at once, within what the peer has room for; snapshots in chunks between
/// which heartbeats and commands pass.
extension Federation {
    mutating func receive(_ pull: PullFrame, on link: LinkID) {
        if pull.site == sockets[link]?.peer { return violation(link, "rcti_pull: site is the sender's own") }
        if pull.site == site,
            pull.incarnation > incarnation
                || pull.incarnation == incarnation && pull.sequence > origins[site]?.copy.sequence ?? 0
        {
            raiseIncarnation(above: pull.incarnation, heardFrom: link)
        }
        guard ensureOrigin(pull.site) else { return }
        let window = min(max(1, pull.window), 1 << 20)
        if pull.isStart {
            endSubscription(to: pull.site, on: link)
            sockets[link]?.subscriptions[pull.site] = Subscription(
                pull: pull.pull, incarnation: pull.incarnation, sent: pull.sequence, acknowledged: pull.sequence,
                window: window)
        } else {
            guard sockets[link]?.subscriptions[pull.site]?.pull == pull.pull else {
                counters.lateFrames += 1
                return
            }
            let freed = sockets[link]?.subscriptions[pull.site]?.acknowledge(pull) ?? 0
            sockets[link]?.inFlight -= freed
        }
        pumpAll(link, first: pull.site)
    }

    mutating func endSubscription(to site: SiteID, on link: LinkID) {
        guard let subscription = sockets[link]?.subscriptions[site] else { return }
        sockets[link]?.inFlight -= subscription.flightBytes
        sockets[link]?.subscriptions[site] = nil
    }

    /// Sends new changes of a site to everyone who pulls them.
    mutating func pumpSubscribers(of site: SiteID) {
        for link in sockets.keys { pump(link, site) }
    }

    /// Sends whatever the peer waits for.
    mutating func pumpAll(_ link: LinkID, first: SiteID? = nil) {
        if let first { pump(link, first) }
        for site in sockets[link]?.subscriptions.keys ?? [] where site != first { pump(link, site) }
    }

    /// Sends what a peer waits for of one site, as far as it has room.
    mutating func pump(_ link: LinkID, _ name: SiteID) {
        guard var subscription = sockets[link]?.subscriptions[name] else { return }
        while true {
            guard let socket = sockets[link], let peer = socket.peer, let copy = origins[name]?.copy,
                copy.incarnation > 0
            else { break }
            let hasNews =
                subscription.snapshot != nil || copy.incarnation > subscription.incarnation
                || copy.incarnation == subscription.incarnation && copy.sequence > subscription.sent
            guard hasNews else { break }
            guard socket.isWritable, socket.inFlight < socket.inFlightLimit else {
                sockets[link]?.wasFull = true
                break
            }
            let export = peers[peer]?.link.policy.export
            let bytes: [UInt8]
            if subscription.snapshot != nil {
                bytes = nextChunk(&subscription, name, export: export)
            } else if copy.incarnation == subscription.incarnation,
                origins[name]?.log.covers(after: subscription.sent) == true
            {
                guard subscription.sent < subscription.acknowledged + UInt64(subscription.window) else { break }
                bytes = nextChanges(&subscription, name, export: export)
            } else {
                // Too far behind, or of another life. Chunks of an earlier snapshot must be settled first.
                guard subscription.flight.isEmpty else { break }
                subscription.snapshot = OutgoingSnapshot(copy: copy)
                counters.snapshotsSent += 1
                continue
            }
            sockets[link]?.inFlight += bytes.count
            send(link, bytes)
        }
        if sockets[link] != nil { sockets[link]?.subscriptions[name] = subscription }
    }

    private mutating func nextChanges(
        _ subscription: inout Subscription, _ name: SiteID, export: Set<ObjectType>?
    ) -> [UInt8] {
        let room = subscription.acknowledged + UInt64(subscription.window) - subscription.sent
        let count = min(UInt64(configuration.limits.changesPerFrame), room)
        let limit = configuration.limits.bulkFrame
        guard let log = origins[name]?.log else { return [] }
        let from = subscription.sent + 1
        let end = min(log.last, subscription.sent + count)
        writer.beginChanges(
            site: name, pull: subscription.pull, incarnation: subscription.incarnation, from: from)
        var sequence = subscription.sent
        var hole = 0
        while sequence < end, writer.count < limit || hole > 0 {
            let entry = log[sequence + 1]
            sequence += 1
            if entry.bytes.isEmpty || !(export?.contains(entry.type) ?? true) {
                hole += 1
                continue
            }
            // One large element may stand alone in a frame, but not behind a full one.
            if writer.count + entry.bytes.count > configuration.limits.frame - 256 {
                sequence -= 1
                break
            }
            if hole > 0 { writer.integer(hole) }
            hole = 0
            writer.raw(entry.bytes)
        }
        if hole > 0 { writer.integer(hole) }
        let bytes = writer.endChanges(to: sequence)
        subscription.sent = sequence
        subscription.flight.append(Subscription.Flight(mark: sequence, isChunk: false, bytes: bytes.count))
        return bytes
    }

    private mutating func nextChunk(
        _ subscription: inout Subscription, _ name: SiteID, export: Set<ObjectType>?
    ) -> [UInt8] {
        guard var snapshot = subscription.snapshot else { return [] }
        subscription.snapshot = nil
        writer.beginSnapshot(
            site: name, pull: subscription.pull, incarnation: snapshot.copy.incarnation,
            sequence: snapshot.copy.sequence, chunk: snapshot.chunk)
        let types = ObjectType.allCases
        fill: while snapshot.typeIndex < types.count {
            let type = types[snapshot.typeIndex]
            let records = snapshot.copy.records(type)
            if export?.contains(type) ?? true {
                while snapshot.recordIndex < records.count {
                    if writer.count >= configuration.limits.bulkFrame { break fill }
                    let record = records[snapshot.recordIndex]
                    if writer.count > 1_024, writer.count + record.count > configuration.limits.frame - 2_048 {
                        break fill
                    }
                    writer.snapshotObject(type, record)
                    snapshot.recordIndex += 1
                }
            }
            snapshot.typeIndex += 1
            snapshot.recordIndex = 0
        }
        let isLast = snapshot.typeIndex >= types.count
        let bytes = writer.endSnapshot(isLast: isLast)
        subscription.flight.append(
            Subscription.Flight(mark: UInt64(snapshot.chunk), isChunk: true, bytes: bytes.count))
        snapshot.chunk += 1
        if isLast {
            subscription.incarnation = snapshot.copy.incarnation
            subscription.sent = snapshot.copy.sequence
            subscription.acknowledged = snapshot.copy.sequence
        } else {
            subscription.snapshot = snapshot
        }
        return bytes
    }

    /// Fits the bytes on the way to the line: less when a round trip takes long under load, more when it was short.
    mutating func adaptInFlight(_ link: LinkID) {
        guard let socket = sockets[link], socket.wasFull, let roundTrip = socket.roundTrip else { return }
        sockets[link]?.wasFull = false
        if roundTrip > configuration.timings.heartbeat / 2 {
            sockets[link]?.inFlightLimit = max(configuration.limits.bulkFrame, socket.inFlightLimit / 2)
        } else if roundTrip < configuration.timings.heartbeat / 4 {
            sockets[link]?.inFlightLimit = min(configuration.limits.inFlight * 8, socket.inFlightLimit * 2)
        }
    }

    /// The digests of the copies that the peer has completely, when they have changed, and now and then again.
    mutating func sendDigests(_ link: LinkID) {
        guard let socket = sockets[link], let peer = socket.peer, peers[peer]?.link.policy.export == nil else { return }
        for (name, subscription) in socket.subscriptions.pairs {
            guard let copy = origins[name]?.copy, subscription.snapshot == nil,
                subscription.incarnation == copy.incarnation, subscription.sent == copy.sequence,
                subscription.digestSent != copy.sequence || beat.isMultiple(of: 10)
            else { continue }
            sockets[link]?.subscriptions[name]?.digestSent = copy.sequence
            let bytes = writer.digest(
                DigestFrame(
                    site: name, pull: subscription.pull, incarnation: copy.incarnation, sequence: copy.sequence,
                    digest: copy.digest))
            send(link, bytes)
        }
    }
}

extension Subscription {
    /// Takes an acknowledgement; returns the bytes that are no longer on the way.
    mutating func acknowledge(_ pull: PullFrame) -> Int {
        var freed = 0
        if let chunk = pull.chunk {
            while let first = flight.first, first.isChunk, first.mark <= UInt64(chunk) {
                freed += first.bytes
                flight.removeFirst()
            }
            return freed
        }
        guard pull.incarnation == incarnation else { return 0 }
        acknowledged = max(acknowledged, min(pull.sequence, sent))
        while let first = flight.first, !first.isChunk, first.mark <= pull.sequence {
            freed += first.bytes
            flight.removeFirst()
        }
        return freed
    }
}
