import TandemCore
import Testing

@testable import Federation

/// Commands alone: routes and neighbours given by hand.
@Suite("Commands as a value") struct CommandsValueTests {
    private static let mine = CommandOrigin(site: site("a"), user: "5")
    private static let other = CommandOrigin(site: site("a"), user: "6")
    private static let foreign = CommandAnswer.refused(reason: "the key is in use by someone else", .empty)

    private struct Bench {
        var commands: Commands
        var time: Int64 = 1_000
        /// What the store holds.
        private(set) var lines: [IdempotencyKey: LedgerEntry] = [:]

        init(at name: String = "a") {
            commands = Commands(
                FederationConfiguration(site: site(name), links: [.init(peer: site("b")), .init(peer: site("c"))]))
            for peer in ["b", "c"] { commands.neighbourUp(site(peer)) }
        }

        var now: Moment { moment(time) }

        mutating func routes(_ hop: String?) {
            var table = OrderedMap<SiteID, Route>()
            if let hop {
                table[site("z")] = Route(site: site("z"), nextHop: site(hop), cost: 1, path: [site(hop), site("z")])
            }
            commands.routesChanged(table, now: now.instant)
        }

        mutating func submit(
            _ text: String = "k", to target: String = "z", origin: CommandOrigin = mine, body: EncodedObject = .empty
        ) {
            _ = commands.submit(
                CommandRequest(
                    key: key(text), target: site(target), origin: origin, verb: "dial", body: body,
                    timeLeft: .seconds(5)), now: now)
        }

        mutating func answer(_ answer: CommandAnswer, from peer: String) {
            commands.receive(
                AnswerFrame(key: key("k"), to: site("a"), hops: 16, answer: answer), from: site(peer),
                now: now.instant)
        }

        mutating func pass(_ milliseconds: Int64) {
            time += milliseconds
            commands.tick(now: now)
        }

        /// What it says, in short words.
        mutating func words() -> [String] {
            commands.outputs.take().map { output in
                if case .effect(.storeLedger(let entry, _)) = output { lines[entry.key] = entry }
                return switch output {
                case .send(.command(let frame), let peer): "\(frame.request.key) to \(peer)"
                case .send(.answer(let frame), let peer): "answer \(Self.word(frame.answer)) to \(peer)"
                case .send(.progress(let frame), let peer): "line \(frame.number) to \(peer)"
                case .send(_, let peer): "? to \(peer)"
                case .cut(let peer, _): "cut \(peer)"
                case .effect(.answered(_, let answer)): Self.word(answer)
                case .effect(.storeLedger(let entry, _)): entry.answer == nil ? "store begin" : "store answer"
                case .effect(.execute(let request)): "execute \(request.key)"
                case .effect: "effect"
                }
            }
        }

        static func word(_ answer: CommandAnswer) -> String {
            switch answer {
            case .done: "done"
            case .refused(let reason, _):
                reason == "the key is in use by someone else"
                    ? "foreign" : reason.hasPrefix("the key was used for another command") ? "other" : "refused"
            case .notDelivered(let reason, _): reason.rawValue
            case .unknown(let site): "unknown at \(site)"
            }
        }
    }

    // MARK: Ways

    enum Event: Sendable {
        case routes(String?), down(String), up(String), answer(CommandAnswer, from: String), wait(Int64)
    }

    /// A command was handed to `b`; what happens then, and what follows.
    static let ways: [(String, [Event], [String])] = [
        ("its answer comes", [.answer(.done(.empty), from: "b")], ["done"]),
        (
            "the neighbour is lost and another way is found",
            [.down("b"), .routes("c"), .answer(.done(.empty), from: "c")],
            ["k to c", "done"]
        ),
        (
            "the answer of the first way comes over another one", [.down("b"), .answer(.done(.empty), from: "c")],
            ["done"]
        ),
        ("no other way is found in time", [.down("b"), .routes(nil), .wait(5_750)], ["unknown at a"]),
        (
            "it may have arrived: a guess of the next way does not count",
            [
                .down("b"), .routes("c"), .answer(.notDelivered(reason: .timeout, at: site("c")), from: "c"),
                .wait(5_750),
            ],
            ["k to c", "unknown at a"]
        ),
        (
            "the neighbour has no way, another has",
            [.routes("c"), .answer(.notDelivered(reason: .noRoute, at: site("b")), from: "b")], ["k to c"]
        ),
        (
            "nobody has a way", [.answer(.notDelivered(reason: .noRoute, at: site("b")), from: "b")], ["no_route"]
        ),
        (
            "someone who does not have it says that it was not delivered",
            [.answer(.notDelivered(reason: .policy, at: site("c")), from: "c")], []
        ),
        ("its site refuses", [.answer(.refused(reason: "busy", .empty), from: "b")], ["refused"]),
        ("nothing is heard", [.wait(5_000), .wait(749), .wait(1)], ["unknown at a"]),
        (
            "the neighbour is back before routes are",
            [.down("b"), .up("b"), .routes("b"), .answer(.done(.empty), from: "b")],
            ["k to b", "done"]
        ),
    ]

    @Test("a command whose way is lost goes another way, and never has two answers", arguments: ways)
    func lostWays(why: String, events: [Event], outputs: [String]) {
        var bench = Bench()
        bench.routes("b")
        bench.submit()
        let said1 = bench.words()
        #expect(said1 == ["k to b"])
        for event in events {
            switch event {
            case .routes(let hop): bench.routes(hop)
            case .down(let peer): bench.commands.neighbourDown(site(peer))
            case .up(let peer): bench.commands.neighbourUp(site(peer))
            case .answer(let answer, let peer): bench.answer(answer, from: peer)
            case .wait(let time): bench.pass(time)
            }
        }
        let said2 = bench.words()
        #expect(said2 == outputs, "\(why)")
    }

    @Test("without a way the answer comes at once") func noWay() {
        var bench = Bench()
        bench.submit()
        let said3 = bench.words()
        #expect(said3 == ["no_route"])
        #expect(bench.commands.inProgress == 0)
    }

    // MARK: The ledger's phases

    enum Step: Sendable {
        case stored, finish, again, foreign, other, wait(Int64), restart
    }

    /// What happens to a command for the own site, and what it leads to.
    static let phases: [(String, [Step], [String])] = [
        (
            "it runs once stored, and is answered once that is stored", [.stored, .finish, .stored],
            ["execute k", "store answer", "done"]
        ),
        ("it does not run before", [.finish], []),
        (
            "a second submission joins it, before and while it runs", [.again, .stored, .again, .finish, .stored],
            ["execute k", "store answer", "done", "done", "done"]
        ),
        (
            "and while its answer is stored", [.stored, .finish, .again, .stored],
            ["execute k", "store answer", "done", "done"]
        ),
        (
            "and is answered from the ledger later", [.stored, .finish, .stored, .again],
            ["execute k", "store answer", "done", "done"]
        ),
        ("someone else's submission of the key is refused while it waits for the store", [.foreign], ["foreign"]),
        ("while it runs", [.stored, .foreign], ["execute k", "foreign"]),
        ("while its answer is stored", [.stored, .finish, .foreign], ["execute k", "store answer", "foreign"]),
        (
            "after it was answered", [.stored, .finish, .stored, .foreign],
            ["execute k", "store answer", "done", "foreign"]
        ),
        ("another command under the key is refused as such while the first waits for the store", [.other], ["other"]),
        (
            "while it runs, and the first one goes on", [.stored, .other, .finish, .stored],
            ["execute k", "other", "store answer", "done"]
        ),
        ("while its answer is stored", [.stored, .finish, .other], ["execute k", "store answer", "other"]),
        (
            "after it was answered; the same one is answered again", [.stored, .finish, .stored, .other, .again],
            ["execute k", "store answer", "done", "other", "done"]
        ),
        ("after a crash in the middle", [.stored, .restart, .other, .again], ["other", "unknown at a"]),
        ("after an answer and a crash", [.stored, .finish, .restart, .other, .again], ["other", "done"]),
        ("after a crash in the middle", [.stored, .restart, .foreign], ["foreign"]),
        ("after a crash its own submitter hears that nobody knows", [.stored, .restart, .again], ["unknown at a"]),
        ("after an answer and a crash it is answered again", [.stored, .finish, .restart, .again], ["done"]),
        (
            "it must not run when the store was too slow", [.wait(5_000), .stored, .stored],
            ["timeout", "store answer"]
        ),
        ("one that never ends is unknown", [.stored, .wait(5_000)], ["execute k", "unknown at a"]),
        (
            "and what it ends with is kept", [.stored, .wait(5_000), .finish, .stored, .again],
            ["execute k", "unknown at a", "store answer", "done"]
        ),
    ]

    @Test("a key runs at most once, and only its origin is told how it ended", arguments: phases)
    func ledgerPhases(why: String, steps: [Step], outputs: [String]) {
        var bench = Bench()
        var said: [String] = []
        bench.submit(to: "a")
        let said4 = bench.words()
        #expect(said4 == ["store begin"])
        for step in steps {
            switch step {
            case .stored: bench.commands.ledgerStored(key: key("k"), now: bench.now)
            case .finish: bench.commands.finish(key: key("k"), .done(.empty), now: bench.now)
            case .again: bench.submit(to: "a")
            case .foreign: bench.submit(to: "a", origin: Self.other)
            case .other: bench.submit(to: "a", body: document("destination", "102"))
            case .wait(let time): bench.pass(time)
            case .restart:
                let lines = Array(bench.lines.values)
                bench = Bench()
                bench.commands.restoreLedger(lines)
                said = []
            }
            said += bench.words()
        }
        #expect(said == outputs, "\(why)")
    }

    @Test("a stored line without an origin answers nobody, and its key does not run") func linesOfOlderStores() {
        var bench = Bench()
        bench.commands.restoreLedger([
            LedgerEntry(key: key("k"), answer: .done(document("secret", "x")), unixTime: 1)
        ])
        bench.submit(to: "a")
        let said5 = bench.words()
        #expect(said5 == ["unknown at a"])
    }

    @Test("someone else's command, and another one of the same, does not join one that is under way to another site")
    func foreignPending() {
        var bench = Bench()
        bench.routes("b")
        bench.submit()
        bench.submit(origin: Self.other)
        bench.submit(body: document("destination", "102"))
        bench.submit()
        let said6 = bench.words()
        #expect(said6 == ["k to b", "foreign", "other"])
        bench.answer(.done(.empty), from: "b")
        let said7 = bench.words()
        #expect(said7 == ["done", "done"], "the same command has joined")
    }

    // MARK: From neighbours

    private static func frame(
        hops: [String] = ["b"], origin: String = "b", target: String = "a", verb: String = "dial"
    ) -> CommandFrame {
        CommandFrame(
            request: CommandRequest(
                key: key("k"), target: site(target), origin: CommandOrigin(site: site(origin), user: "1"), verb: verb,
                body: .empty, timeLeft: .seconds(5)), hops: hops.map { site($0) })
    }

    @Test(
        "what a neighbour hands on is taken, answered or against the rules",
        arguments: [
            (frame(), ["store begin"]), (frame(verb: "ping"), ["execute k"]),
            (frame(hops: ["x"]), ["cut b"]), (frame(hops: ["a", "b"]), ["answer too_many_hops to b"]),
            (frame(hops: (1...15).map { "s\($0)" } + ["b"]), ["answer too_many_hops to b"]),
            (frame(origin: "a"), ["answer policy to b"]), (frame(target: "z"), ["k to c"]),
            (frame(target: "y"), ["answer no_route to b"]),
            (frame(hops: ["c", "b"], target: "z"), ["answer no_route to b"]),
        ])
    func handedOn(frame: CommandFrame, outputs: [String]) {
        var bench = Bench()
        bench.routes("c")
        bench.commands.receive(frame, from: site("b"), now: bench.now)
        let said8 = bench.words()
        #expect(said8 == outputs)
    }

    @Test("an answer whose command's way back is gone goes by route, counting its relays down") func straying() {
        var bench = Bench()
        bench.routes("c")
        let frame = AnswerFrame(key: key("stray"), to: site("z"), hops: 2, answer: .done(.empty))
        bench.commands.receive(frame, from: site("b"), now: bench.now.instant)
        guard case .send(.answer(let passed), site("c"))? = bench.commands.outputs.take().first else {
            Issue.record("it is not passed on")
            return
        }
        #expect(passed.hops == 1)
        for (hops, to) in [(0, "z"), (5, "a"), (5, "unheard")] {
            var last = frame
            last.hops = hops
            last.to = site(to)
            bench.commands.receive(last, from: site("b"), now: bench.now.instant)
        }
        let said9 = bench.words()
        #expect(said9.isEmpty)
        #expect(bench.commands.counters.lateAnswers == 3)
    }
}
