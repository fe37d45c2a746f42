import ClientTLS
import Configuration
import NIOCore
import TandemClient
import TandemCore
import TandemNode
import Testing

/// Bad input over real sockets: the answer, the count, and nobody else disturbed.
@Suite("What clients send over real sockets", .serialized)
struct ClientInputTests {
    private func badInput(_ federation: TestFederation, _ kind: String) async throws -> Int {
        try await federation.metric("tandem_cti_bad_input_total{kind=\"\(kind)\"}")
    }

    @Test("Each kind of bad input is answered or closed as documented, counted, and disturbs nobody else")
    func badInput() async throws {
        try await TestFederation.run(.lonely) { federation in
            let witness = try await federation.logIn("bob", at: "paris")

            let early = try await federation.connect("paris")
            await early.send(["class": "getipbxlist"])
            _ = try await early.wait(from: 0, for: "notloggedyet", within: 10) { $0["error_string"] == "notloggedyet" }
            #expect(await early.waitForClose(within: 10))
            #expect(try await self.badInput(federation, "not_logged_in") == 1)

            let long = try await federation.connect("paris")
            await long.sendRaw([UInt8](repeating: UInt8(ascii: "x"), count: 70_000) + [10])
            #expect(await long.waitForClose(within: 10))
            #expect(try await self.badInput(federation, "line_too_long") == 1)

            let client = try await federation.logIn("alice", at: "paris")
            func send(_ bytes: [UInt8], expecting warning: String) async throws {
                let mark = await client.mark
                await client.sendRaw(bytes + [10])
                _ = try await client.wait(from: mark, for: warning, within: 10) {
                    $0["warning_string"]?.stringValue?.hasPrefix(warning) ?? false
                }
            }
            try await send(Array("{\"class\":".utf8), expecting: "invalid_json")
            try await send([0x7B, 0x22, 0xFF, 0xFE, 0x22, 0x3A, 0x31, 0x7D], expecting: "invalid_json")
            try await send([UInt8](repeating: UInt8(ascii: "["), count: 100_000), expecting: "invalid_json")
            try await send(Array("{\"class\":\"flyaway\",\"commandid\":7}".utf8), expecting: "unknown")
            try await send(Array("{\"class\":\"chitchat\",\"commandid\":8}".utf8), expecting: "missing:")
            try await send(
                Array("{\"class\":\"chitchat\",\"to\":5,\"text\":\"x\",\"commandid\":9}".utf8), expecting: "wrong_type:"
            )
            #expect(try await self.badInput(federation, "invalid_json") == 3)
            #expect(try await self.badInput(federation, "unknown_class") == 1)
            #expect(try await self.badInput(federation, "missing_field") == 1)
            #expect(try await self.badInput(federation, "wrong_type") == 1)

            // Both sessions still work.
            for one in [client, witness] {
                let answer = try await one.ask(["class": "keepalive"])
                #expect(answer["class"] == "keepalive")
            }
        }
    }

    @Test("Several messages in one packet and one message over several packets are answered alike")
    func framing() async throws {
        try await TestFederation.run(.lonely) { federation in
            let client = try await federation.logIn("alice", at: "paris")
            let mark = await client.mark
            await client.sendRaw(
                Array(
                    "{\"class\":\"keepalive\",\"commandid\":\"a\"}\r\n\n{\"class\":\"keepalive\",\"commandid\":\"b\"}\n{\"cla"
                        .utf8))
            try await Task.sleep(for: .milliseconds(50))
            await client.sendRaw(Array("ss\":\"getipbxlist\",\"commandid\":\"c\"}\n".utf8))
            for id in ["a", "b", "c"] {
                _ = try await client.wait(from: mark, for: "answer \(id)", within: 10) {
                    $0["replyid"]?.stringValue == id
                }
            }
        }
    }

    @Test("A login that takes too long is closed")
    func loginDeadline() async throws {
        var topology = Topology.lonely
        topology.sites[0].cti.loginTimeout = .seconds(1)
        try await TestFederation.run(topology) { federation in
            let idle = try await federation.connect("paris")
            #expect(await idle.waitForClose(within: 5))
            #expect(try await self.badInput(federation, "login_timeout") == 1)
        }
    }

    @Test("Over TLS the same server answers, and only there a password in clear is taken")
    func tls() async throws {
        try await TestFederation.run(.lonely) { federation in
            let trust = try ServerTrust(authority: federation.folder + "/ca/ca.pem", name: "paris")
            let address = try #require(federation.configuration("paris").listen.ctis)
            let secure = try await CTIClient.connect(
                name: "tls", host: address.host, port: address.port, tls: trust)
            try await secure.logIn(user: "alice", password: "alice")

            func clearLogin(_ client: CTIClient) async throws -> JSONObject {
                _ = try await client.ask([
                    "class": "login_id", "userlogin": "bob", "company": "default", "ident": "X11-test",
                    "xivoversion": "1.2",
                ])
                return try await client.ask(["class": "login_pass", "password": "bob"])
            }
            let other = try await CTIClient.connect(name: "tls2", host: address.host, port: address.port, tls: trust)
            #expect(try await clearLogin(other)["capalist"] == ["agent"])
            let plain = try await federation.connect("paris")
            #expect(try await clearLogin(plain)["error_string"] != nil)
        }
    }

    @Test("TLS on the plain port and plain lines on that of TLS are closed at once, with a line in the log")
    func crossedPorts() async throws {
        let capture = LogCapture()
        try await TestFederation.run(.lonely, logger: capture.logger, logLevel: .info) { federation in
            let authority = federation.folder + "/ca/ca.pem"
            let cti = try #require(federation.configuration("paris").listen.cti)
            let ctis = try #require(federation.configuration("paris").listen.ctis)
            await #expect(throws: CTIClientError.self) {
                try await CTIClient.connect(
                    name: "tls", host: cti.host, port: cti.port,
                    tls: try ServerTrust(authority: authority, name: "paris"))
            }
            let plain = try await CTIClient.connect(name: "plain", host: ctis.host, port: ctis.port)
            await plain.sendRaw(Array("{\"class\": \"getipbxlist\"}\n".utf8))
            #expect(await plain.waitForClose(within: 10))
            for words in ["speaks TLS on the plain port", "speaks no TLS on the port of listen.ctis"] {
                try await federation.eventually("the log says \(words): \(capture.lines)") {
                    capture.lines.contains { $0.text.contains(words) }
                }
            }
        }
    }

    @Test("A wrong password is refused with the error that clients know")
    func wrongPassword() async throws {
        try await TestFederation.run(.lonely) { federation in
            let client = try await federation.connect("paris")
            await #expect(throws: CTIClientError.self) { try await client.logIn(user: "alice", password: "wrong") }
            let errors = await client.received.compactMap { $0["error_string"]?.stringValue }
            #expect(errors == ["login_password"])
        }
    }
}
