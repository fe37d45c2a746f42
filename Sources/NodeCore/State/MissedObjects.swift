import CTIServer
import TandemCore

/// What clients that read too slowly have missed: the names of the objects, not the steps. A client that catches up is told
/// the present state of each, once.
///
/// Bounded per client: by the number of objects that exist, and some more for those that are gone. A whole site that changed
/// at once (it turned stale) is one entry until the client catches up.
struct MissedObjects: Sendable {
    private struct Missed: Sendable {
        var objects: Set<ObjectID> = []
        var sites: Set<SiteID> = []
    }

    private var byClient: [ClientID: Missed] = [:]

    /// So many names of objects that are gone are kept for a client that does not read: calls come and go, and their names
    /// alone would fill the memory for a client that never reads again.
    static let beyondObjects = Limits.missedObjects

    /// Whether nobody lags.
    var isEmpty: Bool { byClient.isEmpty }

    /// From now on a client gets no more pushes.
    mutating func begin(_ client: ClientID) { if byClient[client] == nil { byClient[client] = Missed() } }

    /// A client is gone.
    mutating func forget(_ client: ClientID) { byClient[client] = nil }

    /// Objects of a site changed. Names the clients, with the number of objects that each has missed, for which that is too
    /// much; what they have missed is given up.
    mutating func note(
        _ site: SiteID, _ changes: [ObjectChange], objectCount: @autoclosure () -> Int
    ) -> [(client: ClientID, count: Int)] {
        guard !byClient.isEmpty else { return [] }
        var overflows: [(client: ClientID, count: Int)] = []
        let bound = objectCount() + Self.beyondObjects
        for client in byClient.keys.sorted() {
            for change in changes { byClient[client]?.objects.insert(ObjectID(site, change.key)) }
            guard let count = byClient[client]?.objects.count, count > bound else { continue }
            byClient[client] = Missed()
            overflows.append((client, count))
        }
        return overflows
    }

    /// Everything that is shown of a site changed.
    mutating func note(wholeSite site: SiteID) {
        for client in byClient.keys { byClient[client]?.sites.insert(site) }
    }

    /// Takes some of what a client has missed; nil: it does not lag. `objects` lists a site's objects. With nothing left
    /// the client is no longer remembered.
    mutating func take(
        _ client: ClientID, atMost limit: Int, objects: (SiteID) -> [ObjectID]
    ) -> (piece: [ObjectID], hasMore: Bool)? {
        guard var missed = byClient.removeValue(forKey: client) else { return nil }
        while missed.objects.count < limit, let site = missed.sites.popFirst() {
            missed.objects.formUnion(objects(site))
        }
        var piece: [ObjectID] = []
        while piece.count < limit, let next = missed.objects.popFirst() { piece.append(next) }
        let hasMore = !missed.objects.isEmpty || !missed.sites.isEmpty
        if hasMore { byClient[client] = missed }
        return (piece, hasMore)
    }
}
