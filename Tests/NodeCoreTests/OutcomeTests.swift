import Federation
import NodeCore
import PBX
import SiteModel
import TandemCore
import Testing

@Suite("What becomes of a command") struct OutcomeTests {
    private let hangup = #""channelids":"chan:paris/PJSIP/101-1""#

    /// A node whose PBX only listens, with one channel of phone 1.
    private func quiet() -> Pair {
        let pair = Pair()
        pair.paris.see(pair.paris.pbx.phoneDials("1", "700", at: pair.paris.now))
        pair.paris.performsActions = false
        return pair
    }

    private func channel(_ pair: Pair) -> String { pair.paris.core.model.channels(ofPhone: "1").first ?? "" }

    @Test("the lines of a dial come as the PBX reports, and end with dial_success") func dialLines() {
        let pair = Pair()
        pair.paris.performsActions = false
        let alice = pair.paris.logIn("paris1")
        #expect(pair.paris.command(alice, "dial", #""destination":"user:paris/2""#).isEmpty)
        pair.paris.report(.written)
        pair.paris.report(.accepted(final: false), .channel("PJSIP/101-7"))
        pair.paris.report(.originated(channel: "PJSIP/101-7", end: .answered))
        let lines = pair.paris.read(alice, "ipbxcommand").replies
        #expect(
            lines == [
                ["ipbxreply": true], ["response": "ok"], ["autocall_channel": "PJSIP/101-7"],
                ["originatereason": "4", "channel": "PJSIP/101-7"], ["exten": "102"],
            ])
        #expect(pair.paris.core.federation.commandsInProgress == 0)
    }

    @Test("a call that nobody answers is refused with its reason") func notAnswered() {
        let pair = Pair()
        pair.paris.performsActions = false
        let alice = pair.paris.logIn("paris1")
        _ = pair.paris.command(alice, "dial", #""destination":"user:paris/2""#)
        pair.paris.report(.written, .accepted(final: false), .originated(channel: nil, end: .congested))
        let last = pair.paris.read(alice, "ipbxcommand").last
        #expect(last?["response"] == "ko" && last?["originatereason"] == "8")
        #expect(last?["reason"]?.stringValue?.contains("not answered") == true)
    }

    @Test("a phone may ring longer than an ordinary command may take") func longRinging() {
        let pair = Pair()
        pair.paris.performsActions = false
        let alice = pair.paris.logIn("paris1")
        _ = pair.paris.command(alice, "dial", #""destination":"user:paris/2""#)
        pair.paris.report(.written, .accepted(final: false))
        pair.pass(25_000)
        pair.paris.report(.originated(channel: "PJSIP/101-7", end: .answered))
        let lines = pair.paris.read(alice, "ipbxcommand").replies
        #expect(lines.last == ["exten": "102"])
        #expect(!lines.contains { $0["ipbxreply"] == "unknown_outcome" })
    }

    @Test("a command of several actions ends with its last one") func several() {
        let pair = Pair()
        pair.paris.see(pair.paris.pbx.phoneDials("1", "102", at: pair.paris.now))
        pair.paris.performsActions = false
        let alice = pair.paris.logIn("paris1")
        let names = ["1", "2"].flatMap { pair.paris.core.model.channels(ofPhone: $0) }
        #expect(names.count == 2)
        let ids = names.map { #""chan:paris/\#($0)""# }.joined(separator: ",")
        _ = pair.paris.command(alice, "hangup", #""channelids":[\#(ids)]"#)
        let tokens = pair.paris.performed.map(\.token)
        #expect(tokens.count == 2)
        pair.paris.see(tokens.map { .action($0, .written) } + [.action(tokens[0], .accepted(final: true))])
        #expect(pair.paris.core.federation.commandsInProgress == 1)
        pair.paris.see([.action(tokens[1], .failed(reason: "No such channel", connection: false))])
        #expect(pair.paris.core.federation.commandsInProgress == 0)
        let last = pair.paris.read(alice, "ipbxcommand").last
        #expect(last?["response"] == "ko" && last?["reason"] == "No such channel")
    }

    @Test("a PBX lost before it took the action: not done. Lost after: nobody knows") func connectionLost() {
        let pair = quiet()
        let alice = pair.paris.logIn("paris1")
        let channel = channel(pair)
        _ = pair.paris.command(alice, "hangup", #""channelids":"chan:paris/\#(channel)""#)
        pair.paris.report(.failed(reason: "gone", connection: true))
        #expect(pair.paris.read(alice, "ipbxcommand").last?["ipbxreply"] == "noconn")
        _ = pair.paris.command(alice, "hangup", #""channelids":"chan:paris/\#(channel)""#)
        pair.paris.report(.written, .failed(reason: "gone", connection: true))
        let last = pair.paris.read(alice, "ipbxcommand").last
        #expect(last?["ipbxreply"] == "unknown_outcome" && last?["site"] == "paris")
        guard case .unknown? = pair.paris.ledger.last?.answer else {
            Issue.record("the ledger claims to know")
            return
        }
    }

    @Test("while the PBX is away commands are refused with the reason, and the site is stale with its age") func away()
    {
        let pair = Pair()
        pair.join()
        let alice = pair.paris.logIn("paris1")
        let bob = pair.lyon.logIn("lyon1")
        pair.paris.stopPBX("the line is dead")
        pair.pass(5_000)
        let refused = pair.paris.command(alice, "dial", #""destination":"user:paris/2""#).last
        #expect(refused?["ipbxreply"] == "noconn")
        #expect(refused?["reason"]?.stringValue?.contains("the line is dead") == true)
        for node in [pair.paris, pair.lyon] {
            let (freshness, age) = node.core.freshness(of: site("paris"))
            #expect(freshness.word == "stale")
            #expect((4.0...6.0).contains(age ?? -1), "\(age ?? -1)")
        }
        let told = pair.lyon.read(bob, "sitestatus").filter { $0["ipbxid"] == "paris" }
        #expect(told.last?["state"] == "stale")
        pair.paris.see(pair.paris.pbx.restart(losingCalls: false, at: pair.paris.now))
        pair.pass(200)
        #expect(pair.paris.core.freshness(of: site("paris")).freshness.isFresh)
        #expect(pair.lyon.core.freshness(of: site("paris")).freshness.isFresh)
    }

    @Test("what the PBX cannot do is refused before it is asked") func capabilities() {
        let office = Pair.office("paris", prefix: "81", first: 101, trunkTo: "lyon")
        let paris = TestSite(office, capabilities: [.hangup], now: Pair.moment(0))
        paris.startPBX()
        let alice = paris.logIn("paris1")
        #expect(paris.command(alice, "dial", #""destination":"user:paris/2""#).last?["ipbxreply"] == "noaction")
        #expect(paris.actions.isEmpty)
    }

    @Test("a node without a PBX refuses calls and stays fresh") func relay() {
        let office = Pair.office("relay", prefix: "8", first: 101, trunkTo: "lyon")
        let relay = TestSite(office, hasPBX: false, now: Pair.moment(0))
        let client = relay.logIn("relay1")
        #expect(relay.command(client, "dial", #""destination":"user:relay/2""#).last?["ipbxreply"] == "noconn")
        #expect(relay.core.freshness(of: site("relay")).freshness.isFresh)
    }

    @Test("a repeated key is answered, not executed again") func repeatedKey() {
        let pair = Pair()
        pair.join()
        let alice = pair.paris.logIn("paris1")
        pair.lyon.performsActions = false
        let fields = #""source":"user:lyon/2","destination":"user:lyon/3","idempotencykey":"once""#
        _ = pair.paris.command(alice, "originate", fields)
        pair.settle()
        pair.lyon.report(.written, .accepted(final: false), .originated(channel: nil, end: .answered))
        pair.settle()
        _ = pair.paris.read(alice, "ipbxcommand")
        _ = pair.paris.command(alice, "originate", fields)
        pair.settle()
        #expect(pair.lyon.actions.count == 1)
        #expect(pair.paris.read(alice, "ipbxcommand").last?["exten"] == "203")
        // Another person's key of the same text is another key.
        let bob = pair.paris.logIn("paris2")
        _ = pair.paris.command(bob, "originate", fields)
        pair.settle()
        #expect(pair.lyon.actions.count == 2)
    }

    @Test("the PBX is asked only once the ledger line is durable") func ledgerFirst() {
        let pair = Pair()
        pair.paris.storesAtOnce = false
        let alice = pair.paris.logIn("paris1")
        pair.paris.storeNow()
        _ = pair.paris.command(alice, "dial", #""destination":"user:paris/2""#)
        #expect(pair.paris.actions.isEmpty)
        pair.paris.storeNow()
        #expect(pair.paris.actions.count == 1)
    }

    @Test("a new life uses no key of an earlier one, also when the disk is lost") func keysOfLives() throws {
        func firstKey(_ milliseconds: Int64) -> IdempotencyKey? {
            let paris = TestSite(
                Pair.office("paris", prefix: "81", first: 101, trunkTo: "lyon"), now: Pair.moment(milliseconds))
            paris.startPBX()
            paris.performsActions = false
            let alice = paris.logIn("paris1")
            _ = paris.command(alice, "dial", #""destination":"user:paris/2""#)
            return paris.ledger.first?.key
        }
        #expect(try #require(firstKey(0)) != #require(firstKey(3_600_000)))
    }

    @Test("what is under way when the node stops is audited as unknown; long texts are cut to whole characters")
    func auditAtStop() {
        let pair = Pair()
        pair.paris.performsActions = false
        let alice = pair.paris.logIn("paris1")
        _ = pair.paris.command(alice, "dial", #""destination":"exten:paris/102""#)
        #expect(pair.paris.audited.isEmpty)
        pair.paris.core.stop(now: pair.paris.now)
        pair.paris.run()
        #expect(pair.paris.audited.map(\.action) == ["dial"])
        #expect(pair.paris.audited.map(\.outcome) == ["unknown"])
        pair.paris.core.operatorAsked("reload", target: String(repeating: "é", count: 5_000), now: pair.paris.now)
        pair.paris.run()
        let target = pair.paris.audited.last?.target ?? ""
        #expect(target.hasSuffix("é…") && (200...256).contains(target.utf8.count))
    }
}

extension TestSite {
    fileprivate var audited: [AuditLine] {
        stored.compactMap { operation in
            guard case .audit(let line) = operation else { return nil }
            return line
        }
    }
}
