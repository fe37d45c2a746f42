import CTIProtocol
import CTIServer
import NodeCore
import TandemCore
import Testing

/// Who sends a class, which site answers and what comes back: a well-formed message of each class goes through the real
/// server, and what happens is what the row says.
@Suite("Every class does what its row of the table says") struct ClassTableTests {
    /// A well-formed message of each class about something of a site, without the closing brace.
    private func message(_ messageClass: CTIClass, about place: TestSite) -> String {
        let site = place.name.name
        let fields: String =
            switch messageClass {
            case .loginID, .loginPass, .loginCapas:
                // The steps are numbered as the stages that they need.
                String(TestSite.loginSteps("paris1")[messageClass.entry.needs.rawValue].dropFirst().dropLast())
            case .getList: #""function":"updatestatus","listname":"users","tipbxid":"\#(site)","tid":"2""#
            case .availState: #""availstate":"away","ipbxid":"\#(site)","userid":"2""#
            case .chitchat: #""to":"\#(site)/2","text":"hello""#
            case .ipbxCommand: #""command":"originate","source":"phone:\#(site)/1","destination":"exten:\#(site)/*43""#
            case .logout, .keepAlive, .getIPBXList, .dialSuccess, .siteStatus, .disconnect: ""
            }
        return "{\"class\":\"\(messageClass.rawValue)\"" + (fields.isEmpty ? "" : "," + fields)
    }

    /// Two sites that know each other, and a client that has come just as far as a class needs.
    private func client(_ messageClass: CTIClass) -> (pair: Pair, client: ClientID) {
        let pair = Pair()
        pair.join()
        let client = pair.paris.connect("paris1", upTo: messageClass.entry.needs)
        pair.settle()
        return (pair, client)
    }

    private func isRefused(_ line: JSONObject) -> Bool {
        ["unknown", "unallowed"].contains(line["warning_string"]) || line["error_string"] != nil
    }

    // MARK: What comes back

    @Test("what comes back is what the row says, with replyid when commandid was sent", arguments: CTIClass.allCases)
    func answer(_ messageClass: CTIClass) throws {
        let entry = messageClass.entry
        for isNumbered in [true, false] {
            let (pair, client) = client(messageClass)
            let ending = isNumbered ? ",\"commandid\":7}" : "}"
            // Other classes are pushes about what the message changed; a step of the login is told of as well.
            let atOnce = pair.paris.say(client, message(messageClass, about: pair.paris) + ending)
                .filter { $0["class"] == .string(entry.name) }
            _ = pair.paris.read(client, entry.name)
            pair.pass(30_000)
            let later = pair.paris.read(client, entry.name)
            #expect((atOnce + later).allSatisfy { isNumbered ? $0["replyid"] == 7 : $0["replyid"] == nil })
            let first = try #require(atOnce.first)
            #expect(isRefused(first) == !entry.isFromClient, "\(first)")
            switch entry.answer {
            case .one: #expect(!isRefused(first) && atOnce.count == 1 && later.isEmpty, "\(later)")
            case .several: #expect(!isRefused(first) && !later.isEmpty)
            case .push: #expect(isRefused(first) && atOnce.count == 1 && later.isEmpty)
            }
        }
    }

    // MARK: Who sends it

    @Test("the server pushes unasked what the rows say that it sends, and nothing else") func pushes() {
        let pair = Pair()
        pair.join()
        let alice = pair.paris.logIn("paris1")
        let bob = pair.paris.logIn("paris2")
        pair.settle()
        let asked = CTIClass.allCases.filter { $0.entry.isFromClient && $0.entry.needs == .loggedIn && $0 != .logout }
        for messageClass in asked {
            // Both ask for the same; a message to another user is a push there.
            for (client, user) in [(alice, "paris"), (bob, "lyon")] {
                let place = user == "paris" ? pair.paris : pair.lyon
                pair.paris.say(client, message(messageClass, about: place) + ",\"commandid\":7}")
                pair.pass(3_000)
            }
        }
        pair.paris.say(alice, #"{"class":"ipbxcommand","command":"dial","destination":"*43","commandid":7}"#)
        pair.pass(10_000)
        pair.lyon.stopPBX("gone")
        pair.settle()
        pair.paris.core.beginDrain(reason: "over", now: pair.paris.now)
        pair.paris.run()
        var pushed: Set<String> = []
        for messageClass in CTIClass.allCases where messageClass.entry.needs == .loggedIn {
            for client in [alice, bob] {
                // What was asked for under a class of its own is an answer; `dial_success` nobody asks for.
                let lines = pair.paris.peek(client, messageClass.rawValue)
                if lines.contains(where: { $0["replyid"] == nil || !messageClass.entry.isFromClient }) {
                    pushed.insert(messageClass.rawValue)
                }
            }
        }
        #expect(pushed == Set(CTIMessageClass.all.filter { $0.direction != .fromClient }.map(\.name)))
    }

    @Test("a class that only the server sends is refused and not advertised, also when somebody would answer it")
    func fromServerOnly() {
        struct Status: CTICommand {
            static let commandClass = "sitestatus"
            init(_ fields: CTIFields) {}
        }
        var cti = CTIServerConfiguration()
        cti.profiles["supervisor"]?.regcommands += ["sitestatus"]
        let paris = TestSite(
            Pair.office("paris", prefix: "81", first: 101, trunkTo: "lyon"), cti: cti, now: Pair.moment(0))
        paris.core.cti.registry.registerHandler(for: Status.self) { _, _ in .messages([["answered": true]]) }
        let alice = paris.logIn("paris1")
        #expect(
            paris.say(alice, #"{"class":"sitestatus","commandid":7}"#).map { $0["warning_string"] } == ["unknown"])
        #expect(paris.capabilities["regcommands"]?.arrayValue?.contains("sitestatus") == false)
    }

    // MARK: Which site answers

    @Test("the site that the row names answers a message about another site's object", arguments: CTIClass.allCases)
    func executor(_ messageClass: CTIClass) throws {
        let entry = messageClass.entry
        let (pair, client) = client(messageClass)
        let kept = pair.lyon.ledger.count
        let line = message(messageClass, about: pair.lyon) + ",\"commandid\":7}"
        let atOnce = pair.paris.say(client, line).filter { $0["class"] == .string(entry.name) }
        let sent = pair.paris.sentCommands
        guard entry.executor != .here else {
            #expect(sent.isEmpty && atOnce.count == 1)
            return
        }
        #expect(atOnce.isEmpty)
        #expect(sent.count == 1)
        let frame = try #require(sent.first)
        #expect(frame["target"] == "lyon")
        // A class is a verb of its own; commands go under their own names, as policies know them.
        #expect(frame["verb"] == .string(entry.executor == .command ? "originate" : entry.name))
        let timings = pair.paris.core.federation.configuration.timings
        let deadline =
            entry.executor == .command || entry.deadline == .call ? timings.callDeadline : timings.commandDeadline
        #expect(frame["deadline_ms"] == .integer(Int64(deadline.inSeconds * 1_000)))
        pair.pass(30_000)
        let later = pair.paris.read(client, entry.name)
        #expect(!later.isEmpty && later.allSatisfy { $0["replyid"] == 7 && !isRefused($0) })
        #expect((pair.lyon.ledger.count > kept) == entry.needsLedger)
    }

    @Test(
        "what another site answers is answered here when it is about the own site",
        arguments: CTIClass.allCases.filter(\.entry.isFromClient))
    func own(_ messageClass: CTIClass) {
        let (pair, client) = client(messageClass)
        pair.paris.say(client, message(messageClass, about: pair.paris) + ",\"commandid\":7}")
        #expect(pair.paris.sentCommands.isEmpty)
    }
}
