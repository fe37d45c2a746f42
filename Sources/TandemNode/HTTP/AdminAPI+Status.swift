import Federation
import NodeCore
import TandemCore

// Health: what monitors and `tandem status` read.
extension AdminAPI {
    /// Ready when the listeners are up, the PBX, if there is one, answers, and the store, if there is one, can be written.
    var readiness: AdminResponse {
        let problems = ownProblems
        return problems.isEmpty
            ? .text(.ok, "ready") : .text(.serviceUnavailable, problems.joined(separator: "\n"))
    }

    /// Why commands of this site cannot be executed; empty: they can.
    private var ownProblems: [String] {
        var problems: [String] = []
        if let reason = core.pbx.awayReason { problems.append("the PBX is away: \(reason)") }
        if let problem = core.storeProblem { problems.append(problem) }
        return problems
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
        var reasons = ownProblems
        let down = links.filter { $0.state != .established }.map(\.peer.name)
        if !down.isEmpty { reasons.append("no link to \(down.joined(separator: ", "))") }
        let old = sites.filter { $0["state"] != "fresh" }.compactMap { $0["site"]?.stringValue }
        if !old.isEmpty { reasons.append("not fresh: \(old.joined(separator: ", "))") }
        var status: JSONObject = [
            "site": .string(core.site.name), "version": .string(TandemVersion.text),
            "health": reasons.isEmpty ? "ok" : "degraded", "reasons": .array(reasons.map { .string($0) }),
            "uptime": .double(Self.rounded((now.instant - startedAt.instant).inSeconds)),
            "pbx": pbx, "clients": .integer(Int64(core.cti.connectionCount)),
            "links": ["established": .integer(Int64(up)), "configured": .integer(Int64(links.count))],
            "sites": .array(sites),
        ]
        if let store = storeHealth { status["store"] = store }
        status["listen"] = listening
        status["descriptors"] = [
            "open": Descriptors.open.map { .integer(Int64($0)) } ?? .null, "limit": .integer(Int64(Descriptors.limit)),
        ]
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
        if let problem = core.storeProblem { row["error"] = .string(problem) }
        return .object(row)
    }

    private var listening: JSONValue {
        var object = JSONObject()
        for (name, address) in addresses.ports { object[name] = .string(address.description) }
        return .object(object)
    }
}
