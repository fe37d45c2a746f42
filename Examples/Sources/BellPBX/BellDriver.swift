import PBX
import SiteModel
import TandemCore

/// Joins a `BellPBX` to a node: what rings is seen by every client of the federation, and every client may ring.
public final class BellDriver: PBXDriver {
    /// What a door station can do; a node refuses everything else before it gets here.
    public let capabilities: Set<String> = ["originate", "hangup"]

    private let pbx: BellPBX
    private var deliver: ([PBXEvent]) -> Void = { _ in }

    /// A driver for this PBX.
    public init(_ pbx: BellPBX) { self.pbx = pbx }

    /// Tells the whole state, and from then on every change.
    public func start(deliver: @escaping ([PBXEvent]) -> Void) {
        self.deliver = deliver
        pbx.changed = { door, rings in deliver(Self.facts(door, rings: rings).map(PBXEvent.fact)) }
        // After every connection: the whole state between two brackets. What is not told is gone.
        var facts = [PBXFact.resyncBegan]
        for door in pbx.doors {
            facts.append(.endpointSeen(endpoint: "BELL/" + door, number: nil, context: nil, displayName: door))
            facts += Self.facts(door, rings: pbx.ringing.contains(door))
        }
        facts.append(.resyncEnded)
        deliver(facts.map(PBXEvent.fact))
    }

    /// What a change of a door looks like in words that no brand owns: a device, and a channel while it rings.
    private static func facts(_ door: String, rings: Bool) -> [PBXFact] {
        let device = "BELL/" + door
        let state = PBXFact.endpointState(endpoint: device, hint: rings ? .ringing : .idle)
        guard rings else { return [state, .channelEnded(channel: device + "-1", cause: 16, causeText: "silenced")] }
        return [
            state,
            .channelCreated(
                channel: device + "-1", endpoint: device, uniqueID: device, state: .ringing, callerNumber: "",
                callerName: door, extension: "", context: "", linkedID: device),
        ]
    }

    /// Rings or silences a door.
    public func perform(_ action: PBXAction, token: ActionToken) {
        func report(_ events: PBXActionEvent...) { deliver(events.map { .action(token, $0) }) }
        switch action {
        case .originate(let call):
            let door = String(call.endpoint.text.dropFirst("BELL/".count))
            report(.written)
            guard pbx.ring(door) else { return report(.failed(reason: "\(door) does not ring", connection: false)) }
            let channel = call.endpoint.text + "-1"
            report(.accepted(final: false), .channel(channel), .originated(channel: channel, reason: 4))
        case .hangup(let channel):
            let door = String(channel.text.dropFirst("BELL/".count).dropLast("-1".count))
            report(.written)
            guard pbx.silence(door) else { return report(.failed(reason: "\(door) is silent", connection: false)) }
            report(.accepted(final: true))
        default:
            // Every action ends with exactly one final event, whatever it is.
            report(.failed(reason: "a door station cannot \(action.name)", connection: false))
        }
    }

    /// Nothing is delivered afterwards.
    public func stop() {
        pbx.changed = { _, _ in }
        deliver = { _ in }
    }
}
