import TandemCore
import Testing

@testable import CTIProtocol

/// Decodes a line and hands the request on.
func withRequest<Result>(_ line: String, _ body: (CTIRequest) -> Result) throws -> Result {
    var tape = JSONTape()
    return try Array(line.utf8).withUnsafeBufferPointer { try CTIRequest.decode($0, tape: &tape, body) }
}

@Suite("Requests of clients")
struct CTIRequestTests {
    private let paris = SiteID("paris")!

    @Test("a dial is decoded to its command and destination")
    func dial() throws {
        try withRequest(
            #"{"class":"ipbxcommand","command":"dial","commandid":77,"destination":"exten:paris/1002"}"#
        ) { request in
            #expect(request.messageClass == .ipbxCommand && request.replyID == 77)
            guard case .ipbxCommand(let command) = request.message else {
                Issue.record("no command")
                return
            }
            #expect(command.verb == .dial && command.name == "dial" && command.missingKeys.isEmpty)
            #expect(command.destination == .number(Extension("1002")!, site: paris))
            #expect(command.source == nil)
        }
    }

    @Test("keys may be escaped, and order does not matter")
    func escaped() throws {
        try withRequest(#"{"destination":"user:special:me","command":"di\u0061l","cl\u0061ss":"ipbx\u0063ommand"}"#) {
            guard case .ipbxCommand(let command) = $0.message else {
                Issue.record("no command")
                return
            }
            #expect(command.verb == .dial && command.destination == .me(.user) && $0.replyID == nil)
        }
    }

    @Test(
        "commandid is repeated with its type unless it is absent, null, zero or empty",
        arguments: [
            ("7", JSONValue.integer(7)), ("\"7\"", "7"), ("1.5", 1.5), ("true", true), ("[1,\"a\"]", [1, "a"]),
            ("123456789012345678901234567890", .numeral("123456789012345678901234567890")), ("-1", -1),
        ] as [(String, JSONValue)])
    func replyID(_ text: String, _ expected: JSONValue) throws {
        #expect(try withRequest("{\"class\":\"keepalive\",\"commandid\":\(text)}") { $0.replyID } == expected)
    }

    @Test("nothing is repeated where there is nothing to repeat")
    func noReplyID() throws {
        for text in ["0", "0.0", "\"\"", "null", "false", "[]", "{}", "\"" + String(repeating: "x", count: 300) + "\""]
        {
            #expect(try withRequest("{\"class\":\"keepalive\",\"commandid\":\(text)}") { $0.replyID } == nil)
        }
        #expect(try withRequest(#"{"class":"keepalive"}"#) { $0.replyID } == nil)
    }

    @Test("getlist, availstate and chitchat are decoded to their fields")
    func otherHotMessages() throws {
        try withRequest(
            #"{"class":"getlist","function":"updatestatus","listname":"phones","tipbxid":"paris","tid":12}"#
        ) {
            guard case .getList(let list) = $0.message else {
                Issue.record("no list")
                return
            }
            #expect(list.function == .status && list.list == .phone && list.site == paris && list.id == "12")
            #expect(!list.hasInvalidSite)
        }
        try withRequest(#"{"class":"getlist","function":"x","listname":"nothing","tipbxid":"a b"}"#) {
            guard case .getList(let list) = $0.message else {
                Issue.record("no list")
                return
            }
            #expect(list.function == nil && list.list == nil && list.listName == "nothing" && list.hasInvalidSite)
        }
        try withRequest(#"{"class":"availstate","availstate":"away","userid":5}"#) {
            guard case .availState("away", user: "5") = $0.message else {
                Issue.record("no presence")
                return
            }
        }
        for to in [#""paris/7""#, #"["paris","7"]"#, #"["paris",7]"#] {
            try withRequest("{\"class\":\"chitchat\",\"to\":\(to),\"text\":\"hi\"}") {
                guard case .chitchat(paris, user: "7", text: "hi") = $0.message else {
                    Issue.record("no chat to \(to)")
                    return
                }
            }
        }
    }

    @Test(
        "wrong types and unknown classes are told apart",
        arguments: [
            (#"{"class":"chitchat","to":"paris","text":"x"}"#, "invalid"),
            (#"{"class":"chitchat","to":["paris"],"text":"x"}"#, "invalid"),
            (#"{"class":"chitchat","to":"paris/7","text":5}"#, "invalid"),
            (#"{"class":"chitchat","to":"paris/","text":"x"}"#, "invalid"),
            (#"{"class":"getlist","function":"listid"}"#, "invalid"), (#"{"class":"availstate"}"#, "invalid"),
            (#"{"class":"nothing"}"#, "unknown"), (#"{"class":5}"#, "unknown"), ("{}", "unknown"),
            (#"{"class":"ipbxcommandx"}"#, "unknown"), (#"{"class":"an_unusually_long_class"}"#, "unknown"),
            (#"{"class":"login_id"}"#, "other"), (#"{"class":"logout"}"#, "other"),
        ])
    func kinds(_ line: String, _ kind: String) throws {
        let found = try withRequest(line) { request in
            switch request.message {
            case .invalid: "invalid"
            case .unknown: "unknown"
            case .other: "other"
            default: "typed"
            }
        }
        #expect(found == kind)
    }

    @Test("a line that is no object is an error")
    func notAnObject() {
        for line in ["[]", "1", "\"x\"", "{", ""] {
            #expect(throws: JSONError.self) { try withRequest(line) { _ in } }
        }
    }

    @Test("lists of channels come as one id, as text with commas and as an array")
    func addresses() throws {
        let one = CTIAddress("chan:paris/SIP/a-1")
        let two = CTIAddress("chan:paris/SIP/b-2")
        for (field, expected) in [
            (#""chan:paris/SIP/a-1""#, [one]), (#""chan:paris/SIP/a-1,chan:paris/SIP/b-2""#, [one, two]),
            (#"["chan:paris/SIP/a-1","chan:paris/SIP/b-2"]"#, [one, two]),
            (#""queuemember:paris/Agent/2,blue""#, [CTIAddress("queuemember:paris/Agent/2,blue")]), ("[]", []),
            (#""queuemember:paris/a,b,chan:paris/SIP/b-2""#, [CTIAddress("queuemember:paris/a,b"), two]),
            ("\"5,7\"", [CTIAddress("5"), CTIAddress("7")]), ("1002", [CTIAddress("1002")]),
        ] {
            #expect(try withRequest("{\"x\":\(field)}") { $0.addresses("x") } == expected.compactMap(\.self))
        }
        #expect(try withRequest("{\"x\":[\"chan:paris\"]}") { $0.addresses("x") } == nil)
        #expect(try withRequest("{}") { $0.addresses("x") } == nil)
    }

    @Test(
        "addresses are read in all their forms",
        arguments: [
            ("chan:paris/SIP/a:b-00000003", CTIAddress.object(ObjectID("chan:paris/SIP/a:b-00000003")!)),
            ("line:paris/12", .object(ObjectID("phone:paris/12")!)),
            ("queue:paris/all", .all(.queue, site: SiteID("paris"))),
            ("queue:special:all", .all(.queue, site: nil)), ("user:special:me", .me(.user)),
            ("agent:special:me", .me(.agent)), ("user:special:myvoicemail", .myVoicemail),
            ("1002", .number(Extension("1002")!, site: nil)),
            ("\"Bob\" <1002>", .number(Extension("1002")!, site: nil)),
            ("\"Bob: home/1\" <*8>", .number(Extension("*8")!, site: nil)),
            ("<7>", .number(Extension("7")!, site: nil)),
            ("exten:paris/+49", .number(Extension("+49")!, site: SiteID("paris"))),
        ])
    func addressForms(_ text: String, _ expected: CTIAddress) throws {
        #expect(CTIAddress(text) == expected)
        var writer = JSONWriter()
        writer.value(["x": .string(text)])
        #expect(try withRequest(String(decoding: writer.bytes, as: UTF8.self)) { $0.address("x") } == expected)
    }

    @Test(
        "what cannot be addressed is refused",
        arguments: [
            "", ":", "exten:paris/", "exten:paris/1 2", "exten:pa ris/1", "nothing:paris/1", "chan:paris/",
            "chan:paris",
            "user:special:nobody", "10 02", "<>", "<", ">", "a\nb", "chan:paris/x\ny", "1002\r\nAction: x", "é",
        ])
    func noAddress(_ text: String) {
        #expect(CTIAddress(text) == nil)
    }
}
