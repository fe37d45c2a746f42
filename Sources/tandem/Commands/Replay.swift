import ArgumentParser
import CTILogin
import CTIProxy
import Foundation
import TandemClient
import TandemCore

struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract:
            "Play the client half of a dialogue saved by ctisave, and report what the server answers differently.",
        discussion: """
            Each message is sent when the one before it has been answered as often as it was then. Fields that differ from
            session to session (timenow, commandid, replyid, sessionid, lastlogout-datetime) are not compared, nor is what
            the server says unasked; nor names that a PBX chooses anew (channels, unique ids, bridges), nor moments. A
            login needs the password, because the server asks for a new proof each time.

            What is sent is real: telephones ring. A recording with messages that make calls or change things is played
            with --yes only; --dry-run shows what would be sent.

            Example: ctisave cti.example.org alice.client alice.server
                     tandem replay --password-file alice.password cti.example.org alice.client alice.server

            Exit code 0: no difference; 1: differences; 64: --yes or the password is missing, nothing was sent; 65: a file
            cannot be read; 70: the server cannot be reached, or closes at once; 77: it refuses the login.
            """)
    @Argument(help: "The CTI server's name or address.") var host: String
    @Argument(help: "What the client sent, as ctisave wrote it.") var clientFile: String
    @Argument(help: "What the server answered then.") var serverFile: String
    @Option(help: "Port of the CTI server.") var port = 5_003
    @Option(name: .shortAndLong, help: "Do not compare this field; repeatable.") var strip: [String] = []
    @Option(help: "How many seconds an answer may take.") var timeout = 5.0
    @Option(help: "File that holds the password (default: the variable TANDEM_PASSWORD).") var passwordFile: String?
    @Flag(help: "Go on although the recording makes calls or changes things.") var yes = false
    @Flag(help: "Show what would be sent, and connect to nobody.") var dryRun = false
    @OptionGroup var tls: TLSOptions

    func run() async throws {
        var reader = SavedDialogue()
        let client = reader.messages(in: try read(clientFile), from: .client).filter { $0.side == .client }
        let server = reader.messages(in: try read(serverFile), from: .server).filter { $0.side == .server }
        let replay = Replay(client: client, server: server, ignoring: strip)
        if dryRun {
            for step in replay.steps { say("\(step.warning ?? step.title)\n    \(step.shownLine)") }
            return say("\(replay.steps.count) messages would be sent to \(host):\(port)")
        }
        let password = try readPassword()
        if password == nil, let step = replay.steps.first(where: \.needsPassword) {
            complain("\(step.title) needs the password: give --password-file or the variable TANDEM_PASSWORD")
            throw ExitCode(64)
        }
        try announce(replay)
        let connection: CTIClient
        do {
            connection = try await CTIClient.connect(
                name: "replay", host: host, port: port, tls: try tls.trust(of: host))
        } catch let error as CTIClientError {
            complain(error.description)
            throw ExitCode(70)
        }
        let found = try await play(replay, on: connection, password: password)
        await connection.close()
        say("\(replay.steps.count) messages played, \(found) differences")
        if found > 0 { throw ExitCode(1) }
    }

    /// Says what real things will happen, and goes no further without `--yes`.
    private func announce(_ replay: Replay) throws {
        let warnings = replay.steps.compactMap(\.warning)
        guard !warnings.isEmpty else { return }
        complain("This plays at \(host):\(port) what makes real calls or changes real things:")
        for warning in warnings { complain("  " + warning) }
        guard !yes else { return }
        complain("Nothing was sent: --yes goes on, --dry-run shows each message.")
        throw ExitCode(64)
    }

    /// Sends everything; prints and counts the differences.
    private func play(_ replay: Replay, on connection: CTIClient, password: Secret?) async throws -> Int {
        var count = 0
        var session = ""
        for step in replay.steps {
            let mark = await connection.mark
            var line = step.line
            if let message = step.message, step.needsPassword, let password {
                line = Replay.line(of: message, hashedPassword: LoginProof.of(sessionID: session, password: password))
            }
            await connection.sendRaw(line + [0x0A])
            var received: [JSONObject] = []
            var next = mark
            while received.count < step.answers.count {
                // No answer in time, or the server has closed: the comparison says what is missing.
                guard
                    (try? await connection.wait(from: next, for: "an answer", within: timeout) {
                        step.isAnswered(by: $0)
                    }) != nil
                else { break }
                received = await connection.received[mark...].filter { step.isAnswered(by: $0) }
                next = await connection.received.lastIndex { step.isAnswered(by: $0) }.map { $0 + 1 } ?? next
            }
            if received.isEmpty, session.isEmpty, await connection.received.isEmpty,
                let reason = await connection.closedReason
            {
                complain("\(host):\(port): \(reason)")
                throw ExitCode(70)
            }
            if let reason = step.loginFailure(received) {
                complain("\(step.title): \(reason); nothing further was sent")
                throw ExitCode(77)
            }
            if let id = received.first?["sessionid"]?.stringValue { session = id }
            for line in replay.differences(of: step, received: received) {
                say(line)
                count += 1
            }
        }
        return count
    }

    private func readPassword() throws -> Secret? {
        if let passwordFile {
            let text = String(decoding: try read(passwordFile), as: UTF8.self)
            return Secret(text.trimmingCharacters(in: .newlines))
        }
        return ProcessInfo.processInfo.environment["TANDEM_PASSWORD"].map { Secret($0) }
    }

    private func read(_ path: String) throws -> [UInt8] {
        do { return Array(try Data(contentsOf: URL(fileURLWithPath: path))) } catch {
            complain("\(path): cannot be read: \(error.localizedDescription)")
            throw ExitCode(65)
        }
    }
}
