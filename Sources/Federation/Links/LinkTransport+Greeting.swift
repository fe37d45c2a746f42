import TandemCore

/// Greeting: who is let in, and which of two sockets survives.
extension LinkTransport {
    /// What is said to the one of two sockets that is not needed: routine when both ends dial at once.
    static let spareSocket = "another socket of this link is preferred"
    static let replacedSocket = "replaced by a newer socket"

    /// What is said to a node whose name another one has, which began later.
    static func twin(_ site: SiteID) -> String {
        "two nodes are called \(site): another one, which was started later, is connected; stop one of them, or give it a"
            + " name and a certificate of its own"
    }

    /// The peer greets, as the first thing on this socket.
    mutating func greet(_ hello: HelloFrame, on link: LinkID, now: Instant) {
        guard let socket = sockets[link] else { return }
        if let reason = objection(to: hello, on: socket) {
            counters.greetingsRefused += 1
            return refuse(link, reason: reason, level: isDraining ? .info : .warning, now: now)
        }
        if let active = peers[hello.site]?.active, let other = sockets[active] {
            guard Self.wins(hello, on: socket, over: other, own: site) else {
                // A node that lives does not go back to an earlier life: this is another one.
                let isTwin = other.machine.session.map { hello.incarnation < $0.neighbour.incarnation } ?? false
                return refuse(
                    link, reason: isTwin ? Self.twin(hello.site) : Self.spareSocket, level: isTwin ? .warning : .debug,
                    now: now)
            }
            transmit(active, writer.refused(Self.replacedSocket))
            events.append(.effect(.close(active, reason: Self.replacedSocket)))
            sockets[active]?.machine.apply(.closed)
            sockets[active] = nil
            peers[hello.site]?.machine.apply(.replaced, now: now)
            events.append(.down(hello.site, reason: Self.replacedSocket))
        } else {
            peers[hello.site]?.machine.apply(.greeted, now: now)
        }
        peers[hello.site]?.active = link
        peers[hello.site]?.establishedAt = nil
        let neighbour = Neighbour(site: hello.site, incarnation: hello.incarnation)
        sockets[link]?.machine.apply(
            .greeted(
                SocketMachine.Session(
                    neighbour: neighbour, nonce: hello.nonce, lastStamp: (hello.stamp, now))))
        watch(link)
        events.append(.up(neighbour))
        if !socket.isWritable { events.append(.room(hello.site, false)) }
    }

    private func objection(to hello: HelloFrame, on socket: LinkSocket) -> String? {
        let ours = limits.versions
        if hello.versions.lowerBound > ours.upperBound || hello.versions.upperBound < ours.lowerBound {
            return "rcti_hello: no common version: \(site) speaks \(ours.lowerBound) to \(ours.upperBound), "
                + "\(hello.site) speaks \(hello.versions.lowerBound) to \(hello.versions.upperBound)"
        }
        let objection = trust.objection(to: hello.site, certificate: socket.certificate, target: socket.target)
        if let objection { return "rcti_hello: " + objection }
        if hello.incarnation == 0 { return "rcti_hello: incarnation must be 1 or more" }
        if isDraining { return "the node is stopping" }
        return nil
    }

    /// Two sockets to one peer: the newer life wins at once. Within one life the socket dialled by the smaller name
    /// survives; of two dialled by the same side, the later one. Both ends come to the same result.
    static func wins(_ hello: HelloFrame, on new: LinkSocket, over old: LinkSocket, own: SiteID) -> Bool {
        guard let session = old.machine.session else { return true }
        if hello.incarnation != session.neighbour.incarnation {
            return hello.incarnation > session.neighbour.incarnation
        }
        if new.isDialed != old.isDialed { return new.isDialed == (own < hello.site) }
        return new.isDialed ? new.nonce > old.nonce : hello.nonce > session.nonce
    }
}
