/// The open connections of one listener, few in all and from one address. When there are too many, whoever has waited
/// longest for a request makes room: nobody keeps others out by opening connections and saying nothing. Lives on the
/// node's loop.
final class OpenConnections {
    private struct Connection {
        let address: String?
        /// Its place among those that wait; nil: it is being answered.
        var waitsSince: UInt64?
        let close: () -> Void
    }

    private let limit: Int
    private let perAddress: Int
    private var open: [ObjectIdentifier: Connection] = [:]
    private var clock: UInt64 = 0

    init(limit: Int, perAddress: Int = .max) {
        self.limit = limit
        self.perAddress = perAddress
    }

    var count: Int { open.count }

    /// Makes room for one more from an address (nil: nobody's in particular); false: all there are, are being answered.
    func makeRoom(for address: String?) -> Bool {
        if let address {
            let own = open.filter { $0.value.address == address }
            if own.count >= perAddress, !closeOldest(of: own) { return false }
        }
        return open.count < limit || closeOldest(of: open)
    }

    private func closeOldest(of some: [ObjectIdentifier: Connection]) -> Bool {
        let waiting = some.compactMap { key, connection in connection.waitsSince.map { (key, $0) } }
        guard let oldest = waiting.min(by: { $0.1 < $1.1 }) else { return false }
        open.removeValue(forKey: oldest.0)?.close()
        return true
    }

    func add(_ key: AnyObject, from address: String?, close: @escaping () -> Void) {
        clock += 1
        open[ObjectIdentifier(key)] = Connection(address: address, waitsSince: clock, close: close)
    }

    /// It waits for a request, as of now, or is being answered.
    func note(_ key: AnyObject, waits: Bool) {
        clock += 1
        open[ObjectIdentifier(key)]?.waitsSince = waits ? clock : nil
    }

    func remove(_ key: AnyObject) { open.removeValue(forKey: ObjectIdentifier(key)) }
}
