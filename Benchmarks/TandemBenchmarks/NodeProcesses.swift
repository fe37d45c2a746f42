import Configuration
import Foundation
import Logging
import NIOCore
import NIOPosix
import TandemCore
import TandemNode

/// The demo's three nodes, each a process of its own, so that their CPU time and memory can be read one by one.
final class NodeProcesses {
    let folder: String
    let topology: Topology
    private var children: [String: Process] = [:]

    /// Renders the demo's topology on free ports and starts its nodes.
    init() async throws {
        var topology = Topology.demo()
        try await FederationFiles.assignFreePorts(to: &topology)
        for index in topology.sites.indices {
            topology.sites[index].log.level = .error
            topology.sites[index].cti.maximumClients = 20_000
            topology.sites[index].timings = .wan
        }
        self.topology = topology
        folder = NSTemporaryDirectory() + "tandem-bench-\(ProcessInfo.processInfo.processIdentifier)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for path in try FederationFiles.render(topology, to: folder).nodes {
            let child = Process()
            child.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
            child.arguments = ["--serve", path]
            child.standardInput = Pipe()
            try child.run()
            children[URL(fileURLWithPath: path).deletingLastPathComponent().lastPathComponent] = child
        }
        for _ in 0..<400 {
            if await isReady() { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw NodeError("the nodes of the benchmark did not become fresh within 20 s")
    }

    private func isReady() async -> Bool {
        for node in topology.sites {
            guard let status = try? await admin(node.name.name).json("/status"),
                let sites = status["sites"]?.arrayValue, sites.count == 3, sites.allSatisfy({ $0["state"] == "fresh" })
            else { return false }
        }
        return true
    }

    func admin(_ site: String) -> AdminClient { AdminClient(.socket(path: "\(folder)/\(site)/tandem.sock")) }

    /// Ends the nodes and removes their files.
    func stop() {
        for child in children.values { kill(child.processIdentifier, SIGKILL) }
        for child in children.values { child.waitUntilExit() }
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Sends a signal to a node's process.
    func signal(_ site: String, _ number: Int32) {
        if let child = children[site] { kill(child.processIdentifier, number) }
    }

    /// Whether a node's process has not ended yet.
    func isRunning(_ site: String) -> Bool { children[site]?.isRunning ?? false }

    /// CPU seconds that a node has used, user and system.
    func cpuSeconds(_ site: String) -> Double {
        guard let pid = children[site]?.processIdentifier,
            let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let close = stat.lastIndex(of: ")")
        else { return 0 }
        let fields = stat[stat.index(after: close)...].split(separator: " ")
        let ticks = (Double(fields[11]) ?? 0) + (Double(fields[12]) ?? 0)
        return ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// Resident bytes of a node.
    func residentBytes(_ site: String) -> Double {
        guard let pid = children[site]?.processIdentifier,
            let statm = try? String(contentsOfFile: "/proc/\(pid)/statm", encoding: .utf8)
        else { return 0 }
        let fields = statm.split(separator: " ")
        return (Double(fields[1]) ?? 0) * Double(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// What a child does: runs one node until its parent is gone, or SIGTERM asks for the end.
    static func serve(_ path: String) async throws {
        var logger = Logger(label: "bench") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .error
        let node = Node(configuration: try NodeConfiguration.load(path), logger: logger)
        Foundation.signal(SIGTERM, SIG_IGN)
        let asked = DispatchSource.makeSignalSource(signal: SIGTERM)
        asked.setEventHandler { node.stop() }
        asked.resume()
        defer { asked.cancel() }
        Thread.detachNewThread {
            _ = FileHandle.standardInput.availableData
            exit(0)
        }
        try await node.run()
    }
}
