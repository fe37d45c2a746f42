import CTIProtocol
import TandemCore

extension CTIServer {
    /// Tells one client the present state of objects whose changes it has missed because it read too slowly: both
    /// halves whole, or that the object is gone.
    public func refresh(_ client: ClientID, objects: [ObjectID], now: Moment) {
        self.now = now
        guard let session = sessions[client], session.isSubscribed, !objects.isEmpty, let environment else { return }
        var writer = JSONWriter(capacity: objects.count * 256)
        for id in objects {
            if id.key.type == .site {
                let current = environment.freshness(of: id.site)
                let object = environment.object(id)
                writeSiteStatus(
                    id.site, StatusView(freshness: current.freshness, age: current.age), config: object?.config,
                    status: object?.status, into: &writer)
                continue
            }
            guard let object = environment.object(id) else {
                CTIPush.removed(
                    list: id.key.type.listName, site: id.site, ids: [id.key.id], now: now.unixTime, into: &writer)
                continue
            }
            let current = environment.freshness(of: id.site)
            let view = StatusView(freshness: current.freshness, age: current.age)
            CTIPush.config(
                list: id.key.type.listName, site: id.site, id: id.key.id, object.config, now: now.unixTime,
                into: &writer)
            // Whole, whatever the freshness: the client has missed keys, and perhaps the mark itself.
            let status = view.freshness.isFresh ? view.transition(object.status, of: id.key.type) : nil
            writeStatus(id, status ?? view.show(object.status, of: id.key.type), into: &writer)
        }
        if !writer.isEmpty { emit(writer.bytes, to: session) }
    }
}
