import Federation
import TandemCore

// The links to the peers.
extension NodeCore {
    /// A dial did not succeed.
    public func dialFailed(peer: SiteID, reason: String, now: Moment) {
        self.now = now
        federation.dialFailed(peer: peer, reason: reason, now: now)
        settle()
    }

    /// A socket to a peer stands; `certificateSite` is what its certificate says, `target` the peer that was dialled.
    public func linkConnected(
        _ link: LinkID, certificateSite: SiteID?, dialed: Bool, target: SiteID? = nil, now: Moment
    ) {
        self.now = now
        federation.linkConnected(link, peer: certificateSite, dialed: dialed, target: target, now: now)
        settle()
    }

    /// A peer sent a line (without its line feed).
    public func linkSent(_ link: LinkID, line: UnsafeBufferPointer<UInt8>, now: Moment) {
        self.now = now
        federation.linkReceived(link, line: line, now: now)
        settle()
    }

    /// A link's socket takes more, or does not.
    public func linkWritability(_ link: LinkID, _ writable: Bool, now: Moment) {
        self.now = now
        federation.linkWritability(link, writable, now: now)
        settle()
    }

    /// A link's socket is gone.
    public func linkClosed(_ link: LinkID, reason: String, now: Moment) {
        self.now = now
        federation.linkClosed(link, reason: reason, now: now)
        settle()
    }
}
