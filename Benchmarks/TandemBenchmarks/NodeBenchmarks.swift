import Configuration
import NIOCore
import NIOSSL
import TandemCore
import TandemNode

/// Whole nodes in processes of their own, over real sockets and TLS.
struct NodeBenchmarks {
    /// Runs all measurements, reporting each as soon as it is known.
    @MainActor
    static func run(_ report: @MainActor (BenchmarkRow) -> Void) async throws {
        let nodes = try await NodeProcesses()
        defer { nodes.stop() }
        for part in [roundTrips, commands, memory, fanOut] {
            for row in try await part(nodes) { report(row) }
        }
    }

    private static func cti(_ nodes: NodeProcesses, _ site: Int) throws -> ListenAddress {
        guard let address = nodes.topology.sites[site].listen.cti else { throw NodeError("no CTI port") }
        return address
    }

    private static let logins = ["alice", "bob", "chloe", "david", "emma"]

    // MARK: Commands

    /// A command from paris to lyon (one link) and to montreal (through the relay lyon) and its answer, window 1, as the
    /// submitting node measures it.
    private static func roundTrips(_ nodes: NodeProcesses) async throws -> [BenchmarkRow] {
        var rows: [BenchmarkRow] = []
        for (site, name, p50, p99) in [
            ("lyon", "command over one TLS link", 120e3, 300e3),
            ("montreal", "command over a relay, two TLS links", 240e3, 600e3),
        ] {
            var times: [Double] = []
            for _ in 0..<1_200 {
                let answer = try await nodes.admin("paris").json("/api/v1/ping?site=\(site)")
                guard answer["answer"] == "done", let ms = answer["ms"]?.doubleValue else {
                    throw NodeError("ping \(site): \(answer)")
                }
                times.append(ms * 1e6)
            }
            times = times.dropFirst(200).sorted()
            rows.append(BenchmarkRow("\(name), p50", nanoseconds: times[times.count / 2], budget: p50))
            rows.append(BenchmarkRow("\(name), p99", nanoseconds: times[times.count * 99 / 100], budget: p99))
        }
        return rows
    }

    /// CPU time of the node for one answered command, 100 clients. The rival is a Python select loop: 13 µs one by one,
    /// 14.8 µs pipelined.
    private static func commands(_ nodes: NodeProcesses) async throws -> [BenchmarkRow] {
        let address = try cti(nodes, 0)
        let crowd = try await LoadCrowd.enter(100, host: address.host, port: address.port, logins: logins)
        let command = Array(
            "{\"class\":\"getlist\",\"function\":\"updatestatus\",\"listname\":\"phones\",\"tipbxid\":\"montreal\",\"tid\":\"1\",\"commandid\":77}\n"
                .utf8)
        var rows: [BenchmarkRow] = []
        for (name, pipelined, rounds, budget) in [
            ("command answered, one per packet", 1, 300, 6_500.0),
            ("command answered, 16 per packet", 16, 200, 1_480.0),
        ] {
            let packet = Array(repeatElement(command, count: pipelined).joined())
            // One round first: buffers and caches warm up.
            _ = try await crowd.time(lines: 100 * pipelined) { for client in $0 { client.send(packet) } }
            let before = nodes.cpuSeconds("paris")
            var elapsed = 0.0
            for _ in 0..<rounds {
                elapsed += try await crowd.time(lines: 100 * pipelined) { for client in $0 { client.send(packet) } }
            }
            let count = Double(rounds * 100 * pipelined)
            let cpu = (nodes.cpuSeconds("paris") - before) / count * 1e9
            rows.append(BenchmarkRow("\(name), CPU of the node", nanoseconds: cpu, budget: budget))
            rows.append(
                BenchmarkRow(
                    "\(name), 100 clients", perSecond: count / elapsed, "commands", bar: pipelined == 1 ? 110e3 : 800e3)
            )
        }
        await crowd.leave()
        return rows
    }

    // MARK: Many clients

    private static func memory(_ nodes: NodeProcesses) async throws -> [BenchmarkRow] {
        var rows: [BenchmarkRow] = []
        let count = 1_000
        for (name, usesTLS, budget) in [("idle client, plain", false, 6e3), ("idle client, TLS", true, 30e3)] {
            let site = nodes.topology.sites[1]
            guard let address = usesTLS ? site.listen.ctis : site.listen.cti else { continue }
            var context: NIOSSLContext?
            if usesTLS {
                var configuration = TLSConfiguration.makeClientConfiguration()
                configuration.trustRoots = .file(nodes.folder + "/ca/ca.pem")
                configuration.certificateVerification = .noHostnameVerification
                context = try NIOSSLContext(configuration: configuration)
            }
            // A first crowd comes and goes, so that what the allocator keeps is not counted as the clients'.
            let first = try await LoadCrowd.enter(
                100, host: address.host, port: address.port, logins: ["farid", "gisele"], tls: context)
            await first.leave()
            try await Task.sleep(for: .milliseconds(500))
            let before = nodes.residentBytes("lyon")
            let crowd = try await LoadCrowd.enter(
                count, host: address.host, port: address.port, logins: ["farid", "gisele"], tls: context)
            try await Task.sleep(for: .seconds(1))
            let each = (nodes.residentBytes("lyon") - before) / Double(count)
            rows.append(BenchmarkRow("memory per \(name)", bytes: each, budget: budget))
            await crowd.leave()
        }
        return rows
    }

    /// Status changes pushed to 1,000 clients: presences that one client sets, many in one packet.
    private static func fanOut(_ nodes: NodeProcesses) async throws -> [BenchmarkRow] {
        let address = try cti(nodes, 0)
        let crowd = try await LoadCrowd.enter(1_000, host: address.host, port: address.port, logins: logins)
        try await Task.sleep(for: .milliseconds(500))
        var rows: [BenchmarkRow] = []
        for (name, changes, rounds, bar) in [
            ("push to 1,000 clients, one change at a time", 1, 40, 116e3),
            ("push to 1,000 clients, bursts of 200 changes", 200, 15, 2e6),
        ] {
            var elapsed = 0.0
            for round in 0..<rounds {
                var packet: [UInt8] = []
                for index in 0..<changes {
                    // Each one is a change: an unchanged presence is not pushed.
                    let state = (changes == 1 ? round : index) % 2 == 0 ? "away" : "available"
                    packet += Array("{\"class\":\"availstate\",\"availstate\":\"\(state)\"}\n".utf8)
                }
                let bytes = packet
                // Each change is one pushed line per client, and one acknowledgement for the one who set it.
                elapsed += try await crowd.time(lines: changes * 1_000 + changes) { $0[0].send(bytes) }
            }
            rows.append(
                BenchmarkRow(name, perSecond: Double(changes * rounds) * 1_000 / elapsed, "deliveries", bar: bar))
        }
        await crowd.leave()
        return rows
    }
}
