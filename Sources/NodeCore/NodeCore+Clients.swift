import CTIServer
import TandemCore

// The clients' connections.
extension NodeCore {
    /// A client connected. `sessionID`: ten random alphanumerics, made by the shell.
    public func clientConnected(_ client: ClientID, secure: Bool, address: String, sessionID: String, now: Moment) {
        self.now = now
        cti.connectionOpened(client, secure: secure, address: address, sessionID: sessionID, now: now)
        settle()
    }

    /// A client sent a line (without its line feed).
    public func clientSent(_ client: ClientID, line: UnsafeBufferPointer<UInt8>, now: Moment) {
        self.now = now
        cti.received(client, line: line, now: now)
        settle()
    }

    /// A client's line was longer than its limit.
    public func clientLineTooLong(_ client: ClientID, limit: Int, now: Moment) {
        self.now = now
        cti.lineTooLong(client, limit: limit, now: now)
        settle()
    }

    /// A client reads too slowly for pushes: from now on only the names of changed objects are kept for it.
    public func clientLags(_ client: ClientID) {
        missed.begin(client)
        // It misses the rest of what is being told in pieces.
        for site in cti.sitesBeingTold { missed.note(wholeSite: site) }
    }

    /// A lagging client takes data again: it gets the present state of some of what it has missed. True: there is more;
    /// ask again once that is written.
    public func clientCaughtUp(_ client: ClientID, now: Moment) -> Bool {
        self.now = now
        let taken = missed.take(client, atMost: Self.refreshPiece) { site in
            ObjectType.allCases.flatMap { type in
                self.federation.ids(site: site, type: type).map { ObjectID(type, site, $0) }
            }
        }
        guard let (piece, hasMore) = taken else { return false }
        cti.refresh(client, objects: piece, now: now)
        settle()
        return hasMore
    }

    /// Objects told to a client that catches up in one go.
    private static let refreshPiece = 1_000

    /// A client's connection is gone.
    public func clientClosed(_ client: ClientID, now: Moment) {
        self.now = now
        missed.forget(client)
        cti.connectionClosed(client, now: now)
        settle()
    }
}
