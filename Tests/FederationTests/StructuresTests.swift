import TandemCore
import Testing

@testable import Federation

@Suite("Structures below the federation core") struct StructuresTests {
    @Test("an ordered map walks its keys in order, changes values in place and removes them") func orderedMap() {
        var map = OrderedMap<SiteID, [Int]>()
        for name in ["c", "a", "b"] { map[site(name)] = [1] }
        map[site("b")]?.append(2)
        map[site("x")]?.append(9)
        #expect(map.keys == [site("a"), site("b"), site("c")])
        #expect(map[site("b")] == [1, 2])
        map[site("a")] = nil
        #expect(map.keys == [site("b"), site("c")])
        #expect(map[site("a")] == nil)
    }

    @Test("an object table behaves like a dictionary under random changes, and its digest returns with its contents")
    func objectTable() {
        var table = ObjectTable(type: .phone)
        var model: [String: (EncodedObject, EncodedObject)] = [:]
        var state: UInt64 = 42
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        for _ in 0..<20_000 {
            let id = "phone-\(random(300))-with-a-long-id"
            switch random(4) {
            case 0:
                let wasRemoved = table.remove(id)
                #expect(wasRemoved == (model.removeValue(forKey: id) != nil))
            case 1:
                let patch = document("s\(random(3))", "\(random(100))")
                table.patch(id, config: nil, status: patch)
                let old = model[id] ?? (.empty, .empty)
                model[id] = (old.0, old.1.merging(patch))
            default:
                let config = document("name", "\(random(50))")
                let outcome = table.put(id, config: config, status: .empty)
                let old = model[id]
                model[id] = (config, .empty)
                #expect((outcome == .added) == (old == nil))
                #expect((outcome == .same) == (old.map { $0.0 == config && $0.1 == .empty } ?? false))
            }
        }
        #expect(table.count == model.count)
        var rebuilt = ObjectTable(type: .phone)
        for (id, halves) in model {
            let record = table.record(id)
            #expect(record.map { ObjectRecord.config(of: $0) } == halves.0)
            #expect(record.map { ObjectRecord.status(of: $0) } == halves.1)
            _ = rebuilt.put(id, config: halves.0, status: halves.1)
        }
        #expect(rebuilt.digest == table.digest)
        for id in model.keys where !table.remove(id) { Issue.record("\(id) is not there") }
        #expect(table.digest == 0)
        #expect(table.count == 0)
    }

    @Test("one different byte gives a different digest") func digestSeesBytes() {
        var one = SiteCopy()
        var other = SiteCopy()
        one.apply(added("1", "4"))
        other.apply(added("1", "5"))
        #expect(one.digest != other.digest)
        // The same documents under another type are something else.
        var third = SiteCopy()
        third.apply(.added(ObjectKey(.user, "1"), config: document("name", "1"), status: document("hintstatus", "4")))
        #expect(one.digest != third.digest)
    }

    @Test("the difference of two copies turns the one into the other") func difference() {
        var old = SiteCopy()
        var new = SiteCopy()
        for number in 0..<100 { old.apply(added("\(number)")) }
        for number in 50..<150 { new.apply(added("\(number)", number % 7 == 0 ? "8" : "0")) }
        let changes = old.difference(to: new)
        for change in changes { old.apply(change) }
        #expect(old.digest == new.digest)
        #expect(changes.count == 50 + 50 + (50..<100).filter { $0 % 7 == 0 }.count)
    }

    @Test("an operation log keeps its last entries and knows what it covers") func operationLog() {
        var log = OperationLog(after: 10, limit: 3)
        #expect(log.covers(after: 10))
        for number in 11...15 { log.append(.init(type: .phone, bytes: [UInt8(number)])) }
        #expect(log.first == 13 && log.last == 15)
        #expect(!log.covers(after: 11))
        #expect(log.covers(after: 12) && log.covers(after: 15))
        #expect(!log.covers(after: 16))
        #expect(log[14].bytes == [14])
        log.skip(1 << 50)
        #expect(log.count == 0 && log.last == 15 + (1 << 50))
    }

    @Test("the ledger answers repeated keys, marks interrupted ones and forgets old ones") func ledger() {
        var ledger = Ledger()
        let asker = CommandOrigin(site: site("b"), user: "5")
        func state(_ name: String) -> Ledger.State? { ledger.state(of: key(name), askedBy: asker, for: nil) }
        ledger.restore([
            LedgerEntry(key: key("old"), origin: asker, answer: .done(.empty), unixTime: 10),
            LedgerEntry(key: key("broken"), origin: asker, answer: nil, unixTime: 20),
        ])
        ledger.begin(key("new"), origin: asker, digest: CommandDigest(number: 7), unixTime: 30)
        #expect(state("old") == .answered(.done(.empty)))
        #expect(state("broken") == .interrupted)
        #expect(state("new") == .running)
        #expect(ledger.state(of: key("new"), askedBy: asker, for: CommandDigest(number: 7)) == .running)
        #expect(ledger.state(of: key("new"), askedBy: asker, for: CommandDigest(number: 8)) == .otherCommand)
        let hasTrimmed = ledger.trim(before: 25)
        #expect(hasTrimmed)
        #expect(state("old") == nil && state("broken") == nil)
        // A running command is never forgotten, however old.
        _ = ledger.trim(before: 100)
        #expect(state("new") == .running)
        ledger.answer(key("new"), .unknown(at: site("a")), unixTime: 110)
        _ = ledger.trim(before: 200)
        _ = ledger.trim(before: 201)
        #expect(ledger.count == 0)
    }
}

@Suite("Clocks and proofs") struct ClockTests {
    @Test("a frame that lay in a stalled connection is dated by the clock of its sender") func delayedFrame() {
        var clock = SendClock()
        #expect(clock.sendTime(stamp: 0, now: moment(0).instant) == nil)
        // Sent at our 1000, held for 5 ms, back at 1025: the frame was stamped between 1005 and 1025.
        let roundTrip = clock.sample(
            stamp: 500_000, sent: moment(1_000).instant, held: .milliseconds(5), now: moment(1_025).instant)
        #expect(roundTrip == .milliseconds(20))
        // Stamped 3 s later by its sender, received 13 s later: it is 10 s old.
        let sentAt = clock.sendTime(stamp: 3_500_000, now: moment(14_005).instant)
        #expect(sentAt == moment(4_005).instant)
    }

    @Test("impossible echoes are refused") func impossibleEcho() {
        var clock = SendClock()
        let now = moment(1_000).instant
        func expectImpossible(_ roundTrip: Duration?) { #expect(roundTrip == nil) }
        expectImpossible(clock.sample(stamp: 0, sent: moment(2_000).instant, held: .zero, now: now))
        expectImpossible(clock.sample(stamp: 0, sent: moment(900).instant, held: .seconds(5), now: now))
        expectImpossible(clock.sample(stamp: .min, sent: moment(900).instant, held: .zero, now: now))
        #expect(!clock.isSet)
    }

    @Test("a beat proves nothing before the copy has reached its position") func proofNeedsPosition() {
        var beats = BeatTracker()
        let isNews = beats.hear(Beat(incarnation: 1, number: 1, sequence: 5, provenAt: moment(100).instant))
        #expect(isNews)
        beats.reached(incarnation: 1, sequence: 4)
        #expect(beats.proof == nil)
        beats.reached(incarnation: 2, sequence: 9)
        #expect(beats.proof == nil)
        beats.reached(incarnation: 1, sequence: 5)
        #expect(beats.proof == moment(100).instant && beats.isProven)
        let isNewsAgain = beats.hear(Beat(incarnation: 1, number: 1, sequence: 5, provenAt: moment(90).instant))
        #expect(!isNewsAgain)
        beats.distrust()
        #expect(!beats.isProven)
    }
}
