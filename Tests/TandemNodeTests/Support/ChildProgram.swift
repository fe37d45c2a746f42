import Foundation
import TandemClient

/// The built `tandem` program as a child process, with its output in files.
///
/// Not Foundation's `Process`: a child must be startable with all signals blocked, as some supervisors do, and with no
/// descriptors of the test's own.
final class ChildProgram: Sendable {
    let pid: pid_t
    private let output: String
    private let errors: String

    /// `tandem` beside the test bundle.
    static var tandem: String {
        URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appendingPathComponent("tandem").path
    }

    /// Starts a program. `blockingSignals`: with all signals blocked.
    init(
        _ arguments: [String], program: String = ChildProgram.tandem, folder: String, blockingSignals: Bool = false,
        environment: [String: String] = [:]
    ) throws {
        let number = UInt32.random(in: 0 ... .max)
        output = "\(folder)/out-\(number)"
        errors = "\(folder)/err-\(number)"
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        for descriptor in Int32(3)..<1024 { posix_spawn_file_actions_addclose(&actions, descriptor) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var mask = sigset_t()
        if blockingSignals { sigfillset(&mask) } else { sigemptyset(&mask) }
        posix_spawnattr_setsigmask(&attributes, &mask)
        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
        let merged = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        var variables: [UnsafeMutablePointer<CChar>?] = merged.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in words + variables { free(pointer) } }
        var child: pid_t = 0
        let result = posix_spawn(&child, program, &actions, &attributes, &words, &variables)
        guard result == 0 else { throw CTIClientError(description: "\(program) cannot be started: errno \(result)") }
        pid = child
    }

    /// Standard output and standard error so far.
    var said: String { (try? String(contentsOfFile: output, encoding: .utf8)) ?? "" }
    var complained: String { (try? String(contentsOfFile: errors, encoding: .utf8)) ?? "" }

    func signal(_ number: Int32) { kill(pid, number) }

    /// Waits for the end; the status, or minus the signal that ended it.
    func end(within seconds: Double = 20) async throws -> Int32 {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while true {
            var status: Int32 = 0
            let found = waitpid(pid, &status, WNOHANG)
            if found == pid { return status & 0x7F == 0 ? (status >> 8) & 0xFF : -(status & 0x7F) }
            if found < 0 { throw CTIClientError(description: "process \(pid) is gone") }
            if ContinuousClock.now > deadline {
                kill(pid, SIGKILL)
                waitpid(pid, &status, 0)
                throw CTIClientError(description: "process \(pid) did not end within \(seconds) s: \(complained)")
            }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// Kills it and waits until the system has cleared it away.
    func kill9() async throws {
        signal(SIGKILL)
        _ = try await end()
    }

    /// Runs a program to its end: status, standard output, standard error.
    static func run(
        _ arguments: [String], program: String = ChildProgram.tandem, within seconds: Double = 20
    ) async throws -> (status: Int32, out: String, err: String) {
        let folder = try TestFederation.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let child = try ChildProgram(arguments, program: program, folder: folder)
        let status = try await child.end(within: seconds)
        return (status, child.said, child.complained)
    }
}
