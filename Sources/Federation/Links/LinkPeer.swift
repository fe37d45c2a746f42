import TandemCore

/// A configured link with whatever sockets carry it.
struct LinkPeer: Sendable {
    var link: FederationConfiguration.Link
    var machine: LinkMachine
    /// The socket in use.
    var active: LinkID?
    /// The pauses between dials that fail.
    var backoff: Backoff
    var nextDial: Instant
    /// Why the last socket was refused, by us or by the peer.
    var lastRefusal: String?
    /// A dial is with the shell until then.
    var dialDeadline: Instant?
    /// Since when the link carries traffic, to forget earlier failures.
    var establishedAt: Instant?

    init(link: FederationConfiguration.Link, timings: FederationTimings, now: Instant) {
        self.link = link
        machine = LinkMachine(now: now)
        backoff = Self.backoff(timings)
        nextDial = now
    }

    static func backoff(_ timings: FederationTimings) -> Backoff {
        Backoff(shortest: timings.redial.lowerBound, longest: timings.redial.upperBound)
    }

    func mayDial(isDraining: Bool) -> Bool {
        guard link.dials, active == nil, dialDeadline == nil, !isDraining else { return false }
        switch machine.state {
        case .idle, .down: return true
        case .connecting, .authenticating, .syncing, .established, .draining: return false
        }
    }
}
