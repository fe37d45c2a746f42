import NIOCore
import NIOHTTP1
import NodeCore
import TandemCore

/// What a node says of itself, and takes from its operator, over HTTP and its control socket: one table of routes, from
/// which all of `tandem status`, `links`, `routes`, `sync`, `objects`, `clients`, `history`, `audit`, `ping` and `reload` are drawn.
final class AdminAPI {
    typealias Reply = (AdminResponse) -> Void
    typealias Handler = @Sendable (AdminAPI, AdminRequest, @escaping Reply) -> Void

    /// A path that is served.
    struct Route: Sendable {
        let path: String
        /// What it must be asked with; `GET` includes `HEAD`.
        let method: HTTPMethod
        /// Whether it is served over the control socket only, to which nobody but the node's own user has access: a web page
        /// on this machine can reach the HTTP port.
        let needsControl: Bool
        /// Whether it needs no token: what an orchestrator asks, and what tells nobody anything else.
        let isOpen: Bool
        let handler: Handler

        init(
            _ path: String, _ method: HTTPMethod = .GET, needsControl: Bool = false, isOpen: Bool = false,
            _ handler: @escaping Handler
        ) {
            self.path = path
            self.method = method
            self.needsControl = needsControl
            self.isOpen = isOpen
            self.handler = handler
        }

        /// A route whose answer is known at once.
        static func now(
            _ path: String, isOpen: Bool = false,
            _ answer: @escaping @Sendable (AdminAPI, AdminRequest) -> AdminResponse
        ) -> Route {
            Route(path, isOpen: isOpen) { api, request, reply in reply(answer(api, request)) }
        }
    }

    let shell: NodeShell
    let startedAt: Moment
    /// Where the node listens, once it does.
    var addresses = NodeAddresses()
    /// Reads the configuration file again and takes it over; nil: this node has no file.
    var reload: ((@escaping (Result<[String], NodeError>) -> Void) -> Void)?

    init(shell: NodeShell, startedAt: Moment) {
        self.shell = shell
        self.startedAt = startedAt
    }

    var core: NodeCore { shell.core }

    /// Every path that is served.
    static let routes: [Route] = [
        .now("/livez", isOpen: true) { _, _ in .text(.ok, "ok") },
        .now("/readyz", isOpen: true) { api, _ in api.readiness },
        .now("/status") { api, _ in .json(api.status()) },
        .now("/metrics") { api, _ in api.metrics() },
        .now("/api/v1/status") { api, _ in .json(api.status()) },
        .now("/api/v1/links") { api, _ in .json(["links": .array(api.links())]) },
        .now("/api/v1/routes") { api, _ in .json(["routes": .array(api.routes())]) },
        .now("/api/v1/sync") { api, _ in .json(["sync": .array(api.syncs())]) },
        .now("/api/v1/objects") { api, request in api.objects(request) },
        .now("/api/v1/clients") { api, request in api.clients(request) },
        Route("/api/v1/ping") { api, request, reply in api.ping(request, reply) },
        Route("/api/v1/history") { api, request, reply in api.history(request, reply) },
        Route("/api/v1/audit") { api, request, reply in api.audit(request, reply) },
        Route("/api/v1/reload", .POST, needsControl: true) { api, _, reply in api.reload(reply) },
    ]

    private static let routesByPath = Dictionary(uniqueKeysWithValues: routes.map { ($0.path, $0) })

    /// Whether a path is answered without the token.
    static func isOpen(_ path: String) -> Bool { routesByPath[path]?.isOpen == true }

    func answer(_ request: AdminRequest, _ reply: @escaping Reply) {
        guard let route = Self.routesByPath[request.path] else {
            return reply(
                .text(.notFound, "there is no \(request.path) here; see /status, /metrics and /api/v1/links"))
        }
        let method = request.method == .HEAD ? HTTPMethod.GET : request.method
        guard method == route.method else {
            return reply(.text(.methodNotAllowed, "\(route.path) is asked with \(route.method)"))
        }
        guard !route.needsControl || request.isControl else {
            return reply(
                .text(.forbidden, "\(route.path) is served over the control socket only: name it with --config"))
        }
        route.handler(self, request, reply)
    }

    /// Seconds with three decimals.
    static func rounded(_ seconds: Double) -> Double { (seconds * 1000).rounded() / 1000 }

    // MARK: What is asked of the node

    private func ping(_ request: AdminRequest, _ reply: @escaping Reply) {
        guard let name = request.query["site"], let site = SiteID(name) else {
            return reply(.text(.badRequest, "name a site: /api/v1/ping?site=lyon"))
        }
        let began = NodeClock.now()
        core.ping(site, now: began) { [core] answer in
            let elapsed = (NodeClock.now().instant - began.instant).inSeconds * 1000
            var row: JSONObject = ["site": .string(site.name), "ms": .double(Self.rounded(elapsed))]
            switch answer {
            case .done: row["answer"] = "done"
            case .refused(let reason, _):
                row["answer"] = "refused"
                row["reason"] = .string(reason)
            case .notDelivered(let why, let at):
                row["answer"] = "not_delivered"
                row["reason"] = .string(why.rawValue)
                row["at"] = .string(at.name)
            case .unknown(let at):
                row["answer"] = "unknown"
                row["at"] = .string(at.name)
            }
            if let route = core.federation.route(to: site) {
                row["path"] = .array(route.path.map { .string($0.name) })
            }
            reply(.json(.object(row)))
        }
        shell.pump()
    }

    private func reload(_ reply: @escaping Reply) {
        guard let reload else {
            return reply(.text(.conflict, "this node was not started from a configuration file"))
        }
        reload { result in
            switch result {
            case .success(let changes): reply(.json(["changes": .array(changes.map { .string($0) })]))
            case .failure(let error): reply(.text(.conflict, error.description))
            }
        }
    }
}
