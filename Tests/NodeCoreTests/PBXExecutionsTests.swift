import Federation
import PBX
import SiteModel
import TandemCore
import Testing

@testable import NodeCore

@Suite("What a PBX is executing")
struct PBXExecutionsTests {
    private let key = IdempotencyKey("k")!
    private let hangup = PBXAction.hangup(channel: header("PJSIP/101-1"))

    /// Events of the first, second … action, and what the command comes to.
    struct Story: Sendable {
        let events: [(action: Int, event: PBXActionEvent)]
        let actions: Int
        let progress: [String]
        let answer: String
        init(_ actions: Int, _ events: [(Int, PBXActionEvent)], _ progress: [String], _ answer: String) {
            self.actions = actions
            self.events = events.map { (action: $0.0, event: $0.1) }
            self.progress = progress
            self.answer = answer
        }
    }

    private static let refused = PBXActionEvent.failed(reason: "no", connection: false)
    private static let lost = PBXActionEvent.failed(reason: "gone", connection: true)
    private static let done = PBXActionEvent.accepted(final: true)

    @Test(
        "outcomes of actions become one answer",
        arguments: [
            Story(
                1, [(0, .written), (0, done)], [#"{"ipbxreply":true}"#, #"{"response":"ok"}"#],
                #"done {"ipbxreply":true,"response":"ok"}"#),
            Story(
                1, [(0, .written), (0, refused)], [#"{"ipbxreply":true}"#],
                #"refused no {"ipbxreply":true,"response":"ko"}"#),
            // Nothing was said to the PBX, so nothing can have happened.
            Story(1, [(0, lost)], [], #"refused gone {"ipbxreply":"noconn"}"#),
            // What was asked for is the answer.
            Story(
                1, [(0, .written), (0, .counted(new: 2, old: 5)), (0, done)],
                [#"{"ipbxreply":true}"#, #"{"response":"ok"}"#],
                #"done {"ipbxreply":true,"response":"ok","new":2,"old":5}"#),
            Story(
                1, [(0, .written), (0, .counted(new: 2, old: 5)), (0, refused)], [#"{"ipbxreply":true}"#],
                #"refused no {"ipbxreply":true,"response":"ko"}"#),
            // It may have been done.
            Story(1, [(0, .written), (0, lost)], [#"{"ipbxreply":true}"#], "unknown"),
            // Several actions: written is told once, and the worst outcome counts.
            Story(
                2, [(0, .written), (1, .written), (0, done), (1, done)],
                [#"{"ipbxreply":true}"#, #"{"response":"ok"}"#, #"{"response":"ok"}"#],
                #"done {"ipbxreply":true,"response":"ok"}"#),
            Story(
                2, [(0, .written), (1, .written), (1, refused), (0, done)],
                [#"{"ipbxreply":true}"#, #"{"response":"ok"}"#], #"refused no {"ipbxreply":true,"response":"ko"}"#),
            Story(2, [(0, .written), (0, lost), (1, refused)], [#"{"ipbxreply":true}"#], "unknown"),
            Story(
                1,
                [
                    (0, .written), (0, .accepted(final: false)), (0, .channel("C")),
                    (0, .originated(channel: "C", end: .answered)),
                ],
                [
                    #"{"ipbxreply":true}"#, #"{"response":"ok"}"#, #"{"autocall_channel":"C"}"#,
                    #"{"originatereason":"4","channel":"C"}"#,
                ],
                #"done {"ipbxreply":true,"response":"ok","autocall_channel":"C","originatereason":"4","channel":"C"}"#),
            Story(
                1, [(0, .written), (0, .originated(channel: nil, end: .busy))],
                [#"{"ipbxreply":true}"#, #"{"originatereason":"5"}"#],
                #"refused the phone is busy or refused the call {"ipbxreply":true,"originatereason":"5"}"#),
        ])
    func outcomes(_ story: Story) throws {
        var executions = PBXExecutions()
        let begun = executions.begin(key, [PBXAction](repeating: hangup, count: story.actions), result: [:])
        #expect(Set(begun.map(\.token)).count == story.actions)
        var progress: [String] = []
        var answers: [CommandAnswer] = []
        for (action, event) in story.events {
            let followed = executions.follow(begun[action].token, event, site: site("paris"))
            let step = try #require(followed)
            #expect(step.key == key && answers.isEmpty)
            if let line = step.progress { progress.append(line.description) }
            if let answer = step.answer { answers.append(answer) }
        }
        #expect(progress == story.progress)
        let told =
            switch try #require(answers.first) {
            case .done(.empty): "done"
            case .done(let result): "done \(result)"
            case .refused(let reason, let keys): "refused \(reason) \(keys)"
            case .unknown: "unknown"
            case .notDelivered: "not delivered"
            }
        #expect(told == story.answer && executions.count == 0)
    }

    @Test("events of an action that has ended, or never began, mean nothing")
    func late() {
        var executions = PBXExecutions()
        let token = executions.begin(key, [hangup], result: [:])[0].token
        let first = executions.follow(token, Self.done, site: site("paris"))
        let second = executions.follow(token, Self.refused, site: site("paris"))
        let other = executions.follow(ActionToken(99), Self.done, site: site("paris"))
        #expect(first?.answer != nil && second == nil && other == nil)
    }
}
