import TandemCore
import Testing

@testable import SiteModel

/// Thousands in one queue, one room, at one phone: what an event costs does not grow with them.
@Suite("Storms")
struct StormTests {
    /// A model, what peers and clients know of it, and how many bytes they were told.
    struct Storm {
        var model: SiteModel
        var told = 0
        var copy: [ObjectKey: (config: JSONObject, status: JSONObject)] = [:]
        private var milliseconds: Int64 = 0

        init() throws {
            var office = SiteConfiguration(site: try #require(SiteID("paris")))
            office.phones["1"] = .init(number: "101", endpoint: "SIP/101")
            office.queues["1"] = .init(name: "support", number: "500")
            office.meetmes["1"] = .init(name: "Board", number: "800")
            model = SiteModel(configuration: office)
            for object in model.allObjects() { copy[object.key] = (object.config.decoded(), object.status.decoded()) }
        }

        private var now: Moment {
            Moment(
                instant: Instant(nanoseconds: milliseconds * 1_000_000),
                unixTime: 1_795_000_000 + Double(milliseconds) / 1000)
        }

        mutating func see(_ fact: PBXFact) {
            milliseconds += 1
            var changes: [ObjectChange] = []
            model.apply(fact, at: now, into: &changes)
            model.tellLists(at: now, into: &changes)
            take(changes)
        }

        /// Lets everything that waits have its turn.
        mutating func calm() {
            while let next = model.nextTelling {
                milliseconds = max(milliseconds, next.nanoseconds / 1_000_000)
                var changes: [ObjectChange] = []
                model.tellLists(at: now, into: &changes)
                take(changes)
            }
        }

        private mutating func take(_ changes: [ObjectChange]) {
            for change in changes {
                switch change {
                case .added(let key, let config, let status):
                    told += config.bytes.count + status.bytes.count
                    copy[key] = (config.decoded(), status.decoded())
                case .config(let key, let patch):
                    told += patch.bytes.count
                    for (name, value) in patch.decoded() { copy[key]?.config[name] = value }
                case .status(let key, let patch):
                    told += patch.bytes.count
                    for (name, value) in patch.decoded() { copy[key]?.status[name] = value }
                case .removed(let key): copy[key] = nil
                }
            }
        }

        /// What they know that is not so.
        var differences: [String] {
            var left = Set(copy.keys)
            var wrong: [String] = []
            for object in model.allObjects() {
                left.remove(object.key)
                let known = copy[object.key]
                if known?.config != object.config.decoded() || known?.status != object.status.decoded() {
                    wrong.append("\(object.key)")
                }
            }
            return wrong + left.map { "\($0) is gone" }
        }
    }

    static func created(_ number: Int, endpoint: String? = nil) -> PBXFact {
        .channelCreated(
            channel: "X/c-\(number)", endpoint: endpoint, uniqueID: "u\(number)", state: .up, callerNumber: "\(number)",
            callerName: "", extension: "500", context: "default", linkedID: "u\(number)")
    }

    enum Crowd: CaseIterable, CustomTestStringConvertible {
        case queue, room, phone
        var testDescription: String { "\(self)" }

        func arrival(_ number: Int, of: Int) -> [PBXFact] {
            switch self {
            case .queue:
                [
                    created(number),
                    .queueEntryJoined(
                        queue: "support", channel: "X/c-\(number)", position: number + 1, waitedSeconds: 0),
                ]
            case .room:
                [
                    created(number),
                    .roomJoined(
                        room: "800", channel: "X/c-\(number)", admin: false, muted: false, callerNumber: "\(number)",
                        callerName: ""),
                ]
            case .phone: [created(number, endpoint: "SIP/101")]
            }
        }

        func departure(_ number: Int) -> [PBXFact] {
            let channel = "X/c-\(number)"
            let end = PBXFact.channelEnded(channel: channel, cause: .normalClearing)
            return switch self {
            case .queue: [.queueEntryLeft(queue: "support", channel: channel), end]
            case .room: [.roomLeft(room: "800", channel: channel), end]
            case .phone: [end]
            }
        }

        private func created(_ number: Int, endpoint: String? = nil) -> PBXFact {
            StormTests.created(number, endpoint: endpoint)
        }
    }

    /// Bytes told for each event of a crowd that comes, and goes in another order.
    private static func cost(_ crowd: Crowd, of count: Int) throws -> (perEvent: Int, differences: [String]) {
        var storm = try Storm()
        var events = 0
        for number in 0..<count {
            for fact in crowd.arrival(number, of: count) { storm.see(fact) }
            events += 1
        }
        storm.calm()
        let differences = storm.differences
        for number in 0..<count {
            for fact in crowd.departure(number * 7 % count) { storm.see(fact) }
            events += 1
        }
        storm.calm()
        return (storm.told / events, differences + storm.differences)
    }

    @Test(
        "what is told of an event does not grow with the crowd, and everything is told in the end",
        arguments: Crowd.allCases)
    func crowds(crowd: Crowd) throws {
        let small = try Self.cost(crowd, of: 101)
        let large = try Self.cost(crowd, of: 3_001)
        #expect(small.differences == [])
        #expect(large.differences == [])
        #expect(large.perEvent < small.perEvent * 2, "\(large.perEvent) bytes, and \(small.perEvent) in a small crowd")
    }

    @Test("a short list is told at once, a long one at once after a quiet time")
    func pace() throws {
        var storm = try Storm()
        for number in 0..<40 {
            for fact in Crowd.queue.arrival(number, of: 40) { storm.see(fact) }
        }
        #expect(storm.model.nextTelling != nil)
        storm.calm()
        #expect(storm.differences == [])
        for number in 0..<30 { for fact in Crowd.queue.departure(number) { storm.see(fact) } }
        storm.calm()
        for number in 30..<39 {
            for fact in Crowd.queue.departure(number) { storm.see(fact) }
            #expect(storm.differences == [] && storm.model.nextTelling == nil)
        }
    }

    @Test("a list that waits is told by a reload, and does not outlive its object")
    func waiting() throws {
        var storm = try Storm()
        for number in 0..<60 { for fact in Crowd.room.arrival(number, of: 60) { storm.see(fact) } }
        var changes: [ObjectChange] = []
        let now = Moment(instant: Instant(nanoseconds: 0), unixTime: 0)
        storm.model.reconfigure(storm.model.configuration, at: now, into: &changes)
        #expect(changes.contains { if case .status(ObjectKey(.meetme, "1"), _) = $0 { true } else { false } })
        #expect(storm.model.nextTelling == nil)
        var other = try Storm()
        for number in 0..<60 {
            other.see(Self.created(number))
            other.see(
                .queueEntryJoined(queue: "found", channel: "X/c-\(number)", position: number + 1, waitedSeconds: 0))
        }
        #expect(other.model.nextTelling != nil)
        other.see(.resyncBegan)
        other.see(.resyncEnded)
        other.calm()
        #expect(other.differences == [])
    }

    @Test("who joins a queue while it is listed takes the place that is told")
    func joinsMeanwhile() throws {
        var storm = try Storm()
        func join(_ number: Int, _ position: Int) -> PBXFact {
            .queueEntryJoined(queue: "support", channel: "X/c-\(number)", position: position, waitedSeconds: 0)
        }
        for number in 0..<4 { storm.see(Self.created(number)) }
        storm.see(.resyncBegan)
        for number in 0..<3 { storm.see(Self.created(number)) }
        for number in 0..<3 { storm.see(join(number, number + 1)) }
        // The last that was listed goes, another one comes to the end; then one with priority to the second place.
        storm.see(.queueEntryLeft(queue: "support", channel: "X/c-2"))
        storm.see(Self.created(3))
        storm.see(join(3, 3))
        storm.see(Self.created(4))
        storm.see(join(4, 2))
        storm.see(.resyncEnded)
        #expect(
            storm.model.queue(SiteModel.QueueReference(slot: 0, isGroup: false)).entries.map(\.channel)
                == ["X/c-0", "X/c-4", "X/c-1", "X/c-3"])
        #expect(storm.differences == [])
    }

    @Test("seats keep the order of a plain list, whatever happens", arguments: 1...20)
    func seats(seed: Int) {
        struct Chair: Seat, Equatable {
            var channel: String
            var mark: Int
        }
        var dice = SplitMix64(seed: UInt64(seed))
        var seats = SeatList<Chair>()
        var plain: [Chair] = []
        func below(_ limit: Int) -> Int { Int(dice.next() % UInt64(limit)) }
        for step in 0..<400 {
            let name = "c\(below(24))"
            let chair = Chair(channel: name, mark: step)
            switch below(6) {
            case 0, 1:
                let place = below(30)
                seats.put(chair, at: place)
                plain.removeAll { $0.channel == name }
                plain.insert(chair, at: min(place, plain.count))
            case 2:
                #expect(seats.remove(name) == plain.first { $0.channel == name })
                plain.removeAll { $0.channel == name }
            case 3:
                let other = "d\(step)"
                seats.rename(name, to: other) { $0.mark = step }
                if let place = plain.firstIndex(where: { $0.channel == name }) {
                    plain[place] = Chair(channel: other, mark: step)
                }
            case 4:
                let edited: Void? = seats.edit(name) { $0.mark = -step }
                let place = plain.firstIndex { $0.channel == name }
                #expect((edited != nil) == (place != nil))
                if let place { plain[place].mark = -step }
            default:
                // A list names some of them, in an order of its own; the others follow.
                let named = (0..<below(8)).map { _ in "c\(below(24))" }.reduce(into: [String]()) {
                    if !$0.contains($1) { $0.append($1) }
                }
                for (place, name) in named.enumerated() {
                    seats.list(Chair(channel: name, mark: step), isFirst: place == 0, resync: UInt32(step))
                }
                plain = named.map { Chair(channel: $0, mark: step) } + plain.filter { !named.contains($0.channel) }
            }
            #expect(Array(seats) == plain)
            #expect(
                seats.count == plain.count && seats.last == plain.last
                    && seats[name] == plain.first { $0.channel == name })
        }
    }
}
