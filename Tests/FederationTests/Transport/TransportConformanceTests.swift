import TandemCore
import Testing

@testable import Federation

/// What every transport must carry. A new transport is added to `TransportKind` and has to tell the same stories.
@Suite("Every transport carries the federation") struct TransportConformanceTests {
    private static let kinds = TransportKind.allCases

    @Test("copies converge after connecting, over a relay too, and are fresh", arguments: kinds)
    func converge(kind: TransportKind) {
        var stage = Stage(kind, ["a", "b", "c"])
        stage.act("a") { core, _ in core.replication.localChanges((1...3_000).map { added("\($0)") }) }
        stage.connect("a", "b")
        stage.connect("b", "c")
        stage.pass(1_500)
        for place in ["b", "c"] {
            #expect(stage.isEqual("a", at: place))
            #expect(stage.freshness("a", at: place) == .fresh)
        }
        stage.act("a") { core, _ in core.replication.localChanges([status("7", "8"), .removed(phone("9"))]) }
        #expect(stage.isEqual("a", at: "c"))
        #expect(stage.copy("a", at: "c")?.count == 2_999)
    }

    @Test("after a loss only what was missed is sent", arguments: kinds) func resume(kind: TransportKind) {
        var stage = Stage(kind, ["a", "b"])
        stage.act("a") { core, _ in core.replication.localChanges((1...100).map { added("\($0)") }) }
        stage.connect("a", "b")
        stage.disconnect("a", "b")
        stage.act("a") { core, _ in core.replication.localChanges([status("1", "8"), added("101")]) }
        #expect(!stage.isEqual("a", at: "b"))
        stage.nodes[site("b")]!.seen = []
        stage.connect("a", "b")
        #expect(stage.isEqual("a", at: "b"))
        #expect(stage.core("b").replication.counters.snapshotsApplied == 1)
        #expect(stage.core("b").replication.counters.changesApplied == 102)
    }

    @Test("who is too far behind gets the whole state, and clients only the difference", arguments: kinds)
    func snapshot(kind: TransportKind) {
        var stage = Stage(kind, ["a", "b"]) { $0.timings.logLength = 2 }
        stage.act("a") { core, _ in core.replication.localChanges((1...50).map { added("\($0)") }) }
        stage.connect("a", "b")
        stage.disconnect("a", "b")
        stage.act("a") { core, _ in
            core.replication.localChanges([status("1", "8"), status("2", "8"), .removed(phone("3")), added("51")])
        }
        stage.nodes[site("b")]!.seen = []
        stage.connect("a", "b")
        var changed: Set<String> = []
        for case .changed(_, let changes) in stage.nodes[site("b")]!.seen { changed.formUnion(changes.map(\.key.id)) }
        #expect(changed == ["1", "2", "3", "51"])
        #expect(stage.core("b").replication.counters.snapshotsApplied == 2)
        #expect(stage.isEqual("a", at: "b"))
    }

    @Test("a command has one answer, with its lines before it", arguments: kinds) func command(kind: TransportKind) {
        var stage = Stage(kind, ["a", "b", "c"])
        stage.connect("a", "b")
        stage.connect("b", "c")
        stage.pass(200)
        stage.nodes[site("c")]!.finishes = false
        stage.submit("k", from: "a", to: "c")
        #expect(stage.executions("c") == ["k"])
        stage.act("c") { core, now in
            core.commands.progress(key: key("k"), body: document("status", "ringing"))
            core.commands.finish(key: key("k"), .done(document("channel", "x")), now: now)
        }
        let lines = stage.nodes[site("a")]!.seen.count { if case .progress = $0 { true } else { false } }
        #expect(lines == 1)
        #expect(stage.answers("a") == [.done(document("channel", "x"))])
        for name in ["a", "b", "c"] { #expect(stage.core(name).commands.inProgress == 0) }
    }

    @Test("a repeated key runs once and is answered again", arguments: kinds) func repeatedKey(kind: TransportKind) {
        var stage = Stage(kind, ["a", "b"])
        stage.connect("a", "b")
        for _ in 0..<3 { stage.submit("k", from: "a", to: "b") }
        #expect(stage.executions("b") == ["k"])
        #expect(stage.answers("a") == [.done(.empty), .done(.empty), .done(.empty)])
    }

    @Test("when the way is lost the command goes another way, runs once and has one answer", arguments: kinds)
    func lostWay(kind: TransportKind) {
        var stage = Stage(kind, ["a", "b", "c", "d"])
        for (one, other) in [("a", "b"), ("b", "d"), ("a", "c"), ("c", "d")] { stage.connect(one, other) }
        stage.pass(200)
        stage.nodes[site("d")]!.finishes = false
        stage.submit("k", from: "a", to: "d")
        let hop = stage.core("a").commands.pending[key("k")]?.nextHop?.name
        #expect(hop == "b")
        stage.disconnect("a", "b")
        stage.act("d") { core, now in core.commands.finish(key: key("k"), .done(document("x", "1")), now: now) }
        stage.pass(1_000)
        #expect(stage.executions("d") == ["k"])
        #expect(stage.answers("a") == [.done(document("x", "1"))])
    }

    @Test("without a way the answer says so at once", arguments: kinds) func noWay(kind: TransportKind) {
        var stage = Stage(kind, ["a", "b"])
        stage.submit("k", from: "a", to: "b")
        #expect(stage.answers("a") == [.notDelivered(reason: .noRoute, at: site("a"))])
    }

    @Test("a site without a way is stale at once, and fresh again when it is back and heard", arguments: kinds)
    func staleAndFresh(kind: TransportKind) {
        var stage = Stage(kind, ["a", "b"])
        stage.act("a") { core, _ in core.replication.localChanges([added("1")]) }
        stage.connect("a", "b")
        #expect(stage.freshness("a", at: "b") == .fresh)
        stage.disconnect("a", "b")
        guard case .stale? = stage.freshness("a", at: "b") else {
            Issue.record("it is not shown as stale")
            return
        }
        #expect(stage.copy("a", at: "b")?.count == 1)
        stage.connect("a", "b")
        stage.pass(1_100)
        #expect(stage.freshness("a", at: "b") == .fresh)
    }

    @Test("a site that falls silent becomes stale although nothing is cut", arguments: kinds)
    func silence(kind: TransportKind) {
        var stage = Stage(kind, ["a", "b"])
        stage.connect("a", "b")
        stage.pass(1_000)
        stage.deaf = [site("a"), site("b")]
        stage.pass(4_000)
        #expect(stage.freshness("a", at: "b") != .fresh)
    }

    @Test("policy keeps types away and refuses verbs", arguments: kinds) func policy(kind: TransportKind) {
        var stage = Stage(kind, ["a", "b"]) { configuration in
            guard configuration.site == site("a") else { return }
            configuration.links[0].policy = LinkPolicy(export: [.user], accept: nil, verbs: ["hangup"])
        }
        stage.act("a") { core, _ in
            core.replication.localChanges(
                [added("1"), .added(ObjectKey(.user, "1"), config: .empty, status: .empty)])
        }
        stage.connect("a", "b")
        #expect(stage.copy("a", at: "b")?.count == 1)
        #expect(stage.copy("a", at: "b")?.contains(ObjectKey(.user, "1")) == true)
        #expect(stage.freshness("a", at: "b") == .fresh)
        stage.submit("dial", from: "b", to: "a", verb: "dial")
        stage.submit("hangup", from: "b", to: "a", verb: "hangup")
        #expect(stage.answers("b") == [.notDelivered(reason: .policy, at: site("a")), .done(.empty)])
        #expect(stage.executions("a") == ["hangup"])
    }

    @Test("without room changes wait while beats and commands go on", arguments: kinds) func room(kind: TransportKind) {
        var stage = Stage(kind, ["a", "b"])
        stage.connect("a", "b")
        stage.room(from: "a", to: "b", false)
        stage.act("a") { core, _ in core.replication.localChanges([added("1")]) }
        stage.pass(2_000)
        #expect(stage.copy("a", at: "b")?.count == 0)
        stage.submit("k", from: "b", to: "a")
        #expect(stage.answers("b") == [.done(.empty)])
        stage.room(from: "a", to: "b", true)
        #expect(stage.isEqual("a", at: "b"))
    }

    @Test("a neighbour that breaks the rules is cut at both ends; others are not disturbed", arguments: kinds)
    func cut(kind: TransportKind) {
        var stage = Stage(kind, ["a", "b", "c"])
        stage.connect("a", "b")
        stage.connect("a", "c")
        stage.pass(200)
        // b hands on a command and names someone else as the last hop.
        stage.act("b") { core, _ in
            let request = CommandRequest(
                key: key("k"), target: site("a"), origin: CommandOrigin(site: site("b"), user: "1"), verb: "dial",
                body: .empty, timeLeft: .seconds(1))
            core.commands.send(.command(CommandFrame(request: request, hops: [site("x")])), to: site("a"))
        }
        #expect(stage.core("a").routing.neighbours.keys == [site("c")])
        #expect(stage.core("b").routing.neighbours.isEmpty)
        #expect(stage.executions("a").isEmpty)
        stage.submit("k2", from: "c", to: "a")
        #expect(stage.answers("c") == [.done(.empty)])
    }

    @Test("who has lost its disk continues with a life that nobody remembers, and is followed", arguments: kinds)
    func lostDisk(kind: TransportKind) {
        var stage = Stage(kind, ["a", "b"])
        stage.act("a") { core, _ in core.replication.localChanges([added("1")]) }
        stage.act("b") { core, now in
            core.replication.restore(
                site: site("a"), incarnation: 7, sequence: 40, objects: [(phone("9"), .empty, .empty)], age: .zero,
                now: now.instant)
        }
        stage.connect("a", "b")
        stage.pass(3_000)
        #expect(stage.core("a").incarnation == 8)
        #expect(stage.isEqual("a", at: "b"))
        #expect(stage.freshness("a", at: "b") == .fresh)
    }
}
