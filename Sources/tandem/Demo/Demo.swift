import ArgumentParser
import Configuration
import Foundation
import Logging
import ServiceLifecycle
import TandemClient
import TandemCore
import TandemNode

extension Topology.DemoPBX: ExpressibleByArgument {}

struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run three federated sites on this machine: paris, lyon, montreal in a line.",
        discussion: """
            Prints where each CTI server listens and whom to log in as; Ctrl-C stops everything. With --tour it walks the
            main job as real clients and ends: exit code 0 only if every step happened.
            """)
    @Option(help: "The PBXs: simulated, or asterisk (real ones, from Debian packages in a private folder).")
    var pbx: Topology.DemoPBX = .simulated
    @Flag(help: "Walk the main job, then stop.") var tour = false
    @Flag(help: "Use any free ports instead of the documented ones.") var freePorts = false
    @Option(help: "Keep configuration, certificates and stores in this directory (default: a temporary one).")
    var dir: String?
    @Option(help: "How much the nodes log: debug, info, notice, warning, error.") var logLevel = "warning"

    func run() async throws {
        let home = dir ?? NSTemporaryDirectory() + "tandem-demo-\(ProcessInfo.processInfo.processIdentifier)"
        defer { if dir == nil { try? FileManager.default.removeItem(atPath: home) } }
        try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
        var sites: DemoPBXs?
        if pbx == .asterisk { sites = try DemoPBXs.start() }
        defer { sites?.stop() }

        var topology = Topology.demo(pbx: pbx)
        if freePorts { try await FederationFiles.assignFreePorts(to: &topology) }
        for index in topology.sites.indices {
            topology.sites[index].log.level = LogConfiguration.Level(rawValue: logLevel) ?? .warning
        }
        let rendered = try FederationFiles.render(topology, to: home)
        let nodes = try rendered.nodes.map { Node(configuration: try loadNode($0), logger: makeLogger()) }
        let story = DemoStory(topology: topology, pbx: pbx, nodes: nodes, takesTour: tour, file: rendered.nodes[0])
        try await serve(nodes + [story])
    }
}

/// What the demo says once its nodes are ready; with a tour, walks it and ends the demo.
struct DemoStory: Service {
    let topology: Topology
    let pbx: Topology.DemoPBX
    let nodes: [Node]
    let takesTour: Bool
    /// The first node's file, for the command that is suggested.
    let file: String

    func run() async throws {
        for node in nodes { _ = try await node.addresses() }
        describe()
        guard takesTour else {
            say(
                "\nTry: tandem status -c \(file) ; Ctrl-C stops the demo."
            )
            try? await gracefulShutdown()
            return
        }
        guard let home = stop(topology.sites.first), let far = stop(topology.sites.last) else { return }
        say("")
        try await TourGuide(home: home, far: far, patience: 20, print: { say($0) }).walk()
    }

    private func describe() {
        let names = topology.sites.map(\.name.name).joined(separator: " - ")
        say("Three federated sites with \(pbx == .asterisk ? "real Asterisk" : "simulated") PBXs: \(names)\n")
        var table = Table([
            "SITE", "CTI", "CTI over TLS", "HTTP", "NUMBERS", "FROM OTHER SITES", "LOG IN AS (password)",
        ])
        for node in topology.sites {
            let numbers = node.site.phones.values.map(\.number).sorted()
            let logins = node.site.users.sorted { $0.key < $1.key }.prefix(3).compactMap { _, user -> String? in
                user.login.map { "\($0) (\(user.password?.reveal() ?? ""))" }
            }
            table.add([
                node.name.name, node.listen.cti?.description ?? "-", node.listen.ctis?.description ?? "-",
                node.listen.http?.description ?? "-", "\(numbers.first ?? "")-\(numbers.last ?? "")",
                (node.site.prefix ?? "-") + " + number", logins.joined(separator: ", "),
            ])
        }
        table.show()
    }

    private func stop(_ node: NodeConfiguration?) -> TourGuide.Stop? {
        guard let node, let address = node.listen.cti, let user = node.site.users["1"], let login = user.login,
            let password = user.password
        else { return nil }
        return TourGuide.Stop(
            site: node.name.name, host: address.host, port: address.port, login: login, password: password.reveal())
    }
}

/// The three real Asterisks of the demo with their phones, from the project's script.
struct DemoPBXs {
    private let script: String
    private let isOurs: Bool

    /// Starts them, unless they run already (`make asterisk-up`).
    static func start() throws -> DemoPBXs {
        guard let script = find() else {
            complain("Scripts/three-sites is not found: run the demo from the project's folder, or set TANDEM_SCRIPTS")
            throw ExitCode(69)
        }
        if try call(script, "running", quiet: true) == 0 { return DemoPBXs(script: script, isOurs: false) }
        guard try call(script, "up", quiet: false) == 0 else {
            complain("the Asterisks did not start; see the lines above")
            throw ExitCode(69)
        }
        return DemoPBXs(script: script, isOurs: true)
    }

    /// Stops them if this demo started them.
    func stop() {
        if isOurs { _ = try? Self.call(script, "down", quiet: false) }
    }

    private static func find() -> String? {
        var folders = [FileManager.default.currentDirectoryPath + "/Scripts"]
        if let named = ProcessInfo.processInfo.environment["TANDEM_SCRIPTS"] { folders.insert(named, at: 0) }
        // .build/<configuration>/tandem
        let program = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        var folder = program.deletingLastPathComponent()
        for _ in 0..<4 {
            folders.append(folder.appendingPathComponent("Scripts").path)
            folder = folder.deletingLastPathComponent()
        }
        return folders.map { $0 + "/three-sites" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    private static func call(_ script: String, _ verb: String, quiet: Bool) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: script)
        process.arguments = [verb]
        if quiet {
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
        }
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }
}
