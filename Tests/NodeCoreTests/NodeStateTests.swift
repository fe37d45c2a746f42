import CTIServer
import SiteModel
import TandemCore
import Testing

@testable import NodeCore

private func moment(_ seconds: Double) -> Moment {
    Moment(instant: Instant(nanoseconds: Int64(seconds * 1e9)), unixTime: 1_000_000 + seconds)
}

@Suite("What a node remembers of its PBX")
struct PBXPresenceTests {
    @Test("a relay has no PBX, another node waits for one")
    func beginning() {
        #expect(PBXPresence(hasPBX: false, now: moment(0)).isUp == nil)
        let waiting = PBXPresence(hasPBX: true, now: moment(0))
        #expect(waiting.isUp == false && waiting.awayReason == "not connected yet")
    }

    /// Facts at the seconds 1, 2, …; which of them are told; whether the PBX answers then, since which second.
    struct Story: Sendable {
        let facts: [PBXFact]
        let told: [Bool]
        let isUp: Bool
        let since: Double
    }

    @Test(
        "it is told once per loss and per reason, and a loss is dated from when the PBX was last seen",
        arguments: [
            Story(facts: [.resyncBegan], told: [false], isUp: false, since: 0),
            Story(facts: [.resyncBegan, .resyncEnded], told: [false, true], isUp: true, since: 2),
            Story(facts: [.connectionLost(reason: "not connected yet")], told: [false], isUp: false, since: 0),
            Story(facts: [.connectionLost(reason: "refused")], told: [true], isUp: false, since: 0),
            Story(
                facts: [.resyncEnded, .connectionLost(reason: "a"), .connectionLost(reason: "a")],
                told: [true, true, false], isUp: false, since: 2),
            Story(
                facts: [.resyncEnded, .connectionLost(reason: "a"), .connectionLost(reason: "b")],
                told: [true, true, true], isUp: false, since: 2),
            Story(
                facts: [.connectionLost(reason: "a"), .resyncBegan, .resyncEnded], told: [true, false, true],
                isUp: true, since: 3),
            Story(
                facts: [.resyncBegan, .resyncEnded, .resyncBegan, .resyncEnded], told: [false, true, false, false],
                isUp: true, since: 2),
        ])
    func following(_ story: Story) {
        var presence = PBXPresence(hasPBX: true, now: moment(0))
        for (number, fact) in story.facts.enumerated() {
            let isTold = presence.follow(fact, at: moment(Double(number + 1)))
            #expect(isTold == story.told[number])
        }
        #expect(presence.isUp == story.isUp && presence.since == moment(story.since))
    }
}

@Suite("What a node shows of other sites")
struct SiteFreshnessTests {
    private let lyon = site("lyon")

    private func down(since: Double) -> EncodedObject { EncodedObject(["pbx": "down", "since": .double(since)]) }

    @Test("a fresh picture of a PBX that is away is stale since it went away")
    func away() {
        var freshness = SiteFreshness()
        let now = moment(100)
        freshness.read(down(since: now.unixTime - 40), of: lyon, now: now)
        #expect(freshness.effective(.fresh, of: lyon) == .stale(since: moment(60).instant))
        #expect(freshness.effective(.unknown, of: lyon) == .unknown)
        #expect(freshness.effective(.stale(since: moment(1).instant), of: lyon) == .stale(since: moment(1).instant))
        #expect(freshness.effective(.fresh, of: site("paris")) == .fresh)
        freshness.read(EncodedObject(["pbx": "up"]), of: lyon, now: now)
        #expect(freshness.effective(.fresh, of: lyon) == .fresh)
    }

    @Test(
        "no date that a site tells leads out of our clock's range",
        arguments: [-1e300, 1e300, 0, -1, .greatestFiniteMagnitude, .leastNonzeroMagnitude])
    func absurd(_ since: Double) {
        var freshness = SiteFreshness()
        freshness.read(down(since: since), of: lyon, now: moment(5))
        guard case .stale(let told) = freshness.effective(.fresh, of: lyon) else {
            Issue.record("the site is not stale")
            return
        }
        #expect(told <= moment(5).instant && told >= moment(5 - 1e9).instant)
    }

    @Test("the same date told again does not move with our clock")
    func steady() {
        var freshness = SiteFreshness()
        freshness.read(down(since: moment(10).unixTime), of: lyon, now: moment(20))
        let first = freshness.effective(.fresh, of: lyon)
        freshness.read(down(since: moment(10).unixTime), of: lyon, now: moment(500))
        #expect(freshness.effective(.fresh, of: lyon) == first)
    }

    @Test("only a change is shown")
    func shown() {
        var freshness = SiteFreshness()
        let changes = [Freshness.fresh, .fresh, .unknown].map { freshness.show($0, of: lyon) }
        #expect(changes == [true, false, true])
    }

    @Test("the age counts from the last proof and is never negative")
    func age() {
        #expect(Freshness.fresh.age(at: moment(1).instant) == nil)
        #expect(Freshness.stale(since: moment(1).instant).age(at: moment(3).instant) == 2)
        #expect(Freshness.stale(since: moment(3).instant).age(at: moment(1).instant) == 0)
    }
}

@Suite("What slow clients have missed")
struct MissedObjectsTests {
    private let paris = site("paris")
    private let lyon = site("lyon")
    private let slow = ClientID(1)

    private func changes(_ ids: Range<Int>) -> [ObjectChange] {
        ids.map { .status(ObjectKey(.phone, "\($0)"), patch: .empty) }
    }

    private func drain(_ missed: inout MissedObjects, _ limit: Int, site: [ObjectID] = []) -> [[ObjectID]] {
        var pieces: [[ObjectID]] = []
        while let (piece, hasMore) = missed.take(slow, atMost: limit, objects: { _ in site }) {
            pieces.append(piece)
            if !hasMore { break }
        }
        return pieces
    }

    @Test("nothing is kept for clients that read")
    func nobody() {
        var missed = MissedObjects()
        let overflows = missed.note(paris, changes(0..<10), objectCount: 10)
        #expect(overflows.isEmpty && missed.isEmpty)
        let taken = missed.take(slow, atMost: 10) { _ in [] }
        #expect(taken == nil)
    }

    @Test("each object is told once, in pieces, however often it changed", arguments: [1, 7, 100, 1_000])
    func pieces(_ limit: Int) {
        var missed = MissedObjects()
        missed.begin(slow)
        for _ in 0..<5 {
            let overflows = missed.note(paris, changes(0..<100), objectCount: 100)
            #expect(overflows.isEmpty)
        }
        let pieces = drain(&missed, limit)
        #expect(pieces.allSatisfy { $0.count <= limit })
        #expect(pieces.flatMap { $0 }.sorted { $0.key.id < $1.key.id }.count == 100)
        #expect(Set(pieces.flatMap { $0 }) == Set((0..<100).map { ObjectID(.phone, paris, "\($0)") }))
        #expect(missed.isEmpty)
    }

    @Test("a whole site is one entry until the client catches up, and is not told twice")
    func wholeSite() {
        var missed = MissedObjects()
        missed.begin(slow)
        let all = (0..<50).map { ObjectID(.user, lyon, "\($0)") }
        missed.note(wholeSite: lyon)
        missed.note(wholeSite: lyon)
        _ = missed.note(lyon, [.status(ObjectKey(.user, "3"), patch: .empty)], objectCount: 50)
        let told = drain(&missed, 20, site: all).flatMap { $0 }
        #expect(told.count == 50 && Set(told) == Set(all))
    }

    @Test("a client that misses more than exists is given up, others are not")
    func overflow() {
        var missed = MissedObjects()
        missed.begin(slow)
        let over = MissedObjects.beyondObjects + 11
        let told = missed.note(paris, changes(0..<over), objectCount: 10)
        #expect(told.map(\.client) == [slow] && told.map(\.count) == [over])
        // It starts anew, until its connection is closed.
        let again = missed.note(paris, changes(0..<5), objectCount: 10)
        #expect(again.isEmpty)
        missed.forget(slow)
        #expect(missed.isEmpty)
    }
}
