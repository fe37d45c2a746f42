import Federation
import NodeCore
import TandemCore

// The tables of the federation: links, routes, copies, objects.
extension AdminAPI {
    func links() -> [JSONValue] {
        let now = NodeClock.now()
        return core.federation.links.map { status in
            var row: JSONObject = [
                "peer": .string(status.peer.name), "state": .string(status.state.word),
                "cost": .integer(Int64(status.cost)),
                "for": .double(Self.rounded((now.instant - status.since).inSeconds)),
                "bytes_in": .integer(Int64(clamping: status.bytesIn)),
                "bytes_out": .integer(Int64(clamping: status.bytesOut)),
                "frames_in": .integer(Int64(clamping: status.framesIn)),
                "frames_out": .integer(Int64(clamping: status.framesOut)),
            ]
            if case .down(let reason) = status.state { row["reason"] = .string(reason) }
            if let trip = status.roundTrip { row["rtt_ms"] = .double(Self.rounded(trip.inSeconds * 1000)) }
            return .object(row)
        }
    }

    func routes() -> [JSONValue] {
        core.federation.routes.map { route in
            [
                "site": .string(route.site.name), "next": .string(route.nextHop.name),
                "cost": .integer(Int64(route.cost)), "path": .array(route.path.map { .string($0.name) }),
            ]
        }
    }

    func syncs() -> [JSONValue] {
        core.federation.syncs.map { sync in
            let (freshness, age) = core.freshness(of: sync.site)
            var row: JSONObject = [
                "site": .string(sync.site.name), "incarnation": .integer(Int64(clamping: sync.incarnation)),
                "sequence": .integer(Int64(clamping: sync.sequence)),
                "heard": .integer(Int64(clamping: sync.heardSequence)),
                "state": .string(freshness.word), "objects": .integer(Int64(sync.objectCount)),
            ]
            if let age { row["age"] = .double(Self.rounded(age)) }
            if let source = sync.source { row["source"] = .string(source.name) }
            return .object(row)
        }
    }

    /// `?site=lyon&type=phones&id=12`: everything that matches, at most `limit` (1,000), statuses with their age.
    func objects(_ request: AdminRequest) -> AdminResponse {
        var sites = core.sites
        if let name = request.query["site"] {
            guard let site = SiteID(name), sites.contains(site) else {
                return .text(
                    .notFound, "no site \(name) is known here; known: \(sites.map(\.name).joined(separator: ", "))")
            }
            sites = [site]
        }
        var types = ObjectType.allCases
        if let name = request.query["type"] {
            guard let type = ObjectType(listName: name) ?? ObjectType(word: name) else {
                return .text(
                    .badRequest,
                    "type \(name) is not known; accepted: \(ObjectType.allCases.map(\.listName).joined(separator: ", "))"
                )
            }
            types = [type]
        }
        let limit: Int
        switch request.limit(standard: 1_000, most: Limits.httpRows) {
        case .success(let number): limit = number
        case .failure(let error): return .text(.badRequest, error.description)
        }
        var found: [ObjectID] = []
        var total = 0
        for site in sites {
            for type in types {
                var ids: [String]
                if let id = request.query["id"] {
                    ids = core.object(ObjectID(type, site, id)) == nil ? [] : [id]
                } else {
                    ids = core.objectIDs(of: type, at: site)
                }
                total += ids.count
                // Only what is shown has to be in order.
                guard found.count < limit else { continue }
                ids.sort()
                found += ids.prefix(limit - found.count).map { ObjectID(type, site, $0) }
            }
        }
        // Each is looked at when its row is written: one that is gone by then is left out.
        var rest = found[...]
        let next = { [self] () -> JSONValue? in
            while let id = rest.popFirst() {
                if let row = row(of: id) { return row }
            }
            return nil
        }
        return .rows("objects", next, others: ["total": .integer(Int64(total))])
    }

    private func row(of id: ObjectID) -> JSONValue? {
        guard let object = core.object(id) else { return nil }
        let (freshness, age) = core.freshness(of: id.site)
        var row: JSONObject = [
            "id": .string(id.description), "state": .string(freshness.word),
            "config": .object(object.config.decoded()), "status": .object(object.status.decoded()),
        ]
        if let age { row["age"] = .double(Self.rounded(age)) }
        return .object(row)
    }
}
