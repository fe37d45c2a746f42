import TandemCore
import Testing

@testable import CTIProtocol

/// Reads a line and hands the request on.
func withRequest<Result>(_ line: String, _ body: (CTIRequest) -> Result) throws -> Result {
    try CTILineReader().read(Array(line.utf8), body)
}

@Suite("Requests of clients")
struct CTIRequestTests {
    @Test(
        "the class is told apart: none, no text, one of ours, another",
        arguments: [
            ("{}", CTIRequest.Name.absent), (#"{"class":null}"#, .absent), (#"{"class":7}"#, .notText),
            (#"{"class":"ipbxcommand"}"#, .known(.ipbxCommand)),
            (#"{"cl\u0061ss":"ipbx\u0063ommand"}"#, .known(.ipbxCommand)),
            (#"{"class":"logout","class":"getlist"}"#, .known(.getList)),
            (#"{"class":"ipbxcommandx"}"#, .other("ipbxcommandx")),
            (#"{"class":"an_unusually_long_class"}"#, .other("an_unusually_long_class")),
            (#"{"class":""}"#, .other("")),
        ])
    func names(_ line: String, _ name: CTIRequest.Name) throws {
        #expect(try withRequest(line) { $0.name } == name)
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

    @Test("a line that is no object is an error")
    func notAnObject() {
        for line in ["[]", "1", "\"x\"", "{", ""] {
            #expect(throws: JSONError.self) { try withRequest(line) { _ in } }
        }
    }

    @Test("fields are lent: kept beyond their line they read as empty, never as the next line")
    func keptFields() throws {
        let reader = CTILineReader()
        let kept = try reader.read(Array(#"{"class":"x","text":"first"}"#.utf8)) { $0.fields }
        #expect(kept["text"] == nil && !kept.has("text"))
        try reader.read(Array(#"{"class":"x","text":"second"}"#.utf8)) { request in
            #expect(request.fields["text"] == "second")
            #expect(kept["text"] == nil)
            #expect(throws: CTICommandError.missing(["text"])) { try kept.string("text") }
        }
    }

    @Test("a field is read in its type, or said to have another")
    func types() throws {
        try withRequest(#"{"s":"a","n":12,"b":1,"f":false,"x":1.5,"l":[1],"o":{"k":2},"z":null}"#) {
            let fields = $0.fields
            func read<Value>(_ body: () throws(CTICommandError) -> Value) -> Result<Value, CTICommandError> {
                do throws(CTICommandError) { return .success(try body()) } catch { return .failure(error) }
            }
            #expect(read { () throws(CTICommandError) in try fields.string("s") } == .success("a"))
            #expect(read { () throws(CTICommandError) in try fields.string("n") } == .failure(.wrongType("n")))
            #expect(read { () throws(CTICommandError) in try fields.id("n") } == .success("12"))
            #expect(read { () throws(CTICommandError) in try fields.id("x") } == .failure(.wrongType("x")))
            #expect(read { () throws(CTICommandError) in try fields.integer("n") } == .success(12))
            #expect(read { () throws(CTICommandError) in try fields.bool("b") } == .success(true))
            #expect(read { () throws(CTICommandError) in try fields.bool("f") } == .success(false))
            #expect(read { () throws(CTICommandError) in try fields.bool("n") } == .failure(.wrongType("n")))
            #expect(read { () throws(CTICommandError) in try fields.array("l") } == .success([1]))
            #expect(read { () throws(CTICommandError) in try fields.object("o") } == .success(["k": 2]))
            #expect(read { () throws(CTICommandError) in try fields.optionalString("z") } == .success(nil))
            #expect(read { () throws(CTICommandError) in try fields.optionalID("none") } == .success(nil))
        }
    }

    @Test("getlist is read to its fields")
    func getList() throws {
        func list(_ fields: String) throws -> Result<CTIListRequest, CTICommandError> {
            try withRequest("{\"class\":\"getlist\",\(fields)}") { request in
                do throws(CTICommandError) { return .success(try CTIListRequest(request.fields)) } catch {
                    return .failure(error)
                }
            }
        }
        let status = try list(#""function":"updatestatus","listname":"phones","tipbxid":"paris","tid":12"#).get()
        #expect(status.function == .status && status.list == .phone && status.siteName == "paris" && status.id == "12")
        let odd = try list(#""function":"x","listname":"nothing""#).get()
        #expect(odd.function == nil && odd.list == nil && odd.listName == "nothing" && odd.functionName == "x")
        #expect(try list(#""function":"updateconfig","listname":"phones""#) == .failure(.missing(["tid"])))
    }

    @Test(
        "chitchat names its user as a text or as an array",
        arguments: [
            (#""paris/7""#, nil), (#""user:paris/7""#, nil), (#"["paris","7"]"#, nil), (#"["paris",7]"#, nil),
            (#""paris""#, .invalid("to")), (#"["paris"]"#, .wrongType("to")), (#""paris/""#, .invalid("to")),
            ("{}", .wrongType("to")), ("7", .wrongType("to")),
        ] as [(String, CTICommandError?)])
    func chat(_ to: String, _ fault: CTICommandError?) throws {
        let read = try withRequest("{\"class\":\"chitchat\",\"to\":\(to),\"text\":\"hi\"}") {
            request -> Result<CTIChat, CTICommandError> in
            do throws(CTICommandError) { return .success(try CTIChat(request.fields)) } catch {
                return .failure(error)
            }
        }
        switch read {
        case .success(let chat):
            #expect(fault == nil)
            #expect(chat.site.name == "paris" && chat.user == "7" && chat.text == "hi" && chat.alias == nil)
        case .failure(let error): #expect(error == fault)
        }
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
    func addressForms(_ text: String, _ expected: CTIAddress) {
        #expect(CTIAddress(text) == expected)
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
