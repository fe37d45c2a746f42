import TandemCore

/// The states of one link (one configured peer, whatever sockets carry it) and the only transitions that exist.
///
/// ```
///            dialing              socketOpened           greeted             synced
///   idle ──────────────► connecting ─────► authenticating ─────► syncing ─────► established
///    ▲ │  socketOpened                          ▲      ▲           │  ▲ replaced     │ │
///    │ └────────────────────────────────────────┘      │           │  └──────────────┘ │ farewell
///    │                       socketOpened, dialing     │           │                   ▼
///    └──────────────── down(reason) ◄──────────────────┴── lost ───┴───────────── draining
/// ```
/// `lost` leads to `down` from every state but `idle` and `down`. A second socket to the same peer does not change the
/// state until its greeting wins (`replaced`).
public struct LinkMachine: Hashable, Sendable {
    /// What can happen to a link.
    public enum Event: Hashable, Sendable {
        /// The shell is asked to dial.
        case dialing
        /// A socket is open, dialled or accepted; the greeting begins.
        case socketOpened
        /// The peer's greeting is accepted, as the first socket of this link.
        case greeted
        /// A newer socket to the same peer takes over.
        case replaced
        /// The peer has sent its link states and clocks: the link carries traffic.
        case synced
        /// One side says goodbye; answers still pass.
        case farewell
        /// No socket is left.
        case lost(reason: String)
    }

    /// The state.
    public private(set) var state: LinkState = .idle
    /// Since when.
    public private(set) var since: Instant

    /// An idle link.
    public init(now: Instant) { since = now }

    /// Applies an event. False, and nothing changes, when the event has no meaning in the state.
    @discardableResult
    public mutating func apply(_ event: Event, now: Instant) -> Bool {
        guard let next = Self.next(state, event) else { return false }
        if next != state {
            state = next
            since = now
        }
        return true
    }

    /// The state after an event; nil when the transition does not exist.
    public static func next(_ state: LinkState, _ event: Event) -> LinkState? {
        switch (state, event) {
        case (.idle, .dialing), (.down, .dialing): .connecting
        case (.idle, .socketOpened), (.down, .socketOpened), (.connecting, .socketOpened): .authenticating
        // A further socket: the state is that of the one in use.
        case (.authenticating, .socketOpened), (.syncing, .socketOpened), (.established, .socketOpened),
            (.draining, .socketOpened):
            state
        // An accepted socket whose peer is known only by its greeting skips `socketOpened`.
        case (.authenticating, .greeted), (.connecting, .greeted), (.idle, .greeted), (.down, .greeted): .syncing
        case (.syncing, .replaced), (.established, .replaced), (.draining, .replaced): .syncing
        case (.syncing, .synced): .established
        case (.syncing, .farewell), (.established, .farewell): .draining
        case (.connecting, .lost(let reason)), (.authenticating, .lost(let reason)), (.syncing, .lost(let reason)),
            (.established, .lost(let reason)), (.draining, .lost(let reason)):
            .down(reason: reason)
        default: nil
        }
    }
}
