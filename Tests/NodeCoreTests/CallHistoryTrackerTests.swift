import SiteModel
import TandemCore
import Testing

@testable import NodeCore

@Suite("The calls under way, for the history")
struct CallHistoryTrackerTests {
    private static let alice = "PJSIP/101-00000001"
    private static let bob = "PJSIP/102-00000002"

    private static func created(_ channel: String) -> PBXFact {
        .channelCreated(
            channel: channel, endpoint: String(channel.prefix(9)), uniqueID: channel, state: .ring, callerNumber: "",
            callerName: "", extension: "200", context: "default", linkedID: channel)
    }
    private static func ended(_ channel: String) -> PBXFact { .channelEnded(channel: channel, cause: .normalClearing) }

    /// Facts at the seconds 0, 1, …; the endpoints and the beginnings of the calls that are recorded.
    struct Story: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let facts: [PBXFact]
        let recorded: [String]
    }

    static let stories = [
        Story(
            testDescription: "a call that is seen from its beginning to its end",
            facts: [.resyncBegan, .resyncEnded, created(alice), ended(alice)], recorded: ["PJSIP/101 since 2"]),
        Story(
            testDescription: "one that was there before anybody watched",
            facts: [.resyncBegan, created(alice), .resyncEnded, ended(alice)], recorded: []),
        Story(
            testDescription: "one that was there when the connection was lost",
            facts: [
                .resyncBegan, .resyncEnded, created(alice), .connectionLost(reason: "cut"), .resyncBegan,
                created(alice), .resyncEnded, ended(alice),
            ], recorded: []),
        Story(
            testDescription: "a further snapshot confirms one call and not the other, whose name is used again later",
            facts: [
                .resyncBegan, .resyncEnded, created(alice), created(bob), .resyncBegan, created(bob), .resyncEnded,
                created(alice), ended(alice), ended(bob),
            ], recorded: ["PJSIP/101 since 7", "PJSIP/102 since 3"]),
        Story(
            testDescription: "one of before anybody watched that a further snapshot does not confirm",
            facts: [
                .resyncBegan, created(alice), .resyncEnded, .resyncBegan, .resyncEnded, created(alice), ended(alice),
            ], recorded: ["PJSIP/101 since 5"]),
        Story(
            testDescription: "one that begins, and one that gets another name, while a further snapshot is under way",
            facts: [
                .resyncBegan, .resyncEnded, created(alice), .resyncBegan, created(alice), created(bob),
                .channelRenamed(from: alice, to: "PJSIP/101-00000009", endpoint: nil), .resyncEnded,
                ended("PJSIP/101-00000009"),
                ended(bob),
            ], recorded: ["PJSIP/101 since 2", "PJSIP/102 since 5"]),
        Story(
            testDescription: "a further snapshot that breaks off says nothing of a later connection's calls",
            facts: [
                .resyncBegan, .resyncEnded, created(alice), .resyncBegan, .connectionLost(reason: "cut"),
                .resyncBegan, .resyncEnded, created(bob), ended(bob),
            ], recorded: ["PJSIP/102 since 7"]),
    ]

    @Test("only calls whose beginning and end were seen are recorded", arguments: stories)
    func recorded(_ story: Story) {
        var tracker = CallHistoryTracker()
        var recorded: [String] = []
        for (second, fact) in story.facts.enumerated() {
            let now = Moment(instant: Instant(nanoseconds: Int64(second) * 1_000_000_000), unixTime: Double(second))
            guard let (endpoint, record) = tracker.follow(fact, now: now) else { continue }
            recorded.append("\(endpoint) since \(Int(record.began))")
        }
        #expect(recorded == story.recorded)
    }
}
