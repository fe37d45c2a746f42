import TandemCore

/// Frames from peers. A bad frame closes its socket with a reason that names the field; nothing else is disturbed.
extension LinkTransport {
    mutating func handle(_ frame: Frame, on link: LinkID, size: Int, now: Instant) {
        if let objection = sockets[link]?.machine.objection(to: frame) { return violation(link, objection, now: now) }
        let peer = sockets[link]?.peer
        switch frame {
        case .hello(let hello): return greet(hello, on: link, now: now)
        case .refused(let reason): return refused(link, reason, now: now)
        case .bye(let reason): return farewell(link, from: peer, reason, now: now)
        case .other(let name):
            return log(.debug, "link to \(peer?.name ?? "?"): \(name) is not known here and is skipped")
        default: break
        }
        // Everything else passes only on a socket that was greeted.
        guard let peer else { return }
        switch frame {
        case .heartbeat(let heartbeat): receive(heartbeat, on: link, from: peer, size: size, now: now)
        case .linkState(let state): deliver(.linkState(state), from: peer, size: size)
        case .pull(let pull): deliver(.pull(pull), from: peer, size: size)
        case .unpull(let site): deliver(.unpull(site), from: peer, size: size)
        case .changes(let changes): deliver(.changes(changes), from: peer, size: size)
        case .snapshot(let snapshot): deliver(.snapshot(snapshot), from: peer, size: size)
        case .digest(let digest): deliver(.digest(digest), from: peer, size: size)
        case .command(let command): deliver(.command(command), from: peer, size: size)
        case .progress(let progress): deliver(.progress(progress), from: peer, size: size)
        case .answer(let answer): deliver(.answer(answer), from: peer, size: size)
        case .hello, .refused, .bye, .other: break
        }
    }

    private mutating func deliver(_ message: NeighbourMessage, from peer: SiteID, size: Int) {
        events.append(.message(message, from: peer, size: size))
    }

    private mutating func receive(
        _ heartbeat: HeartbeatFrame, on link: LinkID, from peer: SiteID, size: Int, now: Instant
    ) {
        sockets[link]?.machine.apply(.stamped(heartbeat, now))
        let session = sockets[link]?.machine.session
        if let roundTrip = session?.roundTrip { events.append(.roundTrip(peer, roundTrip)) }
        let sentAt = session?.clock.sendTime(stamp: heartbeat.stamp, now: now)
        deliver(.beats(heartbeat.clocks, sentAt: sentAt), from: peer, size: size)
        guard peers[peer]?.machine.state == .syncing else { return }
        peers[peer]?.machine.apply(.synced, now: now)
        peers[peer]?.establishedAt = now
        peers[peer]?.lastRefusal = nil
        log(.info, "link to \(peer) established")
        events.append(.carriesRoutes(peer, true))
    }

    private mutating func refused(_ link: LinkID, _ reason: String, now: Instant) {
        let expected = sockets[link]?.expected
        // The other one of two sockets lives on: nothing to read about.
        let isSpare = expected.flatMap { peers[$0]?.active }.map { $0 != link } ?? false
        let isRoutine = isSpare || reason == Self.spareSocket || reason == Self.replacedSocket
        let isRepeated = isRoutine ? false : expected.map { noteRefusal($0, reason) } ?? false
        log(
            isRoutine || isRepeated ? .debug : .warning,
            "link to \(expected?.name ?? "?"): the peer refuses: \(reason)")
        close(link, reason: "refused by the peer: \(reason)", now: now)
    }

    private mutating func farewell(_ link: LinkID, from peer: SiteID?, _ reason: String, now: Instant) {
        guard let peer else { return close(link, reason: "the peer says goodbye: \(reason)", now: now) }
        log(.notice, "link to \(peer): the peer says goodbye: \(reason)")
        leave(link, peer, until: now + .seconds(2), now: now)
    }

    /// Answers still pass for a moment; routes do not lead here any more.
    mutating func leave(_ link: LinkID, _ peer: SiteID, until end: Instant, now: Instant) {
        peers[peer]?.machine.apply(.farewell, now: now)
        sockets[link]?.machine.apply(.farewell(until: end))
        watch(link)
        events.append(.carriesRoutes(peer, false))
    }
}
