import Federation
import NodeCore
import TandemCore

// Health: what monitors and `tandem status` read.
extension AdminAPI {
    /// Ready when the listeners are up and the PBX, if there is one, answers.
    var readiness: AdminResponse {
        if let reason = core.pbx.awayReason { return .text(.serviceUnavailable, "the PBX is away: \(reason)") }
        return .text(.ok, "ready")
    }

    func status() -> JSONValue {
        let now = NodeClock.now()
        let sites = core.sites.map { site -> JSONValue in
            let (freshness, age) = core.freshness(of: site)
            var row: JSONObject = ["site": .string(site.name), "state": .string(freshness.word)]
            if let age { row["age"] = .double(Self.rounded(age)) }
            row["objects"] = .integer(Int64(core.federation.objectCount(of: site)))
            return .object(row)
        }
        let links = core.federation.links
        let up = links.filter { $0.state == .established }.count
        let store = storeHealth
        let isDegraded =
            core.pbx.isUp == false || up < links.count || sites.contains { $0["state"] != "fresh" }
            || store?["error"] != nil
        var status: JSONObject = [
            "site": .string(core.site.name), "version": .string(TandemVersion.text),
            "health": isDegraded ? "degraded" : "ok",
            "uptime": .double(Self.rounded((now.instant - startedAt.instant).inSeconds)),
            "pbx": pbx, "clients": .integer(Int64(core.cti.connectionCount)),
            "links": ["established": .integer(Int64(up)), "configured": .integer(Int64(links.count))],
            "sites": .array(sites),
        ]
        if let store { status["store"] = store }
        status["listen"] = listening
        return .object(status)
    }

    private var pbx: JSONValue {
        var row: JSONObject = ["driver": .string(shell.configuration.pbx.driver)]
        switch core.pbx.state {
        case .none: row["state"] = "none"
        case .inSync: row["state"] = "up"
        case .away(let reason):
            row["state"] = "down"
            row["reason"] = .string(reason)
        }
        return .object(row)
    }

    /// How the store's writer is doing; nil: the node keeps nothing.
    private var storeHealth: JSONValue? {
        guard let store = shell.gate.store else { return nil }
        let health = store.health
        var row: JSONObject = [
            "path": .string(store.path), "waiting": .integer(Int64(health.waiting)),
            "commits": .integer(Int64(clamping: health.commits)),
        ]
        if let error = health.error { row["error"] = .string(error.description) }
        return .object(row)
    }

    private var listening: JSONValue {
        var object = JSONObject()
        for (name, address) in addresses.ports { object[name] = .string(address.description) }
        return .object(object)
    }
}
