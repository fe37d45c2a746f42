@testable import CTIProxy
import CTIProtocol
import TandemCore
import Testing

@Suite("Saved dialogues")
struct SavedDialogueTests {
    private static let clientLines = [
        "{\"class\": \"login_id\", \"commandid\": 1}", "hello", "", "{", "    indented", "}",
        "{\"a\": {\"b\": [1, {}]}}",
        "[]", "42", "[1]", "]",
    ]

    @Test("What ctisave wrote is read back message by message, unreadable lines included")
    func roundTrip() throws {
        for arguments in [[], ["--json"]] {
            var golden = try Golden(.save, arguments)
            for line in Self.clientLines { golden.client(line + "\n") }
            golden.receive([0xFF, 0x0A], from: .server)
            var reader = SavedDialogue()
            let client = reader.messages(in: golden.output.main, from: .client)
            var again = try Golden(.spy, [])
            for message in client { again.client(String(decoding: compact(message.bytes), as: UTF8.self) + "\n") }
            #expect(again.bodies == Self.clientLines)
            let server = reader.messages(in: golden.output.second, from: .server)
            #expect(server == [SavedMessage(side: .server, bytes: [0xFF])])
        }
    }

    private func compact(_ bytes: [UInt8]) -> [UInt8] {
        guard let value = try? JSONValue(parsing: bytes) else { return bytes }
        return value.encoded()
    }

    @Test("The halves are put together so that an answer follows its question")
    func merge() {
        func message(_ side: Side, _ text: String) -> SavedMessage { SavedMessage(side: side, bytes: Array(text.utf8)) }
        let client = [1, 2, 3].map { message(.client, "{\"commandid\":\($0)}") } + [message(.client, "last")]
        let server = ["{\"replyid\":1}", "{\"push\":1}", "{\"replyid\":3}", "{\"replyid\":2}"].map {
            message(.server, $0)
        }
        var reader = SavedDialogue()
        let merged = reader.merged(client: client, server: server).map { String(decoding: $0.bytes, as: UTF8.self) }
        #expect(
            merged == [
                "{\"commandid\":1}", "{\"replyid\":1}", "{\"push\":1}", "{\"commandid\":2}", "{\"commandid\":3}",
                "{\"replyid\":3}", "{\"replyid\":2}", "last",
            ])
    }

    private func replay(_ client: [String], _ server: [String], ignoring: [String] = []) -> Replay {
        Replay(
            client: client.map { SavedMessage(side: .client, bytes: Array($0.utf8)) },
            server: server.map { SavedMessage(side: .server, bytes: Array($0.utf8)) }, ignoring: ignoring)
    }

    @Test("A replay finds the saved answers by identifier, in order, or by class")
    func answers() {
        let plan = replay(
            ["{\"class\":\"a\",\"commandid\":1}", "{\"class\":\"b\"}", "{\"class\":\"a\",\"commandid\":1}", "hello"],
            [
                "banner", "{\"class\":\"a\",\"replyid\":1,\"n\":1}", "{\"class\":\"b\",\"n\":2}",
                "{\"class\":\"b\",\"n\":3}",
                "{\"class\":\"a\",\"replyid\":1,\"n\":4}", "{\"class\":\"x\",\"replyid\":9}",
            ])
        #expect(plan.steps.map { $0.answers.map { $0["n"] } } == [[1], [2], [4], []])
        #expect(plan.steps[3].line == Array("hello".utf8))
    }

    @Test("Differences name message and field; what changes in every session is no difference, secrets are not shown")
    func differences() throws {
        let plan = replay(
            ["{\"class\":\"a\",\"commandid\":1}"],
            [
                "{\"class\":\"a\",\"replyid\":1,\"timenow\":1,\"list\":[1,2],\"deep\":{\"timenow\":1},\"password\":\"x\",\"gone\":1,\"skip\":1}"
            ],
            ignoring: ["skip"])
        let step = plan.steps[0]
        let same: JSONObject = [
            "class": "a", "replyid": 1, "timenow": 2, "list": [1, 2], "deep": ["timenow": 1], "password": "x",
            "gone": 1,
            "skip": 2,
        ]
        #expect(plan.differences(of: step, received: [same]) == [])
        let other: JSONObject = [
            "class": "a", "replyid": 1, "list": [1, 3], "deep": ["timenow": 2], "password": "y", "new": nil,
        ]
        #expect(
            plan.differences(of: step, received: [other]) == [
                "message 1 (a, commandid 1): deep.timenow: saved 1, now 2",
                "message 1 (a, commandid 1): gone: saved 1, now missing",
                "message 1 (a, commandid 1): list[1]: saved 2, now 3",
                "message 1 (a, commandid 1): new: not saved, now null",
                "message 1 (a, commandid 1): password: saved \"***\", now \"***\"",
            ])
        #expect(plan.differences(of: step, received: [])[0].hasPrefix("message 1 (a, commandid 1): no answer; saved {"))
        #expect(plan.differences(of: step, received: [same, same]).count == 1)
    }

    @Test("What a PBX chooses anew is no difference, in texts, keys and moments; what people name is one")
    func chosen() {
        let saved =
            #"{"class":"a","replyid":1,"channel":"PJSIP/101-00000007","unique":"1700000000.12","bridge":"0f8fad5b-d9cb-469f-a165-70867728950e","since":1700000000.5,"at":"2026-01-02T03:04:05Z","age":3.5,"channels":{"chan:paris/Local/9@default-0000000a;1":{"state":"Up"}},"list":["SIP/x-00000001","SIP/y-00000002"]}"#
        let plan = replay([#"{"class":"a","commandid":1}"#], [saved])
        let step = plan.steps[0]
        func found(_ text: String) -> [String] {
            plan.differences(of: step, received: [(try? JSONValue(parsing: Array(text.utf8)).objectValue) ?? [:]])
        }
        let anew =
            saved.replacing("00000007", with: "0000001f").replacing("1700000000.12", with: "1800000000.3")
            .replacing("0f8fad5b", with: "1f8fad5b").replacing("1700000000.5", with: "1800000000")
            .replacing("2026-01-02", with: "2027-11-12").replacing("3.5", with: "4")
            .replacing("0000000a;1", with: "0000000b;1").replacing("00000001", with: "0000000e")
        #expect(found(anew) == [])
        #expect(found(saved.replacing("PJSIP/101", with: "PJSIP/102")).count == 1)
        #expect(found(saved.replacing("@default-0000000a;1", with: "@default-0000000b;2")).count == 2)
        #expect(found(saved.replacing("\"Up\"", with: "\"Down\"")).count == 1)
        #expect(found(saved.replacing("SIP/y", with: "SIP/z")).count == 1)
        #expect(found(saved.replacing("1700000000.5", with: "7")).count == 1)
    }

    @Test("Every class and command is known to read, change or call; an unknown one is not taken for harmless")
    func effects() {
        func effect(_ line: String) -> CTIConsequence { replay([line], []).steps[0].consequence }
        for harmless in ["getlist", "getipbxlist", "keepalive", "login_id", "logout"] {
            #expect(effect("{\"class\":\"\(harmless)\"}") == .reads)
        }
        for verb in CTIVerb.allCases {
            let found = effect("{\"class\":\"ipbxcommand\",\"command\":\"\(verb.rawValue)\"}")
            #expect((found == .reads) == (verb == .mailboxCount), "\(verb)")
        }
        #expect(effect(#"{"class":"ipbxcommand","command":"dial"}"#) == .calls)
        #expect(effect(#"{"class":"availstate"}"#) == .changes)
        #expect(effect(#"{"class":"hangup"}"#) == .changes)
        #expect(effect("no json") == .changes)
    }

    @Test("STARTTLS is seen however the bytes are cut, and only in the order offer, acceptance, confirmation")
    func startTLS() {
        func look(_ watcher: inout StartTLSWatcher, _ text: String, _ side: Side) -> StartTLSWatcher.Decision {
            Array(text.utf8).withUnsafeBufferPointer { watcher.look(at: $0, from: side) }
        }
        var watcher = StartTLSWatcher()
        #expect(look(&watcher, "{\"class\":\"starttls\"}\n", .server) == .none)
        #expect(look(&watcher, "{\"class\":\"start", .client) == .none)
        #expect(look(&watcher, "tls\",\"status\":true}\nXYZ", .client) == .accepted(end: 20))
        #expect(look(&watcher, "{\"class\":\"push\"}\n", .server) == .none)
        #expect(
            look(&watcher, "{\"class\":\"starttls\",\"starttls\":true}\nR", .server) == .decided(end: 37, secure: true))
        #expect(watcher.isOver)

        watcher = StartTLSWatcher()
        #expect(look(&watcher, "{\"class\":\"starttls\",\"status\":true}\n", .client) == .accepted(end: 35))
        #expect(
            look(&watcher, "{\"class\":\"starttls\",\"starttls\":false}\n", .server) == .decided(end: 38, secure: false)
        )

        watcher = StartTLSWatcher()
        #expect(
            look(&watcher, "{\"class\":\"login_id\"}\n{\"class\":\"starttls\",\"status\":true}\n", .client) == .none)
        #expect(watcher.isOver)
        watcher = StartTLSWatcher()
        #expect(look(&watcher, "{\"class\":\"starttls\",\"starttls\":true}\n", .server) == .none)
        #expect(!watcher.isOver)
    }
}
