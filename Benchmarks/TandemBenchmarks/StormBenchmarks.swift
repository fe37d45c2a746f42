import SiteModel
import TandemCore

/// What one event costs in a crowd: a caller who joins and leaves a queue, somebody who enters and leaves a room, a call that
/// begins and ends at a phone. The bar is three times what it costs in a small crowd, measured in the same run: memory that
/// does not lie in the nearest cache costs something, the length of a list must not.
struct StormBenchmarks {
    static func run() -> [BenchmarkRow] {
        guard let site = SiteID("paris") else { return [] }
        let crowds: [(name: String, small: Int, large: Int, events: (Int) -> (come: [PBXFact], go: [PBXFact]))] = [
            ("queue of 3,000 callers", 30, 3_000, caller), ("room of 3,000 people", 30, 3_000, participant),
            ("phone with 1,000 calls", 30, 1_000, call),
        ]
        return crowds.map { crowd in
            let small = perEvent(site, crowd.small, crowd.events)
            return BenchmarkRow(
                "Event in a \(crowd.name)", nanoseconds: perEvent(site, crowd.large, crowd.events), budget: small * 3)
        }
    }

    /// With the crowd present: somebody goes and somebody else comes, once a millisecond; lists are told when it is their
    /// turn. The median of rounds, in nanoseconds an event.
    private static func perEvent(
        _ site: SiteID, _ size: Int, _ events: (Int) -> (come: [PBXFact], go: [PBXFact])
    ) -> Double {
        var configuration = SiteConfiguration(site: site)
        configuration.phones["1"] = .init(number: "101", endpoint: "SIP/101")
        configuration.queues["1"] = .init(name: "support", number: "500")
        configuration.meetmes["1"] = .init(name: "Board", number: "800")
        var model = SiteModel(configuration: configuration)
        var changes: [ObjectChange] = []
        var milliseconds: Int64 = 0
        func see(_ facts: [PBXFact]) {
            milliseconds += 1
            let now = Moment(
                instant: Instant(nanoseconds: milliseconds * 1_000_000),
                unixTime: 1_795_000_000 + Double(milliseconds) / 1000)
            for fact in facts { model.apply(fact, at: now, into: &changes) }
            model.tellLists(at: now, into: &changes)
            consume(changes.count)
            changes.removeAll(keepingCapacity: true)
        }
        for number in 0..<size { see(events(number).come) }
        let turns = 6_000
        var rounds: [Double] = []
        for round in 0..<3 {
            let first = round * turns
            let planned = (0..<turns).map { (go: events(first + $0).go, come: events(size + first + $0).come) }
            let began = ContinuousClock.now
            for turn in planned {
                see(turn.go)
                see(turn.come)
            }
            rounds.append((ContinuousClock.now - began) / .nanoseconds(1) / Double(turns * 2))
        }
        return rounds.sorted()[1]
    }

    private static func created(_ number: Int, _ endpoint: String?) -> PBXFact {
        .channelCreated(
            channel: "X/c-\(number)", endpoint: endpoint, uniqueID: "17.\(number)", state: .up,
            callerNumber: "\(number)",
            callerName: "Caller", extension: "500", context: "default", linkedID: "17.\(number)")
    }

    private static func ended(_ number: Int) -> PBXFact {
        .channelEnded(channel: "X/c-\(number)", cause: .normalClearing)
    }

    private static func caller(_ number: Int) -> (come: [PBXFact], go: [PBXFact]) {
        (
            [
                created(number, nil),
                .queueEntryJoined(queue: "support", channel: "X/c-\(number)", position: 1_000_000, waitedSeconds: 0),
            ], [.queueEntryLeft(queue: "support", channel: "X/c-\(number)"), ended(number)]
        )
    }

    private static func participant(_ number: Int) -> (come: [PBXFact], go: [PBXFact]) {
        (
            [
                created(number, nil),
                .roomJoined(
                    room: "800", channel: "X/c-\(number)", admin: false, muted: false, callerNumber: "\(number)",
                    callerName: "Caller"),
            ], [.roomLeft(room: "800", channel: "X/c-\(number)"), ended(number)]
        )
    }

    private static func call(_ number: Int) -> (come: [PBXFact], go: [PBXFact]) {
        ([created(number, "SIP/101")], [ended(number)])
    }
}
