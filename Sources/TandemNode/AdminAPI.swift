import CTIServer
import Configuration
import Federation
import NIOCore
import NodeCore
import TandemCore

/// What a node says of itself over HTTP and its control socket: `/livez`, `/readyz`, `/status`, `/metrics` and
/// `/api/v1/…`, from which all of `tandem status`, `links`, `routes`, `sync`, `objects` and `ping` are drawn.
final class AdminAPI {
    private unowned let shell: NodeShell
    private let startedAt: Moment
    var addresses = NodeAddresses()

    init(shell: NodeShell, startedAt: Moment) {
        self.shell = shell
        self.startedAt = startedAt
    }

    private var core: NodeCore { shell.core }

    func answer(_ request: AdminRequest, _ reply: @escaping (AdminResponse) -> Void) {
        switch request.path {
        case "/livez": reply(.text(.ok, "ok"))
        case "/readyz": reply(readiness())
        case "/status", "/api/v1/status": reply(.json(status()))
        case "/api/v1/links": reply(.json(["links": .array(core.federation.links.map(link))]))
        case "/api/v1/routes": reply(.json(["routes": .array(core.federation.routes.map(route))]))
        case "/api/v1/sync": reply(.json(["sync": .array(core.federation.syncs.map(sync))]))
        case "/api/v1/objects": reply(objects(request))
        case "/api/v1/ping": ping(request, reply)
        case "/metrics":
            reply(
                AdminResponse(
                    status: .ok, contentType: "text/plain; version=0.0.4; charset=utf-8", body: Array(metrics().utf8)))
        default: reply(.text(.notFound, "there is no \(request.path) here; see /status, /metrics and /api/v1/links"))
        }
    }

    // MARK: Health

    /// Ready when the listeners are up and the PBX, if there is one, answers.
    private func readiness() -> AdminResponse {
        if core.pbxUp == false { return .text(.serviceUnavailable, "the PBX is away: \(core.pbxReason)") }
        return .text(.ok, "ready")
    }

    private func status() -> JSONValue {
        let now = NodeClock.now()
        var pbx: JSONObject = ["driver": .string(shell.configuration.pbx.driver)]
        switch core.pbxUp {
        case true?: pbx["state"] = "up"
        case false?:
            pbx["state"] = "down"
            pbx["reason"] = .string(core.pbxReason)
        case nil: pbx["state"] = "none"
        }
        let sites = core.sites.map { site -> JSONValue in
            let (freshness, age) = core.freshness(of: site)
            var row: JSONObject = ["site": .string(site.name), "state": .string(freshness.word)]
            if let age { row["age"] = .double(Self.rounded(age)) }
            row["objects"] = .integer(Int64(core.federation.objectCount(of: site)))
            return .object(row)
        }
        let links = core.federation.links
        let up = links.filter { $0.state == .established }.count
        let degraded = core.pbxUp == false || up < links.count || sites.contains { $0["state"] != "fresh" }
        return [
            "site": .string(core.site.name), "version": .string(TandemVersion.text),
            "health": degraded ? "degraded" : "ok",
            "uptime": .double(Self.rounded((now.instant - startedAt.instant).inSeconds)),
            "pbx": .object(pbx), "clients": .integer(Int64(core.cti.connectionCount)),
            "links": ["established": .integer(Int64(up)), "configured": .integer(Int64(links.count))],
            "sites": .array(sites), "listen": listening(),
        ]
    }

    private func listening() -> JSONValue {
        var object = JSONObject()
        if let cti = addresses.cti { object["cti"] = .string(cti.description) }
        if let ctis = addresses.ctis { object["ctis"] = .string(ctis.description) }
        if let rcti = addresses.rcti { object["rcti"] = .string(rcti.description) }
        if let http = addresses.http { object["http"] = .string(http.description) }
        return .object(object)
    }

    static func rounded(_ seconds: Double) -> Double { (seconds * 1000).rounded() / 1000 }

    // MARK: Tables

    private func link(_ status: LinkStatus) -> JSONValue {
        let now = NodeClock.now()
        var row: JSONObject = [
            "peer": .string(status.peer.name), "state": .string(status.state.word),
            "cost": .integer(Int64(status.cost)),
            "for": .double(Self.rounded((now.instant - status.since).inSeconds)),
            "bytes_in": .integer(Int64(status.bytesIn)), "bytes_out": .integer(Int64(status.bytesOut)),
            "frames_in": .integer(Int64(status.framesIn)), "frames_out": .integer(Int64(status.framesOut)),
        ]
        if case .down(let reason) = status.state { row["reason"] = .string(reason) }
        if let trip = status.roundTrip { row["rtt_ms"] = .double(Self.rounded(trip.inSeconds * 1000)) }
        return .object(row)
    }

    private func route(_ route: Route) -> JSONValue {
        [
            "site": .string(route.site.name), "next": .string(route.nextHop.name), "cost": .integer(Int64(route.cost)),
            "path": .array(route.path.map { .string($0.name) }),
        ]
    }

    private func sync(_ sync: SiteSync) -> JSONValue {
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

    /// `?site=lyon&type=phones&id=12`: everything that matches, at most `limit` (1,000), statuses with their age.
    private func objects(_ request: AdminRequest) -> AdminResponse {
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
        let limit = min(request.query["limit"].flatMap { Int($0) } ?? 1_000, 10_000)
        var rows: [JSONValue] = []
        var total = 0
        for site in sites {
            let (freshness, age) = core.freshness(of: site)
            for type in types {
                for id in core.objectIDs(of: type, at: site).sorted()
                where request.query["id"].map({ $0 == id }) ?? true {
                    total += 1
                    guard rows.count < limit, let object = core.object(ObjectID(type, site, id)) else { continue }
                    var row: JSONObject = [
                        "id": .string(ObjectID(type, site, id).description), "state": .string(freshness.word),
                        "config": .object(object.config.decoded()), "status": .object(object.status.decoded()),
                    ]
                    if let age { row["age"] = .double(Self.rounded(age)) }
                    rows.append(.object(row))
                }
            }
        }
        return .json(["objects": .array(rows), "total": .integer(Int64(total))])
    }

    private func ping(_ request: AdminRequest, _ reply: @escaping (AdminResponse) -> Void) {
        guard let name = request.query["site"], let site = SiteID(name) else {
            return reply(.text(.badRequest, "name a site: /api/v1/ping?site=lyon"))
        }
        let began = NodeClock.now().instant
        core.ping(site, now: NodeClock.now()) { [core] answer in
            let elapsed = (NodeClock.now().instant - began).inSeconds * 1000
            var row: JSONObject = ["site": .string(site.name), "ms": .double(Self.rounded(elapsed))]
            switch answer {
            case .done: row["answer"] = "done"
            case .refused(let reason, _):
                row["answer"] = "refused"
                row["reason"] = .string(reason)
            case .notDelivered(let why, let at):
                row["answer"] = .string("not_delivered")
                row["reason"] = .string(why.rawValue)
                row["at"] = .string(at.name)
            case .unknown(let at):
                row["answer"] = "unknown"
                row["at"] = .string(at.name)
            }
            if let route = core.federation.routes.first(where: { $0.site == site }) {
                row["path"] = .array(route.path.map { .string($0.name) })
            }
            reply(.json(.object(row)))
        }
        shell.pump()
    }

    // MARK: Metrics

    /// The Prometheus text format.
    private func metrics() -> String {
        var text = MetricsText()
        let now = NodeClock.now()
        text.gauge("tandem_uptime_seconds", "Seconds since the start.", (now.instant - startedAt.instant).inSeconds)
        text.gauge("tandem_pbx_up", "1 when the PBX answers.", core.pbxUp == true ? 1 : 0)
        text.gauge("tandem_clients", "CTI connections.", Double(core.cti.connectionCount))
        for status in core.federation.links {
            let labels = ["peer": status.peer.name]
            text.gauge(
                "tandem_link_up", "1 when the link is established.", status.state == .established ? 1 : 0, labels)
            text.counter("tandem_link_received_bytes", "Bytes received.", Double(status.bytesIn), labels)
            text.counter("tandem_link_sent_bytes", "Bytes sent.", Double(status.bytesOut), labels)
            if let trip = status.roundTrip {
                text.gauge(
                    "tandem_link_round_trip_seconds", "Smoothed round trip of heartbeats.", trip.inSeconds, labels)
            }
        }
        for site in core.sites {
            let (freshness, age) = core.freshness(of: site)
            let labels = ["site": site.name]
            text.gauge(
                "tandem_site_fresh", "1 when the picture of the site is current.", freshness.isFresh ? 1 : 0, labels)
            text.gauge("tandem_site_age_seconds", "Age of the picture; 0 when fresh.", age ?? 0, labels)
            text.gauge(
                "tandem_site_objects", "Objects known of the site.", Double(core.federation.objectCount(of: site)),
                labels)
        }
        text.gauge("tandem_routes", "Sites that can be reached.", Double(core.federation.routes.count))
        let counters = core.cti.counters
        for (kind, count) in [
            ("invalid_json", counters.invalidJSON), ("missing_class", counters.missingClass),
            ("unknown_class", counters.unknownClass), ("missing_field", counters.missingField),
            ("wrong_type", counters.wrongType), ("invalid_field", counters.invalidField),
            ("line_too_long", counters.lineTooLong), ("not_logged_in", counters.notLoggedIn),
            ("unallowed", counters.unallowed), ("login_failed", counters.failedLogins),
            ("login_timeout", counters.loginTimeouts),
        ] {
            text.counter(
                "tandem_cti_bad_input", "Client input that was refused, by kind.", Double(count), ["kind": kind])
        }
        text.counter("tandem_cti_logins", "Logins that succeeded.", Double(counters.logins))
        text.counter("tandem_cti_lines", "Lines received from clients.", Double(counters.lines))
        text.counter("tandem_cti_lagging", "Clients that read too slowly for pushes.", Double(shell.counters.lagging))
        return text.text
    }
}

/// Collects metrics in the Prometheus text format: all samples of a name stand together, under its help and type.
struct MetricsText {
    private var order: [String] = []
    private var families: [String: (head: String, samples: String)] = [:]

    /// The whole page.
    var text: String { order.compactMap { families[$0] }.map { $0.head + $0.samples }.joined() }

    mutating func gauge(_ name: String, _ help: String, _ value: Double, _ labels: [String: String] = [:]) {
        add(name, "gauge", help, value, labels)
    }

    mutating func counter(_ name: String, _ help: String, _ value: Double, _ labels: [String: String] = [:]) {
        add(name + "_total", "counter", help, value, labels)
    }

    private mutating func add(
        _ name: String, _ type: String, _ help: String, _ value: Double, _ labels: [String: String]
    ) {
        if families[name] == nil {
            order.append(name)
            families[name] = ("# HELP \(name) \(help)\n# TYPE \(name) \(type)\n", "")
        }
        var sample = name
        if !labels.isEmpty {
            let pairs = labels.sorted { $0.key < $1.key }.map { "\($0.key)=\"\($0.value)\"" }
            sample += "{" + pairs.joined(separator: ",") + "}"
        }
        let number = value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
        families[name]?.samples += sample + " " + number + "\n"
    }
}

/// The release.
public enum TandemVersion {
    /// Semantic version.
    public static let text = "0.1.0"
}
