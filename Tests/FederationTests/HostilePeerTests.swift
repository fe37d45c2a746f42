import TandemCore
import Testing

@testable import Federation

/// A peer with a good certificate and bad intentions: it may spoil its own link, never the node.
@Suite("Hostile peers") struct HostilePeerTests {
    @Test(
        "clocks from the end of time prove nothing, disturb no other link, and leave the node's own time alone",
        arguments: [
            Int64.min, -9_223_372_036_854_000, -9_223_372_036_854_775, -4_503_599_627_370_496, Int64.max, 0,
        ])
    func extremeClocks(stamp: Int64) {
        var hand = Hand(and: [.init(peer: site("d"), dials: false)])
        hand.establish()
        let honest = LinkID(2)
        hand.core.linkConnected(honest, peer: site("d"), dialed: false, now: moment(hand.time))
        hand.core.linkReceived(
            honest, line: line(Hand.hello.replacing("\"b\"", with: "\"d\"")), now: moment(hand.time))
        _ = hand.effects()
        let digest = hand.core.digest(of: site("a"))
        for age in [0, 1 << 40, 1 << 62] {
            hand.send(
                #"{"class":"rcti_heartbeat","t":\#(stamp),"echo":[\#(hand.time * 1_000),0],"clocks":"#
                    + #"[["b",1,0,9,\#(age)],["c",1,0,9,\#(age)]]}"#)
            // An echo of a stamp that was never sent says nothing about the time.
            hand.send(
                #"{"class":"rcti_heartbeat","t":\#(stamp),"echo":[-4503599627370495,1125899906842623],"#
                    + #""clocks":[["c",1,0,10,\#(age)]]}"#)
            hand.time += 100
            hand.core.tick(now: moment(hand.time))
            #expect(closeReason(hand.effects()) == nil)
            // No route leads to c, and no copy of it is here: whatever is said about its beats.
            #expect(hand.core.freshness(of: site("c")) != .fresh)
            #expect(hand.core.objectCount(of: site("c")) == 0)
            let due = hand.core.nextDeadline
            let soon = moment(hand.time - 1_000).instant...moment(hand.time + 1_000).instant
            #expect(due.map { soon.contains($0) } == true)
        }
        // An echo of a stamp from before the socket would make the round trip as long as the peer likes.
        #expect(hand.core.links.allSatisfy { ($0.roundTrip ?? .zero) < .seconds(1) })
        #expect(hand.core.counters.badFrames == 0)
        #expect(hand.core.incarnation == 1)
        #expect(hand.core.digest(of: site("a")) == digest)
        #expect(hand.core.links.map(\.state.word) == ["established", "syncing"])
        #expect(hand.core.core.replication.origins[site("c")]?.copy.incarnation == 0)
        // The honest peer's first heartbeat is understood as if nobody else were there.
        hand.core.linkReceived(
            honest,
            line: line(
                #"{"class":"rcti_heartbeat","t":5000000,"echo":[\#(hand.time * 1_000),0],"clocks":[["d",1,0,1,0]]}"#),
            now: moment(hand.time))
        #expect(hand.core.links.map(\.state.word) == ["established", "established"])
    }

    @Test("link states of ever new sites leave no trace once the federation is full") func linkStateFlood() {
        var hand = Hand()
        hand.core.configuration.limits.sites = 20
        hand.establish()
        for number in 0..<500 {
            hand.send(
                #"{"class":"rcti_linkstate","origin":"x\#(number)","incarnation":1,"sequence":1,"neighbours":[]}"#)
        }
        #expect(hand.core.core.routing.neighbours[site("b")]?.told.count ?? 0 <= 21)
        #expect(hand.core.core.routing.topology.sites.count <= 20)
        #expect(hand.core.core.replication.origins.count <= 20)
        let complaints = hand.effects().count { effect in
            if case .log(.error, let text) = effect { return text.contains("more than 20 sites") }
            return false
        }
        #expect(complaints == 1)
    }

    @Test("a site with more links than a site can have is refused") func tooManyNeighbours() {
        var hand = Hand()
        hand.establish()
        let neighbours = (0..<513).map { #"["n\#($0)",1]"# }.joined(separator: ",")
        hand.send(
            #"{"class":"rcti_linkstate","origin":"c","incarnation":1,"sequence":1,"neighbours":[\#(neighbours)]}"#)
        #expect(closeReason(hand.effects())?.contains("neighbours") == true)
    }

    @Test("names that were only mentioned are forgotten") func mentionedNames() {
        var hand = Hand()
        hand.establish()
        for number in 0..<50 {
            hand.send(
                #"{"class":"rcti_pull","site":"y\#(number)","pull":1,"incarnation":0,"sequence":0,"window":10,"#
                    + #""start":true}"#)
        }
        #expect(hand.core.core.replication.origins.count > 50)
        hand.core.configuration.timings.linkTimeout = .seconds(600)
        hand.time += 61_000
        hand.core.tick(now: moment(hand.time))
        #expect(hand.core.core.replication.origins.keys.map(\.name) == ["a", "b"])
    }

    private func changes(from: Int, _ list: [String]) -> String {
        #"{"class":"rcti_changes","site":"b","pull":1,"incarnation":1,"from":\#(from),"list":["#
            + list.joined(separator: ",") + #"],"to":\#(from + list.count - 1)}"#
    }

    @Test("changes cannot grow a copy beyond the limits of a site") func changesGrow() {
        var hand = Hand()
        hand.core.configuration.limits.objectsPerSite = 100
        hand.establish()
        hand.send(
            #"{"class":"rcti_snapshot","site":"b","pull":1,"incarnation":1,"sequence":1,"chunk":0,"objects":[],"last":true}"#
        )
        _ = hand.effects()
        var sequence = 2
        for _ in 0..<4 {
            let list = (0..<50).map { #"["added","phone","p\#(sequence + $0)",{},{}]"# }
            hand.send(changes(from: sequence, list))
            sequence += 50
        }
        #expect(closeReason(hand.effects())?.contains("more than 100 objects") == true)
        #expect(hand.core.objectCount(of: site("b")) <= 150)
    }

    @Test("a change too large to be passed on is refused, and does not jam those behind") func hugeElement() {
        var hand = Hand()
        hand.establish()
        hand.send(
            #"{"class":"rcti_snapshot","site":"b","pull":1,"incarnation":1,"sequence":1,"chunk":0,"objects":[],"last":true}"#
        )
        let text = String(repeating: "x", count: 700_000)
        hand.send(changes(from: 2, [#"["added","phone","1",{"n":"\#(text)"},{}]"#]))
        #expect(closeReason(hand.effects())?.contains("bytes") == true)
        #expect(hand.core.objectCount(of: site("b")) == 0)
    }

    @Test("patches cannot make an object outgrow a frame; all nodes cut it alike") func growingObject() {
        var one = SiteCopy()
        var other = SiteCopy()
        for number in 0..<40 {
            let patch = document("k\(number)", String(repeating: "v", count: 20_000))
            one.apply(.status(phone("1"), patch: patch))
            other.apply(.status(phone("1"), patch: patch))
        }
        #expect(one.size < 300_000)
        #expect(one.digest == other.digest)
        one.apply(.removed(phone("1")))
        #expect(one.size == 0)
    }

    @Test("a command with a giant body is refused") func hugeCommand() {
        var hand = Hand()
        hand.establish()
        let text = String(repeating: "x", count: 200_000)
        hand.send(
            #"{"class":"rcti_command","target":"a","key":"k","deadline_ms":1000,"hops":["b"],"origin":["b","1"],"#
                + #""verb":"dial","body":{"t":"\#(text)"}}"#)
        #expect(hand.sent().contains { $0.contains("a command of more than") })
        #expect(hand.core.core.commands.running.isEmpty)
    }

    @Test("a ledger that is full refuses, and forgets only what no command can still ask for") func fullLedger() {
        var hand = Hand()
        hand.core.configuration.limits.ledger = 3
        hand.core.configuration.timings.linkTimeout = .seconds(600)
        hand.establish()
        func command(_ key: String) {
            hand.send(
                #"{"class":"rcti_command","target":"a","key":"\#(key)","deadline_ms":1000,"hops":["b"],"#
                    + #""origin":["b","1"],"verb":"dial","body":{}}"#)
            hand.core.ledgerStored(key: IdempotencyKey(key)!, now: moment(hand.time))
            hand.core.finish(key: IdempotencyKey(key)!, .done(.empty), now: moment(hand.time))
        }
        for key in ["k1", "k2", "k3", "k4"] { command(key) }
        #expect(hand.sent().contains { $0.contains("too many commands lately") })
        hand.time += 121_000
        command("k5")
        #expect(
            hand.core.core.commands.ledger.state(
                of: key("k5"), askedBy: CommandOrigin(site: site("b"), user: "1"), for: nil) == .answered(.done(.empty))
        )
        #expect(hand.core.core.commands.ledger.count == 1)
    }
}
