import AMI
import Foundation
import PBX
import SiteModel
import TandemCore
import Testing

@testable import AsteriskDriver

/// A site's picture made of events must be the one that a new connection's snapshot makes, at any moment.
@Suite("Live equals resync")
struct LiveEqualsResyncTests {
    /// A node's view of its PBX: interpreter and model, as the driver joins them.
    struct View {
        var interpreter = AsteriskInterpreter()
        var model: SiteModel
        static let now = Moment(instant: Instant(nanoseconds: 0), unixTime: 1_795_000_000)

        init(site: SiteID) { model = SiteModel(configuration: SiteConfiguration(site: site)) }

        mutating func tell(_ fact: PBXFact) {
            var changes: [ObjectChange] = []
            model.apply(fact, at: Self.now, into: &changes)
        }

        mutating func read(_ text: String) throws {
            var decoder = AMIDecoder()
            read { interpreter, facts in
                decoder.decode(Array(text.utf8)) { interpreter.apply($0, into: &facts) }
            }
        }

        mutating func read(_ body: (inout AsteriskInterpreter, inout [PBXEvent]) throws -> Void) rethrows {
            var events: [PBXEvent] = []
            try body(&interpreter, &events)
            for case .fact(let fact) in events { tell(fact) }
        }

        mutating func takeSnapshot(of mirror: ManagerMirror, overNewConnection: Bool) throws {
            if overNewConnection {
                tell(.connectionLost(reason: "test"))
                interpreter.reset()
            }
            interpreter.beginSnapshot()
            tell(.resyncBegan)
            let lists = mirror.lists()
            try read(lists.hints)
            read { $0.extensionListCompleted(into: &$1) }
            try read(lists.devices)
            try read(lists.channels)
            read { $0.channelListCompleted(into: &$1) }
            try read(lists.rest)
            tell(.resyncEnded)
        }

        /// Every object but the site itself, as text by name.
        var picture: [String: String] {
            var picture: [String: String] = [:]
            for object in model.allObjects() where object.key.type != .site {
                picture["\(object.key)"] = "\(object.config) \(object.status)"
            }
            return picture
        }
    }

    static func differences(_ live: [String: String], _ resynced: [String: String]) -> [String] {
        Set(live.keys).union(resynced.keys).sorted().filter { live[$0] != resynced[$0] }
            .map { "\($0)\n  live:   \(live[$0] ?? "none")\n  resync: \(resynced[$0] ?? "none")" }
    }

    /// Plays bursts of messages; in the quiet after each one a copy takes a new snapshot and must show the same. (Within a
    /// burst the lists are ahead of the events: Asterisk has done what it is about to tell.)
    static func check(_ bursts: [[ManagerMirror.Message]]) throws -> String? {
        let site = try #require(SiteID("paris"))
        var live = View(site: site)
        var mirror = ManagerMirror()
        try live.takeSnapshot(of: mirror, overNewConnection: true)
        // One that lost its connection in the middle, and goes on with what the snapshot told it.
        var reconnected: View?
        for (number, burst) in bursts.enumerated() {
            for message in burst {
                mirror.see(message)
                let text = ManagerMirror.text(message)
                try live.read(text)
                try reconnected?.read(text)
            }
            func finding(_ what: String, _ differences: [String]) -> String {
                """
                burst \(number + 1) of \(bursts.count), \(what):
                \(burst.map(ManagerMirror.text).joined())
                \(differences.joined(separator: "\n"))
                """
            }
            if let reconnected {
                let different = differences(live.picture, reconnected.picture)
                if !different.isEmpty { return finding("connected anew some time ago", different) }
            }
            for overNewConnection in [true, false] {
                var copy = live
                try copy.takeSnapshot(of: mirror, overNewConnection: overNewConnection)
                let different = differences(live.picture, copy.picture)
                if !different.isEmpty {
                    return finding("\(overNewConnection ? "a new" : "the same") connection", different)
                }
                if overNewConnection, number % 7 == 3 { reconnected = copy }
            }
        }
        return nil
    }

    /// Messages that came less than 40 ms apart are one burst.
    static func bursts(_ messages: [ManagerMirror.Message]) -> [[ManagerMirror.Message]] {
        var bursts: [[ManagerMirror.Message]] = []
        var last = -1.0
        for message in messages {
            let stamp = message.first { $0.name == "Timestamp" }.flatMap { Double($0.value) } ?? last
            if bursts.isEmpty || stamp - last > 0.04 { bursts.append([]) }
            bursts[bursts.count - 1].append(message)
            last = stamp
        }
        return bursts
    }

    @Test("recordings of real PBXs, in every quiet moment", arguments: RecordingTests.all)
    func recordings(recording: RecordingTests.Recording) throws {
        let text = String(decoding: try recording.bytes(), as: UTF8.self)
        // Answers and items of lists carry an ActionID; what happens by itself does not.
        let events = ManagerMirror.messages(text).filter { message in
            message.first?.name == "Event" && !message.contains { $0.name == "ActionID" }
        }
        guard recording.name != "restart" else { return }
        let bursts = Self.bursts(events)
        #expect(bursts.count > 1)
        let finding = try Self.check(bursts)
        #expect(finding == nil, "\(finding ?? "")")
    }

    @Test("generated sequences of events", arguments: 1...20)
    func generated(seed: Int) throws {
        var script = ManagerScript(seed: UInt64(seed))
        let bursts = (0..<120).map { _ in ManagerMirror.messages(script.step()) }
        #expect(bursts.count { !$0.isEmpty } > 60)
        let finding = try Self.check(bursts)
        #expect(finding == nil, "\(finding ?? "")")
    }
}
