import BellPBX
import CTIServer
import LunchCommand
import PBX
import SiteModel
import TandemCore
import Testing

@Suite("What somebody outside of Tandem adds to it")
struct ExampleTests {
    private func node(_ pbx: BellPBX) throws -> ExampleNode {
        var site = SiteConfiguration(site: try #require(SiteID("paris")), discover: false)
        site.phones = [
            "1": .init(number: "101", endpoint: "BELL/front"), "2": .init(number: "102", endpoint: "BELL/back"),
        ]
        site.users = [
            "5": .init(name: "Alice", login: "alice", password: Secret("x"), phone: "1", profile: "supervisor")
        ]
        site.users["7"] = .init(name: "Bob", login: "bob", password: Secret("y"), profile: "client")
        let registry = CTICommandRegistry.standard()
        registry.registerLunch()
        var cti = CTIServerConfiguration()
        cti.profiles["supervisor"]?.regcommands.append("lunch")
        return ExampleNode(site, driver: BellDriver(pbx), registry: registry, cti: cti)
    }

    private func hint(_ phone: String, _ client: ClientID, _ node: ExampleNode) -> String? {
        node.say(
            client, #"{"class":"getlist","function":"updatestatus","listname":"phones","tid":"\#(phone)"}"#
        ).first?["status"]?["hintstatus"]?.stringValue
    }

    @Test("A client sees a bell ring, and silences it")
    func seeAndSilence() throws {
        let pbx = BellPBX()
        let node = try node(pbx)
        let alice = node.logIn("alice")
        #expect(hint("1", alice, node) == "0")
        #expect(pbx.ring("front"))
        #expect(hint("1", alice, node) == "8")
        let answers = node.say(
            alice, #"{"class":"ipbxcommand","command":"hangup","channelids":"chan:paris/BELL/front-1","commandid":1}"#)
        #expect(answers.contains { $0["replyid"] == 1 && $0["response"] == "ok" }, "\(answers)")
        #expect(pbx.ringing.isEmpty)
        #expect(hint("1", alice, node) == "0")
    }

    @Test("A client rings a bell and is told; one that rings already refuses")
    func ring() throws {
        let pbx = BellPBX()
        let node = try node(pbx)
        let alice = node.logIn("alice")
        let ring =
            #"{"class":"ipbxcommand","command":"originate","source":"phone:paris/2","destination":"exten:paris/101","commandid":2}"#
        let answers = node.say(alice, ring).filter { $0["replyid"] == 2 }
        #expect(pbx.ringing == ["back"])
        #expect(answers.contains { $0["autocall_channel"] == "BELL/back-1" }, "\(answers)")
        #expect(answers.contains { $0["originatereason"] == "4" }, "\(answers)")
        let again = node.say(alice, ring).filter { $0["replyid"] == 2 }
        #expect(again.contains { $0["response"] == "ko" }, "\(again)")
    }

    @Test("Every action ends with exactly one final event, whatever is asked")
    func finalEvents() throws {
        let driver = BellDriver(BellPBX())
        var finals: [UInt64: Int] = [:]
        driver.start { events in
            for case .action(let token, let event) in events where event.isFinal {
                finals[token.number, default: 0] += 1
            }
        }
        let front = HeaderText(literal: "BELL/front")
        let number = try #require(Extension("101"))
        let call = PBXAction.Originate(endpoint: front, extension: number, context: HeaderText(literal: "default"))
        let actions: [PBXAction] = [
            .originate(call), .originate(call), .hangup(channel: HeaderText(literal: "BELL/front-1")),
            .hangup(channel: front), .answer(channel: front), .agentLogoff(agent: number),
        ]
        for (index, action) in actions.enumerated() { driver.perform(action, token: ActionToken(UInt64(index))) }
        #expect(finals == Dictionary(uniqueKeysWithValues: actions.indices.map { (UInt64($0), 1) }))
    }

    @Test("The node understands a command of our own, checks its fields, and keeps it from those without the right")
    func lunch() throws {
        let node = try node(BellPBX())
        let alice = node.logIn("alice")
        func order(_ dish: String, _ count: Int) -> JSONObject? {
            node.say(alice, #"{"class":"lunch","function":"order","dish":"\#(dish)","count":\#(count),"commandid":3}"#)
                .first
        }
        #expect(order("soup", 2)?["ordered"] == 2)
        #expect(order("soup", 2)?["for"] == "Alice")
        #expect(order("pie", 1)?["warning_string"] == "sold_out")
        #expect(order("soup", 99)?["warning_string"] == "invalid:count")
        let bob = node.logIn("bob", profile: "client")
        let line = #"{"class":"lunch","function":"order","dish":"soup","count":1}"#
        #expect(node.say(bob, line).first?["warning_string"] == "unallowed")
    }
}
