import Configuration
import Foundation
import TandemClient
import TandemCore
import Testing

@testable import TandemNode

/// The process of a node among others: its descriptors, its end, the signals that it gets.
@Suite("The process of a node", .serialized, .timeLimit(.minutes(2)))
struct ProcessLifeTests {
    /// Whether SIGHUP is handled already: the system's loader comes before the program.
    private func handlesHangup(_ child: ChildProgram) -> Bool {
        let text = (try? String(contentsOfFile: "/proc/\(child.pid)/status", encoding: .utf8)) ?? ""
        return ["SigCgt:", "SigIgn:"].contains { name in
            let line = text.split(separator: "\n").first { $0.hasPrefix(name) }
            let mask = line.flatMap { $0.split(separator: "\t").last }.flatMap { UInt64($0, radix: 16) } ?? 0
            return mask & 1 == 1
        }
    }

    /// Runs a node as a child with other limits than the test's own.
    private func withChild(
        limits: String, _ body: (TestFederation, ChildProgram) async throws -> Void
    ) async throws {
        try await TestFederation.run(.lonely, except: ["paris"]) { federation in
            let script = "\(limits); exec '\(ChildProgram.tandem)' run -c '\(federation.file("paris"))'"
            let child = try ChildProgram(["-c", script], program: "/bin/sh", folder: federation.folder)
            defer { child.signal(SIGKILL) }
            try await federation.eventually("the node is ready", within: 20) {
                (try? await federation.ask("paris", "/status")) != nil
            }
            try await body(federation, child)
        }
    }

    @Test("out of descriptors it says so once, pauses, and lets people in again when there are some")
    func descriptors() async throws {
        try await withChild(limits: "ulimit -n 64") { federation, child in
            let address = try #require(federation.configuration("paris").listen.cti)
            let status = try await federation.ask("paris", "/status")
            #expect(status["descriptors"]?["limit"] == 64)
            #expect((status["descriptors"]?["open"]?.integerValue ?? 0) > 5)
            var crowd: [CTIClient] = []
            for number in 0..<80 {
                crowd.append(
                    try await CTIClient.connect(name: "\(number)", host: address.host, port: address.port))
            }
            try await federation.eventually("it says so") { child.complained.contains("no file descriptor left") }
            // Several pauses of the listeners later it is still the one line.
            try await Task.sleep(for: .seconds(3))
            #expect(child.complained.components(separatedBy: "no file descriptor left").count == 2)
            for client in crowd { await client.close() }
            let alice = try await CTIClient.connect(name: "alice", host: address.host, port: address.port)
            try await alice.logIn(user: "alice", password: "alice")
            child.signal(SIGTERM)
            #expect(try await child.end() == 0)
        }
    }

    @Test("the limit of descriptors is raised at the start as far as the system lets it")
    func raised() async throws {
        try await withChild(limits: "ulimit -Sn 100; ulimit -Hn 300") { federation, _ in
            #expect(try await federation.ask("paris", "/status")["descriptors"]?["limit"] == 300)
            #expect(try await federation.metric("tandem_descriptors_limit") == 300)
            let shown = try await ChildProgram.run(["status", "-c", federation.file("paris")])
            #expect(shown.out.contains("of 300 descriptors"), "\(shown)")
        }
    }

    @Test("a trap ends the process by its signal, whatever its size", arguments: [SIGILL, SIGTRAP, SIGSEGV, SIGABRT])
    func crash(_ number: Int32) async throws {
        try await withChild(limits: "unset SWIFT_BACKTRACE; ulimit -c 0") { _, child in
            child.signal(number)
            // The backtracer's handler would take the first signal, and a process that was sent one would live on.
            let end = try await child.end(within: 10)
            #expect(end == -number)
        }
    }

    @Test("SIGHUP ends nothing, at any time: while it starts, runs and stops")
    func hangup() async throws {
        try await TestFederation.run(.lonely, logLevel: .info, except: ["paris"]) { federation in
            let child = try ChildProgram(["run", "-c", federation.file("paris")], folder: federation.folder)
            defer { child.signal(SIGKILL) }
            try await federation.eventually("SIGHUP is no danger any more") { handlesHangup(child) }
            for _ in 0..<50 {
                child.signal(SIGHUP)
                try await Task.sleep(for: .milliseconds(2))
            }
            try await federation.eventually("the node is ready", within: 20) { child.complained.contains("ready: ") }
            for _ in 0..<20 { child.signal(SIGHUP) }
            let alice = try await federation.logIn("alice", at: "paris")
            // Who does not read holds up the end.
            try await alice.setReading(false)
            child.signal(SIGTERM)
            for _ in 0..<2_000 {
                child.signal(SIGHUP)
                try await Task.sleep(for: .milliseconds(1))
                if child.complained.contains("] stopped") { break }
            }
            #expect(try await child.end() == 0)
            _ = alice
        }
    }

    @Test("SIGHUP ends no demo either")
    func demo() async throws {
        let folder = try TestFederation.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let child = try ChildProgram(["demo", "--free-ports", "--dir", folder + "/demo"], folder: folder)
        defer { child.signal(SIGKILL) }
        try await eventually("SIGHUP is no danger any more") { handlesHangup(child) }
        try await eventually("the demo runs", within: 30) {
            child.signal(SIGHUP)
            return child.said.contains("Ctrl-C stops the demo")
        }
        child.signal(SIGHUP)
        child.signal(SIGTERM)
        for _ in 0..<50 {
            child.signal(SIGHUP)
            try await Task.sleep(for: .milliseconds(2))
        }
        #expect(try await child.end() == 0)
    }
}
