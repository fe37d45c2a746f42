import Configuration
import Foundation
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import TandemClient
import TandemCore
import TandemNode
import Testing

/// Several real nodes on free loopback ports, with certificates and stores in a temporary folder.
final class TestFederation: Sendable {
    let folder: String
    let topology: Topology
    private let logger: Logger
    private let running: NIOLockedValueBox<[SiteID: Running]>

    private struct Running: Sendable {
        var node: Node
        var task: Task<Void, any Error>
    }

    private init(folder: String, topology: Topology, logger: Logger) {
        self.folder = folder
        self.topology = topology
        self.logger = logger
        running = NIOLockedValueBox([:])
    }

    /// A new temporary folder with a short name: a control socket's path has a limit.
    static func temporaryFolder() throws -> String {
        let path = NSTemporaryDirectory() + "t-" + String(UInt64.random(in: 0...UInt64.max), radix: 36)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    /// Starts all nodes of a topology on free ports, runs the body, stops them and removes the folder.
    ///
    /// `prepare` may change the topology once its ports are known (a link through a proxy); `arrange` may change the
    /// rendered files (a wrong certificate). Nodes in `except` are not started.
    static func run(
        _ original: Topology, withTLS: Bool = true, logger: Logger = quietLogger,
        logLevel: LogConfiguration.Level = .warning, except: Set<String> = [],
        prepare: (inout Topology) async throws -> Void = { _ in }, arrange: (String) throws -> Void = { _ in },
        _ body: (TestFederation) async throws -> Void
    ) async throws {
        var federation: TestFederation?
        for attempt in 1...5 {
            do {
                federation = try await begin(
                    original, withTLS: withTLS, logger: logger, logLevel: logLevel, except: except, prepare: prepare,
                    arrange: arrange)
                break
            } catch let error as NodeError where attempt < 5 && error.description.contains("another program uses it") {
                // Suites run side by side: somebody else was quicker with the port.
            }
        }
        guard let federation else { throw CTIClientError(description: "no free ports") }
        defer { try? FileManager.default.removeItem(atPath: federation.folder) }
        do {
            try await body(federation)
        } catch {
            await federation.stopAll()
            throw error
        }
        await federation.stopAll()
    }

    private static func begin(
        _ original: Topology, withTLS: Bool, logger: Logger, logLevel: LogConfiguration.Level, except: Set<String>,
        prepare: (inout Topology) async throws -> Void, arrange: (String) throws -> Void
    ) async throws -> TestFederation {
        var topology = original
        try await FederationFiles.assignFreePorts(to: &topology)
        for index in topology.sites.indices { topology.sites[index].log.level = logLevel }
        try await prepare(&topology)
        let folder = try temporaryFolder()
        let federation = TestFederation(folder: folder, topology: topology, logger: logger)
        do {
            try FederationFiles.render(topology, to: folder, withTLS: withTLS)
            try arrange(folder)
            for site in topology.sites.map(\.name.name) where !except.contains(site) {
                try await federation.start(site)
            }
            return federation
        } catch {
            await federation.stopAll()
            try? FileManager.default.removeItem(atPath: folder)
            throw error
        }
    }

    static let quietLogger: Logger = {
        var logger = Logger(label: "test") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .warning
        return logger
    }()

    /// Starts a node that does not run, and waits until it listens.
    func start(_ site: String) async throws {
        let file = file(site)
        let node = Node(
            configuration: try NodeConfiguration.load(file), logger: logger,
            source: { try NodeConfiguration.load(file) })
        let task = Task { try await node.run() }
        running.withLockedValue { $0[node.site] = Running(node: node, task: task) }
        _ = try await node.addresses()
    }

    /// The configuration file of a node.
    func file(_ site: String) -> String { "\(folder)/\(site)/tandem.yaml" }

    private func stopAll() async {
        let all = running.withLockedValue { Array($0.values) }
        for entry in all { entry.node.stop() }
        for entry in all { try? await entry.task.value }
    }

    /// Stops one node gracefully and waits for its end.
    func stop(_ site: String) async throws {
        let entry = try #require(
            SiteID(site).flatMap { name in running.withLockedValue { $0.removeValue(forKey: name) } })
        entry.node.stop()
        try await entry.task.value
    }

    func configuration(_ site: String) throws -> NodeConfiguration {
        try #require(SiteID(site).flatMap { topology[$0] })
    }

    /// A client that is connected but not logged in.
    func connect(_ site: String, name: String = "client") async throws -> CTIClient {
        let address = try #require(configuration(site).listen.cti)
        return try await CTIClient.connect(name: "\(name)@\(site)", host: address.host, port: address.port)
    }

    /// A logged-in client.
    func logIn(_ login: String, at site: String) async throws -> CTIClient {
        let client = try await connect(site, name: login)
        try await client.logIn(user: login, password: login)
        return client
    }

    /// Asks a node's administration interface over its control socket.
    func ask(_ site: String, _ target: String) async throws -> JSONValue {
        try await AdminClient(.socket(path: "\(folder)/\(site)/tandem.sock")).json(target)
    }

    /// Asks a node over its HTTP port, as its own file says.
    func http(_ site: String) throws -> AdminClient {
        AdminClient(try .http(of: NodeConfiguration.load(file(site))))
    }

    /// A value of a node's metrics; -1 when there is none of that name. A name carries its labels,
    /// `tandem_cti_bad_input_total{kind="invalid_json"}`.
    func metric(_ name: String, at site: String = "paris") async throws -> Int {
        let answer = try await AdminClient(.socket(path: "\(folder)/\(site)/tandem.sock")).request("/metrics")
        let line = String(decoding: answer.body, as: UTF8.self).split(separator: "\n")
            .first { $0.hasPrefix(name + " ") }
        return line.flatMap { Int($0.dropFirst(name.utf8.count + 1)) } ?? -1
    }

    /// Waits until `what` holds, looking every 20 ms.
    func eventually(_ what: String, within seconds: Double = 10, _ holds: () async throws -> Bool) async throws {
        try await TandemNodeTests.eventually(what, within: seconds, holds)
    }

    /// The freshness that a node shows of a site.
    func state(of site: String, at node: String) async throws -> String {
        let status = try await ask(node, "/status")
        let row = status["sites"]?.arrayValue?.first { $0["site"]?.stringValue == site }
        return row?["state"]?.stringValue ?? "absent"
    }

    /// The state of a node's link to a peer, and why it is down.
    func link(from node: String, to peer: String) async throws -> (state: String, reason: String) {
        let row = try await ask(node, "/api/v1/links")["links"]?.arrayValue?.first { $0["peer"]?.stringValue == peer }
        return (row?["state"]?.stringValue ?? "absent", row?["reason"]?.stringValue ?? "")
    }

    /// Waits until every node shows every site fresh.
    func settle(within seconds: Double = 20, _ only: [String]? = nil) async throws {
        let names = only ?? topology.sites.map(\.name.name)
        try await eventually("every site is fresh everywhere", within: seconds) {
            for node in names {
                for site in names where try await state(of: site, at: node) != "fresh" { return false }
            }
            return true
        }
    }

    /// All objects of a site as a node shows them: both halves as the bytes that clients get, by id.
    func objects(of site: String, at node: String) async throws -> [String: String] {
        var objects: [String: String] = [:]
        for row in try await ask(node, "/api/v1/objects?site=\(site)&limit=10000")["objects"]?.arrayValue ?? [] {
            let halves = [row["config"] ?? .null, row["status"] ?? .null].map {
                String(decoding: $0.encoded(), as: UTF8.self)
            }
            objects[row["id"]?.stringValue ?? "?"] = halves.joined(separator: " ")
        }
        return objects
    }

    /// Waits until a site's objects are the same bytes at its home and at another node, then at least one.
    func equal(_ site: String, at node: String, within seconds: Double = 10) async throws {
        try await eventually("\(node)'s copy of \(site) equals its home's", within: seconds) {
            let home = try await objects(of: site, at: site)
            let copy = try await objects(of: site, at: node)
            return !home.isEmpty && home == copy
        }
    }
}

extension Topology {
    /// The demo's first site alone, without links and trunks.
    static let lonely: Topology = {
        var topology = Topology.demo()
        topology.sites.removeLast(2)
        topology.links = []
        topology.sites[0].site.trunks = [:]
        return topology
    }()
}

/// Waits until `what` holds, looking every 20 ms.
func eventually(_ what: String, within seconds: Double = 10, _ holds: () async throws -> Bool) async throws {
    let deadline = NIODeadline.now() + .milliseconds(Int64(seconds * 1000))
    while true {
        if try await holds() { return }
        guard NIODeadline.now() < deadline else {
            throw CTIClientError(description: "not within \(seconds) s: \(what)")
        }
        try await Task.sleep(for: .milliseconds(20))
    }
}
