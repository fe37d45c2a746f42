import TandemCore

/// Sending lines, closing sockets, leaving.
extension LinkTransport {
    mutating func transmit(_ link: LinkID, _ line: [UInt8]) {
        guard sockets[link]?.sent(line.count) != nil else { return }
        events.append(.effect(.send(link, line)))
    }

    /// Says goodbye to all peers; answers still pass for a moment, then the sockets close.
    mutating func beginDrain(now: Instant) {
        isDraining = true
        for link in sockets.keys {
            guard let peer = sockets[link]?.peer else {
                close(link, reason: "the node is stopping", now: now)
                continue
            }
            transmit(link, writer.bye("the node is stopping"))
            leave(link, peer, until: now + .seconds(1), now: now)
        }
    }

    /// The peer broke the rules.
    mutating func violation(_ link: LinkID, _ problem: String, now: Instant) {
        counters.badFrames += 1
        refuse(link, reason: problem, now: now)
    }

    /// Tells the peer why, then closes.
    mutating func refuse(_ link: LinkID, reason: String, level: FederationLogLevel = .warning, now: Instant) {
        guard let socket = sockets[link] else { return }
        let name = socket.expected.map { "link to \($0)" } ?? "link \(link.number)"
        let isRepeated = socket.expected.map { noteRefusal($0, reason) } ?? false
        log(isRepeated ? .debug : level, "\(name) refused: \(reason)")
        transmit(link, writer.refused(reason))
        close(link, reason: reason, now: now)
    }

    /// Notes why a link was refused. True when it was refused for the same reason before: redials must not fill the log.
    mutating func noteRefusal(_ peer: SiteID, _ reason: String) -> Bool {
        guard peers[peer]?.lastRefusal != reason else { return true }
        peers[peer]?.lastRefusal = reason
        return false
    }

    /// Closes a socket from our side.
    mutating func close(_ link: LinkID, reason: String, now: Instant) {
        guard sockets.contains(link) else { return }
        events.append(.effect(.close(link, reason: reason)))
        drop(link, reason: reason, now: now)
    }

    /// Forgets a socket and what depended on it.
    mutating func drop(_ link: LinkID, reason: String, now: Instant) {
        guard let site = sockets[link]?.expected else {
            sockets[link] = nil
            return
        }
        sockets[link]?.machine.apply(.closed)
        sockets[link] = nil
        if peers[site]?.active == link || isAbandoned(site) { linkDown(site, reason: reason, now: now) }
    }

    /// The configured links, in the order of the peers' names.
    var statuses: [LinkStatus] {
        peers.pairs.map { site, peer in
            let socket = peer.active.flatMap { sockets[$0] }
            return LinkStatus(
                peer: site, state: peer.machine.state, cost: peer.link.cost,
                roundTrip: socket?.machine.session?.roundTrip, since: peer.machine.since,
                bytesIn: socket?.bytesIn ?? 0, bytesOut: socket?.bytesOut ?? 0, framesIn: socket?.framesIn ?? 0,
                framesOut: socket?.framesOut ?? 0)
        }
    }
}
