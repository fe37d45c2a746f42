import AMI
import PBX
import SiteModel
import Testing

@testable import AsteriskDriver

@Suite("Interpreter")
struct InterpreterTests {
    /// The facts of messages written with plain line ends.
    static func facts(_ text: String) throws -> [PBXFact] {
        var interpreter = AsteriskInterpreter()
        return try facts(text, &interpreter)
    }

    static func facts(_ text: String, _ interpreter: inout AsteriskInterpreter) throws -> [PBXFact] {
        var decoder = AMIDecoder()
        var events: [PBXEvent] = []
        decoder.decode(Array(text.replacing("\n", with: "\r\n").utf8)) { interpreter.apply($0, into: &events) }
        return events.compactMap { if case .fact(let fact) = $0 { fact } else { nil } }
    }

    @Test("a channel's device is its name up to the last dash; inner channels have none")
    func endpoints() {
        let endpoint = { AsteriskInterpreter.endpoint(ofChannel: $0) }
        #expect(endpoint("PJSIP/101-00000003") == "PJSIP/101")
        #expect(endpoint("SIP/test-ha-1-0374") == "SIP/test-ha-1")
        #expect(endpoint("PJSIP/trunk-lyon-0000001a") == "PJSIP/trunk-lyon")
        #expect(endpoint("IAX2/office-12") == "IAX2/office")
        for inner in ["Local/1001@agents-00000007;1", "CBAnn/800-1;2", "Message/ast_msg_queue", "", "PJSIP/", "x-1"] {
            #expect(endpoint(inner) == nil, "\(inner)")
        }
    }

    @Test("a hint names devices and a number; its state is the device's only when it watches one")
    func hints() throws {
        let single =
            "Event: ExtensionStatus\nExten: 101\nContext: phones\nHint: PJSIP/101,CustomPresence:101\nStatus: 8\n\n"
        #expect(
            try Self.facts(single) == [
                .endpointSeen(endpoint: "PJSIP/101", number: "101", context: "phones", displayName: nil),
                .endpointState(endpoint: "PJSIP/101", state: .ringing),
            ])
        let double = "Event: ExtensionStatus\nExten: 7\nContext: c\nHint: PJSIP/1&SIP/2&Custom:x\nStatus: 1\n\n"
        // A hint alone makes no device; one that comes later has its number.
        var interpreter = AsteriskInterpreter()
        #expect(try Self.facts(double, &interpreter) == [])
        for device in ["PJSIP/1", "SIP/2"] {
            #expect(
                try Self.facts("Event: DeviceStateChange\nDevice: \(device)\nState: INUSE\n\n", &interpreter) == [
                    .endpointSeen(endpoint: device, number: "7", context: "c", displayName: nil),
                    .endpointState(endpoint: device, state: .inUse),
                ])
        }
        for other in [
            "Queue:sales", "MWI:101@default", "Custom:lamp", "park:701@parkedcalls", "Local/5@x", "<unknown>",
        ] {
            #expect(try Self.facts("Event: ExtensionStatus\nExten: 9\nContext: c\nHint: \(other)\nStatus: 1\n\n") == [])
        }
    }

    @Test("a device state and the hint that repeats it are one fact")
    func states() throws {
        var interpreter = AsteriskInterpreter()
        let device = "Event: DeviceStateChange\nDevice: PJSIP/101\nState: ONHOLD\n\n"
        let seen = PBXFact.endpointSeen(endpoint: "PJSIP/101", number: "", context: "", displayName: nil)
        let told = [seen, .endpointState(endpoint: "PJSIP/101", state: .onHold)]
        #expect(try Self.facts(device, &interpreter) == told)
        #expect(try Self.facts(device, &interpreter) == [])
        interpreter.reset()
        #expect(try Self.facts(device, &interpreter) == told)
        interpreter.beginSnapshot()
        #expect(try Self.facts(device, &interpreter) == told)
        for (state, expected) in [
            ("NOT_INUSE", DeviceState.idle), ("INUSE", .inUse), ("BUSY", .busy), ("UNAVAILABLE", .unavailable),
            ("INVALID", .unavailable), ("RINGING", .ringing), ("RINGINUSE", [.inUse, .ringing]), ("UNKNOWN", .idle),
        ] {
            #expect(
                try Self.facts("Event: DeviceStateChange\nDevice: SIP/1\nState: \(state)\n\n").last
                    == .endpointState(endpoint: "SIP/1", state: expected))
        }
    }

    @Test("the first in a bridge talks when the second comes; a swap keeps the other where it is")
    func bridges() throws {
        func enter(_ channel: String, _ more: String = "") -> String {
            "Event: BridgeEnter\nBridgeUniqueid: b\nBridgeType: basic\nChannel: \(channel)\n\(more)\n"
        }
        func leave(_ channel: String) -> String {
            "Event: BridgeLeave\nBridgeUniqueid: b\nBridgeType: basic\nChannel: \(channel)\n\n"
        }
        var interpreter = AsteriskInterpreter()
        #expect(try Self.facts(enter("A-1"), &interpreter) == [])
        #expect(
            try Self.facts(enter("B-1") + enter("B-1"), &interpreter) == [
                .bridgeEntered(channel: "A-1", bridge: "b"), .bridgeEntered(channel: "B-1", bridge: "b"),
            ])
        #expect(
            try Self.facts(leave("A-1") + enter("C-1", "SwapUniqueid: 1\n"), &interpreter) == [
                .bridgeLeft(channel: "A-1", bridge: "b"), .bridgeEntered(channel: "C-1", bridge: "b"),
            ])
        #expect(try Self.facts(leave("A-1"), &interpreter) == [])
        #expect(
            try Self.facts("Event: Hangup\nChannel: B-1\nCause: 16\nCause-txt: Normal Clearing\n\n", &interpreter) == [
                .bridgeLeft(channel: "B-1", bridge: "b"),
                .channelEnded(channel: "B-1", cause: .normalClearing),
            ])
        #expect(
            try Self.facts("Event: BridgeDestroy\nBridgeUniqueid: b\n\n", &interpreter)
                == [.bridgeLeft(channel: "C-1", bridge: "b")])
        #expect(interpreter.bridges.isEmpty && interpreter.bridgeOf.isEmpty)
    }

    @Test(
        "waiting rooms and conference rooms are no conversations",
        arguments: [
            "BridgeType: agent_hold", "BridgeType: parking", "BridgeTechnology: holding_bridge",
            "BridgeCreator: ConfBridge",
        ])
    func waitingRooms(header: String) throws {
        let text = ["A-1", "B-1"].map { "Event: BridgeEnter\nBridgeUniqueid: b\n\(header)\nChannel: \($0)\n\n" }
            .joined()
        #expect(try Self.facts(text) == [])
    }

    @Test("calls of the 1.8 era: Dial, Bridge, Unlink, Join, Leave, renames and old member names")
    func oldEvents() throws {
        let text = """
            Event: Dial
            SubEvent: Begin
            Channel: SIP/a-1
            Destination: SIP/b-2

            Event: Dial
            SubEvent: End
            Channel: SIP/a-1
            DialStatus: ANSWER

            Event: Bridge
            Bridgestate: Link
            Channel1: SIP/a-1
            Channel2: SIP/b-2

            Event: Hold
            Status: On
            Channel: SIP/a-1

            Event: Hold
            Status: Off
            Channel: SIP/a-1

            Event: Rename
            Channel: SIP/b-2
            Newname: SIP/b-2<MASQ>

            Event: Unlink
            Channel1: SIP/a-1
            Channel2: SIP/b-2<MASQ>

            Event: Join
            Queue: q
            Channel: SIP/a-1
            Position: 1

            Event: Leave
            Queue: q
            Channel: SIP/a-1

            Event: QueueMemberPaused
            Queue: q
            Location: SIP/b
            Paused: 1
            Reason: tea

            Event: Agentcallbacklogin
            Agent: 7
            Loginchan: 101@default

            Event: ParkedCall
            Exten: 701
            Channel: SIP/a-1
            From: SIP/b-2
            Parkinglot: parkinglot_x
            Timeout: 45
            CallerIDNum: 5


            """
        #expect(
            try Self.facts(text) == [
                .dialBegan(caller: "SIP/a-1", callee: "SIP/b-2"),
                .dialEnded(caller: "SIP/a-1", callee: "SIP/b-2", outcome: .answered),
                .bridgeEntered(channel: "SIP/a-1", bridge: "SIP/a-1&SIP/b-2"),
                .bridgeEntered(channel: "SIP/b-2", bridge: "SIP/a-1&SIP/b-2"),
                .held(channel: "SIP/a-1", on: true), .held(channel: "SIP/a-1", on: false),
                .channelRenamed(from: "SIP/b-2", to: "SIP/b-2<MASQ>", endpoint: "SIP/b"),
                .bridgeLeft(channel: "SIP/a-1", bridge: "SIP/a-1&SIP/b-2"),
                .bridgeLeft(channel: "SIP/b-2<MASQ>", bridge: "SIP/a-1&SIP/b-2"),
                .queueEntryJoined(queue: "q", channel: "SIP/a-1", position: 1, waitedSeconds: 0),
                .queueEntryLeft(queue: "q", channel: "SIP/a-1"),
                .queueMemberPaused(queue: "q", interface: "SIP/b", paused: true, reason: "tea"),
                .agent(number: "7", name: nil, state: .idle, channel: nil, phoneNumber: "101"),
                .parked(
                    lot: "x", space: "701", channel: "SIP/a-1", parker: "SIP/b-2", callerNumber: "5", callerName: "",
                    timeoutSeconds: 45),
            ])
    }

    @Test("a message-waiting event without numbers asks for them")
    func mailboxQuestion() throws {
        var interpreter = AsteriskInterpreter()
        #expect(try Self.facts("Event: MessageWaiting\nMailbox: 101@default\nWaiting: 1\n\n", &interpreter) == [])
        #expect(interpreter.followUps == [.mailboxCount(mailbox: "101@default")])
    }

    @Test("numbers that cannot be are made ones that can")
    func absurdNumbers() throws {
        let text = """
            Event: QueueEntry
            Queue: q
            Channel: x-1
            Position: -3
            Wait: -99999999999999

            Event: QueueEntry
            Queue: q
            Channel: x-2
            Position: 2
            Wait: 999999999999999999

            Event: QueueMember
            Queue: q
            Location: SIP/1
            Penalty: -1
            CallsTaken: 99999999999999999999
            LastCall: -5
            LastPause: 77

            Event: MessageWaiting
            Mailbox: 1@d
            New: -1
            Old: x


            """
        let facts = try Self.facts(text)
        #expect(facts[0] == .queueEntryJoined(queue: "q", channel: "x-1", position: 0, waitedSeconds: 0))
        #expect(facts[1] == .queueEntryJoined(queue: "q", channel: "x-2", position: 2, waitedSeconds: 2_592_000))
        guard case .queueMember(let member) = facts[2] else {
            Issue.record("\(facts)")
            return
        }
        // Who does not pause has not paused since.
        #expect(member.penalty == 0 && member.callsTaken == 0 && member.lastCall == 0 && member.pausedSince == 0)
        #expect(facts[3] == .mailbox(mailbox: "1", context: "d", new: 0, old: 0, waiting: false))
    }

    @Test("agents whom the dial plan logs in are told by its own events, and stay beside every list")
    func dialplanAgents() throws {
        var interpreter = AsteriskInterpreter()
        let login = "Event: UserEvent\nUserEvent: AgentLogin\nAgentNumber: 7\nExtension: 107\nContext: office\n\n"
        let isThere = PBXFact.agent(number: "7", name: nil, state: .idle, channel: nil, phoneNumber: "107")
        #expect(try Self.facts(login, &interpreter) == [isThere])
        interpreter.reset()
        var events: [PBXEvent] = []
        interpreter.agentListCompleted(into: &events)
        #expect(events == [.fact(isThere)])
        let logoff = login.replacing("AgentLogin", with: "AgentLogoff")
        #expect(
            try Self.facts(logoff, &interpreter) == [
                .agent(number: "7", name: nil, state: .loggedOff, channel: nil, phoneNumber: nil)
            ])
        #expect(try Self.facts("Event: UserEvent\nUserEvent: Custom\nAgentNumber: 7\n\n", &interpreter) == [])
        // What the PBX's own pool says of an agent stands.
        _ = try Self.facts(login + "Event: AgentLogoff\nAgent: 7\n\n", &interpreter)
        events = []
        interpreter.agentListCompleted(into: &events)
        #expect(events == [])
    }

    @Test("contacts and peers give addresses")
    func addresses() {
        let address = { AsteriskInterpreter.address(ofContact: $0) }
        #expect(address("sip:101@127.0.0.1:40112") == "127.0.0.1:40112")
        #expect(address("sip:a@[::1]:5060;transport=tls;x=1") == "[::1]:5060")
        #expect(address("sip:127.0.0.1:17160") == "127.0.0.1:17160")
        let place = { AsteriskInterpreter.place($0, port: $1) }
        #expect(place("192.0.2.1", "5060") == "192.0.2.1:5060")
        #expect(place("192.0.2.1:5060", "5060") == "192.0.2.1:5060")
        #expect(place("2001:db8::1", "5060") == "[2001:db8::1]:5060")
        #expect(place("2001:db8::1", "") == "[2001:db8::1]")
        #expect(place("[2001:db8::1]:5060", "") == "[2001:db8::1]:5060")
        #expect(place("[2001:db8::1]", "5060") == "[2001:db8::1]:5060")
        #expect(place("phone.example", "0") == "phone.example")
        #expect(address("") == nil)
    }

    @Test("frequent events that say nothing cost no fact and are counted")
    func ignored() throws {
        var interpreter = AsteriskInterpreter()
        let text = ["VarSet", "Newexten", "RTCPSent", "Cdr", "DTMFBegin", "SoMeThingNew"].map {
            "Event: \($0)\nChannel: x-1\n\n"
        }
        #expect(try Self.facts(text.joined(), &interpreter) == [])
        #expect(interpreter.counters.ignored == 5)
        #expect(interpreter.counters.unknown == 1)
    }

    @Test("a list of channels tells who rings whom")
    func listedDial() throws {
        func row(_ channel: String, _ application: String, _ state: Int) -> String {
            "Event: CoreShowChannel\nChannel: \(channel)\nChannelState: \(state)\nLinkedid: 1.1\nApplication: \(application)\nBridgeId:\u{20}\n\n"
        }
        var interpreter = AsteriskInterpreter()
        _ = try Self.facts(row("PJSIP/102-2", "AppDial", 5) + row("PJSIP/101-1", "Dial", 4), &interpreter)
        var events: [PBXEvent] = []
        interpreter.channelListCompleted(into: &events)
        #expect(events == [.fact(.dialBegan(caller: "PJSIP/101-1", callee: "PJSIP/102-2"))])
        events = []
        interpreter.channelListCompleted(into: &events)
        #expect(events == [])
    }
}
