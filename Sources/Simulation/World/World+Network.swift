import Federation
import TandemCore

extension World {
    // MARK: Cables

    /// Changes a cable.
    public func cable(_ one: SiteID, _ other: SiteID, _ change: (inout Cable) -> Void) {
        guard var cable = cables[SitePair(one, other)] else { return }
        change(&cable)
        cables[SitePair(one, other)] = cable
    }

    /// Cuts a cable. Silently: bytes wait in the kernels as TCP keeps them, and nobody is told. Otherwise both ends of
    /// each connection learn at once that it is gone.
    public func cut(_ one: SiteID, _ other: SiteID, silently: Bool) {
        let pair = SitePair(one, other)
        note("cut \(pair.low)-\(pair.high)\(silently ? " silently" : "")")
        cables[pair]?.isCut = true
        guard !silently else { return }
        for connection in connections(of: pair) {
            for end in 0..<2 { lose(connection, end: end, reason: "connection reset") }
        }
    }

    /// Heals a cable: what waited moves on.
    public func heal(_ one: SiteID, _ other: SiteID) {
        let pair = SitePair(one, other)
        guard cables[pair]?.isCut == true else { return }
        note("heal \(pair.low)-\(pair.high)")
        cables[pair]?.isCut = false
        for connection in stalledConnections.removeValue(forPair: pair) {
            for end in 0..<2 {
                let packets = connection.ends[end].stalled
                connection.ends[end].stalled = []
                for packet in packets { plan(connection, from: end, packet, extra: 0) }
            }
        }
    }

    private func connections(of pair: SitePair) -> [Connection] {
        var found: [Int: Connection] = [:]
        for site in [pair.low, pair.high] {
            for place in sites[site]?.connections.values.map({ $0.connection }) ?? [] where place.pair == pair {
                found[place.number] = place
            }
        }
        return found.sorted { $0.key < $1.key }.map(\.value)
    }

    // MARK: Dialling

    func dial(from: SiteID, to: SiteID) {
        let life = sites[from]?.life ?? 0
        guard let cable = cables[SitePair(from, to)] else {
            queue.add(.dialRefused(from: from, life: life, to: to, reason: "no such host"), at: time + 1_000_000)
            return
        }
        if cable.isCut {
            queue.add(.dialRefused(from: from, life: life, to: to, reason: "timeout"), at: time + 3_000_000_000)
            return
        }
        let roundTrip = cable.delay.0 + cable.delay.1
        queue.add(.dialOutcome(from: from, life: life, to: to), at: time + roundTrip.inNanoseconds)
    }

    func connect(_ from: SiteID, life: Int, to: SiteID) {
        guard sites[from]?.life == life, sites[from]?.node != nil else { return }
        let pair = SitePair(from, to)
        guard cables[pair]?.isCut == false, let acceptor = sites[to], acceptor.node != nil,
            let dialer = sites[from]
        else {
            act(from) { $0.dialFailed(peer: to, reason: "connection refused", now: $1) }
            return
        }
        let connection = Connection(
            number: nextConnection, pair: pair,
            dialer: Connection.End(site: from, life: life, link: LinkID(dialer.nextLink)),
            acceptor: Connection.End(site: to, life: acceptor.life, link: LinkID(acceptor.nextLink)))
        nextConnection += 1
        sites[from]?.nextLink += 1
        sites[to]?.nextLink += 1
        sites[from]?.connections[connection.ends[0].link] = (connection, 0)
        sites[to]?.connections[connection.ends[1].link] = (connection, 1)
        act(from) {
            $0.linkConnected(
                connection.ends[0].link, certificate: acceptor.certificate, dialed: true, target: to, now: $1)
        }
        // The acceptor has had the connection for half a round trip; which of both acts first is chance.
        if random.chance(50) { accept(connection) } else { queue.add(.accept(connection), at: time + 1_000) }
    }

    func accept(_ connection: Connection) {
        let end = connection.ends[1]
        guard end.isOpen, sites[end.site]?.life == end.life else { return }
        let certificate = sites[connection.ends[0].site]?.certificate
        act(end.site) { $0.linkConnected(end.link, certificate: certificate, dialed: false, target: nil, now: $1) }
    }

    // MARK: Bytes

    func transmit(_ connection: Connection, from end: Int, _ packet: Connection.Packet) {
        guard let cable = cables[connection.pair] else { return }
        if case .bytes(let bytes) = packet {
            if cable.splits, bytes.count > 1, random.chance(30) {
                let cut = 1 + random.below(bytes.count - 1)
                transmit(connection, from: end, whole: .bytes(Array(bytes[..<cut])), cable)
                transmit(connection, from: end, whole: .bytes(Array(bytes[cut...])), cable)
                return
            }
        }
        transmit(connection, from: end, whole: packet, cable)
    }

    private func transmit(_ connection: Connection, from end: Int, whole packet: Connection.Packet, _ cable: Cable) {
        var extra: Int64 = 0
        if case .bytes(let bytes) = packet, cable.bytesPerSecond > 0 {
            let start = max(time, connection.ends[end].busyUntil)
            let duration = Int64(bytes.count) * 1_000_000_000 / Int64(cable.bytesPerSecond)
            connection.ends[end].busyUntil = start + duration
            extra = start + duration - time
            connection.ends[end].buffered += bytes.count
            checker.buffered(connection.ends[end].buffered)
            queue.add(.drained(connection, end: end, bytes: bytes.count), at: start + duration)
            if connection.ends[end].isWritable, connection.ends[end].buffered > 256 << 10 {
                connection.ends[end].isWritable = false
                writability(connection, end: end, false)
            }
        }
        plan(connection, from: end, packet, extra: extra)
    }

    func drained(_ connection: Connection, end: Int, bytes: Int) {
        connection.ends[end].buffered -= bytes
        if !connection.ends[end].isWritable, connection.ends[end].buffered < 128 << 10 {
            connection.ends[end].isWritable = true
            writability(connection, end: end, true)
        }
    }

    private func writability(_ connection: Connection, end: Int, _ isWritable: Bool) {
        let place = connection.ends[end]
        guard place.isOpen, sites[place.site]?.life == place.life, sites[place.site]?.node != nil else { return }
        act(place.site) { $0.linkWritability(place.link, isWritable, now: $1) }
    }

    func plan(_ connection: Connection, from end: Int, _ packet: Connection.Packet, extra: Int64) {
        guard let cable = cables[connection.pair] else { return }
        let isUp = connection.ends[end].site == connection.pair.low
        var delay = (isUp ? cable.delay.0 : cable.delay.1).inNanoseconds
        if cable.jitter > .zero { delay += random.duration(.zero...cable.jitter).inNanoseconds }
        let due = max(time + extra + delay, connection.ends[end].arrivesAfter)
        connection.ends[end].arrivesAfter = due
        queue.add(.arrive(connection, from: end, packet), at: due)
    }

    func arrive(_ connection: Connection, from end: Int, _ packet: Connection.Packet) {
        if cables[connection.pair]?.isCut == true || !connection.ends[end].stalled.isEmpty {
            connection.ends[end].stalled.append(packet)
            stalledConnections.add(connection)
            return
        }
        let other = 1 - end
        let place = connection.ends[other]
        guard place.isOpen, sites[place.site]?.life == place.life else { return }
        switch packet {
        case .end(let reason): lose(connection, end: other, reason: reason)
        case .bytes(let bytes):
            connection.ends[other].partial += bytes
            while let lineEnd = connection.ends[other].partial.firstIndex(of: 0x0A) {
                let line = Array(connection.ends[other].partial[..<lineEnd])
                connection.ends[other].partial.removeSubrange(...lineEnd)
                guard connection.ends[other].isOpen else { return }
                act(place.site) { $0.linkReceived(place.link, line: line, now: $1) }
            }
        }
    }

    private func lose(_ connection: Connection, end: Int, reason: String) {
        let place = connection.ends[end]
        guard place.isOpen else { return }
        connection.ends[end].isOpen = false
        guard sites[place.site]?.life == place.life else { return }
        sites[place.site]?.connections[place.link] = nil
        act(place.site) { $0.linkClosed(place.link, reason: reason, now: $1) }
    }
}

/// Connections with bytes that wait for their cable.
struct StalledConnections {
    private var connections: [Int: Connection] = [:]

    mutating func add(_ connection: Connection) { connections[connection.number] = connection }

    mutating func removeValue(forPair pair: SitePair) -> [Connection] {
        let found = connections.filter { $0.value.pair == pair }.sorted { $0.key < $1.key }
        for (number, _) in found { connections[number] = nil }
        return found.map(\.value)
    }
}
