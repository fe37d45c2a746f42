import CTIServer
import TandemCore
import Testing

@Suite("Whatever a client sends, nothing traps and nobody else is disturbed")
struct RandomLinesTests {
    private static let words = [
        "class", "login_id", "login_pass", "login_capas", "logout", "getlist", "ipbxcommand", "chitchat",
        "availstate", "keepalive", "command", "dial", "hangup", "queueadd", "queuepause_all", "meetme", "listen",
        "destination", "source", "member", "queue", "channelids", "agentids", "function", "functionargs", "listname",
        "tipbxid", "tid", "to", "text", "commandid", "user:special:me", "agent:special:me", "queue:special:all",
        "user:special:myvoicemail", "exten:paris/1002", "chan:lyon/PJSIP/201-1", "user:lyon/7", "agent:paris/3",
        "paris/7", "lyon",
        "paris", "listid", "updatestatus", "phones", "users", "", ":", "/", "a:/", "exten:/", "\"B\" <1>", "<>", ">",
        "é", "\u{1F600}", "away", "start", "subcommand", "mailbox", "userid", "ipbxid", "agentphonenumber",
    ]

    private func value(_ generator: inout SplitMix64, depth: Int) -> JSONValue {
        switch Int.random(in: 0..<12, using: &generator) {
        case 0: .null
        case 1: .bool(.random(using: &generator))
        case 2: .integer(.random(in: -3...3_000, using: &generator))
        case 3: .double(.random(in: -1e9...1e9, using: &generator))
        case 4 where depth > 0:
            .array((0..<Int.random(in: 0..<4, using: &generator)).map { _ in value(&generator, depth: depth - 1) })
        case 5 where depth > 0: .object(object(&generator, depth: depth - 1))
        default: .string(Self.words.randomElement(using: &generator) ?? "")
        }
    }

    private func object(_ generator: inout SplitMix64, depth: Int) -> JSONObject {
        var object = JSONObject()
        let classes = ["getlist", "ipbxcommand", "chitchat", "availstate", "keepalive", "getipbxlist", "ipbxcommand"]
        let commands = CTIProfile.supervisor.ipbxcommands
        if Int.random(in: 0..<10, using: &generator) > 0 {
            object["class"] = .string(classes.randomElement(using: &generator) ?? "")
        }
        if Int.random(in: 0..<10, using: &generator) > 0 {
            object["command"] = .string(commands.randomElement(using: &generator) ?? "")
        }
        for _ in 0..<Int.random(in: 0..<7, using: &generator) {
            object[Self.words.randomElement(using: &generator) ?? ""] = value(&generator, depth: depth)
        }
        return object
    }

    private func line(_ generator: inout SplitMix64) -> [UInt8] {
        var bytes = JSONValue.object(object(&generator, depth: 3)).encoded()
        for _ in 0..<(Int.random(in: 0..<4, using: &generator) == 0 ? 3 : 0) {
            let place = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0..<3, using: &generator) {
            case 0: bytes[place] = .random(in: 0...255, using: &generator)
            case 1: bytes.insert(.random(in: 0...255, using: &generator), at: place)
            default: bytes.removeSubrange(place...)
            }
            if bytes.isEmpty { bytes = [0x7B] }
        }
        return bytes.filter { $0 != UInt8(ascii: "\n") }
    }

    @Test("Random lines, half valid, from strangers and from users", arguments: 0..<40)
    func randomLines(_ seed: Int) {
        var generator = SplitMix64(seed: UInt64(seed))
        let port = Port()
        let witness = port.logIn("bob")
        var speaker = port.logIn()
        for round in 0..<150 {
            if port.closed[speaker] != nil {
                port.close(speaker)
                speaker = Bool.random(using: &generator) ? port.logIn() : port.open()
            }
            port.send(speaker, line(&generator))
            if let entry = port.node.submissions.last, Bool.random(using: &generator) {
                port.server.progress(entry.ticket, EncodedObject(["response": "ok"]), now: port.node.now)
                port.server.finish(entry.ticket, .done(.empty), now: port.node.now)
                port.run()
            }
            if round % 10 == 0 {
                let before = port.lines(witness).count
                port.send(witness, #"{"class":"keepalive","commandid":\#(round + 1)}"#)
                #expect(port.lines(witness).count == before + 1)
            }
        }
        #expect(port.closed[witness] == nil)
        #expect(port.group.contains(witness))
        for (submission, _) in port.node.submissions {
            #expect(submission.body.encoded.bytes.allSatisfy { $0 >= 0x20 && $0 < 0x7F })
        }
    }
}
