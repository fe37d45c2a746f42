import Foundation

/// One of the built programs as a child process.
final class ChildTool: @unchecked Sendable {
    // Safe to share: `state` is only touched under its lock, the other fields never change.
    let port: Int
    private let process = Process()
    private let state = NSCondition()
    private var output: [UInt8] = []
    private var errors: [UInt8] = []
    private var openPipes = 2

    /// The folder of the built programs: that of the test bundle.
    static var programs: URL {
        URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    }

    static func program(_ name: String) throws -> URL {
        var folder = programs
        for _ in 0..<4 {
            let url = folder.appendingPathComponent(name)
            if FileManager.default.isExecutableFile(atPath: url.path) { return url }
            folder = folder.deletingLastPathComponent()
        }
        // The tests run inside the toolchain's helper: the bundle is among its arguments.
        for argument in CommandLine.arguments where argument.hasSuffix(".xctest") {
            let url = URL(fileURLWithPath: argument).deletingLastPathComponent().appendingPathComponent(name)
            if FileManager.default.isExecutableFile(atPath: url.path) { return url }
        }
        throw SocketError(description: "\(name) is not built beside the tests, in \(programs.path)")
    }

    /// Starts a program with these arguments and nothing else.
    init(_ name: String, arguments: [String], environment: [String: String] = [:]) throws {
        port = 0
        try start(name, arguments, environment)
    }

    /// Starts a proxy in front of a port of this machine, on a free port, and waits until it listens.
    init(_ name: String, _ options: [String] = [], to server: Int, host: String = "127.0.0.1", files: [String] = [])
        throws
    {
        let (probe, free) = try TestSocket.listen()
        port = free
        withExtendedLifetime(probe) {}
        probe.end()
        let common = ["-v", "--listen-port", "\(free)", "--listen-addr", "127.0.0.1", "--port", "\(server)"]
        try start(name, common + options + [host] + files, [:])
        try waitForErrors("Waiting for client connection\n")
    }

    private func start(_ name: String, _ arguments: [String], _ environment: [String: String]) throws {
        process.executableURL = try Self.program(name)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let pipes = [Pipe(), Pipe()]
        process.standardOutput = pipes[0]
        process.standardError = pipes[1]
        try process.run()
        for (place, pipe) in pipes.enumerated() {
            Thread.detachNewThread { self.collect(pipe.fileHandleForReading, isOutput: place == 0) }
        }
    }

    private func collect(_ handle: FileHandle, isOutput: Bool) {
        while true {
            let data = handle.availableData
            state.lock()
            if data.isEmpty { openPipes -= 1 } else if isOutput { output += data } else { errors += data }
            state.broadcast()
            state.unlock()
            if data.isEmpty { return }
        }
    }

    /// Waits for a condition on what has been printed.
    private func wait(for what: String, _ holds: () -> Bool) throws {
        let deadline = Date(timeIntervalSinceNow: 20)
        state.lock()
        defer { state.unlock() }
        while !holds() {
            guard state.wait(until: deadline) else {
                process.terminate()
                throw SocketError(
                    description:
                        "not within 20 s: \(what); output '\(String(decoding: output, as: UTF8.self).prefix(500))', errors '\(String(decoding: errors, as: UTF8.self))'"
                )
            }
        }
    }

    func waitForErrors(_ text: String) throws {
        try wait(for: text) { String(decoding: errors, as: UTF8.self).contains(text) || openPipes == 0 }
    }

    /// Waits until the tool has begun to wait for its n-th client.
    func waitForWaiting(_ count: Int) throws {
        try wait(for: "waiting for client \(count)") {
            String(decoding: errors, as: UTF8.self).components(separatedBy: "Waiting for client").count > count
        }
    }

    /// Waits until standard output has this text.
    func waitForOutput(_ text: String) throws {
        try wait(for: text) { String(decoding: output, as: UTF8.self).contains(text) }
    }

    /// Waits for the program's end; its exit code and all that it printed. A signal counts as 128 and its number.
    func finish() throws -> (status: Int32, output: String, errors: String) {
        try wait(for: "the end of the program") { openPipes == 0 }
        process.waitUntilExit()
        let status = process.terminationStatus + (process.terminationReason == .uncaughtSignal ? 128 : 0)
        return (status, String(decoding: output, as: UTF8.self), String(decoding: errors, as: UTF8.self))
    }

    /// All bytes on standard output.
    var outputBytes: [UInt8] {
        state.lock()
        defer { state.unlock() }
        return output
    }

    func interrupt() { kill(process.processIdentifier, SIGINT) }
    func terminate() { kill(process.processIdentifier, SIGTERM) }

    /// Resident bytes.
    var residentBytes: Int {
        let text = (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/statm", encoding: .utf8)) ?? ""
        return (text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 4_096
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }
}
