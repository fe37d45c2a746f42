import Foundation

/// Real Asterisk sites and registered phones for a test, by `Scripts/asterisk` and `Scripts/phone`. Each value has a
/// folder and ports of its own, so tests may run side by side; `close` ends everything it started.
///
/// Tests that use it ask `TestPBX.isEnabled` first: they run when `TANDEM_TEST_ASTERISK=1`.
public final class TestPBX: Sendable {
    /// What went wrong, with the script's words.
    public struct Failure: Error, CustomStringConvertible {
        /// The command and what it said.
        public let description: String
    }

    /// One Asterisk.
    public struct Site: Sendable, Hashable {
        /// Its name.
        public let name: String
        /// SIP, UDP and TCP, on 127.0.0.1.
        public let sipPort: Int
        /// The manager port; user `cti`, secret `cti`.
        public let amiPort: Int
        /// Commands to its phones.
        public let phonePort: Int
        /// Digits that other sites dial before a number of this one.
        public let prefix: String
    }

    /// Whether tests with a real PBX are wanted: `TANDEM_TEST_ASTERISK=1`.
    public static var isEnabled: Bool { ProcessInfo.processInfo.environment["TANDEM_TEST_ASTERISK"] == "1" }

    /// The versions to test with: `TANDEM_TEST_ASTERISK_VERSIONS`, e.g. `22`; both when not set.
    public static var versions: [String] {
        ProcessInfo.processInfo.environment["TANDEM_TEST_ASTERISK_VERSIONS"]?
            .split(separator: ",").map(String.init) ?? ["22", "16"]
    }

    private static let scripts = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Scripts")

    /// The sites, in the order asked for.
    public let sites: [Site]
    private let folder: URL
    private let phones: [pid_t]

    /// Starts sites of one version with trunks between them, and phones at each, and waits until the phones are
    /// registered. Phones ring until told to `answer`. `versions` gives single sites another version.
    public init(
        version: String, versions: [String: String] = [:], sites names: [String],
        phones numbers: [String] = ["101", "102", "103"]
    ) async throws {
        folder = URL(fileURLWithPath: NSTemporaryDirectory())
            .appendingPathComponent(
                "pbx-test-\(ProcessInfo.processInfo.processIdentifier)-\(UInt32.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var sites: [Site] = []
        var phones: [pid_t] = []
        do {
            for (index, name) in names.enumerated() {
                let ports = try Self.freePorts(3)
                let site = Site(
                    name: name, sipPort: ports[0], amiPort: ports[1], phonePort: ports[2], prefix: "\(81 + index)")
                sites.append(site)
                _ = try await Self.run(
                    "asterisk", "start", name, "--sip-port", "\(site.sipPort)", "--ami-port", "\(site.amiPort)",
                    "--prefix", site.prefix, "--version", versions[name] ?? version, folder: folder)
                if !numbers.isEmpty { phones.append(try Self.startPhones(site, numbers, folder: folder)) }
            }
        } catch {
            for process in phones { Self.end(process) }
            _ = try? await Self.run("asterisk", "stop", "--all", folder: folder)
            try? FileManager.default.removeItem(at: folder)
            throw error
        }
        self.sites = sites
        self.phones = phones
        for site in numbers.isEmpty ? [] : sites {
            for number in numbers { try await phone(site, "wait \(number) registered 20", patience: 10) }
        }
    }

    /// The site of a name.
    public func site(_ name: String) throws -> Site {
        guard let site = sites.first(where: { $0.name == name }) else { throw Failure(description: "no site \(name)") }
        return site
    }

    /// One command to the phones of a site, e.g. `dial 101 102`; see `Scripts/phone`. `wait` commands wait.
    @discardableResult
    public func phone(_ site: Site, _ command: String, patience seconds: Double = 0) async throws -> String {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while true {
            do {
                return try await Self.run("phone", "tell", "\(site.phonePort)", command, folder: folder)
            } catch {
                // The phones' control port opens a moment after their start.
                if ContinuousClock.now > deadline { throw error }
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    /// Whom a phone shows at the other end of its newest call: number and name.
    public func shown(_ site: Site, on number: String) async throws -> String {
        struct Status: Decodable {
            struct Phone: Decodable { var calls: [Call] }
            struct Call: Decodable {
                var number: String
                var name: String
            }
            var phones: [String: Phone]
        }
        let status = try JSONDecoder().decode(Status.self, from: Data(try await phone(site, "status").utf8))
        return status.phones[number]?.calls.last.map { "\($0.number) \($0.name)" } ?? "nobody"
    }

    /// A call of two phones of one site, up to the answer.
    public func call(_ site: Site, from caller: String, to number: String, answeredBy callee: String) async throws {
        for command in [
            "dial \(caller) \(number)", "wait \(callee) ringing 15", "answer \(callee)", "wait \(caller) up 15",
        ] {
            try await phone(site, command)
        }
    }

    /// Starts a stopped site again, with the same ports.
    public func start(_ site: Site) async throws {
        _ = try await Self.run("asterisk", "start", site.name, folder: folder)
    }

    /// Stops a site in order: Asterisk says goodbye.
    public func stop(_ site: Site) async throws {
        _ = try await Self.run("asterisk", "stop", site.name, folder: folder)
    }

    /// Kills a site: no goodbye, sockets are closed by the system.
    public func kill(_ site: Site) async throws {
        for number in try await processes(site) { Foundation.kill(number, SIGKILL) }
    }

    /// Stops a site's processes in their tracks, or lets them go on: a PBX that is there but silent.
    public func freeze(_ site: Site, _ on: Bool) async throws {
        for number in try await processes(site) { Foundation.kill(number, on ? SIGSTOP : SIGCONT) }
    }

    /// One command of a site's console.
    @discardableResult
    public func cli(_ site: Site, _ command: String) async throws -> String {
        try await Self.run("asterisk", "cli", site.name, command, folder: folder)
    }

    /// Ends phones and sites and removes their folder.
    public func close() async {
        for process in phones { Self.end(process) }
        _ = try? await Self.run("asterisk", "stop", "--all", folder: folder)
        try? FileManager.default.removeItem(at: folder)
    }

    private func processes(_ site: Site) async throws -> [Int32] {
        let status = try await Self.run("asterisk", "status", folder: folder)
        return status.split(separator: "\n").filter { $0.hasPrefix("\(site.name): ") }.compactMap { line in
            line.firstMatch(of: #/pid (\d+)/#).flatMap { Int32($0.output.1) }
        }
    }

    // MARK: Processes

    // Not Foundation's Process: it learns of a child's end by a socket that the child's own children (an Asterisk) keep.

    private static func spawn(_ script: String, _ arguments: [String], folder: URL, output: String) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        let path = scripts.appendingPathComponent(script).path
        let variables = ProcessInfo.processInfo.environment.merging(["TANDEM_PBX_SITES": folder.path]) { $1 }
        var words = ([path] + arguments).map { strdup($0) } + [nil]
        var environment = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for word in words + environment { free(word) } }
        var process: pid_t = 0
        let status = posix_spawn(&process, path, &actions, nil, &words, &environment)
        guard status == 0 else {
            throw Failure(description: "\(script) cannot be started: \(String(cString: strerror(status)))")
        }
        return process
    }

    /// Waits for a process; its exit status, or 128 and the signal that ended it.
    private static func wait(_ process: pid_t) -> Int32 {
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
    }

    private static func end(_ process: pid_t) {
        Foundation.kill(process, SIGTERM)
        _ = wait(process)
    }

    private static func startPhones(_ site: Site, _ numbers: [String], folder: URL) throws -> pid_t {
        try spawn(
            "phone",
            ["--sip-port", "\(site.sipPort)", "--control", "\(site.phonePort)", "--manual", "--with-parent"] + numbers,
            folder: folder, output: folder.appendingPathComponent("phones-\(site.name)").path)
    }

    private static func run(_ script: String, _ arguments: String..., folder: URL) async throws -> String {
        // A file, not a pipe: the Asterisk that a script starts would keep a pipe open.
        let output = folder.appendingPathComponent("output-\(UInt64.random(in: 0 ... .max))")
        defer { try? FileManager.default.removeItem(at: output) }
        let process = try spawn(script, arguments, folder: folder, output: output.path)
        let status = await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: wait(process)) }
        }
        let text = (try? String(contentsOf: output, encoding: .utf8)) ?? ""
        guard status == 0 else {
            throw Failure(description: "\(script) \(arguments.joined(separator: " ")): status \(status): \(text)")
        }
        return text
    }

    /// Ports that are free for UDP and TCP now, below the range that systems give to outgoing connections and outside
    /// the range that the sites use for RTP.
    private static func freePorts(_ count: Int) throws -> [Int] {
        var ports: [Int] = []
        for _ in 0..<2000 where ports.count < count {
            let port = Int.random(in: 20_000..<32_000)
            if !ports.contains(port), isFree(port, SOCK_STREAM), isFree(port, SOCK_DGRAM) { ports.append(port) }
        }
        guard ports.count == count else { throw Failure(description: "no free ports") }
        return ports
    }

    private static func isFree(_ port: Int, _ type: __socket_type) -> Bool {
        let descriptor = socket(AF_INET, Int32(type.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { Foundation.close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
