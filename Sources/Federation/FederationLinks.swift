import TandemCore

/// Sockets: opening, greeting, silence, dialling, farewell.
extension Federation {
    /// A socket is open. `certificateSite`: the site in the peer's certificate, nil for a plain connection; `target`:
    /// the peer that was dialled, when the shell knows it.
    public mutating func linkConnected(
        _ link: LinkID, peer certificateSite: SiteID?, dialed: Bool, target: SiteID? = nil, now: Moment
    ) {
        begin(now)
        let socket = Socket(
            id: link, isDialed: dialed, certificate: certificateSite, target: dialed ? target ?? certificateSite : nil,
            opened: now.instant, nonce: nextNonce, lastHeard: now.instant,
            inFlightLimit: configuration.limits.inFlight)
        nextNonce += 1
        sockets[link] = socket
        if let expected = socket.expected {
            if dialed { peers[expected]?.dialDeadline = nil }
            peers[expected]?.machine.apply(.socketOpened, now: now.instant)
        }
        let bytes = writer.hello(
            HelloFrame(
                versions: configuration.limits.versions, site: site, incarnation: incarnation, features: [],
                nonce: socket.nonce, stamp: stamp))
        send(link, bytes)
        settle()
    }

    /// A dial did not succeed.
    public mutating func dialFailed(peer: SiteID, reason: String, now: Moment) {
        begin(now)
        peers[peer]?.dialDeadline = nil
        if peers[peer]?.machine.state == .connecting { linkDown(peer, reason: reason) }
        settle()
    }

    /// A socket is closed by the other side or by the network.
    public mutating func linkClosed(_ link: LinkID, reason: String, now: Moment) {
        begin(now)
        drop(link, reason: reason)
        settle()
        judgeAll()
    }

    /// Whether the socket takes more bytes. When not, changes and snapshots wait here; heartbeats and commands go on.
    public mutating func linkWritability(_ link: LinkID, _ isWritable: Bool, now: Moment) {
        begin(now)
        guard sockets[link] != nil else { return }
        sockets[link]?.isWritable = isWritable
        if isWritable { pumpAll(link) }
    }

    /// New configuration: links are added, removed or changed; everything else goes on.
    public mutating func reconfigure(_ new: FederationConfiguration, now: Moment) {
        begin(now)
        let old = configuration
        configuration = new
        configuration.site = old.site
        for site in origins.keys { origins[site]?.log.limit = max(1, new.timings.logLength) }
        let wanted = Dictionary(new.links.map { ($0.peer, $0) }) { first, _ in first }
        for peer in peers.keys where wanted[peer] == nil {
            if let active = peers[peer]?.active {
                send(active, writer.bye("the link is no longer configured"))
                close(active, reason: "the link is no longer configured")
            }
            for socket in sockets.values where socket.expected == peer {
                close(socket.id, reason: "the link is no longer configured")
            }
            peers[peer] = nil
        }
        for link in new.links where link.peer != site {
            guard let known = peers[link.peer] else {
                peers[link.peer] = Peer(link: link, now: now.instant)
                continue
            }
            peers[link.peer]?.link = link
            if known.link.policy != link.policy, let active = known.active {
                // What crosses has changed: both directions begin anew.
                close(active, reason: "the link's policy has changed")
            }
        }
        announceLinks()
        checkDials()
        settle()
        judgeAll()
    }

    /// Says goodbye to all peers: they route around this node; answers still pass for a moment, then the sockets close.
    public mutating func beginDrain(now: Moment) {
        begin(now)
        guard !isDraining else { return }
        isDraining = true
        let live = sockets.values.filter { $0.phase == .live }.map(\.id)
        for link in live {
            if let peer = sockets[link]?.peer { peers[peer]?.machine.apply(.farewell, now: now.instant) }
        }
        announceLinks()
        for link in live {
            send(link, writer.bye("the node is stopping"))
            sockets[link]?.closeAt = now.instant + .seconds(1)
        }
        for socket in sockets.values where socket.phase == .greeting {
            close(socket.id, reason: "the node is stopping")
        }
        settle()
    }

    // MARK: Sending and closing

    mutating func send(_ link: LinkID, _ bytes: [UInt8]) {
        guard sockets[link] != nil else { return }
        sockets[link]?.bytesOut += UInt64(bytes.count)
        sockets[link]?.framesOut += 1
        effects.append(.send(link, bytes))
    }

    /// Sends to the socket in use of a peer. False when there is none.
    @discardableResult
    mutating func send(to peer: SiteID, _ bytes: [UInt8]) -> Bool {
        guard let link = peers[peer]?.active else { return false }
        send(link, bytes)
        return true
    }

    /// Closes a socket from our side.
    mutating func close(_ link: LinkID, reason: String) {
        guard sockets[link] != nil else { return }
        effects.append(.close(link, reason: reason))
        drop(link, reason: reason)
    }

    /// Tells the peer why, then closes.
    mutating func refuse(_ link: LinkID, reason: String, level: FederationLogLevel = .warning) {
        guard let socket = sockets[link] else { return }
        let name = socket.expected.map { "link to \($0)" } ?? "link \(link.number)"
        let isRepeated = socket.expected.map { noteRefusal($0, reason) } ?? false
        log(isRepeated ? .debug : level, "\(name) refused: \(reason)")
        send(link, writer.refused(reason))
        close(link, reason: reason)
    }

    /// Notes why a link was refused. True when it was refused for the same reason before: redials must not fill the log.
    mutating func noteRefusal(_ peer: SiteID, _ reason: String) -> Bool {
        guard peers[peer]?.lastRefusal != reason else { return true }
        peers[peer]?.lastRefusal = reason
        return false
    }

    /// Forgets a socket and what depended on it.
    private mutating func drop(_ link: LinkID, reason: String) {
        guard let socket = sockets[link] else { return }
        sockets[link] = nil
        guard let site = socket.expected, let peer = peers[site] else { return }
        if peer.active == link {
            linkDown(site, reason: reason)
        } else if peer.active == nil, !sockets.values.contains(where: { $0.expected == site }),
            peer.dialDeadline == nil
        {
            linkDown(site, reason: reason)
        }
    }

    /// No socket is left to a peer.
    private mutating func linkDown(_ site: SiteID, reason: String) {
        guard var peer = peers[site] else { return }
        // A link that ends after a goodbye is no surprise.
        let wasUp = peer.machine.state == .established
        peer.machine.apply(.lost(reason: reason), now: now.instant)
        if let since = peer.establishedAt, now.instant - since >= configuration.timings.redial.upperBound {
            peer.failures = 0
        }
        peer.establishedAt = nil
        peer.active = nil
        peer.nextDial = now.instant + redialPause(to: site, failures: peer.failures)
        peer.failures = min(peer.failures + 1, 30)
        peers[site] = peer
        log(wasUp ? .warning : .info, "link to \(site) down: \(reason)")
        releasePeer(site)
        announceLinks()
    }

    /// The socket to a peer is gone or replaced: pulls and commands over it need another way.
    private mutating func releasePeer(_ peer: SiteID) {
        for site in origins.keys where origins[site]?.source == peer {
            origins[site]?.source = nil
            origins[site]?.incoming = nil
        }
        routesAreOld = true
        strand(beyond: peer)
    }

    // MARK: Dialling

    mutating func checkDials() {
        for site in peers.keys {
            guard let peer = peers[site] else { continue }
            if let deadline = peer.dialDeadline, deadline <= now.instant {
                peers[site]?.dialDeadline = nil
                if peer.machine.state == .connecting { linkDown(site, reason: "dialling took too long") }
            } else if peer.mayDial(isDraining: isDraining), peer.nextDial <= now.instant {
                peers[site]?.machine.apply(.dialing, now: now.instant)
                peers[site]?.dialDeadline = now.instant + .seconds(30)
                effects.append(.dial(peer: site))
            }
        }
    }

    /// Doubles with each failure, between the configured bounds, and takes 50 to 100 % of it, by a hash of both names
    /// and the count: two nodes that lost each other do not dial in step, and a simulation repeats exactly.
    private func redialPause(to peer: SiteID, failures: Int) -> Duration {
        let bounds = configuration.timings.redial
        let shortest = max(1, bounds.lowerBound.inNanoseconds)
        let longest = max(shortest, bounds.upperBound.inNanoseconds)
        let pause = failures >= 30 || shortest > longest >> failures ? longest : shortest << failures
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in site.name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        for byte in peer.name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        hash = (hash ^ UInt64(failures)) &* 0x9E37_79B9_7F4A_7C15
        hash ^= hash >> 31
        let half = UInt64(pause / 2)
        return .nanoseconds(pause / 2 + Int64(hash % (half + 1)))
    }

    // MARK: Silence

    mutating func checkSockets() {
        let timings = configuration.timings
        for socket in sockets.values.filter({ $0.silenceLimit(timings) <= now.instant }) {
            if let end = socket.closeAt, end <= now.instant {
                close(socket.id, reason: "drained")
            } else if socket.phase == .live {
                close(socket.id, reason: "nothing heard for \(configuration.timings.linkTimeout)")
            } else {
                refuse(socket.id, reason: "no greeting within \(configuration.timings.greetingTimeout)")
            }
        }
    }

    // MARK: Greeting

    /// What is said to the one of two sockets that is not needed: routine when both ends dial at once.
    static let spareSocket = "another socket of this link is preferred"
    static let replacedSocket = "replaced by a newer socket"

    /// Our clock in microseconds, as stamped on frames.
    var stamp: Int64 { now.instant.nanoseconds / 1_000 }

    mutating func receive(_ hello: HelloFrame, on link: LinkID) {
        guard let socket = sockets[link] else { return }
        guard socket.phase == .greeting else { return violation(link, "rcti_hello: sent twice") }
        if let reason = refusal(of: hello, on: socket) {
            counters.greetingsRefused += 1
            return refuse(link, reason: reason, level: isDraining ? .info : .warning)
        }
        if let active = peers[hello.site]?.active, let other = sockets[active] {
            guard wins(hello, on: socket, over: other) else {
                return refuse(link, reason: Self.spareSocket, level: .debug)
            }
            effects.append(.send(active, writer.refused(Self.replacedSocket)))
            effects.append(.close(active, reason: Self.replacedSocket))
            sockets[active] = nil
            peers[hello.site]?.active = nil
            peers[hello.site]?.machine.apply(.replaced, now: now.instant)
            releasePeer(hello.site)
        } else {
            peers[hello.site]?.machine.apply(.greeted, now: now.instant)
        }
        peers[hello.site]?.active = link
        peers[hello.site]?.establishedAt = nil
        sockets[link]?.phase = .live
        sockets[link]?.peer = hello.site
        sockets[link]?.peerIncarnation = hello.incarnation
        sockets[link]?.peerNonce = hello.nonce
        sockets[link]?.version = min(hello.versions.upperBound, configuration.limits.versions.upperBound)
        sockets[link]?.lastStamp = (hello.stamp, now.instant)
        // The same life or not: what was proven by an earlier socket's beats may belong to a life that is over.
        if origins[hello.site]?.copy.incarnation != hello.incarnation {
            origins[hello.site]?.beats.distrust()
            judge(hello.site)
        }
        announceLinks()
        for advertisement in topology.all { sendLinkState(advertisement, on: link) }
        sendHeartbeat(link)
    }

    private func refusal(of hello: HelloFrame, on socket: Socket) -> String? {
        let ours = configuration.limits.versions
        if hello.versions.lowerBound > ours.upperBound || hello.versions.upperBound < ours.lowerBound {
            return "rcti_hello: no common version: \(site) speaks \(ours.lowerBound) to \(ours.upperBound), "
                + "\(hello.site) speaks \(hello.versions.lowerBound) to \(hello.versions.upperBound)"
        }
        if hello.site == site { return "rcti_hello: site \(site) is this node's own name" }
        if let certificate = socket.certificate {
            if certificate != hello.site {
                return "rcti_hello: the certificate names \(certificate), the greeting \(hello.site)"
            }
        } else if !configuration.allowUnauthenticated {
            return "rcti_hello: no certificate proves that this is \(hello.site)"
        }
        if let target = socket.target, target != hello.site {
            return "rcti_hello: \(target) was dialled, \(hello.site) answers"
        }
        if peers[hello.site] == nil { return "rcti_hello: \(hello.site) is no configured peer of \(site)" }
        if hello.incarnation == 0 { return "rcti_hello: incarnation must be 1 or more" }
        if isDraining { return "the node is stopping" }
        return nil
    }

    /// Two sockets to one peer: the newer life wins at once. Within one life the socket dialled by the smaller name
    /// survives; of two dialled by the same side, the later one. Both ends come to the same result.
    private func wins(_ hello: HelloFrame, on new: Socket, over old: Socket) -> Bool {
        if hello.incarnation != old.peerIncarnation { return hello.incarnation > old.peerIncarnation }
        if new.isDialed != old.isDialed { return new.isDialed == (site < hello.site) }
        return new.isDialed ? new.nonce > old.nonce : hello.nonce > old.peerNonce
    }
}
