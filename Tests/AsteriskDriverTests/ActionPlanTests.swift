import AMI
import PBX
import SiteModel
import TandemCore
import Testing

@testable import AsteriskDriver

@Suite("Actions for Asterisk")
struct ActionPlanTests {
    static func wire(
        _ action: PBXAction, device: String? = nil, agent: AsteriskInterpreter.AgentMember? = nil
    ) throws -> String {
        text(
            try ActionPlan.plan(
                action, channelID: HeaderText(literal: "n-1"), device: { _, _ in device }, agent: { _ in agent }))
    }

    static func text(_ plan: ActionPlan) -> String {
        var bytes: [UInt8] = []
        plan.action.encode(id: nil, into: &bytes)
        return String(decoding: bytes, as: UTF8.self).replacing("\r\n", with: "|")
    }

    static let channel = ChannelName(literal: "PJSIP/101-00000001")
    static let context = ContextName(literal: "internal")
    static func number(_ text: String) -> Extension { Extension(text) ?? Extension("0")! }

    @Test("a pattern is no channel to hang up", arguments: ["/.*/", "/^PJSIP/101-.*$/", "all"])
    func patterns(_ name: String) throws {
        guard let channel = ChannelName(name) else { return }
        #expect(name == "all")
        #expect(throws: ActionPlan.Refusal.self) { try Self.wire(.hangup(channel: channel)) }
    }

    @Test(
        "each action is the manager action of modern Asterisk",
        arguments: [
            (PBXAction.hangup(channel: channel), "Action: Hangup|Channel: PJSIP/101-00000001||"),
            (
                .redirect(channel: channel, extension: number("102"), context: context),
                "Action: Redirect|Channel: PJSIP/101-00000001|Context: internal|Exten: 102|Priority: 1||"
            ),
            (
                .attendedTransfer(channel: channel, extension: number("102"), context: context),
                "Action: Atxfer|Channel: PJSIP/101-00000001|Context: internal|Exten: 102||"
            ),
            (.cancelAttendedTransfer(channel: channel), "Action: CancelAtxfer|Channel: PJSIP/101-00000001||"),
            (
                .park(
                    channel: channel, returnTo: .init(literal: "PJSIP/102-00000002"), lot: nil, timeoutSeconds: 45),
                "Action: Park|Channel: PJSIP/101-00000001|TimeoutChannel: PJSIP/102-00000002|Timeout: 45000||"
            ),
            (.agentLogoff(agent: number("1001")), "Action: AgentLogoff|Agent: 1001|Soft: false||"),
            (
                .queueAdd(
                    queue: .init(literal: "q"), member: .party(.device(.init(literal: "PJSIP/1"))),
                    shownName: nil, penalty: 2, paused: true),
                "Action: QueueAdd|Queue: q|Interface: PJSIP/1|Penalty: 2|Paused: true||"
            ),
            (
                .queueRemove(queue: .init(literal: "q"), member: .told(.init(literal: "PJSIP/1"))),
                "Action: QueueRemove|Queue: q|Interface: PJSIP/1||"
            ),
            (
                .queuePause(queue: nil, member: .told(.init(literal: "PJSIP/1")), paused: false, reason: nil),
                "Action: QueuePause|Interface: PJSIP/1|Paused: false||"
            ),
            (
                .roomMute(room: .init(literal: "800"), channel: channel, muted: false),
                "Action: ConfbridgeUnmute|Conference: 800|Channel: PJSIP/101-00000001||"
            ),
            (
                .roomKick(room: .init(literal: "800"), channel: channel),
                "Action: ConfbridgeKick|Conference: 800|Channel: PJSIP/101-00000001||"
            ),
            (
                .record(channel: channel, on: true, file: .init(literal: "call-7")),
                "Action: MixMonitor|Channel: PJSIP/101-00000001|File: call-7.wav||"
            ),
            (
                .record(channel: channel, on: false, file: .init(literal: "x")),
                "Action: StopMixMonitor|Channel: PJSIP/101-00000001||"
            ),
            (
                .notify(
                    endpoint: .init(literal: "PJSIP/101"), variables: [.init(literal: "Event=check-sync")]),
                "Action: PJSIPNotify|Endpoint: 101|Variable: Event=check-sync||"
            ),
            (
                .notify(endpoint: .init(literal: "SIP/131"), variables: [.init(literal: "Event=check-sync")]),
                "Action: SIPnotify|Channel: SIP/131|Variable: Event=check-sync||"
            ),
            (
                .mailboxCount(mailbox: .init(literal: "101"), context: .init(literal: "default")),
                "Action: MailboxCount|Mailbox: 101@default||"
            ),
            (
                .hold(channel: channel, on: true),
                "Action: PJSIPNotify|Channel: PJSIP/101-00000001|Variable: Event=hold||"
            ),
            (.answer(channel: channel), "Action: PJSIPNotify|Channel: PJSIP/101-00000001|Variable: Event=talk||"),
        ])
    func mapping(action: PBXAction, expected: String) throws { #expect(try Self.wire(action) == expected) }

    @Test("an originate names its channel, quotes the name and is asynchronous")
    func originate() throws {
        let call = PBXAction.Originate(
            calling: .device(.init(literal: "PJSIP/101")), extension: Self.number("102"), context: Self.context,
            callerName: ShownText("Ann"), callerNumber: Self.number("101"), calledName: ShownText("Zoë, \"x\" \\"),
            calledNumber: Self.number("102"), timeoutSeconds: 20)
        #expect(
            try Self.wire(.originate(call))
                == "Action: Originate|Channel: PJSIP/101|Context: internal|Exten: 102|Priority: 1|Timeout: 20000|"
                + "Variable: CONNECTEDLINE(num,i)=\"102\"|Variable: CONNECTEDLINE(name,i)=\"Zoë, x \"|ChannelId: n-1|"
                + "Async: true||")
    }

    @Test("agent login calls the device of the number, or the number itself")
    func agentLogin() throws {
        let login = PBXAction.agentLogin(
            agent: Self.number("1001"), extension: Self.number("104"), context: Self.context)
        let tail = "|Application: AgentLogin|Data: 1001,s|CallerID: \"Agent login\" <1001>|Timeout: 30000|Async: true||"
        #expect(try Self.wire(login, device: "PJSIP/104") == "Action: Originate|Channel: PJSIP/104\(tail)")
        #expect(try Self.wire(login) == "Action: Originate|Channel: Local/104@internal\(tail)")
    }

    @Test("a number is called through the dial plan, as a member without optimization")
    func numbers() throws {
        let party = CallParty.number(Self.number("82202"), context: Self.context)
        let call = PBXAction.Originate(calling: party, extension: Self.number("102"), context: Self.context)
        #expect(try Self.wire(.originate(call)).contains("|Channel: Local/82202@internal|"))
        #expect(
            try Self.wire(.listen(listener: party, channel: Self.channel)).contains("|Channel: Local/82202@internal|"))
        let add = PBXAction.queueAdd(
            queue: .init(literal: "q"), member: .party(party), shownName: .init(literal: "Zoe"), penalty: 0,
            paused: false)
        #expect(
            try Self.wire(add)
                == "Action: QueueAdd|Queue: q|Interface: Local/82202@internal/n|MemberName: Zoe|Penalty: 0|Paused: false||"
        )
    }

    @Test("an agent is a member as the queues of this PBX have it already, else by its pool")
    func agentMember() throws {
        let add = PBXAction.queueAdd(
            queue: .init(literal: "q"), member: .agent(Self.number("1001")), shownName: nil, penalty: 0,
            paused: false)
        #expect(
            try Self.wire(add)
                == "Action: QueueAdd|Queue: q|Interface: Local/1001@agents|StateInterface: Agent:1001|Penalty: 0|"
                + "Paused: false||")
        var interpreter = AsteriskInterpreter()
        let told = try InterpreterTests.facts(
            "Event: QueueMember\nQueue: r\nLocation: Local/id-1001@pool/n\nStateInterface: Agent:1001\n\n",
            &interpreter)
        guard case .queueMember(let member)? = told.first else {
            Issue.record("\(told)")
            return
        }
        #expect(member.target == .agent("1001") && member.interface == "Local/id-1001@pool/n")
        #expect(
            try Self.wire(add, agent: interpreter.agentMembers["1001"])
                == "Action: QueueAdd|Queue: q|Interface: Local/id-1001@pool/n|StateInterface: Agent:1001|Penalty: 0|"
                + "Paused: false||")
    }

    @Test(
        "whom a queue calls for a member",
        arguments: [
            ("PJSIP/101", "", QueueMemberTarget.device("PJSIP/101")),
            ("PJSIP/101", "PJSIP/101", .device("PJSIP/101")),
            ("SIP/gateway/5551", "PJSIP/101", .device("SIP/gateway/5551", watching: "PJSIP/101")),
            ("Agent/1001", "", .agent("1001")), ("Local/1001@agents", "Agent:1001", .agent("1001")),
            ("Local/103@sales", "", .number("103", context: "sales", watching: nil)),
            ("Local/103@sales/n", "PJSIP/103", .number("103", context: "sales", watching: "PJSIP/103")),
            ("Local/103", "Local/103", .number("103", context: "", watching: nil)),
            ("Local/", "", .number("", context: "", watching: nil)),
        ])
    func memberTarget(interface: String, watched: String, expected: QueueMemberTarget) {
        #expect(DialString.target(ofMember: interface, watching: watched) == expected)
    }

    @Test(
        "the halves of a Local channel know each other",
        arguments: [
            ("Local/103@default-00000001;1", "Local/103@default-00000001;2"),
            ("Local/103@default-0001,2", "Local/103@default-0001,1"), ("Local/103@default-3", nil),
            ("PJSIP/101-00000001", nil), ("", nil),
        ])
    func halves(name: String, other: String?) { #expect(DialString.otherHalf(ofChannel: name) == other) }

    @Test("nothing slips options or paths into an application's arguments")
    func injection() throws {
        for name in ["PJSIP/1-1,wB", "PJSIP/1-1|w", "PJSIP/1-1 ", " PJSIP/1-1", "PJSIP/${X}", ""] {
            #expect(ChannelName(name) == nil)
        }
        #expect(throws: ActionPlan.Refusal.self) {
            try Self.wire(.listen(listener: .device(.init(literal: "PJSIP/1")), channel: .init(literal: "x")))
        }
        for file in ["../x", "/etc/passwd", "a b", "a,b", ".hidden", "", "a|b", "a${x}"] {
            #expect(FileName(file) == nil)
        }
        #expect(
            try Self.wire(.listen(listener: .device(.init(literal: "PJSIP/103")), channel: Self.channel))
                == "Action: Originate|Channel: PJSIP/103|Application: ChanSpy|Data: PJSIP/101-00000001,qu|"
                + "CallerID: \"Supervision\" <>|Timeout: 30000|Async: true||")
    }

    /// Texts that would be something else to Asterisk than a name.
    private static let hostile = [
        "&Local/666@evil@default", "101&evil", "101@evil", "a,evil", "a|evil", "${evil}", "$[evil]", "evil\\", "evil\"",
        "../evil", "/evil/", " evil", "evil ", "evil\r\nAction: Originate", "evil\nX: y", "evil\u{0}", "évil",
        String(repeating: "evil", count: 300),
    ]

    /// The same actions with one value each replaced.
    private static func actions(_ text: String) -> [PBXAction] {
        let mailbox = MailboxNumber(text), context = ContextName(text), queue = PlaceName(text),
            device = DeviceName(text)
        var actions: [PBXAction] = []
        if let mailbox { actions.append(.mailboxCount(mailbox: mailbox, context: Self.context)) }
        if let context {
            actions += [
                .mailboxCount(mailbox: .init(literal: "101"), context: context),
                .redirect(channel: channel, extension: number("102"), context: context),
                .attendedTransfer(channel: channel, extension: number("102"), context: context),
                .originate(
                    .init(calling: .number(number("101"), context: context), extension: number("102"), context: context)
                ),
                .agentLogin(agent: number("1001"), extension: number("102"), context: context),
            ]
        }
        if let queue {
            actions += [
                .queueRemove(queue: queue, member: .told(.init(literal: "PJSIP/1"))),
                .queuePause(queue: queue, member: .told(.init(literal: "PJSIP/1")), paused: true, reason: nil),
                .roomMute(room: queue, channel: channel, muted: true), .roomKick(room: queue, channel: channel),
                .park(channel: channel, returnTo: nil, lot: queue, timeoutSeconds: 1),
            ]
        }
        if let device {
            actions += [
                .hangup(channel: device), .park(channel: device, returnTo: device, lot: nil, timeoutSeconds: 1),
                .originate(.init(calling: .device(device), extension: number("102"), context: Self.context)),
                .queueAdd(
                    queue: .init(literal: "q"), member: .party(.device(device)), shownName: nil, penalty: 0,
                    paused: false),
                .record(channel: device, on: false, file: .init(literal: "x")), .answer(channel: device),
                .listen(listener: .device(device), channel: device),
            ]
        }
        if let file = FileName(text) { actions.append(.record(channel: channel, on: true, file: file)) }
        if let number = Extension(text) {
            actions += [
                .redirect(channel: channel, extension: number, context: Self.context), .agentLogoff(agent: number),
                .agentLogin(agent: number, extension: number, context: Self.context),
                .originate(
                    .init(calling: .number(number, context: Self.context), extension: number, context: Self.context)),
            ]
        }
        return actions
    }

    @Test("of no hostile text anything but a name reaches the wire", arguments: hostile)
    func hostileNames(_ text: String) throws {
        for action in Self.actions(text) {
            guard let wire = try? Self.wire(action) else { continue }
            for header in wire.split(separator: "|") where header.contains("evil") || header.contains("vil") {
                // Commas and ampersands come from us alone, never from the text.
                let value = header.drop { $0 != ":" }.dropFirst(2)
                #expect(!value.contains { "&|$\\\"".contains($0) }, "\(header)")
                #expect(!header.hasPrefix("Mailbox") || value.count { $0 == "@" } == 1, "\(header)")
            }
            #expect(wire.count(where: { $0 == "|" }) <= 12 && !wire.contains("Action: Originate|Action"), "\(wire)")
        }
    }

    @Test("a text for people stays one value of one header, whatever it holds", arguments: hostile)
    func hostileTexts(_ text: String) throws {
        guard let shown = ShownText(text) else { return }
        let call = PBXAction.originate(
            .init(
                calling: .device(.init(literal: "PJSIP/1")), extension: Self.number("102"), context: Self.context,
                callerName: shown, callerNumber: Self.number("101"), calledName: shown, calledNumber: Self.number("102")
            ))
        let pause = PBXAction.queuePause(
            queue: nil, member: .told(.init(literal: "PJSIP/1")), paused: true, reason: shown)
        var lines: [Int] = []
        for action in [call, pause] {
            let plan = try ActionPlan.plan(action, channelID: HeaderText(literal: "n"), device: { _, _ in nil })
            var bytes: [UInt8] = []
            plan.action.encode(id: nil, into: &bytes)
            lines.append(bytes.count { $0 == 10 })
            // The name ends where its quotation marks do.
            let name = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n").first {
                $0.hasPrefix("Variable: CONNECTEDLINE(name")
            }
            #expect(name.map { $0.count { $0 == "\"" } == 2 } ?? true)
            // Who calls is set by values of their own.
            guard case .originate(_, let caller?) = plan.outcome else { continue }
            for action in caller.actions(channel: HeaderText(literal: "n")) {
                var bytes: [UInt8] = []
                action.encode(id: nil, into: &bytes)
                #expect(bytes.count { $0 == 10 } == 5)
            }
        }
        #expect(lines == [11, 5])
    }

    @Test("what phones must be told is apart from what Asterisk does itself")
    func names() {
        #expect(ActionPlan.capabilities.count == 17)
        #expect(ActionPlan.capabilities.isDisjoint(with: ActionPlan.phoneCapabilities))
    }
}
