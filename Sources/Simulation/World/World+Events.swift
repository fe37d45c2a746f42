import Federation
import TandemCore

extension World {
    func handle(_ event: WorldEvent) {
        switch event {
        case .tick(let site, let life):
            guard sites[site]?.life == life else { return }
            sites[site]?.tickPlanned = .max
            act(site) { $0.tick(now: $1) }
        case .dialOutcome(let from, let life, let to): connect(from, life: life, to: to)
        case .dialRefused(let from, let life, let to, let reason):
            guard sites[from]?.life == life else { return }
            act(from) { $0.dialFailed(peer: to, reason: reason, now: $1) }
        case .accept(let connection): accept(connection)
        case .arrive(let connection, let from, let packet): arrive(connection, from: from, packet)
        case .drained(let connection, let end, let bytes): drained(connection, end: end, bytes: bytes)
        case .stored(let site, let life, let entry, let callBack):
            guard sites[site]?.life == life else { return }
            sites[site]?.store.ledger[entry.key] = entry
            if callBack { act(site) { $0.ledgerStored(key: entry.key, now: $1) } }
        case .finish(let site, let life, let key, let answer):
            guard sites[site]?.life == life else { return }
            act(site) { $0.finish(key: key, answer, now: $1) }
        case .progress(let site, let life, let key):
            guard sites[site]?.life == life else { return }
            act(site) {
                $0.progress(
                    key: key,
                    body: EncodedObject {
                        $0.key("step"); $0.integer(1)
                    }, now: $1)
            }
        }
    }

    /// Carries out one effect of a node.
    func perform(_ effect: FederationEffect, at name: SiteID) {
        guard let site = sites[name] else { return }
        switch effect {
        case .dial(let peer): dial(from: name, to: peer)
        case .send(let link, let bytes):
            guard let place = site.connections[link] else { return }
            bytesSent += bytes.count
            checker.sent(name, bytes, connection: place.connection)
            transmit(place.connection, from: place.end, .bytes(bytes))
        case .close(let link, let reason):
            guard let place = site.connections[link] else { return }
            note(
                "\(name): closes \(place.connection.pair.low == name ? place.connection.pair.high : place.connection.pair.low): \(reason)"
            )
            sites[name]?.connections[link] = nil
            place.connection.ends[place.end].isOpen = false
            transmit(place.connection, from: place.end, .end(reason: "closed by the peer"))
        case .changed(let other, let changes): store(changes, of: other, at: name)
        case .position(let other, let incarnation, let sequence):
            sites[name]?.store.copies[other, default: emptyCopy].incarnation = incarnation
            sites[name]?.store.copies[other, default: emptyCopy].sequence = sequence
            sites[name]?.store.copies[other, default: emptyCopy].writtenAt = time
        case .freshness(let other, let freshness):
            switch freshness {
            case .fresh: note("\(name): \(other) is fresh")
            case .stale: note("\(name): \(other) is stale")
            case .unknown: note("\(name): \(other) is unknown")
            }
        case .routesChanged:
            let routes = sites[name]?.node?.federation.routes ?? []
            let text = routes.map { "\($0.site) by \($0.path.map(\.name).joined(separator: ">")) (\($0.cost))" }
            note("\(name): routes: \(text.isEmpty ? "none" : text.joined(separator: ", "))")
        case .storeLedger(let entry, let callBack):
            queue.add(
                .stored(name, life: site.life, entry, callBack: callBack),
                at: time + site.storeDelay.inNanoseconds)
        case .trimLedger(let before):
            sites[name]?.store.ledger = site.store.ledger.filter { $0.value.unixTime >= before }
        case .execute(let request): execute(request, at: name)
        case .progress(_, let body): note("\(name): progress \(body)")
        case .answered(let token, let answer):
            note("\(name): answered \(checker.key(name, life: site.life, token)) \(Self.text(answer))")
            checker.answered(name, life: site.life, token: token, answer: answer, time: time)
        case .incarnationRaised(let incarnation):
            sites[name]?.store.incarnation = incarnation
            note("\(name): continues as incarnation \(incarnation)")
        case .log(let level, let text):
            if level.rawValue >= FederationLogLevel.notice.rawValue { note("\(name): \(text)") }
        }
    }

    private var emptyCopy: SimulatedStore.StoredCopy {
        SimulatedStore.StoredCopy(incarnation: 0, sequence: 0, objects: [:], writtenAt: time)
    }

    private func store(_ changes: [ObjectChange], of other: SiteID, at name: SiteID) {
        for change in changes {
            let old = sites[name]?.store.copies[other]?.objects[change.key]
            let new: (EncodedObject, EncodedObject)?
            switch change {
            case .added(_, let config, let status): new = (config, status)
            case .config(_, let patch): new = ((old?.config ?? .empty).merging(patch), old?.status ?? .empty)
            case .status(_, let patch): new = (old?.config ?? .empty, (old?.status ?? .empty).merging(patch))
            case .removed: new = nil
            }
            sites[name]?.store.copies[other, default: emptyCopy].objects[change.key] = new
        }
    }

    private func execute(_ request: CommandRequest, at name: SiteID) {
        guard let site = sites[name] else { return }
        note("\(name): executes \(request.key) \(request.verb)")
        checker.executed(name, request)
        if request.verb == "refuse" {
            let refusal = CommandAnswer.refused(reason: "not allowed", .empty)
            queue.add(.finish(name, life: site.life, request.key, refusal), at: time)
            return
        }
        guard let range = site.executionTime else { return }
        let delay = random.duration(range).inNanoseconds
        queue.add(.progress(name, life: site.life, request.key), at: time + delay / 2)
        let answer = CommandAnswer.done(
            EncodedObject {
                $0.key("by"); $0.string(name.name)
            })
        queue.add(.finish(name, life: site.life, request.key, answer), at: time + delay)
    }

    /// An answer as scenario traces show it.
    static func text(_ answer: CommandAnswer) -> String {
        switch answer {
        case .done(let body): "done \(body)"
        case .refused(let reason, _): "refused: \(reason)"
        case .notDelivered(let reason, let site): "not delivered: \(reason.rawValue) at \(site)"
        case .unknown(let site): "unknown at \(site)"
        }
    }
}
