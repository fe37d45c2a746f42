import TandemCore

/// Copies: pulling, applying, noticing gaps and divergence.
extension Replication {
    /// Pulls each site from the next hop towards it, and no more from a former one.
    mutating func updateSources(now: Instant) {
        for site in origins.keys where site != self.site {
            let wanted = routes[site]?.nextHop
            let current = origins[site]?.source
            guard wanted != current else { continue }
            if let current { send(.unpull(site), to: current) }
            origins[site]?.incoming = nil
            origins[site]?.source = wanted
            if wanted != nil { startPull(site) }
        }
        for site in routes.keys where !origins.contains(site) {
            guard ensureOrigin(site, now: now) else { continue }
            origins[site]?.source = routes[site]?.nextHop
            startPull(site)
        }
    }

    /// Asks the source for everything after our position; for everything, when the copy is to be repaired or was taken
    /// under another policy than the one under which it would go on.
    private mutating func startPull(_ site: SiteID, repairing: Bool = false) {
        guard let source = origins[site]?.source else { return }
        let repairing = repairing || isUnderAnotherPolicy(site, source: source)
        origins[site]?.pull += 1
        origins[site]?.incoming = nil
        origins[site]?.isRepairing = repairing
        origins[site]?.unacknowledged = 0
        guard let pull = origins[site]?.pull, let (life, sequence) = position(ofCopy: site) else { return }
        send(
            .pull(
                PullFrame(
                    site: site, incarnation: repairing ? 0 : life, sequence: repairing ? 0 : sequence,
                    window: limits.window, pull: pull, isStart: true, chunk: nil)), to: source)
    }

    /// Whether the copy holds what is not accepted from the source, or lacks what is. Of a copy from before our start only
    /// a policy that keeps something back is suspected: where all is accepted, the digest tells.
    private func isUnderAnotherPolicy(_ site: SiteID, source: SiteID) -> Bool {
        let accepts = trust.accepts(from: source)
        guard let under = origins[site]?.acceptedUnder else { return !accepts.isOpen }
        return under != accepts
    }

    /// A copy that is known to be behind and does not move is pulled anew. More and more patiently: a slow line may need
    /// long for the first chunk of a snapshot.
    mutating func pullIdleCopies() {
        for site in origins.keys where site != self.site && origins[site]?.hasIdledTooLong() == true {
            log(.notice, "our copy of \(site) is behind and does not move: asking again")
            startPull(site)
        }
    }

    /// Acknowledges what was applied from this neighbour since the last time.
    mutating func acknowledge(_ neighbour: SiteID) {
        pullers[neighbour]?.unacknowledged = 0
        for place in 0..<origins.count
        where origins[at: place]?.source == neighbour && origins[at: place]?.unacknowledged != 0 {
            let name = origins.keys[place]
            origins[name]?.unacknowledged = 0
            guard let pull = origins[name]?.pull, let (life, sequence) = position(ofCopy: name) else { continue }
            send(
                .pull(
                    PullFrame(
                        site: name, incarnation: life, sequence: sequence, window: limits.window, pull: pull,
                        isStart: false, chunk: nil)), to: neighbour)
        }
    }

    /// Whether a frame belongs to the pull under way.
    private mutating func isExpected(_ site: SiteID, pull: UInt64, from peer: SiteID) -> Bool {
        if origins[site]?.source == peer, origins[site]?.pull == pull { return true }
        counters.lateFrames += 1
        return false
    }

    mutating func receive(_ frame: ChangesFrame, from peer: SiteID, size: Int, now: Instant) {
        guard frame.site != site else { return cut(peer, "rcti_changes: site is the receiver's own") }
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
        for case .change(let change, let encoded) in frame.list where encoded.count > limits.element {
            return cut(peer, "rcti_changes: the change of \(change.key) has \(encoded.count) bytes")
        }
        let accept = trust.accepts(from: peer)
        var changes: [ObjectChange] = []
        changes.reserveCapacity(frame.list.count)
        origins[frame.site]?.apply(frame, accept: accept, into: &changes)
        counters.changesApplied += UInt64(changes.count)
        origins[frame.site]?.unacknowledged += frame.list.count
        report(frame.site, changes)
        copyReached(frame.site, now: now)
        if isTooLarge(frame.site) { return cut(peer, "rcti_changes: \(frame.site) \(tooManyObjects)") }
        pullers[peer]?.unacknowledged += size
        if let unacknowledged = pullers[peer]?.unacknowledged, unacknowledged >= limits.bulkFrame {
            acknowledge(peer)
        } else if let count = origins[frame.site]?.unacknowledged, count >= limits.window / 4 {
            acknowledge(peer)
        }
        pumpSubscribers(of: frame.site)
    }

    func position(ofCopy site: SiteID) -> (life: UInt64, sequence: UInt64)? {
        origins[site].map { ($0.copy.incarnation, $0.copy.sequence) }
    }

    mutating func receive(_ frame: SnapshotFrame, from peer: SiteID, now: Instant) {
        let name = frame.site
        guard name != site else { return cut(peer, "rcti_snapshot: site is the receiver's own") }
        guard isExpected(name, pull: frame.pull, from: peer) else { return }
        if frame.chunk == 0 {
            origins[name]?.incoming = IncomingSnapshot(
                copy: SiteCopy(incarnation: frame.incarnation, sequence: frame.sequence), nextChunk: 0)
        }
        guard origins[name]?.incoming?.isContinued(by: frame) == true else {
            counters.gaps += 1
            return startPull(name)
        }
        let half = limits.element
        for object in frame.objects where max(object.config.bytes.count, object.status.bytes.count) > half {
            return cut(peer, "rcti_snapshot: the object \(object.key) is too large")
        }
        let accept = trust.accepts(from: peer)
        origins[name]?.incoming?.take(frame, accept: accept)
        if isTooLarge(name) { return cut(peer, "rcti_snapshot: \(name) \(tooManyObjects)") }
        send(
            .pull(
                PullFrame(
                    site: name, incarnation: frame.incarnation, sequence: frame.sequence, window: limits.window,
                    pull: frame.pull, isStart: false, chunk: frame.chunk)), to: peer)
        if frame.isLast { finishSnapshot(name, now: now) }
    }

    private var tooManyObjects: String {
        "has more than \(limits.objectsPerSite) objects or \(limits.bytesPerSite) bytes"
    }

    /// Whether a copy, or the snapshot that is to become one, has outgrown its bounds.
    private func isTooLarge(_ site: SiteID) -> Bool {
        let limits = limits
        func exceeds(_ copy: SiteCopy?) -> Bool {
            copy.map { $0.count > limits.objectsPerSite || $0.size > limits.bytesPerSite } ?? false
        }
        return exceeds(origins[site]?.copy) || exceeds(origins[site]?.incoming?.copy)
    }

    private mutating func finishSnapshot(_ name: SiteID, now: Instant) {
        guard let incoming = origins[name]?.incoming?.copy, let old = origins[name]?.copy else { return }
        origins[name]?.incoming = nil
        let isRepairing = origins[name]?.isRepairing ?? false
        origins[name]?.isRepairing = false
        if let source = origins[name]?.source { origins[name]?.acceptedUnder = trust.accepts(from: source) }
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
        lifeHeard(of: name, incarnation: incoming.incarnation, now: now)
        report(name, changes)
        copyReached(name, now: now)
        pumpSubscribers(of: name)
    }

    /// Tells clients and store, in pieces that they can digest.
    mutating func report(_ site: SiteID, _ changes: [ObjectChange]) {
        let piece = 4_096
        if changes.count <= piece {
            if !changes.isEmpty { outputs.append(.effect(.changed(site, changes))) }
        } else {
            for start in stride(from: 0, to: changes.count, by: piece) {
                let part = Array(changes[start..<min(start + piece, changes.count)])
                outputs.append(.effect(.changed(site, part)))
            }
        }
        guard let (life, sequence) = position(ofCopy: site) else { return }
        outputs.append(.effect(.position(site, incarnation: life, sequence: sequence)))
    }

    // MARK: Digests

    mutating func receive(_ frame: DigestFrame, from peer: SiteID, now: Instant) {
        guard frame.site != site, isExpected(frame.site, pull: frame.pull, from: peer),
            let origin = origins[frame.site], origin.incoming == nil, origin.copy.incarnation == frame.incarnation,
            origin.copy.sequence == frame.sequence, trust.accepts(from: peer).isOpen,
            origin.copy.digest != frame.digest
        else { return }
        if let allowed = origin.repairAllowedAt, allowed > now { return }
        origins[frame.site]?.repairAllowedAt = now + timings.heartbeat * 5
        counters.digestRepairs += 1
        log(.warning, "our copy of \(frame.site) differs from \(peer)'s at the same position: fetching it anew")
        startPull(frame.site, repairing: true)
    }

    /// The neighbour has broken the rules.
    mutating func cut(_ neighbour: SiteID, _ reason: String) { outputs.append(.cut(neighbour, reason: reason)) }
}
