import TandemCore
import Testing

@testable import Federation

@Suite("Commands") struct CommandTests {
    private func request(_ text: String, target: String = "b", verb: String = "dial", origin: String = "a")
        -> CommandRequest
    {
        CommandRequest(
            key: key(text), target: site(target), origin: CommandOrigin(site: site(origin), user: "5"), verb: verb,
            body: document("class", "ipbxcommand"), timeLeft: .seconds(5))
    }

    private func answers(_ effects: [FederationEffect]) -> [CommandAnswer] {
        effects.compactMap { effect -> CommandAnswer? in
            if case .answered(_, let answer) = effect { return answer }
            return nil
        }
    }

    private func executions(_ effects: [FederationEffect]) -> [CommandRequest] {
        effects.compactMap { effect -> CommandRequest? in
            if case .execute(let request) = effect { return request }
            return nil
        }
    }

    private func storesToCallBack(_ effects: [FederationEffect]) -> Int {
        effects.count { effect in
            if case .storeLedger(_, callBack: true) = effect { return true }
            return false
        }
    }

    @Test("a command runs only after its ledger line is durable, and its time has shrunk by then") func ledgerFirst() {
        var two = Two()
        two.connect()
        two.seenByB = []
        _ = two.a.submit(request("k"), now: moment(two.time))
        two.settle()
        #expect(executions(two.seenByB).isEmpty)
        #expect(storesToCallBack(two.seenByB) == 1)
        two.time += 400
        two.b.ledgerStored(key: key("k"), now: moment(two.time))
        two.settle()
        #expect(executions(two.seenByB).map(\.timeLeft) == [.milliseconds(4_600)])
        #expect(executions(two.seenByB).first?.origin == CommandOrigin(site: site("a"), user: "5"))
        two.b.progress(key: key("k"), body: document("step", "1"), now: moment(two.time))
        two.b.finish(key: key("k"), .done(document("channel", "x")), now: moment(two.time))
        two.settle()
        #expect(answers(two.seenByA).isEmpty, "the answer is told only once it is durable")
        two.b.ledgerStored(key: key("k"), now: moment(two.time))
        two.settle()
        #expect(answers(two.seenByA) == [.done(document("channel", "x"))])
        #expect(two.a.commandsInProgress == 0 && two.b.commandsInProgress == 0)
    }

    @Test("a repeated key joins the running command, then gets the recorded answer; it runs once") func repeatedKey() {
        var two = Two()
        two.connect()
        for _ in 0..<2 { _ = two.a.submit(request("k"), now: moment(two.time)) }
        two.settle()
        two.b.ledgerStored(key: key("k"), now: moment(two.time))
        two.b.finish(key: key("k"), .refused(reason: "busy", .empty), now: moment(two.time))
        two.b.ledgerStored(key: key("k"), now: moment(two.time))
        two.settle()
        #expect(answers(two.seenByA).count == 2)
        _ = two.a.submit(request("k"), now: moment(two.time))
        two.settle()
        #expect(answers(two.seenByA).count == 3)
        #expect(executions(two.seenByB).count == 1)
    }

    @Test("after a crash an unanswered key is unknown, an answered one is answered again") func crash() {
        var two = Two()
        two.b.restoreLedger([
            LedgerEntry(key: key("begun"), origin: request("begun").origin, answer: nil, unixTime: 1),
            LedgerEntry(key: key("done"), origin: request("done").origin, answer: .done(.empty), unixTime: 1),
        ])
        two.connect()
        _ = two.a.submit(request("begun"), now: moment(two.time))
        _ = two.a.submit(request("done"), now: moment(two.time))
        two.settle()
        #expect(answers(two.seenByA) == [.unknown(at: site("b")), .done(.empty)])
        #expect(executions(two.seenByB).isEmpty)
    }

    @Test("while the store cannot be written nothing begins and nothing waits for it; afterwards the same key runs")
    func noStore() {
        var two = Two()
        two.connect()
        for name in ["waits", "runs", "ends"] { _ = two.a.submit(request(name), now: moment(two.time)) }
        two.settle()
        for name in ["runs", "ends"] { two.b.ledgerStored(key: key(name), now: moment(two.time)) }
        two.b.finish(key: key("ends"), .done(.empty), now: moment(two.time))
        two.settle()
        #expect(answers(two.seenByA).isEmpty)
        two.b.storeChanged(isAvailable: false, now: moment(two.time))
        two.settle()
        let refused = CommandAnswer.refused(reason: "store_unavailable", .empty)
        #expect(Set(answers(two.seenByA)) == [refused, .done(.empty)], "what has ended is told, what waits is refused")
        two.seenByA = []
        let stored = storesToCallBack(two.seenByB)
        _ = two.a.submit(request("new"), now: moment(two.time))
        two.b.finish(key: key("runs"), .done(document("channel", "x")), now: moment(two.time))
        two.settle()
        #expect(Set(answers(two.seenByA)) == [refused, .done(document("channel", "x"))])
        #expect(storesToCallBack(two.seenByB) == stored, "nobody waits for the store")
        #expect(two.b.commandsInProgress == 0)
        // The store is well again, and tells of what was written at last.
        two.b.storeChanged(isAvailable: true, now: moment(two.time))
        two.seenByB = []
        two.b.ledgerStored(key: key("waits"), now: moment(two.time))
        _ = two.a.submit(request("new"), now: moment(two.time))
        two.settle()
        two.b.ledgerStored(key: key("new"), now: moment(two.time))
        two.settle()
        #expect(executions(two.seenByB).map(\.key) == [key("new")], "what was refused does not run later")
    }

    @Test("without a route the answer comes at once; a command for the own site needs none") func noRoute() {
        var two = Two()
        _ = two.a.submit(request("k"), now: moment(two.time))
        _ = two.a.submit(request("own", target: "a"), now: moment(two.time))
        two.settle()
        #expect(answers(two.seenByA) == [.notDelivered(reason: .noRoute, at: site("a"))])
        two.a.ledgerStored(key: key("own"), now: moment(two.time))
        two.settle()
        #expect(executions(two.seenByA).map(\.key) == [key("own")])
    }

    @Test("a command that never ends is unknown at its site; one that could not begin was not delivered")
    func deadlines() {
        var two = Two()
        two.connect()
        _ = two.a.submit(request("runs"), now: moment(two.time))
        _ = two.a.submit(request("waits"), now: moment(two.time))
        two.settle()
        two.b.ledgerStored(key: key("runs"), now: moment(two.time))
        two.pass(6_000)
        #expect(answers(two.seenByA).contains(.unknown(at: site("b"))))
        #expect(answers(two.seenByA).contains(.notDelivered(reason: .timeout, at: site("b"))))
        #expect(answers(two.seenByA).count == 2)
        // The store is late: the command must not run any more.
        two.b.ledgerStored(key: key("waits"), now: moment(two.time))
        two.settle()
        #expect(executions(two.seenByB).map(\.key) == [key("runs")])
    }

    @Test("a submitter that hears nothing more gives up as unknown within the grace") func lostBeyond() {
        var two = Two()
        two.connect()
        two.loses = { $0.contains("rcti_answer") }
        _ = two.a.submit(request("k"), now: moment(two.time))
        two.settle()
        two.pass(5_900)
        #expect(answers(two.seenByA) == [.unknown(at: site("a"))])
    }

    @Test("ping needs no ledger") func unledgered() {
        var two = Two()
        two.connect()
        two.seenByB = []
        _ = two.a.submit(request("k", verb: "ping"), now: moment(two.time))
        two.settle()
        #expect(executions(two.seenByB).count == 1 && storesToCallBack(two.seenByB) == 0)
    }

    private func command(_ key: String, hops: String, origin: String = "b", target: String = "a") -> String {
        #"{"class":"rcti_command","target":"\#(target)","key":"\#(key)","deadline_ms":1000,"hops":[\#(hops)],"#
            + #""origin":["\#(origin)","1"],"verb":"dial","body":{}}"#
    }

    @Test("loops, too many hops and commands in our own name are refused") func loops() {
        var hand = Hand()
        hand.establish()
        hand.send(command("loop", hops: #""a","b""#))
        hand.send(command("far", hops: (1...15).map { "\"s\($0)\"" }.joined(separator: ",") + #","b""#))
        hand.send(command("forged", hops: #""b""#, origin: "a"))
        hand.send(command("nowhere", hops: #""b""#, target: "z"))
        let sent = hand.sent().filter { $0.hasPrefix(#"{"class":"rcti_answer""#) }
        #expect(sent.count == 4)
        #expect(sent[0].contains("too_many_hops") && sent[1].contains("too_many_hops"))
        #expect(sent[2].contains("policy"))
        #expect(sent[3].contains("no_route"))
    }

    @Test("a verb that the link's policy does not name is not delivered") func policy() {
        var hand = Hand(
            peer: .init(
                peer: site("b"), dials: false, policy: LinkPolicy(export: nil, accept: nil, verbs: ["hangup"])))
        hand.establish()
        hand.send(command("k", hops: #""b""#))
        let sent = hand.sent()
        #expect(sent.contains { $0.contains(#""reason":"policy","site":"a""#) })
    }

    @Test("more commands of one peer than the limit are refused, until some are answered") func limit() {
        var hand = Hand()
        hand.core.configuration.limits.commandsPerLink = 3
        hand.establish()
        for number in 1...5 { hand.send(command("k\(number)", hops: #""b""#)) }
        let refused = hand.sent().count { $0.contains("too many commands") }
        #expect(refused == 2)
        hand.core.ledgerStored(key: key("k1"), now: moment(hand.time))
        hand.core.finish(key: key("k1"), .done(.empty), now: moment(hand.time))
        hand.core.ledgerStored(key: key("k1"), now: moment(hand.time))
        hand.send(command("k6", hops: #""b""#))
        #expect(hand.core.core.commands.running[key("k6")] != nil)
    }

    @Test("someone else's key does not give away an answer, whether it waits, runs, was answered or interrupted")
    func foreignKey() {
        func tried(_ hand: inout Hand) -> [String] {
            _ = hand.effects()
            hand.send(command("k", hops: #""b""#))
            return hand.sent().filter { $0.contains("rcti_answer") }
        }
        var hand = Hand()
        hand.establish()
        _ = hand.core.submit(request("k", target: "a"), now: moment(hand.time))
        for step in ["waiting", "running", "answering", "answered"] {
            let answers = tried(&hand)
            #expect(answers.count == 1 && answers[0].contains("the key is in use"), "\(step)")
            switch step {
            case "running": hand.core.finish(key: key("k"), .done(document("secret", "x")), now: moment(hand.time))
            default: hand.core.ledgerStored(key: key("k"), now: moment(hand.time))
            }
        }
        for answer in [nil, CommandAnswer.done(document("secret", "x"))] {
            var restarted = Hand(incarnation: 2)
            restarted.core.restoreLedger([
                LedgerEntry(key: key("k"), origin: request("k").origin, answer: answer, unixTime: 1)
            ])
            restarted.establish()
            let answers = tried(&restarted)
            #expect(answers.count == 1 && answers[0].contains("the key is in use"))
        }
        // One that was handed on to another site.
        var relay = Hand()
        relay.establish()
        _ = relay.core.submit(request("k", target: "b"), now: moment(relay.time))
        relay.send(command("k", hops: #""b""#, target: "b"))
        #expect(relay.sent().contains { $0.contains("rcti_answer") && $0.contains("the key is in use") })
        #expect(relay.core.commandsInProgress == 1)
    }

    @Test("a command may ask for more time than an ordinary one, up to the limit, and relays let it have it")
    func longCommand() {
        var two = Two()
        two.connect()
        var long = request("k")
        long.timeLeft = .seconds(45)
        _ = two.a.submit(long, now: moment(two.time))
        two.settle()
        two.b.ledgerStored(key: key("k"), now: moment(two.time))
        #expect(executions(two.b.takeEffects()).map(\.timeLeft) == [.seconds(45)])
        two.pass(30_000)
        #expect(answers(two.seenByA).isEmpty)
        two.b.finish(key: key("k"), .done(.empty), now: moment(two.time))
        two.b.ledgerStored(key: key("k"), now: moment(two.time))
        two.settle()
        #expect(answers(two.seenByA) == [.done(.empty)])
        var forever = request("forever")
        forever.timeLeft = .seconds(100_000)
        _ = two.a.submit(forever, now: moment(two.time))
        two.settle()
        two.pass(62_000)
        #expect(answers(two.seenByA).count == 2)
    }

    @Test("thousands of commands whose link is lost wait for a route without slowing every event, then all go on")
    func manyStranded() {
        var two = Two()
        two.connect()
        for number in 0..<1_000 { _ = two.a.submit(request("k\(number)"), now: moment(two.time)) }
        two.settle()
        two.a.linkClosed(LinkID(1), reason: "cut", now: moment(two.time))
        two.b.linkClosed(LinkID(1), reason: "cut", now: moment(two.time))
        two.settle()
        #expect(two.a.core.commands.stranded.count == 1_000)
        two.time += 500
        two.connect(2)
        two.pass(500)
        #expect(two.a.core.commands.stranded.isEmpty)
        #expect(two.b.core.commands.running.count == 1_000)
        #expect(executions(two.seenByB).isEmpty)
    }
}
