import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// What passes through `ctispy` per second of its CPU time, its output going to /dev/null, and how that compares with
/// the direct connection in the same run.
struct ProxyBenchmarks {
    /// A usual mix: a short command, a status, a configuration.
    private static let messages: [UInt8] = {
        let lines = [
            #"{"class":"ipbxcommand","command":"dial","commandid":1840214077,"destination":"exten:paris/1002"}"#,
            #"{"class":"getlist","function":"updatestatus","listname":"phones","tipbxid":"paris","tid":"12","#
                + #""status":{"hintstatus":"8","reg":"OK","channels":["SIP/abc-00000003"],"queues":["2"],"groups":[]},"#
                + #""timenow":1315310000.12}"#,
            #"{"class":"getlist","function":"updateconfig","listname":"users","tipbxid":"paris","tid":"5","config":"#
                + #"{"id":5,"fullname":"Jos\u00e9 Dupont","context":"default","enablednd":false,"linelist":["12","13"],"#
                + #""destunc":"","simultcalls":5,"mobilephonenumber":null,"identity":"SIP/abcdefgh","ringseconds":30}}"#,
        ]
        let block = Array((lines.joined(separator: "\n") + "\n").utf8)
        return Array(repeatElement(block, count: (1 << 20) / block.count).joined())
    }()

    /// Runs all measurements; none when `ctispy` is not built beside the benchmarks.
    static func run() -> [BenchmarkRow] {
        let program = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
            .deletingLastPathComponent().appendingPathComponent("ctispy").path
        guard FileManager.default.isExecutableFile(atPath: program) else {
            print("proxy: \(program) is not built: swift build -c release --product ctispy")
            return []
        }
        guard let direct = best({ transfer(megabytes: 1_024, through: nil) }),
            let decoded = best({ transfer(megabytes: 512, through: [program]) }),
            let raw = best({ transfer(megabytes: 1_024, through: [program, "--raw"]) })
        else {
            print("proxy: a transfer broke off")
            return []
        }
        func percent(_ part: Transfer) -> Int { Int(100 * part.rate / direct.rate + 0.5) }
        let directRate = Int(direct.rate / 1e6)
        return [
            BenchmarkRow(
                "ctispy, decoding, per core (\(percent(decoded)) % of direct, \(directRate) MB/s)",
                perSecond: decoded.perCore, "B", bar: 100e6),
            BenchmarkRow(
                "ctispy --raw, per core (\(percent(raw)) % of direct)", perSecond: raw.perCore, "B", bar: 500e6),
        ]
    }

    private struct Transfer {
        /// Bytes per second of the clock.
        var rate: Double
        /// Bytes per second of the proxy's CPU time.
        var perCore: Double
    }

    /// The best of three: other work on the machine only makes it slower.
    private static func best(_ body: () -> Transfer?) -> Transfer? {
        let found = (0..<3).compactMap { _ in body() }
        guard let rate = found.map(\.rate).max(), let perCore = found.map(\.perCore).max() else { return nil }
        return Transfer(rate: rate, perCore: perCore)
    }

    /// Sends that much from a client to a server, and waits until the server has all of it.
    private static func transfer(megabytes: Int, through command: [String]?) -> Transfer? {
        guard let (listener, port) = listen() else { return nil }
        defer { close(listener) }
        var target = port
        var child: Process?
        if let command {
            guard let (probe, free) = listen() else { return nil }
            close(probe)
            target = free
            let process = Process()
            process.executableURL = URL(fileURLWithPath: command[0])
            process.arguments =
                Array(command.dropFirst()) + [
                    "--listen-addr", "127.0.0.1", "--listen-port", "\(free)", "--port", "\(port)", "127.0.0.1",
                ]
            process.standardOutput = FileHandle.nullDevice
            process.standardInput = FileHandle.nullDevice
            guard (try? process.run()) != nil else { return nil }
            child = process
        }
        defer {
            if let child {
                kill(child.processIdentifier, SIGKILL)
                child.waitUntilExit()
            }
        }
        var client: Int32 = -1
        for _ in 0..<500 {
            client = connect(target)
            if client >= 0 { break }
            usleep(10_000)
        }
        guard client >= 0 else { return nil }
        defer { close(client) }
        let server = accept(listener, nil, nil)
        guard server >= 0 else { return nil }
        defer { close(server) }

        let total = megabytes * messages.count
        let sender = client
        let before = child.map { cpuSeconds($0.processIdentifier) } ?? 0
        let clock = ContinuousClock()
        let began = clock.now
        Thread.detachNewThread {
            messages.withUnsafeBytes { buffer in
                for _ in 0..<megabytes {
                    var rest = buffer[...]
                    while !rest.isEmpty {
                        let part = UnsafeRawBufferPointer(rebasing: rest)
                        let count = send(sender, part.baseAddress, part.count, Int32(MSG_NOSIGNAL))
                        if count <= 0 { return }
                        rest = rest.dropFirst(count)
                    }
                }
            }
        }
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        var received = 0
        while received < total {
            let count = recv(server, &buffer, buffer.count, 0)
            if count <= 0 { return nil }
            received += count
        }
        let spent = began.duration(to: clock.now).components
        let seconds = Double(spent.seconds) + Double(spent.attoseconds) / 1e18
        let cpu = child.map { cpuSeconds($0.processIdentifier) - before } ?? seconds
        return Transfer(rate: Double(total) / seconds, perCore: Double(total) / max(0.01, cpu))
    }

    private static func cpuSeconds(_ pid: Int32) -> Double {
        guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let end = stat.lastIndex(of: ")")
        else { return 0 }
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        guard fields.count > 12 else { return 0 }
        let ticks = (Double(fields[11]) ?? 0) + (Double(fields[12]) ?? 0)
        return ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    private static func withLoopback(_ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    private static func makeSocket() -> Int32 {
        socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    }

    private static func listen() -> (Int32, Int)? {
        let descriptor = makeSocket()
        var on: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        guard withLoopback(0, { bind(descriptor, $0, $1) }) == 0, Glibc.listen(descriptor, 4) == 0 else { return nil }
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
        }
        return (descriptor, Int(in_port_t(bigEndian: address.sin_port)))
    }

    private static func connect(_ port: Int) -> Int32 {
        let descriptor = makeSocket()
        if withLoopback(port, { Glibc.connect(descriptor, $0, $1) }) == 0 { return descriptor }
        close(descriptor)
        return -1
    }
}
