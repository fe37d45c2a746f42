import NIOCore
import NIOEmbedded
import Testing

@testable import TandemNode

@Suite("Pushes that are gathered") struct PushGroupTests {
    enum Step: Sendable {
        case join(Int)
        case leave(Int)
        case forget(Int)
        case skip(Int)
        /// What is gathered goes to one client, because it is told something directly.
        case deliver(Int)
        case append(String)
        case endTurn
        case wait(milliseconds: Int64)
        case stop
    }

    struct Story: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var steps: [Step]
        /// What clients 0 and 1 have got.
        var got: [String]
        /// How often the gathering time was over.
        var timeouts = 0

        init(_ text: String, _ steps: [Step], got first: String, _ second: String = "", timeouts: Int = 0) {
            testDescription = text
            self.steps = steps
            got = [first, second]
            self.timeouts = timeouts
        }
    }

    private static let long = String(repeating: "x", count: 8 * 1024)

    static let stories = [
        Story("the first push leaves at once", [.join(0), .append("1"), .endTurn], got: "1"),
        Story("nothing leaves before the turn's end", [.join(0), .append("1")], got: ""),
        Story("the next one waits", [.join(0), .append("1"), .endTurn, .append("2"), .endTurn], got: "1"),
        Story(
            "it leaves when its time is over",
            [.join(0), .append("1"), .endTurn, .append("2"), .endTurn, .append("3"), .endTurn, .wait(milliseconds: 5)],
            got: "123", timeouts: 1),
        Story(
            "after a quiet moment there is no waiting",
            [.join(0), .append("1"), .endTurn, .wait(milliseconds: 5), .append("2"), .endTurn], got: "12"),
        Story(
            "a full batch does not wait",
            [
                .join(0), .append("1"), .endTurn, .append("2"), .endTurn, .append(long), .endTurn,
                .wait(milliseconds: 10),
            ], got: "12" + long),
        Story(
            "what was pushed before a client came is no news to it",
            [.join(0), .append("1"), .join(1), .append("2"), .endTurn], got: "12", "2"),
        Story("pushes for nobody are not kept", [.append("1"), .join(0), .append("2"), .endTurn], got: "2"),
        Story(
            "a client that is told something gets its share first, and nothing twice",
            [.join(0), .join(1), .append("1"), .deliver(0), .append("2"), .endTurn], got: "12", "12"),
        Story(
            "who leaves gets what was gathered by then",
            [.join(0), .join(1), .append("1"), .leave(0), .append("2"), .endTurn], got: "1", "12"),
        Story(
            "who is gone gets nothing", [.join(0), .join(1), .append("1"), .forget(0), .deliver(0), .endTurn], got: "",
            "1"),
        Story(
            "who knows everything by other means goes on from there",
            [.join(0), .join(1), .append("1"), .skip(0), .append("2"), .endTurn], got: "2", "12"),
        Story(
            "a place counts in its own batch only",
            [
                .join(0), .append("11"), .deliver(0), .endTurn, .append("2"), .endTurn, .wait(milliseconds: 5),
            ], got: "112", timeouts: 1),
        Story(
            "after the end nothing leaves",
            [.join(0), .append("1"), .endTurn, .append("2"), .endTurn, .stop, .wait(milliseconds: 5)], got: "1"),
    ]

    @Test("each client gets its share", arguments: stories)
    func story(_ story: Story) throws {
        let quiet = try QuietShell()
        var timeouts = 0
        let group = PushGroup(loop: quiet.loop) { timeouts += 1 }
        let clients = try [quiet.connect(), quiet.connect()]
        for client in clients { _ = try quiet.text(of: client.channel) }
        for step in story.steps {
            switch step {
            case .join(let number): group.join(clients[number].connection)
            case .leave(let number): group.leave(clients[number].connection)
            case .forget(let number): group.forget(clients[number].connection.client)
            case .skip(let number): group.skip(clients[number].connection)
            case .deliver(let number): group.deliver(to: clients[number].connection)
            case .append(let text): group.append(Array(text.utf8))
            case .endTurn: group.endTurn()
            case .wait(let milliseconds): quiet.loop.advanceTime(by: .milliseconds(milliseconds))
            case .stop: group.stop()
            }
        }
        quiet.shell.clients.flushes.flush()
        #expect(try clients.map { try quiet.text(of: $0.channel) } == story.got)
        #expect(timeouts == story.timeouts)
    }
}
