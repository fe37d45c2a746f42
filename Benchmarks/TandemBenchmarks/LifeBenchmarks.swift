import Foundation
import TandemCore
import TandemNode

/// How soon a federation of processes notices, and how soon a node ends: promises in seconds, under the timings for wide
/// areas.
struct LifeBenchmarks {
    /// Runs all measurements; the nodes do not survive them.
    @MainActor
    static func run(_ report: @MainActor (BenchmarkRow) -> Void) async throws {
        let nodes = try await NodeProcesses()
        defer { nodes.stop() }
        // The clocks of the copies must have run for a while.
        try await Task.sleep(for: .seconds(2))

        nodes.signal("montreal", SIGSTOP)
        let silent = try await time { try await isFresh("montreal", seenBy: "paris", nodes) == false }
        report(BenchmarkRow("stale at a far node after one falls silent", nanoseconds: silent, budget: 5e9))
        nodes.signal("montreal", SIGCONT)
        let healed = try await time { try await isFresh("montreal", seenBy: "paris", nodes) }
        report(BenchmarkRow("fresh again after it is back", nanoseconds: healed, budget: 10e9))

        nodes.signal("montreal", SIGKILL)
        let dead = try await time { try await isFresh("montreal", seenBy: "paris", nodes) == false }
        report(BenchmarkRow("stale at a far node after one dies", nanoseconds: dead, budget: 2e9))

        guard let address = nodes.topology.sites[0].listen.cti else { throw NodeError("no CTI port") }
        let crowd = try await LoadCrowd.enter(
            100, host: address.host, port: address.port, logins: ["alice", "bob", "chloe"])
        nodes.signal("lyon", SIGSTOP)
        nodes.signal("paris", SIGTERM)
        let ended = try await time { !nodes.isRunning("paris") }
        report(BenchmarkRow("end after SIGTERM, 100 clients, a frozen peer", nanoseconds: ended, budget: 5e9))
        await crowd.leave()
    }

    @MainActor
    private static func isFresh(_ site: String, seenBy node: String, _ nodes: NodeProcesses) async throws -> Bool {
        let status = try await nodes.admin(node).json("/status")
        return status["sites"]?.arrayValue?.first { $0["site"]?.stringValue == site }?["state"] == "fresh"
    }

    /// Nanoseconds until something holds; fails after half a minute.
    @MainActor
    private static func time(_ holds: @MainActor () async throws -> Bool) async throws -> Double {
        let began = ContinuousClock.now
        while try await !holds() {
            guard ContinuousClock.now - began < .seconds(30) else { throw NodeError("not within half a minute") }
            try await Task.sleep(for: .milliseconds(5))
        }
        return (ContinuousClock.now - began) / .nanoseconds(1)
    }
}
