import CTIServer
import TandemCore
import Testing

@Suite("Bad input (CTI reference 1.4)")
struct BadInputTests {
    static let invalid: [[UInt8]] = [
        Array("{\"class\":".utf8), Array("nonsense".utf8), Array("[1,2]".utf8), Array("7".utf8),
        Array("{\"class\":\"keepalive\"} {}".utf8), [0x7B, 0x22, 0x61, 0x22, 0x3A, 0x22, 0xFF, 0xFE, 0x22, 0x7D],
        Array(repeating: UInt8(ascii: "["), count: 100_000),
        Array((String(repeating: "{\"a\":", count: 100_000) + "1" + String(repeating: "}", count: 100_000)).utf8),
        [0x00], Array("{\"class\":\"a\nb\"}".utf8),
    ]

    @Test("Invalid JSON of a logged-in client is answered with its place; the connection stays", arguments: invalid)
    func invalidJSON(_ line: [UInt8]) {
        let port = Port()
        let client = port.logIn()
        let other = port.logIn("bob")
        port.clear()
        let answers = port.send(client, line)
        #expect(answers.count == 1)
        #expect(answers.first?["class"] == .null)
        #expect(answers.first?["warning_string"] == "invalid_json")
        #expect(answers.first?["offset"]?.integerValue != nil)
        #expect(port.closed.isEmpty)
        #expect(port.server.counters.invalidJSON == 1)
        #expect(port.ask(client, #"{"class":"keepalive"}"#)["warning_string"] == "return_is_none")
        #expect(port.lines(other).isEmpty)
    }

    @Test("Invalid JSON of a stranger ends the connection", arguments: invalid)
    func invalidJSONBeforeLogin(_ line: [UInt8]) {
        let port = Port()
        let client = port.open()
        port.send(client, line)
        #expect(port.closed[client] != nil)
        #expect(port.server.counters.invalidJSON == 1)
    }

    @Test("The offset says where the text stopped making sense")
    func offset() {
        let port = Port()
        let client = port.logIn()
        #expect(port.ask(client, #"{"class":"x",}"#)["offset"] == 13)
    }

    @Test(
        "An object without class, or with a class that is no string, is answered",
        arguments: [
            (#"{"commandid":3}"#, "unknown"), (#"{"class":null,"commandid":3}"#, "unknown"),
            (#"{"class":7,"commandid":3}"#, "wrong_type:class"),
        ])
    func noClass(_ line: String, _ warning: String) {
        let port = Port()
        let client = port.logIn()
        #expect(
            port.ask(client, line) == ["class": nil, "replyid": 3, "warning_string": .string(warning)])
        #expect(port.server.counters.missingClass == 1)
        #expect(port.closed.isEmpty)
    }

    @Test("An unknown class is answered, the connection stays")
    func unknownClass() {
        let port = Port()
        let client = port.logIn()
        let reply = port.ask(client, #"{"class":"nonesuch","commandid":2}"#)
        #expect(reply == ["class": "nonesuch", "replyid": 2, "warning_string": "unknown"])
        #expect(port.server.counters.unknownClass == 1)
    }

    @Test(
        "A missing field or one of the wrong type is named",
        arguments: [
            (#"{"class":"chitchat"}"#, "missing:to,text"), (#"{"class":"chitchat","to":"paris/7"}"#, "missing:text"),
            (#"{"class":"chitchat","to":"paris/7","text":7}"#, "wrong_type:text"),
            (#"{"class":"chitchat","to":{},"text":"x"}"#, "wrong_type:to"),
            (#"{"class":"chitchat","to":"seven","text":"x"}"#, "invalid:to"),
            (#"{"class":"getlist"}"#, "missing:function,listname"),
            (#"{"class":"getlist","function":"updatestatus","listname":"users"}"#, "missing:tid"),
            (#"{"class":"getlist","function":"updatestatus","listname":"users","tid":[]}"#, "wrong_type:tid"),
            (#"{"class":"getlist","function":7,"listname":"users"}"#, "wrong_type:function"),
            (#"{"class":"availstate"}"#, "missing:availstate"),
            (#"{"class":"availstate","availstate":1}"#, "wrong_type:availstate"),
            (#"{"class":"ipbxcommand"}"#, "missing:command"),
            (#"{"class":"ipbxcommand","command":[]}"#, "wrong_type:command"),
            (
                #"{"class":"ipbxcommand","command":"dial","destination":"exten:paris/1","idempotencykey":"a b"}"#,
                "invalid:idempotencykey"
            ),
        ])
    func fields(_ line: String, _ warning: String) {
        let port = Port()
        let client = port.logIn()
        #expect(port.ask(client, line)["warning_string"] == .string(warning))
        let counters = port.server.counters
        #expect(counters.missingField + counters.wrongType + counters.invalidField == 1)
        #expect(port.closed.isEmpty)
    }

    @Test("A line that is too long is answered, then the connection is closed")
    func lineTooLong() {
        let port = Port()
        let client = port.logIn()
        let other = port.logIn("bob")
        port.server.lineTooLong(client, limit: 1_000, now: port.node.now)
        port.run()
        #expect(port.lines(client).last == ["class": nil, "error_string": "line_too_long", "limit": 1_000])
        #expect(port.closed.keys.sorted() == [client])
        #expect(port.server.counters.lineTooLong == 1)
        #expect(port.ask(other, #"{"class":"keepalive"}"#)["class"] == "keepalive")
    }

    @Test("1.2: empty lines are ignored, CR and escaped slashes are understood")
    func harmlessOddities() {
        let port = Port()
        let client = port.logIn()
        port.clear()
        #expect(port.send(client, "").isEmpty)
        #expect(port.send(client, " \r").isEmpty)
        #expect(port.ask(client, "{\"class\":\"keepalive\"}\r")["warning_string"] == "return_is_none")
        #expect(port.ask(client, #"{"class":"chitchat","to":"paris\/7","text":"é\/è"}"#)["delivered"] == 0)
        #expect(port.server.counters.invalidJSON == 0)
    }

    @Test("Whatever follows a refusal is ignored")
    func afterClose() {
        let port = Port()
        let client = port.open()
        port.send(client, #"{"class":"keepalive"}"#)
        port.clear()
        #expect(port.send(client, #"{"class":"keepalive"}"#).isEmpty)
        #expect(port.send(ClientID(99), #"{"class":"keepalive"}"#).isEmpty)
    }

    @Test(
        "3.1: the commandid comes back with its JSON type, digits and all",
        arguments: [
            ("77", "77"), (#""77""#, #""77""#), ("12345678901234567890123", "12345678901234567890123"), ("-1", "-1"),
            (#""é""#, #""\u00e9""#),
        ])
    func commandID(_ sent: String, _ echoed: String) throws {
        let port = Port()
        let client = port.logIn()
        port.clear()
        port.send(client, #"{"class":"getipbxlist","commandid":\#(sent)}"#)
        let line = String(decoding: try #require(port.rawInbox[client]?.last), as: UTF8.self)
        #expect(line.contains(#""replyid":\#(echoed),"#))
    }

    @Test("11, point 11: what the profile does not list is unallowed")
    func unallowed() {
        var configuration = CTIServerConfiguration()
        configuration.profiles["client"]?.regcommands.removeAll { $0 == "getipbxlist" }
        let port = Port(configuration)
        let bob = port.logIn("bob")
        let reply = port.ask(bob, #"{"class":"getipbxlist","commandid":1}"#)
        #expect(reply == ["class": "getipbxlist", "replyid": 1, "warning_string": "unallowed"])
        let command = port.ask(bob, #"{"class":"ipbxcommand","command":"listen","commandid":2}"#)
        #expect(
            command == ["class": "ipbxcommand", "replyid": 2, "command": "listen", "warning_string": "unallowed"])
        #expect(port.server.counters.unallowed == 2)
    }
}
