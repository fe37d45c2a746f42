import AMI
import PBX
import SiteModel
import TandemCore
import Testing

@testable import AsteriskDriver

@Suite("Driver against a scripted manager")
struct DriverTests {
    static func settings(_ port: Int, pingAfter: Duration = .seconds(10), actionTimeout: Duration = .seconds(10))
        -> AsteriskSettings
    {
        AsteriskSettings(
            host: "127.0.0.1", port: port, user: .init(literal: "cti"), secret: Secret("s3cret"),
            shortestRetryDelay: .milliseconds(20), longestRetryDelay: .milliseconds(100), actionTimeout: actionTimeout,
            pingAfter: pingAfter)
    }

    static let channel = ChannelName(literal: "PJSIP/101-00000001")

    @Test("a snapshot stands between resyncBegan and resyncEnded; unknown lists end their step")
    func snapshot() async throws {
        let manager = try await ScriptedManager { action in
            action.contains("Action: CoreShowChannels\n")
                ? "Response: Success\nActionID: %ID\nEventList: start\n\nEvent: CoreShowChannel\nActionID: %ID\n"
                    + "Channel: PJSIP/101-00000001\nChannelState: 6\nUniqueid: 1.1\nLinkedid: 1.1\nBridgeId: \n\n"
                    + "Event: Newstate\nChannel: PJSIP/101-00000001\nChannelState: 5\n\n"
                    + "Event: CoreShowChannelsComplete\nActionID: %ID\nEventList: Complete\n\n"
                : ScriptedManager.quiet(action)
        }
        let harness = try await DriverHarness(Self.settings(manager.port))
        try await harness.fact("end of the snapshot") { $0 == .resyncEnded }
        let facts = try await harness.facts()
        #expect(
            facts == [
                .resyncBegan,
                .channelCreated(
                    channel: "PJSIP/101-00000001", endpoint: "PJSIP/101", uniqueID: "1.1", state: .up, callerNumber: "",
                    callerName: "", extension: "", context: "", linkedID: "1.1"),
                .channelConnectedLine(channel: "PJSIP/101-00000001", number: "", name: ""),
                .channelState(channel: "PJSIP/101-00000001", state: .ringing), .resyncEnded,
            ])
        let metrics = try await harness.run { $0.metrics }
        #expect(metrics.connections == 1 && metrics.messages > 20 && metrics.bytes > 1000)
        try await harness.close()
        try await manager.close()
    }

    @Test("a list that is told to be empty by a word keeps nothing else from being seen")
    func emptyList() async throws {
        let manager = try await ScriptedManager { action in
            if action.contains("Action: VoicemailUsersList\n") {
                return "Response: Success\nActionID: %ID\nMessage: There are no voicemail users currently defined.\n\n"
            }
            return ScriptedManager.quiet(action)
        }
        let harness = try await DriverHarness(Self.settings(manager.port))
        try await harness.fact(seconds: 10, "end of the snapshot") { $0 == .resyncEnded }
        try await harness.close()
        try await manager.close()
    }

    @Test("a module that read its files anew has everything asked once more, once for many")
    func reload() async throws {
        let manager = try await ScriptedManager { ScriptedManager.quiet($0) }
        let harness = try await DriverHarness(Self.settings(manager.port))
        try await harness.fact { $0 == .resyncEnded }
        let mark = try await harness.facts().count
        try await manager.say(
            ["pbx_config.so", "res_pjsip.so", "app_queue.so"].map { "Event: Reload\nModule: \($0)\nStatus: 0\n\n" }
                .joined())
        try await harness.fact(from: mark, "another snapshot") { $0 == .resyncEnded }
        #expect(try await harness.facts()[mark...] == [.resyncBegan, .resyncEnded])
        try await harness.close()
        try await manager.close()
    }

    @Test("an action's answers: yes, no, no answer in time, late answer")
    func answers() async throws {
        let manager = try await ScriptedManager { action in
            if action.contains("Action: Hangup\n") {
                return "Response: Success\nActionID: %ID\nMessage: Channel Hungup\n\n"
            }
            if action.contains("Action: Redirect\n") {
                return "Response: Error\nActionID: %ID\nMessage: Channel does not exist\n\n"
            }
            if action.contains("Action: Park\n") { return "" }
            return ScriptedManager.quiet(action)
        }
        let harness = try await DriverHarness(Self.settings(manager.port, actionTimeout: .milliseconds(300)))
        try await harness.fact { $0 == .resyncEnded }
        #expect(
            try await harness.perform(.hangup(channel: Self.channel), token: 1) == [.written, .accepted(final: true)])
        #expect(
            try await harness.perform(
                .redirect(channel: Self.channel, extension: Extension("102")!, context: .init(literal: "c")),
                token: 2)
                == [.written, .failed(reason: "Channel does not exist", connection: false)])
        let silent = try await harness.perform(
            .park(channel: Self.channel, returnTo: nil, lot: nil, timeoutSeconds: 5), token: 3)
        guard case .failed(let reason, connection: true) = silent.last else {
            Issue.record("\(silent)")
            return
        }
        #expect(reason.contains("in time"))
        // Logins take number 1, the snapshot's lists the next; the parked action is the newest.
        try await manager.say("Response: Success\nActionID: test-18\n\nEvent: Hold\nChannel: x-1\n\n")
        try await harness.fact { if case .held = $0 { true } else { false } }
        let metrics = try await harness.run { $0.metrics }
        #expect(metrics.timeouts == 1)
        #expect(metrics.lateAnswers == 1)
        try await harness.close()
        try await manager.close()
    }

    @Test("an originate tells its channel, then its end; an unreachable phone ends it at once")
    func originate() async throws {
        let manager = try await ScriptedManager { action in
            guard action.contains("Action: Originate\n") else { return ScriptedManager.quiet(action) }
            let queued = "Response: Success\nActionID: %ID\nMessage: Originate successfully queued\n\n"
            let end = "Event: OriginateResponse\nActionID: %ID\nResponse: "
            if action.contains("Channel: PJSIP/109\n") {
                return queued + end + "Failure\nChannel: PJSIP/109\nReason: 0\nUniqueid: <unknown>\n\n"
            }
            let id = action.firstMatch(of: #/ChannelId: (.*)\n/#).map { String($0.output.1) } ?? ""
            return queued + "Event: Newchannel\nChannel: PJSIP/101-00000007\nUniqueid: \(id)\n\n" + end
                + "Success\nChannel: PJSIP/101-00000007\nReason: 4\n\n"
        }
        let harness = try await DriverHarness(Self.settings(manager.port))
        try await harness.fact { $0 == .resyncEnded }
        func call(_ endpoint: StaticString) -> PBXAction {
            .originate(
                .init(
                    calling: .device(.init(literal: endpoint)), extension: Extension("102")!,
                    context: .init(literal: "internal")))
        }
        #expect(
            try await harness.perform(call("PJSIP/101"), token: 1) == [
                .written, .accepted(final: false), .channel("PJSIP/101-00000007"),
                .originated(channel: "PJSIP/101-00000007", end: .answered),
            ])
        #expect(
            try await harness.perform(call("PJSIP/109"), token: 2)
                == [.written, .accepted(final: false), .originated(channel: nil, end: .unreachable)])
        try await harness.close()
        try await manager.close()
    }

    @Test("a lost connection fails what was under way, is told once, and is followed by a new snapshot")
    func reconnect() async throws {
        let manager = try await ScriptedManager { action in
            action.contains("Action: Park\n") ? "" : ScriptedManager.quiet(action)
        }
        let harness = try await DriverHarness(Self.settings(manager.port))
        try await harness.fact { $0 == .resyncEnded }
        let mark = try await harness.mark()
        async let parked = harness.perform(
            .park(channel: Self.channel, returnTo: nil, lot: nil, timeoutSeconds: 5), token: 1)
        try await harness.wait { $0 == .action(ActionToken(1), .written) }
        try await manager.drop()
        guard case .failed(_, connection: true) = try await parked.last else {
            Issue.record("the action did not fail")
            return
        }
        try await harness.fact(from: mark) { $0 == .resyncEnded }
        let facts = try await harness.facts(from: mark)
        #expect(facts.count == 3)
        guard case .connectionLost = facts.first else {
            Issue.record("\(facts)")
            return
        }
        #expect(Array(facts.dropFirst()) == [.resyncBegan, .resyncEnded])
        try await harness.close()
        try await manager.close()
    }

    @Test("a wrong secret is told with Asterisk's words, and not tried again before somebody asks or much time passed")
    func wrongSecret() async throws {
        let manager = try await ScriptedManager { _ in
            "Response: Error\nActionID: %ID\nMessage: Authentication failed\n\n"
        }
        let harness = try await DriverHarness(Self.settings(manager.port))
        let fact = try await harness.fact { if case .connectionLost = $0 { true } else { false } }
        guard case .connectionLost(let reason) = fact else { return }
        #expect(reason.contains("Authentication failed") && reason.contains("manager.conf"))
        #expect(!reason.contains("s3cret"))
        // Other losses come back within 100 ms here. Whoever reloads the node has it tried at once.
        try await Task.sleep(for: .milliseconds(400))
        #expect(try await manager.accepted() == 1)
        for attempt in 2...3 {
            try await harness.run { $0.connectNow() }
            while try await manager.accepted() < attempt { await Task.yield() }
            while try await harness.run({ $0.metrics.bytes }) == 0 { await Task.yield() }
            try await Task.sleep(for: .milliseconds(100))
        }
        #expect(try await manager.accepted() == 3)
        #expect(try await harness.facts().count == 1)
        let refused = try await harness.perform(.hangup(channel: Self.channel), token: 9)
        guard case .failed(_, connection: true) = refused.last, refused.count == 1 else {
            Issue.record("\(refused)")
            return
        }
        try await harness.close()
        try await manager.close()
    }

    @Test("a line over the limit is left out and counted, and the connection goes on")
    func limits() async throws {
        let manager = try await ScriptedManager { ScriptedManager.quiet($0) }
        let harness = try await DriverHarness(Self.settings(manager.port))
        try await harness.fact { $0 == .resyncEnded }
        try await manager.say(
            "Event: Newexten\nAppData: \(String(repeating: "x", count: 100_000))\n\nEvent: Hold\nChannel: x-1\n\n")
        try await harness.fact { if case .held("x-1", on: true) = $0 { true } else { false } }
        let metrics = try await harness.run { $0.metrics }
        #expect(metrics.limitViolations == 1 && metrics.connections == 1 && metrics.failedAttempts == 0)
        #expect(try await !harness.facts().contains { if case .connectionLost = $0 { true } else { false } })
        try await harness.close()
        try await manager.close()
    }

    @Test("a manager that says nothing any more is given up")
    func silence() async throws {
        let manager = try await ScriptedManager { action in
            action.contains("Action: Ping\n") ? "" : ScriptedManager.quiet(action)
        }
        let harness = try await DriverHarness(Self.settings(manager.port, pingAfter: .milliseconds(100)))
        try await harness.fact { $0 == .resyncEnded }
        let fact = try await harness.fact { if case .connectionLost = $0 { true } else { false } }
        guard case .connectionLost(let reason) = fact else { return }
        #expect(reason.contains("ping"))
        try await harness.close()
        try await manager.close()
    }

    @Test("rights that do not suffice to list channels end the snapshot with advice")
    func missingRights() async throws {
        let manager = try await ScriptedManager { action in
            action.contains("Action: CoreShowChannels\n")
                ? "Response: Error\nActionID: %ID\nMessage: Permission denied\n\n" : ScriptedManager.quiet(action)
        }
        let harness = try await DriverHarness(Self.settings(manager.port))
        let fact = try await harness.fact { if case .connectionLost = $0 { true } else { false } }
        guard case .connectionLost(let reason) = fact else { return }
        #expect(reason.contains("Permission denied") && reason.contains("read and write"))
        #expect(try await !harness.facts().contains(.resyncEnded))
        try await harness.close()
        try await manager.close()
    }

    @Test("what the phones cannot be told is refused before it reaches the PBX")
    func capabilities() async throws {
        let manager = try await ScriptedManager { ScriptedManager.quiet($0) }
        let harness = try await DriverHarness(Self.settings(manager.port))
        try await harness.fact { $0 == .resyncEnded }
        #expect(try await harness.run { $0.capabilities.isDisjoint(with: [.answer, .hold]) })
        #expect(
            try await harness.perform(.answer(channel: Self.channel), token: 1)
                == [.failed(reason: "this Asterisk cannot do 'answer'", connection: false)])
        try await harness.close()
        try await manager.close()
    }

    @Test("phones that obey events in a dialogue are told to answer, hold and resume; devices are notified")
    func phones() async throws {
        let manager = try await ScriptedManager { action in
            action.contains("Action: PJSIPNotify\n")
                ? "Response: Success\nActionID: %ID\n\n" : ScriptedManager.quiet(action)
        }
        var settings = Self.settings(manager.port)
        settings.phonesTakeTalkEvents = true
        let harness = try await DriverHarness(settings)
        try await harness.fact { $0 == .resyncEnded }
        #expect(try await harness.run { $0.capabilities } == Set(PBXCapability.allCases))
        let actions: [PBXAction] = [
            .answer(channel: Self.channel), .hold(channel: Self.channel, on: true),
            .hold(channel: Self.channel, on: false),
            .notify(
                endpoint: .init(literal: "PJSIP/101"), variables: [.init(literal: "Event=check-sync")]),
        ]
        for (number, action) in actions.enumerated() {
            #expect(
                try await harness.perform(action, token: UInt64(number) + 1) == [.written, .accepted(final: true)])
        }
        try await harness.close()
        try await manager.close()
    }

    @Test("A mailbox that is counted tells its numbers as fact and to whoever asked, before the answer's end")
    func mailboxCount() async throws {
        let manager = try await ScriptedManager { action in
            guard action.contains("Action: MailboxCount\n") else { return ScriptedManager.quiet(action) }
            return action.contains("Mailbox: 101@default\n")
                ? "Response: Success\nActionID: %ID\nMessage: Mailbox Message Count\nMailbox: 101@default\nUrgMessages: 0\nNewMessages: 2\nOldMessages: 5\n\n"
                : "Response: Success\nActionID: %ID\n\n"
        }
        let harness = try await DriverHarness(Self.settings(manager.port))
        try await harness.fact { $0 == .resyncEnded }
        let context = ContextName(literal: "default")
        #expect(
            try await harness.perform(.mailboxCount(mailbox: .init(literal: "101"), context: context), token: 1)
                == [.written, .counted(new: 2, old: 5), .accepted(final: true)])
        #expect(
            try await harness.facts().contains(
                .mailbox(mailbox: "101", context: "default", new: 2, old: 5, waiting: true)))
        // An answer without numbers tells none.
        #expect(
            try await harness.perform(.mailboxCount(mailbox: .init(literal: "102"), context: context), token: 2)
                == [.written, .accepted(final: true)])
        try await harness.close()
        try await manager.close()
    }

    @Test("an action that cannot be put into words for Asterisk is refused, not forgotten")
    func refusedByTheEncoder() async throws {
        let manager = try await ScriptedManager { ScriptedManager.quiet($0) }
        let harness = try await DriverHarness(Self.settings(manager.port))
        try await harness.fact { $0 == .resyncEnded }
        let pattern = try await harness.perform(.hangup(channel: .init(literal: "all")), token: 1)
        guard case .failed(let reason, connection: false) = pattern.last, pattern.count == 1 else {
            Issue.record("\(pattern)")
            return
        }
        #expect(reason.contains("not the name of a channel"))
        try await harness.close()
        try await manager.close()
    }
}
