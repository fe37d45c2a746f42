import PBX
import SiteModel
import Testing

@testable import AsteriskDriver

@Suite("Asterisk's numbers and words as facts") struct VocabularyTests {
    @Test("channel states by number; an unknown number is an unknown state") func channelStates() {
        #expect((0...10).map(ChannelState.init(manager:)) == ChannelState.allCases)
        #expect(ChannelState(manager: -1) == .unknown && ChannelState(manager: 99) == .unknown)
    }

    @Test("extension states by number, every sum of the five bits") func extensionStates() {
        #expect(DeviceState(extensionStatus: -2) == .absent && DeviceState(extensionStatus: -1) == .deactivated)
        #expect(DeviceState(extensionStatus: 0) == .idle && DeviceState(extensionStatus: 9) == [.inUse, .ringing])
        #expect(Set((0...31).compactMap(DeviceState.init(extensionStatus:))).count == 32)
        #expect(DeviceState(extensionStatus: 32) == nil && DeviceState(extensionStatus: -3) == nil)
    }

    @Test("queue member states by number") func memberStates() {
        #expect((0...8).map(QueueMemberState.init(manager:)) == QueueMemberState.allCases)
        #expect(QueueMemberState(manager: 9) == .unknown)
    }

    @Test(
        "originate reasons by number",
        arguments: [
            (0, OriginateEnd.unreachable), (1, .hungUp), (3, .noAnswer), (4, .answered), (5, .busy), (8, .congested),
            (2, .failed(nil)), (99, .failed(nil)),
        ])
    func originateReasons(number: Int, end: OriginateEnd) { #expect(OriginateEnd(manager: number) == end) }

    @Test(
        "dial statuses by word",
        arguments: [
            ("ANSWER", DialOutcome.answered), ("CANCEL", .cancelled), ("NOANSWER", .noAnswer), ("BUSY", .busy),
            ("CHANUNAVAIL", .unreachable), ("CONGESTION", .congested), ("DONTCALL", .refused), ("TORTURE", .refused),
            ("INVALIDARGS", .failed), ("", .failed),
        ])
    func dialStatuses(word: String, outcome: DialOutcome) throws {
        #expect(
            try InterpreterTests.facts("Event: DialEnd\nChannel: A-1\nDestChannel: B-1\nDialStatus: \(word)\n\n")
                == [.dialEnded(caller: "A-1", callee: "B-1", outcome: outcome)])
    }

    @Test(
        "agent states and memberships by word",
        arguments: [
            ("AGENT_LOGGEDOFF", AgentState.loggedOff), ("AGENT_IDLE", .idle), ("AGENT_ONCALL", .onCall),
            ("AGENT_UNKNOWN", .undefined),
        ])
    func agentStates(word: String, state: AgentState) throws {
        #expect(
            try InterpreterTests.facts("Event: Agents\nAgent: 1001\nStatus: \(word)\nName: A\n\n")
                == [.agent(number: "1001", name: "A", state: state, channel: nil, phoneNumber: nil)])
    }

    @Test(
        "memberships by word",
        arguments: [
            ("static", QueueMembership.fixed), ("dynamic", .dynamic), ("realtime", .realtime), ("", .unknown),
        ])
    func memberships(word: String, membership: QueueMembership) throws {
        let facts = try InterpreterTests.facts(
            "Event: QueueMember\nQueue: q\nLocation: PJSIP/1\nMembership: \(word)\nStatus: 1\n\n")
        guard case .queueMember(let member)? = facts.first else {
            Issue.record("\(facts)")
            return
        }
        #expect(member.membership == membership && member.status == .idle)
    }
}
