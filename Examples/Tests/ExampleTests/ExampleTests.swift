import BellPBX
import CTIServer
import LunchCommand
import NIOEmbedded
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
        let loop = EmbeddedEventLoop()
        return ExampleNode(site, driver: BellDriver(pbx, on: loop), on: loop, registry: registry, cti: cti)
    }

    private func hint(_ phone: String, _ client: ClientID, _ node: ExampleNode) -> String? {
        node.say(
            client, #"{"class":"getlist","function":"updatestatus","listname":"phones","tid":"\#(phone)"}"#
        ).first?["status"]?["hintstatus"]?.stringValue
    }

    private func bell() -> BellPBX { BellPBX(doors: ["front", "back"]) }

    @Test("A client sees a bell ring, and silences it")
    func seeAndSilence() throws {
        let pbx = bell()
        let node = try node(pbx)
        let alice = node.logIn("alice")
        #expect(hint("1", alice, node) == "0")
        #expect(pbx.ring("front"))
        #expect(hint("1", alice, node) == "8")
        let answers = node.say(
            alice, #"{"class":"ipbxcommand","command":"hangup","channelids":"chan:paris/BELL/front-1","commandid":1}"#)
        #expect(answers.contains { $0["replyid"] == 1 && $0["response"] == "ok" }, "\(answers)")
        #expect(pbx.doors["front"] == .silent)
        #expect(hint("1", alice, node) == "0")
    }

    @Test("A client rings a bell and is told who answers; one that rings already refuses")
    func ring() throws {
        let pbx = bell()
        let node = try node(pbx)
        let alice = node.logIn("alice")
        func ring(_ id: Int) -> [JSONObject] {
            let parties = #""source":"phone:paris/2","destination":"exten:paris/101""#
            return node.say(alice, #"{"class":"ipbxcommand","command":"originate",\#(parties),"commandid":\#(id)}"#)
                .filter { $0["replyid"] == .integer(Int64(id)) }
        }
        let rung = ring(2)
        #expect(pbx.doors["back"] == .ringing(call: 1))
        #expect(rung.contains { $0["autocall_channel"] == "BELL/back-1" }, "\(rung)")
        #expect(!rung.contains { $0["originatereason"] != nil }, "\(rung)")
        let again = ring(3)
        #expect(again.contains { $0["response"] == "ko" && $0["originatereason"] == "5" }, "\(again)")
        #expect(pbx.answer("back"))
        let answered = node.heard(alice).filter { $0["replyid"] == 2 }
        #expect(answered.contains { $0["originatereason"] == "4" }, "\(answered)")
        #expect(hint("2", alice, node) == "1")
    }

    @Test("While the cable is out a client is told so; what fell silent meanwhile does not ring once it is in again")
    func unplugged() throws {
        let pbx = bell()
        let node = try node(pbx)
        let alice = node.logIn("alice")
        #expect(pbx.ring("front"))
        #expect(hint("1", alice, node) == "8")
        pbx.plug(false)
        let answers = node.say(
            alice, #"{"class":"ipbxcommand","command":"hangup","channelids":"chan:paris/BELL/front-1","commandid":4}"#)
        #expect(answers.contains { $0["replyid"] == 4 && $0["response"] == "ko" }, "\(answers)")
        #expect(pbx.silence("front"))
        #expect(hint("1", alice, node) == "8")
        pbx.plug(true)
        #expect(hint("1", alice, node) == "0")
    }

    @Test("The node understands a command of our own, checks its fields, and keeps it from those without the right")
    func lunch() throws {
        let node = try node(bell())
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
