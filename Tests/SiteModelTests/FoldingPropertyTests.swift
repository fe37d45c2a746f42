import SiteModel
import TandemCore
import Testing

/// xorshift: the same numbers for the same seed.
struct Dice {
    var state: UInt64
    mutating func roll(_ sides: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state % UInt64(sides))
    }
    mutating func pick<Element>(_ from: [Element]) -> Element { from[roll(from.count)] }
}

@Suite("Changes and the dump")
struct FoldingPropertyTests {
    static let channels =
        (0..<6).map { "PJSIP/10\($0 % 4)-0000000\($0)" }
        + ["PJSIP/trunk-lyon-1", "Local/103@default-1;1", "Local/103@default-1;2", "Local/9@x-2;1", "Local/9@x-2;2"]
    static let interfaces = ["PJSIP/101", "SIP/102", "Local/1001@agents", "Local/103@default", "PJSIP/300", "Agent/77"]
    static let targets: [QueueMemberTarget] = [
        .agent("1001"), .agent("77"), .device("SIP/102"),
        .device("SIP/x", watching: "PJSIP/101"), .number("103", context: "default", watching: nil),
        .number("9", context: "", watching: "PJSIP/101"),
    ]

    static func fact(_ dice: inout Dice) -> PBXFact {
        let channel = dice.pick(channels)
        let other = dice.pick(channels)
        let queue = dice.pick(["support", "sales", "it"])
        let interface = dice.pick(interfaces)
        let room = dice.pick(["700", "board", "999"])
        let on = dice.roll(2) == 0
        switch dice.roll(36) {
        case 0: return .resyncBegan
        case 1: return .resyncEnded
        case 2: return .connectionLost(reason: dice.pick(["a", "b"]))
        case 3:
            return .endpointSeen(
                endpoint: dice.pick(["PJSIP/101", "PJSIP/300", "SIP/300", "PJSIP/trunk-x"]),
                number: dice.pick([nil, "300", "301"]), context: nil, displayName: dice.pick([nil, "Zed"]))
        case 4:
            return .endpointState(endpoint: dice.pick(interfaces), state: DeviceState(rawValue: UInt8(dice.roll(17))))
        case 5: return .endpointRegistration(endpoint: dice.pick(interfaces), address: dice.pick([nil, "192.0.2.1"]))
        case 6, 7, 8, 9:
            let dash = channel.lastIndex(of: "-") ?? channel.endIndex
            return .channelCreated(
                channel: channel, endpoint: channel.hasPrefix("Local") ? nil : String(channel[..<dash]),
                uniqueID: "u\(dice.roll(3))", state: dice.pick([.down, .ring, .ringing, .up]),
                callerNumber: dice.pick(["", "1"]), callerName: dice.pick(["", "N"]), extension: "s",
                context: "default", linkedID: "l")
        case 10, 11: return .channelState(channel: channel, state: dice.pick([.ringing, .up, .ring]))
        case 12: return .channelCallerID(channel: channel, number: "\(dice.roll(3))", name: "")
        case 13: return .channelConnectedLine(channel: channel, number: "\(dice.roll(3))", name: "C")
        case 14, 15: return .dialBegan(caller: dice.pick([nil, other, other, other]), callee: channel)
        case 16:
            return .dialEnded(
                caller: other, callee: channel, outcome: dice.pick([DialOutcome.answered, .busy, .cancelled]))
        case 17, 18, 19: return .bridgeEntered(channel: channel, bridge: dice.pick(["b1", "b2"]))
        case 20: return .bridgeLeft(channel: channel, bridge: dice.pick(["b1", "b2"]))
        case 21: return .held(channel: channel, on: on)
        case 22:
            return on
                ? .channelRenamed(from: channel, to: other, endpoint: dice.pick(["PJSIP/101", "PJSIP/300", nil]))
                : .channelsPaired(channel: channel, other: other)
        case 23, 24: return .channelEnded(channel: channel, cause: .normalClearing)
        case 25: return .queueSeen(queue: queue)
        case 26, 27:
            return .queueMember(
                QueueMemberFact(
                    queue: queue, interface: interface, target: dice.pick(Self.targets + [.device(interface)]),
                    penalty: dice.roll(2), status: dice.pick(QueueMemberState.allCases), paused: on))
        case 28: return .queueMemberRemoved(queue: queue, interface: interface)
        case 29:
            return .queueEntryJoined(
                queue: queue, channel: channel, position: dice.roll(4), waitedSeconds: Double(dice.roll(9)))
        case 30: return .queueEntryLeft(queue: queue, channel: channel)
        case 31:
            return .agent(
                number: dice.pick(["1001", "77"]), name: nil, state: dice.pick([.idle, .onCall, .loggedOff]),
                channel: dice.pick([nil, channel]), phoneNumber: dice.pick([nil, "101", "102"]))
        case 32:
            return .roomJoined(
                room: room, channel: channel, admin: on, muted: dice.roll(2) == 0, callerNumber: "1", callerName: "")
        case 33:
            return dice.pick([
                .roomLeft(room: room, channel: channel), .roomEnded(room: room),
                .roomMuted(room: room, channel: channel, muted: on), .roomSeen(room: room),
            ])
        case 34:
            return dice.pick([
                .parked(
                    lot: dice.pick(["default", "vip"]), space: "70\(dice.roll(3))", channel: channel, parker: "p",
                    callerNumber: "1", callerName: "", timeoutSeconds: 9),
                .unparked(lot: "default", space: "70\(dice.roll(3))", channel: channel),
            ])
        default:
            return dice.pick([
                .mailbox(
                    mailbox: dice.pick(["101", "300"]), context: "default", new: dice.roll(3), old: 0, waiting: on),
                .trunkSeen(name: dice.pick(["trunk-x", "trunk-lyon"]), technology: "PJSIP", host: "h"),
                .trunkState(name: "trunk-x", reachable: on), .monitored(channel: channel, on: on),
            ])
        }
    }

    @Test(
        "Folding all changes over the initial objects equals the model's own dump",
        arguments: Array(1...16).map { UInt64($0) &* 0x9E37_79B9_7F4A_7C15 })
    func folding(seed: UInt64) {
        var dice = Dice(state: seed)
        var world = World()
        var isResyncing = false
        for step in 0..<300 {
            if dice.roll(60) == 0 {
                var office = World.office(discover: dice.roll(4) > 0)
                if dice.roll(2) == 0 { office.phones["1"] = nil }
                if dice.roll(2) == 0 { office.phones["8"] = .init(number: "300", endpoint: "PJSIP/300") }
                if dice.roll(2) == 0 { office.queues["1"] = nil }
                if dice.roll(2) == 0 { office.users["1"]?.name = "Ann" }
                if dice.roll(2) == 0 { office.agents["5"] = .init(name: "Five", number: "77") }
                var changes: [ObjectChange] = []
                world.model.reconfigure(office, at: world.now, into: &changes)
                world.fold(changes)
            }
            let fact = Self.fact(&dice)
            switch fact {
            case .resyncBegan: isResyncing = true
            case .resyncEnded, .connectionLost: isResyncing = false
            default: break
            }
            world.see(fact)
            // The long lists of a running resync are told at its end.
            if !isResyncing { world.expectAgreement("seed \(seed), step \(step), \(fact)") }
        }
        world.see(.resyncBegan, .resyncEnded)
        #expect(!world.copy.keys.contains { $0.type == .channel })
        #expect(!world.copy.values.contains { !($0.status["incalls"]?.arrayValue ?? []).isEmpty })
        world.expectAgreement()
    }
}
