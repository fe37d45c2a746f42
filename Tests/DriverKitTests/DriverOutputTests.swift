import PBX
import SiteModel
import Testing

@testable import DriverKit

@Suite("The rules that no driver can break") struct DriverOutputTests {
    private let first = ActionToken(1), second = ActionToken(2)

    @Test("an action has one final event; what comes after it, or was never asked, is dropped") func oneFinalEvent() {
        var output = DriverOutput()
        output.begin(first)
        output.tell(first, .written)
        output.tell(first, .accepted(final: true))
        output.tell(first, .written)
        output.tell(first, .failed(reason: "late", connection: true))
        output.tell(second, .accepted(final: true))
        #expect(output.events == [.action(first, .written), .action(first, .accepted(final: true))])
        #expect(output.actionsUnderWay == 0)
    }

    @Test("a loss fails what is under way in the order in which it was asked, before the loss is told") func loss() {
        var output = DriverOutput()
        for token in [second, first] { output.begin(token) }
        output.bytes = [1]
        output.wrote(first)
        let isNews = output.lose("gone")
        #expect(isNews)
        #expect(
            output.events == [
                .action(second, .failed(reason: "gone", connection: true)),
                .action(first, .failed(reason: "gone", connection: true)), .fact(.connectionLost(reason: "gone")),
            ])
        let (bytes, writing) = output.takeBytes()
        #expect(bytes.isEmpty && writing.isEmpty)
        #expect(output.metrics.actionsLost == 2)
    }

    @Test("the same loss is told once, until a snapshot began in between") func lossOnce() {
        var output = DriverOutput()
        let news = ["gone", "gone", "refused", "refused"].map { output.lose($0) }
        #expect(news == [true, false, true, false])
        output.beginSnapshot()
        // A snapshot that was begun must be ended by something.
        let again = output.lose("refused")
        #expect(again)
        #expect(
            output.events == [
                .fact(.connectionLost(reason: "gone")), .fact(.connectionLost(reason: "refused")), .fact(.resyncBegan),
                .fact(.connectionLost(reason: "refused")),
            ])
    }

    @Test("brackets are paired whatever a session calls") func brackets() {
        var output = DriverOutput()
        output.endSnapshot()
        output.beginSnapshot()
        output.beginSnapshot()
        output.endSnapshot()
        output.endSnapshot()
        #expect(output.events == [.fact(.resyncBegan), .fact(.resyncEnded)])
        let news = (output.takeSnapshotNews(), output.takeSnapshotNews())
        #expect(news == (true, false))
        #expect(output.metrics.connections == 1)
    }

    @Test("a session cannot tell a bracket or a loss as a fact") func bracketsAsFacts() {
        var output = DriverOutput()
        for fact in [PBXFact.resyncBegan, .resyncEnded, .connectionLost(reason: "x")] { output.tell(fact) }
        #expect(output.events.isEmpty)
        output.tell(.queueSeen(queue: "q"))
        #expect(output.events == [.fact(.queueSeen(queue: "q"))])
    }

    @Test("a snapshot is no news any more once its connection is lost, or the driver stopped") func oldNews() {
        var output = DriverOutput()
        for end in [{ (output: inout DriverOutput) in _ = output.lose("gone") }, { $0.stop("stopped") }] {
            output.beginSnapshot()
            output.endSnapshot()
            end(&output)
            let isNews = output.takeSnapshotNews()
            #expect(!isNews)
        }
    }

    @Test("a stop drops facts that nobody was told and ends actions") func stop() {
        var output = DriverOutput()
        output.begin(first)
        output.beginSnapshot()
        output.stop("stopped")
        #expect(output.events == [.action(first, .failed(reason: "stopped", connection: true))])
    }

    @Test("notes are handed over once") func notes() {
        var output = DriverOutput()
        output.note("a")
        output.note("b")
        let taken = (output.takeNotes(), output.takeNotes())
        #expect(taken.0 == ["a", "b"] && taken.1.isEmpty)
    }

    @Test("ends are counted by how well they are") func counts() {
        var output = DriverOutput()
        let ends: [PBXActionEvent] = [
            .accepted(final: true), .originated(channel: "a", end: .answered), .originated(channel: nil, end: .busy),
            .failed(reason: "no", connection: false), .failed(reason: "gone", connection: true),
        ]
        for (number, end) in ends.enumerated() {
            let token = ActionToken(UInt64(number))
            output.begin(token)
            output.tell(token, end)
        }
        #expect(output.metrics.actions == 5 && output.metrics.actionsDone == 2)
        #expect(output.metrics.actionsRefused == 2 && output.metrics.actionsLost == 1)
        #expect(Set(output.metrics.all.map(\.name)).count == output.metrics.all.count)
    }
}
