import AMI
import Foundation
import PBX
import SiteModel
import Testing

@testable import AsteriskDriver

/// The table of events and fields against Asterisk's own list, the recordings, and what the interpreter does.
@Suite("Events and fields of the manager")
struct ManagerEventsTests {
    static let rows = Dictionary(
        ManagerEvents.used.map { ($0.event.lowercased(), $0) }, uniquingKeysWith: { first, _ in first })
    static let ignored = Set(ManagerEvents.ignoredNames.map { $0.lowercased() })
    static let leftEverywhere = Set(ManagerEvents.leftEverywhere.values.joined().map { $0.lowercased() })

    /// Prefixes of what is told of a second channel or bridge, by the field that names it.
    static func isSnapshotField(_ name: String) -> Bool {
        (ManagerEvents.channelFields + ManagerEvents.bridgeFields).contains {
            name.lowercased().hasSuffix($0.lowercased())
        }
    }

    /// The documented events with their fields, `*channel` and `*bridge` written out.
    static let documented: [(event: String, fields: [String])] = {
        let file = RecordingTests.folder.appendingPathComponent("documented-events.txt")
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").map { line in
            let words = line.split(separator: " ").map(String.init)
            let fields = words.dropFirst().flatMap { word -> [String] in
                if word.hasSuffix("*channel") {
                    return ManagerEvents.channelFields.map { word.dropLast(8) + $0 }
                }
                if word.hasSuffix("*bridge") { return ManagerEvents.bridgeFields.map { word.dropLast(7) + $0 } }
                return [word]
            }
            return (words[0], fields)
        }
    }()

    /// Every event of the recordings, as it was sent.
    static let recorded: [(recording: String, messages: [ManagerMirror.Message])] = RecordingTests.all.map {
        let text = (try? String(decoding: $0.bytes(), as: UTF8.self)) ?? ""
        return ("\($0)", ManagerMirror.messages(text).filter { $0.first?.name == "Event" })
    }

    private static func judge(_ event: String, _ fields: [String], _ place: String) -> [String] {
        let name = event.lowercased()
        if ignored.contains(name) || ManagerEvents.reloads.contains(event) {
            return rows[name] == nil ? [] : ["\(event) is used and ignored"]
        }
        guard let row = rows[name] else { return ["\(place): \(event) is neither used nor ignored"] }
        let used = Set(row.used.map { $0.lowercased() })
        let left = Set(row.left.values.joined().map { $0.lowercased() })
        return fields.filter { field in
            let field = field.lowercased()
            return field != "event" && !used.contains(field) && !left.contains(field)
                && !leftEverywhere.contains(field) && !isSnapshotField(field)
        }.map { "\(place): \(event) has a field \($0) that is neither used nor left with a reason" }
    }

    @Test("every documented event and field is used, or is left with a reason")
    func documentedEvents() {
        #expect(Self.documented.count > 180)
        #expect(Self.documented.flatMap { Self.judge($0.event, $0.fields, "documented") } == [])
    }

    @Test("every recorded event and field is used, or is left with a reason")
    func recordedEvents() {
        var findings: Set<String> = []
        for (recording, messages) in Self.recorded {
            for message in messages {
                findings.formUnion(Self.judge(message[0].value, message.map(\.name), recording))
            }
        }
        #expect(findings.sorted() == [])
    }

    @Test("an event stands in one place, and names that the library knows are in the table")
    func once() {
        let all = ManagerEvents.used.map(\.event) + ManagerEvents.ignored.values.joined() + ManagerEvents.reloads
        let twice = Dictionary(grouping: all, by: { $0 }).filter { $1.count > 1 }.keys.sorted()
        #expect(twice == [])
        for event in AMIEventName.allCases where event != .other {
            let name = "\(event.name)".lowercased()
            #expect(
                Self.rows[name] != nil || Self.ignored.contains(name)
                    || ManagerEvents.reloads.contains("\(event.name)"), "\(event.name)")
        }
        for row in ManagerEvents.used {
            let header = AMIEventName.allCases.contains { "\($0.name)" == row.event }
            #expect(header, "\(row.event) is used, and the library has no name for it")
        }
    }

    @Test("what is ignored tells nothing, and is not counted as unknown")
    func silence() throws {
        for name in ManagerEvents.ignoredNames.sorted() + ManagerEvents.reloads {
            var interpreter = AsteriskInterpreter()
            let text = "Event: \(name)\nChannel: PJSIP/1-1\nUniqueid: 1.1\nDevice: PJSIP/1\nQueue: q\nState: INUSE\n\n"
            #expect(try InterpreterTests.facts(text, &interpreter) == [], "\(name)")
            #expect(interpreter.counters.ignored == 1 && interpreter.counters.unknown == 0, "\(name)")
        }
    }

    /// What no recording holds: channels of one name, peers of chan_sip, members that pause, lists in the middle of calls.
    static let made: [(recording: String, messages: [ManagerMirror.Message])] =
        (1...3).map { seed in
            var script = ManagerScript(seed: UInt64(seed))
            return ("made \(seed)", ManagerMirror.messages((0..<120).map { _ in script.step() }.joined()))
        } + [("stories", ManagerMirror.messages(stories))]

    private static let stories = """
        Event: ContactStatus
        URI: sip:109@192.0.2.1:5060
        ContactStatus: Reachable
        AOR: 109
        EndpointName:\u{20}

        Event: PeerStatus
        ChannelType: SIP
        Peer: SIP/9
        PeerStatus: Registered
        Address: 192.0.2.7:5060

        Event: QueueMember
        Queue: sales
        Name: Nine
        Location: SIP/9
        StateInterface: SIP/9
        Paused: 1
        LastPause: 1795218000
        PausedReason: tea

        Event: QueueMemberPause
        Queue: sales
        MemberName: Nine
        Interface: SIP/9
        Paused: 1
        LastPause: 1795218001
        Reason: tea

        Event: CoreShowChannel
        Channel: PJSIP/101-1
        Uniqueid: 1.1
        Linkedid: 1.1
        ChannelState: 4
        Application: Dial
        ApplicationData: PJSIP/103,30

        Event: CoreShowChannel
        Channel: PJSIP/102-2
        Uniqueid: 1.2
        Linkedid: 1.1
        ChannelState: 4
        Application: Dial
        ApplicationData: PJSIP/109,30

        Event: CoreShowChannel
        Channel: PJSIP/109-3
        Uniqueid: 1.3
        Linkedid: 1.1
        ChannelState: 5
        Application: AppDial
        ApplicationData: (Outgoing Line)

        Event: BridgeEnter
        BridgeUniqueid: b
        BridgeType: basic
        BridgeTechnology: simple_bridge
        BridgeCreator: x
        Channel: PJSIP/101-1
        Uniqueid: 1.1

        Event: BridgeEnter
        BridgeUniqueid: b
        BridgeType: basic
        BridgeTechnology: simple_bridge
        BridgeCreator: x
        Channel: PJSIP/102-2
        Uniqueid: 1.2

        Event: BridgeDestroy
        BridgeUniqueid: b


        """

    // MARK: What is used makes a difference, what is left makes none

    /// Another value of the same kind.
    static func other(_ name: String, _ value: String) -> String {
        let words = [
            "INUSE": "RINGING", "RINGING": "INUSE", "NOT_INUSE": "INUSE", "UNAVAILABLE": "INUSE", "ONHOLD": "INUSE",
            "BUSY": "INUSE", "Yes": "No", "No": "Yes", "Reachable": "Unreachable", "Registered": "Unregistered",
            "NonQualified": "Removed", "Removed": "Reachable", "Unreachable": "Reachable",
            "AGENT_IDLE": "AGENT_LOGGEDOFF",
            "AGENT_LOGGEDOFF": "AGENT_IDLE", "static": "dynamic", "dynamic": "static", "ANSWER": "BUSY",
            "Not in use": "Unavailable", "Unavailable": "In use", "In use": "Unavailable", "basic": "parking",
            "simple_bridge": "holding_bridge", "softmix": "holding_bridge", "Begin": "End", "End": "Begin",
            "Link": "Unlink",
            "AgentLogin": "AgentLogoff", "OK (1 ms)": "UNREACHABLE", "SIP": "PJSIP", "On": "Off",
        ]
        if name == "BridgeCreator" { return "ConfBridge" }
        if let word = words[value] { return word }
        if value == "<unknown>" || value.isEmpty { return "11" }
        if value.contains("sip:") { return value.replacing("@", with: "@9") }
        if let number = Int(value) { return "\(number == 1 ? 0 : number + 1)" }
        if value.hasPrefix("PJSIP/10"), let dash = value.lastIndex(of: "-") { return "PJSIP/199" + value[dash...] }
        return "9" + value
    }

    /// The facts that a message makes in what came before, and what its successors make of it.
    private static func facts(_ interpreter: AsteriskInterpreter, _ messages: [ManagerMirror.Message]) throws
        -> [PBXFact]
    {
        var interpreter = interpreter
        var facts = try InterpreterTests.facts(
            messages.map(ManagerMirror.text).joined().replacing("\r\n", with: "\n"), &interpreter)
        var events: [PBXEvent] = []
        interpreter.channelListCompleted(into: &events)
        for case .fact(let fact) in events { facts.append(fact) }
        return facts
    }

    /// The channel whose unique id a field tells.
    private static func channel(named field: String, _ message: ManagerMirror.Message) -> String? {
        guard field.hasSuffix("Uniqueid"), field != "BridgeUniqueid" else { return nil }
        return message.first { $0.name == field.dropLast(8) + "Channel" }?.value
    }

    @Test("in every recorded event a field that is used makes a difference somewhere, one that is left never")
    func mutations() throws {
        var different: Set<String> = []
        var tried: Set<String> = []
        var wrong: Set<String> = []
        for (recording, messages) in Self.recorded + Self.made {
            var interpreter = AsteriskInterpreter()
            var seen: [String: Int] = [:]
            for (place, message) in messages.enumerated() {
                defer {
                    _ = try? InterpreterTests.facts(
                        ManagerMirror.text(message).replacing("\r\n", with: "\n"), &interpreter)
                }
                let event = message[0].value
                guard let row = Self.rows[event.lowercased()], seen[event, default: 0] < 6 else { continue }
                seen[event, default: 0] += 1
                // What a field leads to may show in a later message only: a bridge's kind when somebody enters.
                let rest = Array(messages[(place + 1)...].prefix(12))
                let regular = try Self.facts(interpreter, [message] + rest)
                for field in 1..<message.count {
                    var changed = message
                    changed[field].value = Self.other(message[field].name, message[field].value)
                    let isUsed = row.used.contains { $0.lowercased() == message[field].name.lowercased() }
                    let name = "\(event).\(message[field].name)"
                    tried.insert(name)
                    var interpreter = interpreter
                    var plain = regular
                    if let channel = Self.channel(named: message[field].name, message) {
                        // Who a channel is matters when its name is not its own.
                        _ = interpreter.names.rename(channel, to: channel + "/own", uniqueID: message[field].value)
                        plain = try Self.facts(interpreter, [message] + rest)
                    }
                    let isDifferent = try Self.facts(interpreter, [changed] + rest) != plain
                    if isDifferent, isUsed { different.insert(name.lowercased()) }
                    if isDifferent, !isUsed { wrong.insert("\(recording): \(name) is left, and makes a difference") }
                }
            }
        }
        #expect(wrong.sorted() == [])
        // The unique id says which channel; its name serves where none is told. A bridge that is created is known to a list
        // that comes before the event of its first member, which no recording holds.
        let elsewhere: Set = ["hangup.channel", "rename.channel", "bridgecreate.bridgeuniqueid"]
        let without = tried.filter { !elsewhere.contains($0.lowercased()) }.filter { name in
            let parts = name.split(separator: ".").map(String.init)
            return Self.rows[parts[0].lowercased()]?.used.contains { $0.lowercased() == parts[1].lowercased() } == true
                && !different.contains(name.lowercased())
        }
        #expect(without.sorted() == [], "used, and made no difference in any recording")
        #expect(tried.count > 500)
    }
}
