import Configuration
import Foundation
import Logging
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
    private let running: [SiteID: Running]

    private struct Running: Sendable {
        var node: Node
        var task: Task<Void, any Error>
    }

    private init(folder: String, topology: Topology, running: [SiteID: Running]) {
        self.folder = folder
        self.topology = topology
        self.running = running
    }

    /// A new temporary folder with a short name: a control socket's path has a limit.
    static func temporaryFolder() throws -> String {
        let path = NSTemporaryDirectory() + "t-" + String(UInt64.random(in: 0...UInt64.max), radix: 36)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    /// Starts all nodes of a topology on free ports, runs the body, stops them and removes the folder.
    static func run(
        _ original: Topology, _ body: (TestFederation) async throws -> Void
    ) async throws {
        var topology = original
        try await FederationFiles.assignFreePorts(to: &topology)
        for index in topology.sites.indices { topology.sites[index].log.level = .warning }
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let rendered = try FederationFiles.render(topology, to: folder)
        var running: [SiteID: Running] = [:]
        for path in rendered.nodes {
            let node = Node(configuration: try NodeConfiguration.load(path), logger: quietLogger)
            running[node.site] = Running(node: node, task: Task { try await node.run() })
        }
        let federation = TestFederation(folder: folder, topology: topology, running: running)
        do {
            for entry in running.values { _ = try await entry.node.addresses() }
            try await body(federation)
        } catch {
            await federation.stopAll()
            throw error
        }
        await federation.stopAll()
    }

    static let quietLogger: Logger = {
        var logger = Logger(label: "test") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .warning
        return logger
    }()

    private func stopAll() async {
        for entry in running.values { entry.node.stop() }
        for entry in running.values { try? await entry.task.value }
    }

    /// Stops one node gracefully and waits for its end.
    func stop(_ site: String) async throws {
        let entry = try #require(SiteID(site).flatMap { running[$0] })
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

    /// Waits until `what` holds, looking every 20 ms.
    func eventually(_ what: String, within seconds: Double = 10, _ holds: () async throws -> Bool) async throws {
        let deadline = NIODeadline.now() + .milliseconds(Int64(seconds * 1000))
        while true {
            if try await holds() { return }
            guard NIODeadline.now() < deadline else {
                Issue.record("not within \(seconds) s: \(what)")
                throw CTIClientError(description: "not within \(seconds) s: \(what)")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// The freshness that a node shows of a site.
    func state(of site: String, at node: String) async throws -> String {
        let status = try await ask(node, "/status")
        let row = status["sites"]?.arrayValue?.first { $0["site"]?.stringValue == site }
        return row?["state"]?.stringValue ?? "absent"
    }

    /// Waits until every node shows every site fresh.
    func settle() async throws {
        let names = topology.sites.map(\.name.name)
        try await eventually("every site is fresh everywhere", within: 20) {
            for node in names {
                for site in names where try await state(of: site, at: node) != "fresh" { return false }
            }
            return true
        }
    }
}
