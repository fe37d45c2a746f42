import TandemCore

@testable import Federation

/// What lies between two ports of a stage.
enum Parcel {
    /// A line of a link, without its line feed.
    case line([UInt8])
    /// A message of the bus, and its size.
    case message(NeighbourMessage, size: Int)
    /// The sender has ended the connection.
    case end(reason: String)
}

/// A transport that a stage can drive. Connections are numbered, the same at both ends.
protocol TestPort: Transport {
    mutating func connected(
        _ connection: UInt64, to neighbour: Neighbour, dialed: Bool, ownIncarnation: UInt64, now: Instant)
    mutating func disconnected(_ connection: UInt64, now: Instant)
    mutating func deliver(_ parcel: Parcel, on connection: UInt64, now: Instant)
    mutating func room(on connection: UInt64, _ hasRoom: Bool)
    /// What is to be carried; the transport's own effects are taken out of the list.
    mutating func outgoing(_ effects: inout [FederationEffect]) -> [(connection: UInt64, Parcel)]
    mutating func tick(now: Instant)
}

extension LinkTransport: TestPort {
    mutating func connected(
        _ connection: UInt64, to neighbour: Neighbour, dialed: Bool, ownIncarnation: UInt64, now: Instant
    ) {
        opened(
            LinkID(connection), certificate: neighbour.site, dialed: dialed, target: nil, incarnation: ownIncarnation,
            now: now)
    }

    mutating func disconnected(_ connection: UInt64, now: Instant) {
        closed(LinkID(connection), reason: "connection reset", now: now)
    }

    mutating func deliver(_ parcel: Parcel, on connection: UInt64, now: Instant) {
        switch parcel {
        case .line(let line): line.withUnsafeBufferPointer { received(LinkID(connection), line: $0, now: now) }
        case .end(let reason): closed(LinkID(connection), reason: reason, now: now)
        case .message: preconditionFailure("links carry lines")
        }
    }

    mutating func room(on connection: UInt64, _ hasRoom: Bool) { writability(LinkID(connection), hasRoom) }

    mutating func outgoing(_ effects: inout [FederationEffect]) -> [(connection: UInt64, Parcel)] {
        var parcels: [(UInt64, Parcel)] = []
        effects.removeAll { effect in
            switch effect {
            case .send(let link, let bytes):
                for line in bytes.split(separator: 0x0A) { parcels.append((link.number, .line(Array(line)))) }
            case .close(let link, let reason): parcels.append((link.number, .end(reason: reason)))
            case .dial: break
            default: return false
            }
            return true
        }
        return parcels
    }
}

/// A second transport, as small as one can be: no sockets, no greeting, no heartbeats of its own. Whoever is connected
/// is a neighbour at once; most messages travel as values, those that are encoded are read at the other end.
struct Bus: TestPort {
    private let site: SiteID
    private var neighbours: [SiteID: UInt64] = [:]
    private var names: [UInt64: SiteID] = [:]
    private var events = EffectBuffer<TransportEvent>()
    private var outbox: [(connection: UInt64, Parcel)] = []
    private var reader = FrameReader()

    init(site: SiteID) { self.site = site }

    mutating func takeEvents(into list: inout [TransportEvent]) { events.take(into: &list) }

    mutating func send(_ message: OutgoingMessage, to neighbour: SiteID, now: Instant) {
        guard let connection = neighbours[neighbour] else { return }
        let typed: NeighbourMessage
        var size = 100
        switch message {
        case .beats(let news): typed = .beats(news, sentAt: now)
        case .linkState(let state): typed = .linkState(state)
        case .pull(let pull): typed = .pull(pull)
        case .unpull(let site): typed = .unpull(site)
        case .digest(let digest): typed = .digest(digest)
        case .command(let command): typed = .command(command)
        case .progress(let progress): typed = .progress(progress)
        case .answer(let answer): typed = .answer(answer)
        case .bulk(let encoded):
            size = encoded.object.count
            let frame = encoded.object.withUnsafeBufferPointer { try? reader.read($0) }
            switch frame {
            case .changes(let changes): typed = .changes(changes)
            case .snapshot(let snapshot): typed = .snapshot(snapshot)
            default: preconditionFailure("bulk is changes or a part of a snapshot")
            }
        }
        outbox.append((connection, .message(typed, size: size)))
    }

    mutating func cut(_ neighbour: SiteID, reason: String, now: Instant) {
        guard let connection = neighbours[neighbour] else { return }
        outbox.append((connection, .end(reason: reason)))
        forget(connection, reason: reason)
    }

    mutating func connected(
        _ connection: UInt64, to neighbour: Neighbour, dialed: Bool, ownIncarnation: UInt64, now: Instant
    ) {
        neighbours[neighbour.site] = connection
        names[connection] = neighbour.site
        events.append(.up(neighbour))
        events.append(.carriesRoutes(neighbour.site, true))
    }

    mutating func disconnected(_ connection: UInt64, now: Instant) { forget(connection, reason: "gone") }

    mutating func deliver(_ parcel: Parcel, on connection: UInt64, now: Instant) {
        guard let neighbour = names[connection] else { return }
        switch parcel {
        case .message(let message, let size): events.append(.message(message, from: neighbour, size: size))
        case .end(let reason): forget(connection, reason: reason)
        case .line: preconditionFailure("the bus carries messages")
        }
    }

    mutating func room(on connection: UInt64, _ hasRoom: Bool) {
        if let neighbour = names[connection] { events.append(.room(neighbour, hasRoom)) }
    }

    mutating func outgoing(_ effects: inout [FederationEffect]) -> [(connection: UInt64, Parcel)] {
        defer { outbox = [] }
        return outbox
    }

    mutating func tick(now: Instant) {}

    private mutating func forget(_ connection: UInt64, reason: String) {
        guard let neighbour = names.removeValue(forKey: connection) else { return }
        neighbours[neighbour] = nil
        events.append(.down(neighbour, reason: reason))
    }
}
