import PBX
import SiteModel

/// The rules of order that hold for facts of channels. A pure value: facts in, violations out.
public struct FactOrder {
    private var known: Set<String> = []
    private var ended: Set<String> = []
    private var bridges: [String: String] = [:]
    private var isResyncing = false
    /// What was wrong, in the order in which it was seen.
    public private(set) var violations: [String] = []

    /// Nothing seen yet.
    public init() {}

    /// Looks at a fact.
    public mutating func see(_ fact: PBXFact) {
        switch fact {
        case .resyncBegan:
            if isResyncing { violations.append("resyncBegan within a snapshot") }
            isResyncing = true
            known = []
            ended = []
            bridges = [:]
        case .resyncEnded:
            if !isResyncing { violations.append("resyncEnded without resyncBegan") }
            isResyncing = false
        case .connectionLost: isResyncing = false
        case .channelCreated(let channel, _, _, _, _, _, _, _, _):
            // A snapshot may tell again what an event told a moment ago.
            if !known.insert(channel).inserted, !isResyncing { violations.append("\(channel) was created twice") }
            ended.remove(channel)
        case .channelsPaired(let channel, _), .channelState(let channel, _), .channelCallerID(let channel, _, _),
            .channelConnectedLine(let channel, _, _), .held(let channel, _), .monitored(let channel, _),
            .queueEntryJoined(_, let channel, _, _), .roomJoined(_, let channel, _, _, _, _),
            .roomMuted(_, let channel, _), .queueEntryLeft(_, let channel), .roomLeft(_, let channel),
            .parked(_, _, let channel, _, _, _, _, _), .unparked(_, _, let channel):
            mustBeKnown(channel, fact)
        case .dialBegan(let caller, let callee), .dialEnded(let caller, let callee, _):
            if let caller { mustBeKnown(caller, fact) }
            mustBeKnown(callee, fact)
        case .bridgeEntered(let channel, let bridge):
            mustBeKnown(channel, fact)
            if let present = bridges.updateValue(bridge, forKey: channel), !isResyncing {
                violations.append("\(channel) entered \(bridge) while in \(present)")
            }
        case .bridgeLeft(let channel, let bridge):
            mustBeKnown(channel, fact)
            if bridges.removeValue(forKey: channel) != bridge {
                violations.append("\(channel) left \(bridge), in which it was not")
            }
        case .channelRenamed(let old, let new, _):
            mustBeKnown(old, fact)
            known.remove(old)
            known.insert(new)
            if let bridge = bridges.removeValue(forKey: old) { bridges[new] = bridge }
        case .channelEnded(let channel, _):
            mustBeKnown(channel, fact)
            if let bridge = bridges[channel] { violations.append("\(channel) ended inside \(bridge)") }
            known.remove(channel)
            ended.insert(channel)
        default: break
        }
    }

    private mutating func mustBeKnown(_ channel: String, _ fact: PBXFact) {
        if ended.contains(channel) {
            violations.append("a fact after the end of its channel: \(fact)")
        } else if !known.contains(channel), !isResyncing {
            violations.append("a fact before its channel was created: \(fact)")
        }
    }

    /// Throws when facts break a rule.
    public static func check(_ facts: [PBXFact]) throws {
        var order = FactOrder()
        for fact in facts { order.see(fact) }
        if !order.violations.isEmpty { throw StoryFailure(order.violations.joined(separator: "\n")) }
    }
}
