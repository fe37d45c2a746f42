import TandemCore
import Testing

@testable import Federation

@Suite("Replication") struct ReplicationTests {
    @Test("a full copy, then changes, both within one turn; freshness follows the proof") func copies() {
        var two = Two()
        two.a.localChanges((1...5_000).map { added("\($0)") }, now: moment(two.time))
        two.connect()
        #expect(two.b.objectCount(of: site("a")) == 5_000)
        #expect(two.b.digest(of: site("a")) == two.a.digest(of: site("a")))
        #expect(two.b.freshness(of: site("a")) == .fresh)
        two.a.localChanges([status("7", "8"), .removed(phone("9"))], now: moment(two.time))
        two.settle()
        let object = two.b.object(ObjectID(.phone, site("a"), "7"))
        #expect(object?.status == document("hintstatus", "8"))
        #expect(two.b.ids(site: site("a"), type: .phone).count == 4_999)
        #expect(two.b.counters.snapshotsApplied == 1)
    }

    @Test("clients get only the difference when a snapshot replaces a copy") func snapshotDifference() {
        var two = Two { $0.timings.logLength = 2 }
        two.a.localChanges((1...50).map { added("\($0)") }, now: moment(two.time))
        two.connect()
        two.a.linkClosed(LinkID(1), reason: "test", now: moment(two.time))
        two.b.linkClosed(LinkID(1), reason: "test", now: moment(two.time))
        two.settle()
        #expect(two.b.freshness(of: site("a")) != .fresh)
        two.a.localChanges(
            [status("1", "8"), status("1", "0"), status("2", "8"), .removed(phone("3")), added("51")],
            now: moment(two.time))
        two.seenByB = []
        two.connect(2)
        var changes: [ObjectChange] = []
        for case .changed(_, let some) in two.seenByB { changes += some }
        #expect(Set(changes.map(\.key.id)) == ["2", "3", "51"])
        #expect(two.b.counters.snapshotsApplied == 2)
    }

    @Test("a lost frame of changes is noticed as a gap and asked for again") func gap() {
        var two = Two()
        two.a.localChanges([added("1")], now: moment(two.time))
        two.connect()
        two.loses = { $0.contains(#""hintstatus":"4""#) }
        two.a.localChanges([status("1", "4")], now: moment(two.time))
        two.settle()
        two.loses = { _ in false }
        two.a.localChanges([status("1", "5")], now: moment(two.time))
        two.settle()
        #expect(two.b.counters.gaps == 1)
        #expect(two.b.digest(of: site("a")) == two.a.digest(of: site("a")))
    }

    @Test("a lost last frame is noticed by the beat: the copy does not stay fresh, and is repaired")
    func lostTail() {
        var two = Two()
        two.a.localChanges([added("1")], now: moment(two.time))
        two.connect()
        two.loses = { $0.contains(#""hintstatus":"4""#) }
        two.a.localChanges([status("1", "4")], now: moment(two.time))
        two.settle()
        two.pass(5_000)
        #expect(two.b.freshness(of: site("a")) != .fresh)
        two.loses = { _ in false }
        two.pass(10_000)
        #expect(two.b.freshness(of: site("a")) == .fresh)
        #expect(two.b.digest(of: site("a")) == two.a.digest(of: site("a")))
    }

    @Test("a copy that differs at the same position is found by its digest and fetched anew") func digestRepair() {
        var two = Two()
        two.a.localChanges([added("1"), added("2")], now: moment(two.time))
        two.connect()
        two.b.core.replication.origins[site("a")]?.copy.apply(status("1", "wrong"))
        two.pass(12_000)
        #expect(two.b.counters.digestRepairs == 1)
        #expect(two.b.digest(of: site("a")) == two.a.digest(of: site("a")))
    }

    @Test("frames already applied are skipped, overlapping ones in part") func duplicates() {
        var hand = Hand()
        hand.establish()
        func frame(_ from: Int, _ to: Int) -> String {
            let list = (from...to).map { #"["added","phone","\#($0)",{},{}]"# }.joined(separator: ",")
            return
                #"{"class":"rcti_changes","site":"b","pull":1,"incarnation":1,"from":\#(from),"to":\#(to),"list":[\#(list)]}"#
        }
        hand.send(
            #"{"class":"rcti_snapshot","site":"b","pull":1,"incarnation":1,"sequence":0,"chunk":0,"last":true,"objects":[]}"#
        )
        hand.send(frame(1, 3))
        hand.send(frame(1, 3))
        hand.send(frame(2, 5))
        #expect(hand.core.counters.duplicateFrames == 1)
        #expect(hand.core.counters.changesApplied == 5)
        #expect(hand.core.position(of: site("b"))?.sequence == 5)
        hand.send(frame(9, 9))
        #expect(hand.core.counters.gaps == 1)
        // Frames of the pull before are late now.
        hand.send(frame(6, 6))
        #expect(hand.core.counters.lateFrames == 1)
        #expect(hand.core.position(of: site("b"))?.sequence == 5)
    }

    @Test("a peer that is not writable gets heartbeats but no changes until it is again") func writability() {
        var two = Two()
        two.connect()
        two.a.linkWritability(LinkID(1), false, now: moment(two.time))
        two.a.localChanges([added("1")], now: moment(two.time))
        two.settle()
        #expect(two.b.objectCount(of: site("a")) == 0)
        two.pass(2_000)
        #expect(two.b.links[0].state == .established)
        two.a.linkWritability(LinkID(1), true, now: moment(two.time))
        two.settle()
        #expect(two.b.objectCount(of: site("a")) == 1)
    }

    @Test("unacknowledged bytes to one peer stay within the limit") func inFlight() {
        var two = Two {
            $0.limits.inFlight = 20_000; $0.limits.bulkFrame = 2_000
        }
        two.a.localChanges((1...2_000).map { added("\($0)") }, now: moment(two.time))
        two.loses = { $0.contains("rcti_snapshot") }
        two.connect()
        let puller = two.a.core.replication.pullers[site("b")]
        #expect((20_000...25_000).contains(puller?.inFlight ?? 0))
    }

    @Test("a restored copy is shown as stale with its age until the site proves it") func restored() {
        var two = Two()
        two.b.restore(
            site: site("a"), incarnation: 1, sequence: 2,
            objects: [(phone("1"), .empty, document("hintstatus", "0"))], age: .milliseconds(100),
            now: moment(two.time))
        #expect(two.b.objectCount(of: site("a")) == 1)
        #expect(two.b.age(of: site("a"), now: moment(two.time + 50).instant) == .milliseconds(150))
        guard case .stale = two.b.freshness(of: site("a")) else {
            Issue.record("it is not shown as stale")
            return
        }
    }

    @Test("a silent site is stale, then unknown, then forgotten") func forgetting() {
        var two = Two {
            $0.timings.unknownAfter = .seconds(20); $0.timings.forgetAfter = .seconds(60)
        }
        two.a.localChanges([added("1")], now: moment(two.time))
        two.connect()
        two.loses = { _ in true }
        two.seenByB = []
        two.pass(5_000)
        guard case .stale = two.b.freshness(of: site("a")) else {
            Issue.record("it is not shown as stale")
            return
        }
        two.pass(20_000)
        #expect(two.b.freshness(of: site("a")) == .unknown)
        #expect(two.b.objectCount(of: site("a")) == 1)
        two.pass(40_000)
        #expect(two.b.objectCount(of: site("a")) == 0)
        let removed = two.seenByB.contains {
            if case .changed(site("a"), [.removed(phone("1"))]) = $0 { return true }
            return false
        }
        #expect(removed)
    }

    @Test("export and accept policies keep types away, and positions stay whole") func policies() {
        for exporting in [true, false] {
            var two = Two { configuration in
                let filter: Set<ObjectType> = [.user]
                if exporting, configuration.site == site("a") {
                    configuration.links[0].policy = LinkPolicy(export: filter, accept: nil, verbs: nil)
                } else if !exporting, configuration.site == site("b") {
                    configuration.links[0].policy = LinkPolicy(export: nil, accept: filter, verbs: nil)
                }
            }
            two.a.localChanges(
                [added("1"), .added(ObjectKey(.user, "1"), config: .empty, status: .empty)], now: moment(two.time))
            two.connect()
            two.a.localChanges(
                [status("1", "4"), .status(ObjectKey(.user, "1"), patch: document("x", "y"))], now: moment(two.time))
            two.pass(3_000)
            #expect(two.b.objectCount(of: site("a")) == 1)
            #expect(two.b.position(of: site("a"))?.sequence == 4)
            #expect(two.b.object(ObjectID(.user, site("a"), "1"))?.status == document("x", "y"))
            #expect(two.b.freshness(of: site("a")) == .fresh)
            #expect(two.b.counters.digestRepairs == 0)
        }
    }

    @Test("a policy that changes while running, at either end, narrower or wider, leaves no object too many or too few")
    func policyChanges() {
        let user = ObjectKey(.user, "1")
        let policies: [Set<ObjectType>?] = [nil, [.phone], [.user], [.phone, .user], nil, [.user]]
        for exporting in [true, false] {
            var two = Two()
            two.a.localChanges([added("1"), .added(user, config: .empty, status: .empty)], now: moment(two.time))
            two.connect()
            for (round, types) in policies.enumerated() {
                let policy =
                    exporting
                    ? LinkPolicy(export: types, accept: nil, verbs: nil)
                    : LinkPolicy(export: nil, accept: types, verbs: nil)
                let end = exporting ? site("a") : site("b")
                let peer = exporting ? site("b") : site("a")
                let new = FederationConfiguration(
                    site: end, links: [.init(peer: peer, dials: exporting, policy: policy)])
                if exporting {
                    two.a.reconfigure(new, now: moment(two.time))
                } else {
                    two.b.reconfigure(new, now: moment(two.time))
                }
                two.settle()
                if two.b.links[0].state != .established {
                    for number in [UInt64(round + 1)] {
                        two.a.linkClosed(LinkID(number), reason: "closed", now: moment(two.time))
                        two.b.linkClosed(LinkID(number), reason: "closed", now: moment(two.time))
                    }
                    two.settle()
                }
                two.connect(UInt64(round + 2))
                two.a.localChanges([status("1", "\(round)")], now: moment(two.time))
                two.pass(3_000)
                let expected = types ?? [.phone, .user]
                #expect(!two.b.ids(site: site("a"), type: .phone).isEmpty == expected.contains(.phone), "\(round)")
                #expect(!two.b.ids(site: site("a"), type: .user).isEmpty == expected.contains(.user), "\(round)")
                #expect(two.b.freshness(of: site("a")) == .fresh)
                #expect(two.b.position(of: site("a"))?.sequence == two.a.position(of: site("a"))?.sequence)
            }
        }
    }
}
