import TandemCore

/// Links over sockets, the transport of rcti: opening, greeting, framing as lines, signs of life, dialling, silence,
/// farewell. It knows its peers' sockets and nothing of what their messages mean.
///
/// ```
///   shell ─ opened, received, closed, writability, dialFailed ─►┌───────────────┐─ TransportEvent ─► the node's parts
///   shell ◄──────────────────── dial, send, close, log ─────────└───────────────┘◄─ send, cut ─────── the node's parts
/// ```
struct LinkTransport: Transport {
    /// What it counts.
    struct Counters: Hashable, Sendable {
        var badFrames: UInt64 = 0
        var greetingsRefused: UInt64 = 0
    }

    /// What may become due.
    enum Due: Hashable, Sendable {
        case socket(LinkID)
        case dial(SiteID)
    }

    let site: SiteID
    private(set) var limits: FederationLimits
    private(set) var timings: FederationTimings
    private(set) var trust: Trust
    var counters = Counters()
    var isDraining = false

    var peers = OrderedMap<SiteID, LinkPeer>()
    var sockets = OrderedMap<LinkID, LinkSocket>()
    private var nextNonce: UInt64 = 1
    private var reader = FrameReader()
    var writer = FrameWriter()

    /// Every socket and every pause between dials has an entry here that is due no later than itself. One that comes
    /// too early is put back.
    private(set) var deadlines = DeadlineQueue<Due>()
    var events = EffectBuffer<TransportEvent>()

    init(_ configuration: FederationConfiguration, now: Instant) {
        site = configuration.site
        limits = configuration.limits
        timings = configuration.timings
        trust = Trust(configuration)
        for link in configuration.links where link.peer != site { add(link, now: now) }
    }

    mutating func takeEvents(into list: inout [TransportEvent]) { events.take(into: &list) }

    /// When `tick` must be called at the latest; may be early.
    var nextDeadline: Instant? { deadlines.first }

    mutating func tick(now: Instant) {
        while let (due, item) = deadlines.popDue(now) {
            switch item {
            case .socket(let link):
                guard sockets[link]?.watchedAt == due else { continue }
                sockets[link]?.watchedAt = nil
                checkSocket(link, now: now)
            case .dial(let peer): checkDial(peer, now: now)
            }
        }
    }

    // MARK: The shell's events

    /// A socket is open. `incarnation`: the number of our life, for the greeting.
    mutating func opened(
        _ link: LinkID, certificate: SiteID?, dialed: Bool, target: SiteID?, incarnation: UInt64, now: Instant
    ) {
        let socket = LinkSocket(
            id: link, isDialed: dialed, certificate: certificate, target: dialed ? target ?? certificate : nil,
            nonce: nextNonce, machine: SocketMachine(opened: now))
        nextNonce += 1
        sockets[link] = socket
        watch(link)
        if let expected = socket.expected {
            if dialed { peers[expected]?.dialDeadline = nil }
            peers[expected]?.machine.apply(.socketOpened, now: now)
        }
        let hello = HelloFrame(
            versions: limits.versions, site: site, incarnation: incarnation, features: [], nonce: socket.nonce,
            stamp: Self.stamp(now))
        transmit(link, writer.hello(hello))
    }

    /// One line without its line feed.
    mutating func received(_ link: LinkID, line: UnsafeBufferPointer<UInt8>, now: Instant) {
        guard sockets[link]?.heard(line.count + 1, now: now) != nil else { return }
        guard line.count <= limits.frame else {
            return violation(
                link, "a frame of \(line.count) bytes; at most \(limits.frame) are accepted", now: now)
        }
        do throws(FrameError) {
            handle(try reader.read(line), on: link, size: line.count, now: now)
        } catch {
            violation(link, error.description, now: now)
        }
    }

    /// A socket is closed by the other side or by the network.
    mutating func closed(_ link: LinkID, reason: String, now: Instant) { drop(link, reason: reason, now: now) }

    /// Whether the socket takes more bytes.
    mutating func writability(_ link: LinkID, _ isWritable: Bool) {
        guard sockets.contains(link) else { return }
        sockets[link]?.isWritable = isWritable
        if let peer = sockets[link]?.peer { events.append(.room(peer, isWritable)) }
    }

    // MARK: Messages

    mutating func send(_ message: OutgoingMessage, to neighbour: SiteID, now: Instant) {
        guard let link = peers[neighbour]?.active else { return }
        let line =
            switch message {
            case .beats(let news): heartbeat(news, on: link, now: now)
            case .bulk(let encoded): encoded.line
            case .linkState(let state): writer.linkState(state)
            case .pull(let pull): writer.pull(pull)
            case .unpull(let site): writer.unpull(site)
            case .digest(let digest): writer.digest(digest)
            case .command(let command): writer.command(command)
            case .progress(let progress): writer.progress(progress)
            case .answer(let answer): writer.answer(answer)
            }
        transmit(link, line)
    }

    mutating func cut(_ neighbour: SiteID, reason: String, now: Instant) {
        guard let link = peers[neighbour]?.active else { return }
        violation(link, reason, now: now)
    }

    private mutating func heartbeat(_ news: [BeatNews], on link: LinkID, now: Instant) -> [UInt8] {
        let echo = sockets[link]?.machine.session.map {
            HeartbeatFrame.Echo(stamp: $0.lastStamp.stamp, held: (now - $0.lastStamp.at).inNanoseconds / 1_000)
        }
        return writer.heartbeat(HeartbeatFrame(stamp: Self.stamp(now), echo: echo, clocks: news))
    }

    /// Our clock in microseconds, as stamped on frames.
    static func stamp(_ now: Instant) -> Int64 { now.nanoseconds / 1_000 }

    // MARK: Configuration

    /// Takes over limits, delays and policies.
    mutating func adopt(_ configuration: FederationConfiguration) {
        if configuration.timings.redial != timings.redial {
            for peer in peers.keys { peers[peer]?.backoff = LinkPeer.backoff(configuration.timings) }
        }
        limits = configuration.limits
        timings = configuration.timings
        trust = Trust(configuration)
        for link in sockets.keys { watch(link) }
    }

    /// Adds, removes and changes links; everything else goes on.
    mutating func reconfigure(_ configuration: FederationConfiguration, now: Instant) {
        adopt(configuration)
        let wanted = Set(configuration.links.map(\.peer))
        for peer in peers.keys where !wanted.contains(peer) {
            let reason = "the link is no longer configured"
            if let active = peers[peer]?.active { transmit(active, writer.bye(reason)) }
            for socket in sockets.values where socket.expected == peer { close(socket.id, reason: reason, now: now) }
            peers[peer] = nil
        }
        for link in configuration.links where link.peer != site {
            guard let known = peers[link.peer]?.link else {
                add(link, now: now)
                continue
            }
            peers[link.peer]?.link = link
            if known.policy != link.policy, let active = peers[link.peer]?.active {
                // What crosses has changed: both directions begin anew.
                close(active, reason: "the link's policy has changed", now: now)
            }
            if let due = peers[link.peer]?.nextDial { deadlines.add(.dial(link.peer), due: due) }
        }
        tick(now: now)
    }

    private mutating func add(_ link: FederationConfiguration.Link, now: Instant) {
        peers[link.peer] = LinkPeer(link: link, timings: timings, now: now)
        deadlines.add(.dial(link.peer), due: now)
    }

    // MARK: Deadlines

    /// The socket's deadline may have come nearer.
    mutating func watch(_ link: LinkID) {
        guard let due = sockets[link]?.machine.deadline(timings) else { return }
        if let earlier = sockets[link]?.watchedAt, earlier <= due { return }
        sockets[link]?.watchedAt = due
        deadlines.add(.socket(link), due: due)
    }

    /// A dial or its pause ends at this moment.
    mutating func watchDial(_ peer: SiteID, due: Instant) { deadlines.add(.dial(peer), due: due) }

    private mutating func checkSocket(_ link: LinkID, now: Instant) {
        guard let ending = sockets[link]?.machine.ending(at: now, timings) else { return watch(link) }
        switch ending {
        case .drained: close(link, reason: "drained", now: now)
        case .silence: close(link, reason: "nothing heard for \(timings.linkTimeout)", now: now)
        case .noGreeting: refuse(link, reason: "no greeting within \(timings.greetingTimeout)", now: now)
        }
    }

    mutating func log(_ level: FederationLogLevel, _ text: String) { events.append(.effect(.log(level, text))) }
}
