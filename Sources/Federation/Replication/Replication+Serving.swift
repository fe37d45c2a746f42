import TandemCore

/// Serving those who pull from us: changes at once, within what the peer has room for; snapshots in chunks between
/// which heartbeats and commands pass.
extension Replication {
    mutating func receive(_ pull: PullFrame, from peer: SiteID, now: Instant) {
        if pull.site == peer { return cut(peer, "rcti_pull: site is the sender's own") }
        if pull.site == site,
            pull.incarnation > incarnation
                || pull.incarnation == incarnation && pull.sequence > origins[site]?.copy.sequence ?? 0
        {
            outputs.append(.ownLife(pull.incarnation, heardFrom: peer))
        }
        guard ensureOrigin(pull.site, now: now) else { return }
        if pull.isStart {
            endSubscription(to: pull.site, of: peer)
            var subscription = Subscription(pull)
            // The puller's copy may have been made under another policy, or by way of another neighbour; where something
            // is kept back no digest would find that. It begins anew.
            if !trust.exports(to: peer).isOpen { subscription.incarnation = 0 }
            pullers[peer]?.subscriptions[pull.site] = subscription
        } else {
            guard pullers[peer]?.subscriptions[pull.site]?.pull == pull.pull else {
                counters.lateFrames += 1
                return
            }
            let freed = pullers[peer]?.subscriptions[pull.site]?.acknowledge(pull) ?? 0
            pullers[peer]?.inFlight -= freed
        }
        pumpAll(peer, first: pull.site)
    }

    mutating func endSubscription(to site: SiteID, of peer: SiteID) {
        guard let bytes = pullers[peer]?.subscriptions[site]?.flightBytes else { return }
        pullers[peer]?.inFlight -= bytes
        pullers[peer]?.subscriptions[site] = nil
    }

    /// Sends new changes of a site to everyone who pulls them.
    mutating func pumpSubscribers(of site: SiteID) {
        for peer in pullers.keys { pump(peer, site) }
    }

    /// Sends whatever the neighbour waits for.
    mutating func pumpAll(_ peer: SiteID, first: SiteID? = nil) {
        if let first { pump(peer, first) }
        for site in pullers[peer]?.subscriptions.keys ?? [] where site != first { pump(peer, site) }
    }

    /// Sends what a neighbour waits for of one site, as far as it has room.
    private mutating func pump(_ peer: SiteID, _ name: SiteID) {
        guard var subscription = pullers[peer]?.subscriptions[name] else { return }
        while let step = nextStep(subscription, name) {
            guard let puller = pullers[peer], puller.hasRoom, puller.inFlight < puller.inFlightLimit else {
                pullers[peer]?.wasFull = true
                break
            }
            let exports = trust.exports(to: peer)
            let message: EncodedMessage
            switch step {
            case .chunk: message = nextChunk(&subscription, name, exports)
            case .changes:
                guard subscription.room > 0 else {
                    pullers[peer]?.subscriptions[name] = subscription
                    return
                }
                message = nextChanges(&subscription, name, exports)
            case .beginSnapshot(let copy):
                // Chunks of an earlier snapshot must be settled first.
                guard subscription.flight.isEmpty else {
                    pullers[peer]?.subscriptions[name] = subscription
                    return
                }
                subscription.snapshot = OutgoingSnapshot(copy: copy)
                counters.snapshotsSent += 1
                continue
            }
            pullers[peer]?.inFlight += message.line.count
            send(.bulk(message), to: peer)
        }
        pullers[peer]?.subscriptions[name] = subscription
    }

    private enum Step {
        /// The next part of the snapshot under way.
        case chunk
        /// Changes from the log.
        case changes
        /// The neighbour is too far behind, or of another life.
        case beginSnapshot(SiteCopy)
    }

    /// What a subscription needs next; nil: nothing.
    private func nextStep(_ subscription: Subscription, _ name: SiteID) -> Step? {
        guard let copy = origins[name]?.copy, copy.incarnation > 0 else { return nil }
        if subscription.snapshot != nil { return .chunk }
        guard copy.incarnation == subscription.incarnation else {
            return copy.incarnation > subscription.incarnation ? .beginSnapshot(copy) : nil
        }
        guard copy.sequence > subscription.sent else { return nil }
        return origins[name]?.log.covers(after: subscription.sent) == true ? .changes : .beginSnapshot(copy)
    }

    private mutating func nextChanges(
        _ subscription: inout Subscription, _ name: SiteID, _ exports: TypeFilter
    ) -> EncodedMessage {
        let count = min(UInt64(limits.changesPerFrame), subscription.room)
        let limit = limits.bulkFrame
        let from = subscription.sent + 1
        writer.beginChanges(
            site: name, pull: subscription.pull, incarnation: subscription.incarnation, from: from)
        let log = origins[name]?.log ?? OperationLog(after: subscription.sent, limit: 1)
        let end = min(log.last, subscription.sent + count)
        var sequence = subscription.sent
        var hole = 0
        while sequence < end, writer.count < limit || hole > 0 {
            let entry = log[sequence + 1]
            sequence += 1
            if entry.bytes.isEmpty || !exports.passes(entry.type) {
                hole += 1
                continue
            }
            // One large element may stand alone in a frame, but not behind a full one.
            if writer.count + entry.bytes.count > limits.frame - 256 {
                sequence -= 1
                break
            }
            if hole > 0 { writer.hole(hole) }
            hole = 0
            writer.encodedElement(entry.bytes)
        }
        if hole > 0 { writer.hole(hole) }
        let message = writer.endChanges(to: sequence)
        subscription.sent = sequence
        subscription.flight.append(Subscription.Flight(mark: sequence, isChunk: false, bytes: message.line.count))
        return message
    }

    private mutating func nextChunk(
        _ subscription: inout Subscription, _ name: SiteID, _ exports: TypeFilter
    ) -> EncodedMessage {
        guard var snapshot = subscription.snapshot else {
            preconditionFailure("a chunk is asked for while no snapshot is under way")
        }
        subscription.snapshot = nil
        writer.beginSnapshot(
            site: name, pull: subscription.pull, incarnation: snapshot.copy.incarnation,
            sequence: snapshot.copy.sequence, chunk: snapshot.chunk)
        let types = ObjectType.allCases
        fill: while snapshot.typeIndex < types.count {
            let type = types[snapshot.typeIndex]
            let records = snapshot.copy.records(type)
            if exports.passes(type) {
                while snapshot.recordIndex < records.count {
                    if writer.count >= limits.bulkFrame { break fill }
                    let record = records[snapshot.recordIndex]
                    if writer.count > 1_024, writer.count + record.count > limits.frame - 2_048 {
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
        let message = writer.endSnapshot(isLast: isLast)
        subscription.flight.append(
            Subscription.Flight(mark: UInt64(snapshot.chunk), isChunk: true, bytes: message.line.count))
        snapshot.chunk += 1
        if isLast {
            subscription.incarnation = snapshot.copy.incarnation
            subscription.sent = snapshot.copy.sequence
            subscription.acknowledged = snapshot.copy.sequence
        } else {
            subscription.snapshot = snapshot
        }
        return message
    }

    /// The digests of the copies that the neighbour has completely, when they have changed, and now and then again.
    mutating func sendDigests(to peer: SiteID) {
        guard trust.exports(to: peer).isOpen else { return }
        for name in pullers[peer]?.subscriptions.keys ?? [] {
            guard let subscription = pullers[peer]?.subscriptions[name], let copy = origins[name]?.copy,
                subscription.snapshot == nil, subscription.incarnation == copy.incarnation,
                subscription.sent == copy.sequence,
                subscription.digestSent != copy.sequence || beat.isMultiple(of: 10)
            else { continue }
            pullers[peer]?.subscriptions[name]?.digestSent = copy.sequence
            send(
                .digest(
                    DigestFrame(
                        site: name, pull: subscription.pull, incarnation: copy.incarnation, sequence: copy.sequence,
                        digest: copy.digest)), to: peer)
        }
    }
}
