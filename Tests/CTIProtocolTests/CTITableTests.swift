import TandemCore
import Testing

@testable import CTIProtocol

@Suite("The tables of classes and commands")
struct CTITableTests {
    @Test("every class and every command has its own row, in the order of its cases")
    func complete() {
        #expect(CTIMessageClass.all.map(\.messageClass) == CTIClass.allCases)
        #expect(CTIVerbEntry.all.map(\.verb) == CTIVerb.allCases)
        for messageClass in CTIClass.allCases { #expect(messageClass.entry.messageClass == messageClass) }
        for verb in CTIVerb.allCases { #expect(verb.entry.verb == verb) }
    }

    @Test("every name is found in a parsed text")
    func names() throws {
        for messageClass in CTIClass.allCases {
            #expect(try withRequest("{\"class\":\"\(messageClass.rawValue)\"}") { $0.messageClass } == messageClass)
        }
        for verb in CTIVerb.allCases {
            #expect(try withRequest("{\"command\":\"\(verb.rawValue)\"}") { $0.fields.verb } == verb)
        }
        #expect(try withRequest(#"{"command":"dialx"}"#) { $0.fields.verb } == nil)
        #expect(try withRequest(#"{"command":7}"#) { $0.fields.verb } == nil)
    }

    @Test("everything but the login's three steps needs a complete login")
    func stages() {
        for entry in CTIMessageClass.all where entry.isFromClient {
            let expected: CTIStage =
                switch entry.messageClass {
                case .loginID: .connected
                case .loginPass: .identified
                case .loginCapas: .authenticated
                default: .loggedIn
                }
            #expect(entry.needs == expected, "\(entry.name)")
            #expect(entry.isLoginStep == (expected < .loggedIn), "\(entry.name)")
        }
        for entry in CTIVerbEntry.all { #expect(entry.stage == .loggedIn, "\(entry.name)") }
    }

    @Test(
        "what decides the executing site is an argument of the command that can name a site",
        arguments: CTIVerb.allCases)
    func deciding(_ verb: CTIVerb) {
        for key in verb.entry.decides {
            let argument = verb.entry.arguments.first { $0.key == key }
            switch argument?.kind {
            case .text?, .context?, .number?, .count?, .flag?, .word?, nil: Issue.record("\(key) of \(verb)")
            default: break
            }
        }
        #expect(Set(verb.entry.arguments.map(\.key)).count == verb.entry.arguments.count)
        #expect(!verb.entry.needs.capabilities.isEmpty)
    }

    @Test("a need of several capabilities is met by all of them, one of several by any")
    func needs() {
        #expect(CTICapabilityNeed.all([.hangup, .park]).isMet(by: [.hangup, .park, .hold]))
        #expect(!CTICapabilityNeed.all([.hangup, .park]).isMet(by: [.hangup]))
        #expect(CTICapabilityNeed.any([.roomKick, .roomMute]).isMet(by: [.roomKick]))
        #expect(!CTICapabilityNeed.any([.roomKick, .roomMute]).isMet(by: [.hangup]))
    }

    @Test("the Markdown has one row per entry, each with as many cells as its heading")
    func markdown() {
        let tables = CTITableMarkdown.render().split(separator: "\n\n")
        #expect(tables.count == 3)
        for (table, count) in zip(tables, [CTIClass.allCases.count, CTIVerb.allCases.count, nil]) {
            let rows = table.split(separator: "\n")
            if let count { #expect(rows.count == count + 2) }
            #expect(Set(rows.map { $0.count(where: { $0 == "|" }) }).count == 1)
        }
        #expect(CTITableMarkdown.render().contains("| `keepalive` | client → server |"))
    }

    @Test("a profile allows what it lists, and what needs no right")
    func permissions() {
        let some = CTIPermissions(classes: ["getlist", "ipbxcommand", "unheard"], commands: ["dial", "unheard"])
        for messageClass in CTIClass.allCases {
            let expected = [.getList, .ipbxCommand].contains(messageClass) || messageClass.entry.right == .none
            #expect(some.allows(messageClass) == expected, "\(messageClass)")
        }
        #expect(
            CTIClass.allCases.filter { $0.entry.right == .none }.map(\.rawValue) == [
                "login_id", "login_pass", "login_capas", "logout", "keepalive",
            ])
        for verb in CTIVerb.allCases { #expect(some.allows(verb) == (verb == .dial)) }
        let all = CTIPermissions(
            classes: CTIClass.allCases.map(\.rawValue), commands: CTIVerb.allCases.map(\.rawValue))
        for messageClass in CTIClass.allCases { #expect(all.allows(messageClass)) }
        for verb in CTIVerb.allCases { #expect(all.allows(verb)) }
    }

    @Test("proofs of a password are compared as a whole")
    func password() {
        #expect(CTIPassword.matches("005cff", "005cff"))
        #expect(!CTIPassword.matches("005cff", "005cfe") && !CTIPassword.matches("005cff", "005cf"))
    }

    @Test("a client's key has 1 to 64 printable characters without spaces")
    func keys() {
        for text in ["k", "a-1", String(repeating: "x", count: 64), "~!"] { #expect(CTIIdempotencyKey(text) != nil) }
        for text in ["", "a b", "é", "a\n", String(repeating: "x", count: 65)] {
            #expect(CTIIdempotencyKey(text) == nil)
        }
    }
}
