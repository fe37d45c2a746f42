import SiteModel
import TandemCore

/// Whether the PBX beside a node answers, since when, and why it does not.
public struct PBXPresence: Hashable, Sendable {
    /// Where the PBX is.
    public enum State: Hashable, Sendable {
        /// No PBX stands beside the node: it is a relay.
        case none
        /// It does not answer, or its snapshot is not complete yet. The reason is for people.
        case away(reason: String)
        /// It answers, and what the node shows of it is current.
        case inSync
    }

    /// The state.
    public private(set) var state: State
    /// When the state began.
    public private(set) var since: Moment

    init(hasPBX: Bool, now: Moment) {
        state = hasPBX ? .away(reason: "not connected yet") : .none
        since = now
    }

    /// Whether the PBX answers; nil when there is none.
    public var isUp: Bool? {
        switch state {
        case .none: nil
        case .away: false
        case .inSync: true
        }
    }

    /// Why the PBX does not answer; nil when it does, or when there is none.
    public var awayReason: String? { if case .away(let reason) = state { reason } else { nil } }

    /// Follows a fact. True when there is something to tell people. The time of a loss is kept while only its reason
    /// changes: nothing has been seen since then. A further snapshot of a PBX that is in sync changes nothing.
    mutating func follow(_ fact: PBXFact, at now: Moment) -> Bool {
        switch fact {
        case .connectionLost(let reason):
            if case .away(let known) = state {
                guard known != reason else { return false }
            } else {
                since = now
            }
            state = .away(reason: reason)
            return true
        case .resyncEnded:
            guard state != .inSync else { return false }
            state = .inSync
            since = now
            return true
        default: return false
        }
    }
}
