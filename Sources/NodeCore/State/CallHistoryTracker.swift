import SiteModel
import TandemCore

/// Makes call records from facts: one for each phone's channel, when it ends.
struct CallHistoryTracker {
    private struct Leg {
        var endpoint: String
        var began: Double
        var outgoing = false
        var number = ""
        var name = ""
        var talkingSince: Double?
        var talked = 0.0
        var answered = false
    }

    private var legs: [String: Leg] = [:]
    /// Channels of a connection's first snapshot: they began before anybody watched.
    private var earlier: Set<String> = []
    /// A connection's first snapshot is complete: what appears from now on has just begun, also within a later one.
    private var isWatching = false
    /// The channels that the snapshot under way has told of; nil: none is under way.
    private var confirmed: Set<String>?

    /// Follows a fact; gives the finished call's endpoint and record fields when one ended.
    mutating func follow(_ fact: PBXFact, now: Moment) -> (endpoint: String, record: FinishedCall)? {
        switch fact {
        case .resyncBegan: confirmed = []
        case .channelCreated(let channel, let endpoint?, _, let state, _, _, let dialled, _, _):
            confirmed?.insert(channel)
            guard legs[channel] == nil, !earlier.contains(channel) else { return nil }
            guard isWatching else {
                earlier.insert(channel)
                return nil
            }
            legs[channel] = Leg(
                endpoint: endpoint, began: now.unixTime, outgoing: state == .ring,
                number: state == .ring ? dialled : "")
        case .dialBegan(let caller, let callee):
            if let caller { legs[caller]?.outgoing = true }
            legs[callee]?.outgoing = false
        case .channelConnectedLine(let channel, let number, let name):
            guard !number.isEmpty || !name.isEmpty else { return nil }
            legs[channel]?.number = number
            legs[channel]?.name = name
        case .bridgeEntered(let channel, _):
            legs[channel]?.answered = true
            if legs[channel]?.talkingSince == nil { legs[channel]?.talkingSince = now.unixTime }
        case .bridgeLeft(let channel, _):
            guard let since = legs[channel]?.talkingSince else { return nil }
            legs[channel]?.talked += now.unixTime - since
            legs[channel]?.talkingSince = nil
        case .channelRenamed(let from, let to, let endpoint):
            legs[to] = legs.removeValue(forKey: from)
            if let endpoint { legs[to]?.endpoint = endpoint }
            if earlier.remove(from) != nil { earlier.insert(to) }
            if confirmed?.remove(from) != nil { confirmed?.insert(to) }
        case .channelEnded(let channel, _):
            earlier.remove(channel)
            guard var leg = legs.removeValue(forKey: channel) else { return nil }
            if let since = leg.talkingSince { leg.talked += now.unixTime - since }
            let record = FinishedCall(
                phone: "", user: nil, outgoing: leg.outgoing, answered: leg.answered, number: leg.number,
                name: leg.name, began: leg.began, talked: leg.talked)
            return (leg.endpoint, record)
        case .connectionLost:
            // What began or ended while nobody watched has no truthful duration: such calls are not recorded.
            legs.removeAll()
            earlier.removeAll()
            isWatching = false
            confirmed = nil
        case .resyncEnded:
            isWatching = true
            guard let present = confirmed else { return nil }
            confirmed = nil
            // The end of the others was never told: their durations would be no more truthful than after a loss.
            legs = legs.filter { present.contains($0.key) }
            earlier.formIntersection(present)
        default: break
        }
        return nil
    }
}
