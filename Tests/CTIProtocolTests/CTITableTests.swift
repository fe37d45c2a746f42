import TandemCore
import Testing

@testable import CTIProtocol

@Suite("The tables of classes and commands")
struct CTITableTests {
    @Test("every class and every command stands in its table exactly once")
    func complete() {
        #expect(Set(CTIMessageClass.all.map(\.messageClass)) == Set(CTIClass.allCases))
        #expect(CTIMessageClass.all.count == CTIClass.allCases.count)
        #expect(Set(CTIVerbEntry.all.map(\.verb)) == Set(CTIVerb.allCases))
        #expect(CTIVerbEntry.all.count == CTIVerb.allCases.count)
        for messageClass in CTIClass.allCases { #expect(messageClass.entry.messageClass == messageClass) }
        for verb in CTIVerb.allCases { #expect(verb.entry.verb == verb) }
    }

    @Test("every name is found in a parsed text")
    func names() throws {
        for messageClass in CTIClass.allCases {
            #expect(try withRequest("{\"class\":\"\(messageClass.rawValue)\"}") { $0.messageClass } == messageClass)
        }
        for verb in CTIVerb.allCases {
            let found = try withRequest("{\"class\":\"ipbxcommand\",\"command\":\"\(verb.rawValue)\"}") {
                request -> CTIVerb? in
                if case .ipbxCommand(let command) = request.message { command.verb } else { nil }
            }
            #expect(found == verb)
        }
    }

    @Test("the Markdown has one row per entry, each with as many cells as its heading")
    func markdown() {
        let tables = CTITableMarkdown.render().split(separator: "\n\n")
        #expect(tables.count == 2)
        for (table, count) in zip(tables, [CTIClass.allCases.count, CTIVerb.allCases.count]) {
            let rows = table.split(separator: "\n")
            #expect(rows.count == count + 2)
            #expect(Set(rows.map { $0.count(where: { $0 == "|" }) }).count == 1)
        }
        #expect(CTITableMarkdown.render().contains("| `queueunpause_all` | `member` |"))
    }

    @Test("before the login everything but the login is refused")
    func beforeLogin() throws {
        func refusal(_ line: String, _ stage: CTIStage) throws -> CTIRefusal? {
            try withRequest(line) { $0.refusal(stage: stage, permissions: .all) }
        }
        for line in [
            #"{"class":"keepalive"}"#, #"{"class":"getipbxlist"}"#, #"{"class":"ipbxcommand","command":"dial"}"#,
            #"{"class":"nothing"}"#, "{}", #"{"class":"login_capas"}"#,
        ] {
            #expect(try refusal(line, .connected) == .notLoggedYet)
            #expect(try refusal(line, .identified) == .notLoggedYet)
        }
        #expect(try refusal(#"{"class":"login_pass"}"#, .connected) == .notLoggedYet)
        #expect(try refusal(#"{"class":"login_pass"}"#, .identified) == .missing(["hashedpassword"]))
        #expect(try refusal(#"{"class":"login_pass","password":"x"}"#, .identified) == nil)
        #expect(try refusal(#"{"class":"keepalive"}"#, .authenticated) == nil)
        #expect(try refusal(#"{"class":"nothing"}"#, .loggedIn) == .unknownClass)
        #expect(try refusal(#"{"class":"sitestatus"}"#, .loggedIn) == .unknownClass)
        #expect(CTIRefusal.notLoggedYet.closes && !CTIRefusal.unallowed.closes)
    }

    @Test("missing keys are named in the order of the original")
    func missing() throws {
        func text(_ line: String) throws -> String? {
            try withRequest(line) { $0.refusal(stage: .connected, permissions: .all)?.text }
        }
        #expect(try text(#"{"class":"login_id"}"#) == "missing:company,userlogin,ident,xivoversion")
        #expect(try text(#"{"class":"login_id","company":"d","ident":"x"}"#) == "missing:userlogin,xivoversion")
        #expect(try text(#"{"class":"login_id","company":"d","ident":"x","wazoversion":"2.3"}"#) == "missing:userlogin")
    }

    @Test("a profile allows what it lists, by class and by command")
    func permissions() throws {
        let some = CTIPermissions(classes: ["getlist", "ipbxcommand", "unheard"], commands: ["dial"])
        func refusal(_ line: String) throws -> CTIRefusal? {
            try withRequest(line) { $0.refusal(stage: .loggedIn, permissions: some) }
        }
        #expect(try refusal(#"{"class":"chitchat","to":"a/1","text":""}"#) == .unallowed)
        #expect(try refusal(#"{"class":"keepalive"}"#) == nil)
        #expect(try refusal(#"{"class":"logout"}"#) == nil)
        #expect(try refusal(#"{"class":"getlist","function":"listid","listname":"users"}"#) == nil)
        #expect(try refusal(#"{"class":"ipbxcommand","command":"dial"}"#) == nil)
        #expect(try refusal(#"{"class":"ipbxcommand","command":"hangup"}"#) == .unallowed)
        #expect(try refusal(#"{"class":"ipbxcommand","command":"unheard"}"#) == nil)
        #expect(try refusal(#"{"class":"ipbxcommand"}"#) == .missing(["command"]))
    }

    @Test("the proof of a password is hex over session id, colon and password")
    func password() {
        var hashed: [UInt8] = []
        let proof = CTIPassword.hash(sessionID: "abcdefghij", password: Secret("sécret")) { bytes in
            hashed = bytes
            return [0x00, 0x5C, 0xFF]
        }
        #expect(proof == "005cff" && hashed == Array("abcdefghij:sécret".utf8))
        #expect(CTIPassword.matches("005cff", "005cff"))
        #expect(!CTIPassword.matches("005cff", "005cfe") && !CTIPassword.matches("005cff", "005cf"))
    }
}
