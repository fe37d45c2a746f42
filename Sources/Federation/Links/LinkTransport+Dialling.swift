import TandemCore

/// Dialling: who dials when, and what a failure means.
extension LinkTransport {
    /// A dial did not succeed.
    mutating func dialFailed(_ peer: SiteID, reason: String, now: Instant) {
        peers[peer]?.dialDeadline = nil
        dialEnded(peer, reason: reason, now: now)
    }

    /// A dial came to nothing: the link is down, or it was already, by another socket, and the next dial is due.
    private mutating func dialEnded(_ site: SiteID, reason: String, now: Instant) {
        if isAbandoned(site) {
            linkDown(site, reason: reason, now: now)
        } else if let next = peers[site]?.nextDial {
            watchDial(site, due: max(now, next))
        }
    }

    /// Whether something was under way to a peer, and nothing is any more.
    func isAbandoned(_ site: SiteID) -> Bool {
        guard let peer = peers[site], peer.active == nil, peer.dialDeadline == nil else { return false }
        switch peer.machine.state {
        case .idle, .down: return false
        case .connecting, .authenticating, .syncing, .established, .draining:
            return !sockets.values.contains { $0.expected == site }
        }
    }

    /// A dial has taken too long, or the pause before the next one is over.
    mutating func checkDial(_ site: SiteID, now: Instant) {
        guard let peer = peers[site] else { return }
        if let deadline = peer.dialDeadline, deadline <= now {
            peers[site]?.dialDeadline = nil
            dialEnded(site, reason: "dialling took too long", now: now)
        } else if peer.mayDial(isDraining: isDraining), peer.nextDial <= now {
            peers[site]?.machine.apply(.dialing, now: now)
            peers[site]?.dialDeadline = now + .seconds(30)
            watchDial(site, due: now + .seconds(30))
            events.append(.effect(.dial(peer: site)))
        }
    }

    /// No socket is left to a peer.
    mutating func linkDown(_ site: SiteID, reason: String, now: Instant) {
        guard var peer = peers[site] else { return }
        // A link that ends after a goodbye is no surprise.
        let wasEstablished = peer.machine.state == .established
        let wasUp = peer.active != nil
        peer.machine.apply(.lost(reason: reason), now: now)
        if let since = peer.establishedAt, now - since >= timings.redial.upperBound { peer.backoff.reset() }
        peer.establishedAt = nil
        peer.active = nil
        peer.nextDial = now + peer.backoff.next(drawing: draw(for: site, failures: peer.backoff.failures))
        watchDial(site, due: peer.nextDial)
        peers[site] = peer
        log(wasEstablished ? .warning : .info, "link to \(site) down: \(reason)")
        if wasUp { events.append(.down(site, reason: reason)) }
    }

    /// A number from both names and the count: two nodes that lost each other do not dial in step, and a simulation
    /// repeats exactly.
    private func draw(for peer: SiteID, failures: Int) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in site.name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        for byte in peer.name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        hash = (hash ^ UInt64(failures)) &* 0x9E37_79B9_7F4A_7C15
        return hash ^ hash >> 31
    }
}
