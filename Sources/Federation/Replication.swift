import TandemCore

/// Copies: pulling, applying, noticing gaps and divergence; and the log of our own site.
extension Federation {
    /// The home's own changes, in order: applied, numbered, logged, and sent to whoever pulls them.
    public mutating func localChanges(_ changes: [ObjectChange], now: Moment) {
        begin(now)
        var grew = false
        for change in changes {
            let element = writer.element(change)
            guard element.count <= configuration.limits.element, change.key.id.utf8.count <= Limits.objectID,
                !change.key.id.isEmpty
            else {
                log(.error, "\(change.key): a change of \(element.count) bytes is too large and is not shared")
                continue
            }
            guard origins[site]?.applyLocal(change, element: element) == true else { continue }
            grew = true
        }
        guard grew else { return }
        pumpSubscribers(of: site)
    }

    /// The last known copy of a site, from the store: shown as stale with its age until the site is heard again.
    public mutating func restore(
        site: SiteID, incarnation: UInt64, sequence: UInt64,
        objects: [(key: ObjectKey, config: EncodedObject, status: EncodedObject)], age: Duration, now: Moment
    ) {
        begin(now)
        guard site != self.site, incarnation > 0, ensureOrigin(site, reporting: false) else { return }
        var copy = SiteCopy(incarnation: incarnation, sequence: sequence)
        for object in objects { copy.apply(.added(object.key, config: object.config, status: object.status)) }
        origins[site]?.copy = copy
        origins[site]?.log.restart(after: sequence)
        let heard = origins[site]?.heardIncarnation ?? 0
        origins[site]?.heardIncarnation = max(heard, incarnation)
        let age = max(0, age.inNanoseconds)
        let proof = Instant(nanoseconds: now.instant.nanoseconds - min(age, 1 << 61))
        origins[site]?.beats = BeatTracker(restoredProof: proof)
        judge(site)
    }

    // MARK: Pulling

    /// Pulls each site from the next hop towards it, and no more from a former one.
    mutating func updateSources() {
        for site in origins.keys where site != self.site {
            let wanted = routeTable[site]?.nextHop
            let current = origins[site]?.source
            guard wanted != current else { continue }
            if let current { send(to: current, writer.unpull(site)) }
            origins[site]?.incoming = nil
            origins[site]?.source = wanted
            if wanted != nil { startPull(site) }
        }
        for site in routeTable.keys where !origins.contains(site) {
            guard ensureOrigin(site) else { continue }
            origins[site]?.source = routeTable[site]?.nextHop
            startPull(site)
        }
    }

    /// Asks the source for everything after our position.
    private mutating func startPull(_ site: SiteID, repairing: Bool = false) {
        guard let source = origins[site]?.source else { return }
        origins[site]?.pull += 1
        origins[site]?.incoming = nil
        origins[site]?.isRepairing = repairing
        origins[site]?.unacknowledged = 0
        guard let origin = origins[site] else { return }
        let bytes = writer.pull(
            PullFrame(
                site: site, incarnation: repairing ? 0 : origin.copy.incarnation,
                sequence: repairing ? 0 : origin.copy.sequence, window: configuration.limits.window,
                pull: origin.pull, isStart: true, chunk: nil))
        send(to: source, bytes)
    }

    /// A copy that is known to be behind and does not move is pulled anew. More and more patiently: a slow line may need
    /// long for the first chunk of a snapshot.
    mutating func pullIdleCopies() {
        for site in origins.keys where site != self.site && origins[site]?.hasIdledTooLong() == true {
            log(.notice, "our copy of \(site) is behind and does not move: asking again")
            startPull(site)
        }
    }

    /// Acknowledges what was applied from this socket since the last time.
    mutating func acknowledge(_ link: LinkID) {
        guard let socket = sockets[link], let peer = socket.peer else { return }
        sockets[link]?.unacknowledged = 0
        for site in origins.keys {
            guard let origin = origins[site], origin.source == peer, origin.unacknowledged > 0 else { continue }
            origins[site]?.unacknowledged = 0
            let bytes = writer.pull(
                PullFrame(
                    site: site, incarnation: origin.copy.incarnation, sequence: origin.copy.sequence,
                    window: configuration.limits.window, pull: origin.pull, isStart: false, chunk: nil))
            send(link, bytes)
        }
    }

    /// Whether a frame belongs to the pull under way.
    private mutating func isExpected(_ site: SiteID, pull: UInt64, from peer: SiteID) -> Bool {
        if let origin = origins[site], origin.source == peer, origin.pull == pull { return true }
        counters.lateFrames += 1
        return false
    }

    mutating func receive(_ frame: ChangesFrame, on link: LinkID, from peer: SiteID, size: Int) {
        guard frame.site != site else { return violation(link, "rcti_changes: site is the receiver's own") }
        // Only numbers are taken out: a second reference to the copy would make the change below duplicate it.
        guard isExpected(frame.site, pull: frame.pull, from: peer), let (life, position) = position(ofCopy: frame.site)
        else { return }
        guard frame.incarnation == life, frame.from <= position + 1 else {
            counters.gaps += 1
            return startPull(frame.site)
        }
        guard frame.to > position else {
            counters.duplicateFrames += 1
            return
        }
        // Larger ones could not be passed on.
        for case .change(let change, let encoded) in frame.list where encoded.count > configuration.limits.element {
            return violation(link, "rcti_changes: the change of \(change.key) has \(encoded.count) bytes")
        }
        let accept = peers[peer]?.link.policy.accept
        var changes: [ObjectChange] = []
        changes.reserveCapacity(frame.list.count)
        origins[frame.site]?.apply(frame, accept: accept, into: &changes)
        counters.changesApplied += UInt64(changes.count)
        origins[frame.site]?.unacknowledged += frame.list.count
        report(frame.site, changes)
        copyReached(frame.site)
        if isTooLarge(frame.site) { return violation(link, "rcti_changes: \(frame.site) \(tooManyObjects)") }
        sockets[link]?.unacknowledged += size
        if let unacknowledged = sockets[link]?.unacknowledged, unacknowledged >= configuration.limits.bulkFrame {
            acknowledge(link)
        } else if let count = origins[frame.site]?.unacknowledged, count >= configuration.limits.window / 4 {
            acknowledge(link)
        }
        pumpSubscribers(of: frame.site)
    }

    private func position(ofCopy site: SiteID) -> (life: UInt64, sequence: UInt64)? {
        origins[site].map { ($0.copy.incarnation, $0.copy.sequence) }
    }

    mutating func receive(_ frame: SnapshotFrame, on link: LinkID, from peer: SiteID, size: Int) {
        let name = frame.site
        guard name != site else { return violation(link, "rcti_snapshot: site is the receiver's own") }
        guard isExpected(name, pull: frame.pull, from: peer) else { return }
        if frame.chunk == 0 {
            origins[name]?.incoming = IncomingSnapshot(
                copy: SiteCopy(incarnation: frame.incarnation, sequence: frame.sequence), nextChunk: 0)
        }
        guard let incoming = origins[name]?.incoming, incoming.nextChunk == frame.chunk,
            incoming.copy.incarnation == frame.incarnation, incoming.copy.sequence == frame.sequence
        else {
            counters.gaps += 1
            return startPull(name)
        }
        let half = configuration.limits.element
        for object in frame.objects where max(object.config.bytes.count, object.status.bytes.count) > half {
            return violation(link, "rcti_snapshot: the object \(object.key) is too large")
        }
        let accept = peers[peer]?.link.policy.accept
        origins[name]?.incoming?.take(frame, accept: accept)
        if isTooLarge(name) { return violation(link, "rcti_snapshot: \(name) \(tooManyObjects)") }
        let bytes = writer.pull(
            PullFrame(
                site: name, incarnation: frame.incarnation, sequence: frame.sequence,
                window: configuration.limits.window, pull: frame.pull, isStart: false, chunk: frame.chunk))
        send(link, bytes)
        if frame.isLast { finishSnapshot(name) }
    }

    private var tooManyObjects: String {
        "has more than \(configuration.limits.objectsPerSite) objects or \(configuration.limits.bytesPerSite) bytes"
    }

    /// Whether a copy, or the snapshot that is to become one, has outgrown its bounds.
    private func isTooLarge(_ site: SiteID) -> Bool {
        let limits = configuration.limits
        func exceeds(_ copy: SiteCopy?) -> Bool {
            copy.map { $0.count > limits.objectsPerSite || $0.size > limits.bytesPerSite } ?? false
        }
        return exceeds(origins[site]?.copy) || exceeds(origins[site]?.incoming?.copy)
    }

    private mutating func finishSnapshot(_ name: SiteID) {
        guard let incoming = origins[name]?.incoming?.copy, let old = origins[name]?.copy else { return }
        origins[name]?.incoming = nil
        let isRepairing = origins[name]?.isRepairing ?? false
        origins[name]?.isRepairing = false
        // Only forward, except when our own copy is known to be wrong.
        guard isRepairing || (incoming.incarnation, incoming.sequence) >= (old.incarnation, old.sequence) else {
            return startPull(name)
        }
        // A repair may lead back: what was proven for a later position says nothing about this one.
        if (incoming.incarnation, incoming.sequence) < (old.incarnation, old.sequence) {
            origins[name]?.beats.distrust()
        }
        let changes = old.difference(to: incoming)
        origins[name]?.copy = incoming
        origins[name]?.log.restart(after: incoming.sequence)
        counters.snapshotsApplied += 1
        counters.changesApplied += UInt64(changes.count)
        noteLife(of: name, incarnation: incoming.incarnation)
        report(name, changes)
        copyReached(name)
        pumpSubscribers(of: name)
    }

    /// Tells clients and store, in pieces that they can digest.
    mutating func report(_ site: SiteID, _ changes: [ObjectChange]) {
        let piece = 4_096
        if changes.count <= piece {
            if !changes.isEmpty { effects.append(.changed(site, changes)) }
        } else {
            for start in stride(from: 0, to: changes.count, by: piece) {
                effects.append(.changed(site, Array(changes[start..<min(start + piece, changes.count)])))
            }
        }
        guard let origin = origins[site] else { return }
        effects.append(.position(site, incarnation: origin.copy.incarnation, sequence: origin.copy.sequence))
    }

    // MARK: Digests

    mutating func receive(_ frame: DigestFrame, from peer: SiteID) {
        guard frame.site != site, isExpected(frame.site, pull: frame.pull, from: peer),
            let origin = origins[frame.site], origin.incoming == nil, origin.copy.incarnation == frame.incarnation,
            origin.copy.sequence == frame.sequence, peers[peer]?.link.policy.accept == nil,
            origin.copy.digest != frame.digest
        else { return }
        if let allowed = origin.repairAllowedAt, allowed > now.instant { return }
        origins[frame.site]?.repairAllowedAt = now.instant + configuration.timings.heartbeat * 5
        counters.digestRepairs += 1
        log(.warning, "our copy of \(frame.site) differs from \(peer)'s at the same position: fetching it anew")
        startPull(frame.site, repairing: true)
    }
}

extension Origin {
    /// Counts one of our beats.
    mutating func hasIdledTooLong() -> Bool {
        guard source != nil, incoming == nil, let newest = beats.newest, copy.sequence == watchedSequence,
            (newest.incarnation, newest.sequence) > (copy.incarnation, copy.sequence)
        else {
            watchedSequence = copy.sequence
            idleBeats = 0
            idleLimit = 10
            return false
        }
        idleBeats += 1
        guard idleBeats >= idleLimit else { return false }
        idleBeats = 0
        idleLimit = min(idleLimit * 2, 320)
        return true
    }

    /// A change of our own site. False when it changes nothing.
    mutating func applyLocal(_ change: ObjectChange, element: [UInt8]) -> Bool {
        guard copy.apply(change) else { return false }
        copy.sequence += 1
        log.append(OperationLog.Entry(type: change.key.type, bytes: element))
        return true
    }

    /// Changes from a peer; those that are known already are skipped. The frame begins at or before our position + 1.
    mutating func apply(_ frame: ChangesFrame, accept: Set<ObjectType>?, into changes: inout [ObjectChange]) {
        var sequence = frame.from
        for item in frame.list {
            switch item {
            case .hole(let length):
                let end = sequence + length - 1
                if end > copy.sequence {
                    log.skip(end - copy.sequence)
                    copy.sequence = end
                }
                sequence += length
            case .change(let change, let encoded):
                if sequence > copy.sequence {
                    copy.sequence = sequence
                    if accept?.contains(change.key.type) ?? true {
                        log.append(OperationLog.Entry(type: change.key.type, bytes: encoded))
                        if copy.apply(change) { changes.append(change) }
                    } else {
                        log.skip(1)
                    }
                }
                sequence += 1
            }
        }
    }
}

extension IncomingSnapshot {
    mutating func take(_ frame: SnapshotFrame, accept: Set<ObjectType>?) {
        for object in frame.objects where accept?.contains(object.key.type) ?? true {
            copy.apply(.added(object.key, config: object.config, status: object.status))
        }
        nextChunk += 1
    }
}

extension OperationLog {
    /// Passes over changes that policy kept from us.
    mutating func skip(_ count: UInt64) {
        guard count < UInt64(limit) else { return restart(after: last + count) }
        for _ in 0..<count { append(Entry(type: .site, bytes: [])) }
    }
}
