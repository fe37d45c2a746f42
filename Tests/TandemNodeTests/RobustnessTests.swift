import Configuration
import TandemClient
import TandemCore
import Testing

@testable import TandemNode

/// Strangers, slow clients and ends that come at bad moments.
@Suite("Robustness of a node", .serialized, .timeLimit(.minutes(2)))
struct RobustnessTests {
    @Test("Who asks and does not read the answers is not read from either, and gets all of them when it reads again")
    func unreadAnswers() async throws {
        try await TestFederation.run(.lonely) { federation in
            let asker = try await federation.logIn("alice", at: "paris")
            let witness = try await federation.logIn("bob", at: "paris")
            let mark = await asker.mark
            try await asker.setReading(false)
            let count = 1_000
            // The answer repeats the name of the function.
            let long = String(repeating: "x", count: 60_000)
            for number in 1...count {
                let line =
                    "{\"class\":\"getlist\",\"function\":\"\(long)\",\"listname\":\"phones\",\"commandid\":\(number)}\n"
                await asker.sendRaw(Array(line.utf8))
            }
            var seen = -1
            try await federation.eventually("the node stops reading", within: 30) {
                let before = seen
                try await Task.sleep(for: .milliseconds(300))
                seen = try await federation.metric("tandem_cti_lines_total")
                return seen == before
            }
            #expect(seen < count * 3 / 4, "answers to \(seen) lines wait somewhere")
            #expect(try await witness.ask(["class": "keepalive"])["class"] == "keepalive")

            try await asker.setReading(true)
            _ = try await asker.wait(from: mark, for: "the last answer", within: 60) {
                $0["replyid"] == .integer(Int64(count))
            }
            let answers = await asker.received.dropFirst(mark).compactMap { $0["replyid"]?.integerValue }
            #expect(answers == (1...Int64(count)).map { $0 })
        }
    }

    @Test("HTTP connections are few, none waits for ever, and those that say nothing keep nobody out")
    func slowHTTP() async throws {
        try await TestFederation.run(.lonely) { federation in
            let address = try #require(federation.configuration("paris").listen.http)
            // Headers that never end, bodies that never end, and silence.
            let beginnings = [
                "GET /status HTTP/1.1\r\nhost: x\r\n", "POST /livez HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n1",
                "",
            ]
            var strangers: [CTIClient] = []
            for number in 0..<140 {
                let stranger = try await CTIClient.connect(
                    name: "stranger \(number)", host: address.host, port: address.port)
                await stranger.sendRaw(Array(beginnings[number % 3].utf8))
                strangers.append(stranger)
            }
            let count = Limits.httpConnectionsPerAddress
            for stranger in strangers.dropLast(count) { #expect(await stranger.waitForClose(within: 5), "made room") }
            // The operator of the same address still comes in, as often as needed.
            for _ in 0..<3 { #expect(try await federation.http("paris").json("/status")["site"] == "paris") }
            #expect(try await federation.ask("paris", "/status")["site"] == "paris")
            for stranger in strangers.suffix(count) {
                #expect(await stranger.waitForClose(within: 20), "its request never ends")
            }
        }
    }

    @Test("A node stops while handshakes, requests and logins are half done")
    func stopHalfWay() async throws {
        try await TestFederation.run(.lonely) { federation in
            let listen = try federation.configuration("paris").listen
            var half: [CTIClient] = []
            for address in [listen.cti, listen.ctis, listen.rcti, listen.http].compactMap({ $0 }) {
                let client = try await CTIClient.connect(name: "half", host: address.host, port: address.port)
                await client.sendRaw([0x16, 0x03])
                half.append(client)
            }
            let deaf = try await federation.logIn("alice", at: "paris")
            try await deaf.setReading(false)
            try await federation.stop("paris")
            for client in half { #expect(await client.waitForClose(within: 10)) }
        }
    }

    @Test("A cancelled node stops as well: another one of its program could not start")
    func cancelled() async throws {
        try await TestFederation.run(.lonely) { federation in
            try await federation.stop("paris")
            let configuration = try NodeConfiguration.load(federation.file("paris"))
            let node = Node(configuration: configuration, logger: TestFederation.quietLogger)
            let task = Task { try await node.run() }
            _ = try await node.addresses()
            task.cancel()
            try await task.value
        }
    }

    @Test("Nobody writes lines of their own into the log")
    func log() {
        #expect(
            LogText.line("wrong_client_os_identifier:a\nb\u{1B}[2J\u{9B}é")
                == "wrong_client_os_identifier:a\\nb\\u{1B}[2J\\u{009B}é")
        #expect(LogText.line("as it is: é") == "as it is: é")
        #expect(LogText.line(String(repeating: "x", count: 70_000)).utf8.count < 1_100)
    }
}
