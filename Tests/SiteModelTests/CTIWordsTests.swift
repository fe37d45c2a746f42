import TandemCore
import Testing

@testable import SiteModel

@Suite("The vocabulary of facts in the words of CTI") struct CTIWordsTests {
    @Test(
        "a device's state is the sum of its hint codes",
        arguments: [
            (DeviceState.idle, 0), (.inUse, 1), (.busy, 2), (.unavailable, 4), (.ringing, 8),
            (DeviceState([.inUse, .ringing]), 9), (.onHold, 16), (DeviceState([.inUse, .onHold]), 17),
            (DeviceState([.onHold, .ringing]), 24), (.deactivated, -1), (.absent, -2),
        ] as [(DeviceState, Int)])
    func hintStatus(state: DeviceState, code: Int) {
        #expect(state.ctiHintStatus == code)
    }

    @Test("every state of a channel has its word") func channelWords() {
        #expect(
            ChannelState.allCases.map(\.ctiWord) == [
                "Down", "Rsrvd", "OffHook", "Dialing", "Ring", "Ringing", "Up", "Busy", "Dialing Offhook", "Pre-ring",
                "Unknown",
            ])
    }

    @Test("every state of an agent has its word") func agentWords() {
        #expect(
            AgentState.allCases.map(\.ctiWord) == ["undefined", "AGENT_LOGGEDOFF", "AGENT_IDLE", "AGENT_ONCALL"])
    }

    @Test("every state of a queue member has its digit") func memberDigits() {
        #expect(QueueMemberState.allCases.map(\.ctiDigit) == ["0", "1", "2", "3", "4", "5", "6", "7", "8"])
    }

    @Test("every kind of membership has its word") func membershipWords() {
        #expect(QueueMembership.allCases.map(\.ctiWord) == ["static", "dynamic", "realtime", ""])
    }

    @Test("what a driver says of a phone and a member reaches the lists in these words") func onTheWire() {
        var world = World()
        world.see(
            .endpointState(endpoint: "PJSIP/101", state: [.inUse, .ringing]),
            .queueMember(
                QueueMemberFact(queue: "support", interface: "PJSIP/102", membership: .realtime, status: .ringingInUse))
        )
        #expect(world.status(.phone, "1")["hintstatus"] == "9")
        let member = world.status(.queueMember, "PJSIP/102,support")
        #expect(member["status"] == "7" && member["membership"] == "realtime")
    }
}
