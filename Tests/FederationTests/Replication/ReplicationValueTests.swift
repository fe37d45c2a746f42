import TandemCore
import Testing

@testable import Federation

/// Replication alone, without a transport, routes given by hand.
@Suite("Replication as a value") struct ReplicationValueTests {
    private static let now = moment(1_000).instant

    private static func replication(_ change: (inout FederationConfiguration) -> Void = { _ in }) -> Replication {
        var configuration = FederationConfiguration(
            site: site("a"), links: [.init(peer: site("b")), .init(peer: site("c"))])
        change(&configuration)
        var replication = Replication(configuration, incarnation: 1, now: now)
        replication.neighbourUp(neighbour("b"), now: now)
        _ = replication.outputs.take()
        return replication
    }

    private static func neighbour(_ name: String) -> Neighbour {
        Neighbour(site: site(name), incarnation: 1)
    }

    private static func routes(_ ways: [(String, String)]) -> OrderedMap<SiteID, Route> {
        var table = OrderedMap<SiteID, Route>()
        for (target, hop) in ways {
            table[site(target)] = Route(site: site(target), nextHop: site(hop), cost: 1, path: [site(hop)])
        }
        return table
    }

    private static func sent(_ replication: inout Replication) -> [OutgoingMessage] {
        replication.outputs.take().compactMap { if case .send(let message, _) = $0 { message } else { nil } }
    }

    private static func pull(
        _ name: String = "a", sequence: UInt64 = 0, window: Int = 10, isStart: Bool = true, chunk: Int? = nil
    ) -> PullFrame {
        PullFrame(
            site: site(name), incarnation: 1, sequence: sequence, window: window, pull: 1, isStart: isStart,
            chunk: chunk)
    }

    /// The positions `from...to` of the changes that were sent.
    private static func changes(_ replication: inout Replication) throws -> [ClosedRange<UInt64>] {
        var reader = FrameReader()
        return try sent(&replication).compactMap { message -> ClosedRange<UInt64>? in
            guard case .bulk(let encoded) = message else { return nil }
            let frame = try encoded.object.withUnsafeBufferPointer { try reader.read($0) }
            guard case .changes(let changes) = frame else { return nil }
            return changes.from...changes.to
        }
    }

    // MARK: Serving

    @Test("the sender stays within the puller's window, and goes on with each acknowledgement") func window() throws {
        var replication = Self.replication()
        replication.receive(Self.pull(window: 3), from: site("b"), now: Self.now)
        replication.localChanges((1...8).map { added("\($0)") })
        let said1 = try Self.changes(&replication)
        #expect(said1 == [1...3])
        replication.receive(Self.pull(sequence: 2, window: 3, isStart: false), from: site("b"), now: Self.now)
        let said2 = try Self.changes(&replication)
        #expect(said2 == [4...5])
        replication.receive(Self.pull(sequence: 5, window: 3, isStart: false), from: site("b"), now: Self.now)
        let said3 = try Self.changes(&replication)
        #expect(said3 == [6...8])
        replication.receive(Self.pull(sequence: 8, window: 3, isStart: false), from: site("b"), now: Self.now)
        #expect(replication.pullers[site("b")]?.inFlight == 0)
    }

    @Test(
        "an acknowledgement frees what it covers, of its own kind and life",
        arguments: [
            (pull(sequence: 3, isStart: false), 30, 3), (pull(sequence: 5, isStart: false), 30, 5),
            (pull(sequence: 6, isStart: false), 60, 6), (pull(sequence: 99, isStart: false), 60, 6),
            (pull(sequence: 0, isStart: false), 0, 0), (pull(sequence: 6, isStart: false, chunk: 9), 0, 0),
        ] as [(PullFrame, Int, UInt64)])
    func acknowledging(pull: PullFrame, freed: Int, acknowledged: UInt64) {
        var subscription = Subscription(Self.pull())
        subscription.sent = 6
        subscription.flight = [
            .init(mark: 3, isChunk: false, bytes: 30), .init(mark: 6, isChunk: false, bytes: 30),
        ]
        let bytes = subscription.acknowledge(pull)
        #expect(bytes == freed)
        #expect(subscription.acknowledged == acknowledged)
        #expect(subscription.flightBytes == 60 - freed)
        #expect(subscription.room == acknowledged + 10 - 6)
    }

    @Test("acknowledged chunks free their bytes; one of another life frees nothing") func chunks() {
        var subscription = Subscription(Self.pull())
        subscription.flight = [.init(mark: 0, isChunk: true, bytes: 5), .init(mark: 1, isChunk: true, bytes: 6)]
        var later = Self.pull(sequence: 9, isStart: false)
        later.incarnation = 2
        let pulls = [Self.pull(isStart: false, chunk: 0), later, Self.pull(isStart: false, chunk: 1)]
        let freed = pulls.map { subscription.acknowledge($0) }
        #expect(freed == [5, 0, 6])
    }

    @Test(
        "what may be in flight shrinks under a slow line and grows on a fast one, when it held something back",
        arguments: [
            (true, 600, 500_000), (true, 400, 1_000_000), (true, 100, 2_000_000), (false, 600, 1_000_000),
        ] as [(Bool, Int64, Int)])
    func inFlightLimit(wasFull: Bool, roundTrip: Int64, limit: Int) {
        var limits = FederationLimits()
        limits.inFlight = 1_000_000
        var puller = Puller(limits: limits)
        puller.wasFull = wasFull
        puller.roundTrip = .milliseconds(roundTrip)
        puller.adaptInFlight(limits: limits, heartbeat: .seconds(1))
        #expect(puller.inFlightLimit == limit)
        #expect(!puller.wasFull)
    }

    // MARK: Pulling

    @Test("each site is pulled from the next hop towards it, and no more from a former one") func sources() {
        var replication = Self.replication()
        func pulls(_ ways: [(String, String)]) -> [String] {
            replication.routesChanged(Self.routes(ways), now: Self.now)
            return replication.outputs.take().compactMap { output in
                switch output {
                case .send(.pull(let pull), let peer): "pull \(pull.site) from \(peer)"
                case .send(.unpull(let site), let peer): "no more \(site) from \(peer)"
                default: nil
                }
            }
        }
        #expect(pulls([("b", "b"), ("x", "b")]) == ["pull b from b", "pull x from b"])
        #expect(pulls([("b", "b"), ("x", "b")]).isEmpty)
        #expect(pulls([("b", "b"), ("x", "c")]) == ["no more x from b", "pull x from c"])
        replication.neighbourDown(site("c"))
        #expect(pulls([("b", "b")]).isEmpty)
        #expect(pulls([]) == ["no more b from b"])
    }

    @Test("a copy that is behind and does not move is asked for again, more and more patiently") func idle() {
        var origin = Origin(copy: SiteCopy(incarnation: 1, sequence: 5), logLength: 10)
        origin.source = site("b")
        _ = origin.beats.hear(Beat(incarnation: 1, number: 1, sequence: 9, provenAt: Self.now))
        // The first beat takes the position down.
        func asked(within beats: Int) -> [Int] { (1...beats).filter { _ in origin.hasIdledTooLong() } }
        #expect(asked(within: 71) == [11, 31, 71])
        origin.copy.sequence = 6
        #expect(asked(within: 11) == [11])
    }

    // MARK: Judgement

    /// A copy at position 5 of life 2, a beat of that position, and how the copy is judged.
    struct Judgement: CustomTestStringConvertible, Sendable {
        var age: Duration
        var isReachable = true
        var isProven = true
        var heard: UInt64 = 2
        let word: String
        let testDescription: String
    }

    static let judgements: [Judgement] = [
        Judgement(age: .zero, word: "fresh", testDescription: "proven now"),
        Judgement(age: .milliseconds(3_800), word: "fresh", testDescription: "proven just in time"),
        Judgement(age: .milliseconds(3_801), word: "stale", testDescription: "proven too long ago"),
        Judgement(age: .zero, isReachable: false, word: "stale", testDescription: "no way leads there"),
        Judgement(age: .zero, isProven: false, word: "stale", testDescription: "only the store says so"),
        Judgement(age: .zero, heard: 3, word: "stale", testDescription: "a later life was heard of"),
        Judgement(age: .seconds(900), word: "stale", testDescription: "old"),
        Judgement(age: .seconds(901), word: "unknown", testDescription: "too old to say anything"),
    ]

    @Test("freshness needs a recent proof, of the newest life, over a way", arguments: judgements)
    func judging(judgement: Judgement) {
        var origin = Origin(copy: SiteCopy(incarnation: 2, sequence: 5), logLength: 10)
        origin.heardIncarnation = judgement.heard
        let now = moment(10_000_000).instant
        let proven = Instant(nanoseconds: now.nanoseconds - judgement.age.inNanoseconds)
        if judgement.isProven {
            _ = origin.beats.hear(Beat(incarnation: 2, number: 1, sequence: 5, provenAt: proven))
            origin.beats.reached(incarnation: 2, sequence: 5)
        } else {
            origin.beats = BeatTracker(restoredProof: proven)
        }
        let freshness = origin.judgement(isReachable: judgement.isReachable, timings: .wan, now: now)
        let word =
            switch freshness {
            case .fresh: "fresh"
            case .stale: "stale"
            case .unknown: "unknown"
            }
        #expect(word == judgement.word)
    }

    @Test("what was never heard is unknown, and its judgement does not change by time alone") func neverHeard() {
        var origin = Origin(copy: SiteCopy(), logLength: 10)
        #expect(origin.judgement(isReachable: true, timings: .wan, now: Self.now) == .unknown)
        #expect(origin.judgementDeadline(.wan) == nil)
        origin.reported = .unknown
        #expect(origin.judgementDeadline(.wan) == nil)
    }

    @Test("a copy turns stale, then unknown, at the very moment that the deadline names, and then is forgotten")
    func deadlines() {
        var replication = Self.replication {
            $0.timings.heartbeat = .seconds(100_000_000); $0.timings.forgetAfter = .seconds(2_000)
        }
        replication.routesChanged(Self.routes([("b", "b")]), now: Self.now)
        replication.receive(
            SnapshotFrame(
                site: site("b"), pull: 1, incarnation: 1, sequence: 5, chunk: 0, isLast: true,
                objects: [.init(key: phone("1"), config: .empty, status: .empty)]), from: site("b"), now: Self.now)
        replication.receive(
            [BeatNews(site: site("b"), incarnation: 1, sequence: 5, beat: 1, ageMilliseconds: 0)],
            sentAt: Self.now, from: site("b"), now: Self.now)
        replication.tick(now: Self.now)
        _ = replication.outputs.take()
        var story: [String] = []
        for _ in 0..<20 {
            let due = replication.nextDeadline
            replication.tick(now: due)
            for case .effect(let effect) in replication.outputs.take() {
                let after = (due - Self.now).inNanoseconds
                if case .freshness(_, let freshness) = effect {
                    story.append("\(freshness == .unknown ? "unknown" : "stale") after \(after) ns")
                } else if case .changed(_, let changes) = effect {
                    story.append("\(changes.count) forgotten after \(after) ns")
                }
            }
        }
        #expect(
            story == [
                "stale after 3800000001 ns", "unknown after 900000000001 ns", "1 forgotten after 2000000000001 ns",
            ])
        #expect(replication.judgements.count == 0)
    }
}
