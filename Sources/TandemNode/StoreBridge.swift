import Configuration
import Federation
import Logging
import NodeCore
import Store
import TandemCore

/// Between the node's core, which knows no database, and the store, which knows no core.
enum StoreBridge {
    /// An opened store with what it knew.
    struct Opened: Sendable {
        var store: Store?
        var restored: NodeRestored
        var incarnation: UInt64
    }

    /// Opens the store, counts a new life and reads what was known. Without a path nothing is kept, and the life's
    /// number comes from the wall clock, so that it is still higher than the last one.
    static func open(configuration: NodeConfiguration, now: Moment, logger: Logger) throws -> Opened {
        let floor = UInt64(max(now.unixTime, 1))
        guard let path = configuration.store.path else {
            return Opened(store: nil, restored: NodeRestored(), incarnation: floor)
        }
        let store = try Store(
            path: path, synchronization: configuration.store.synchronization == .full ? .full : .normal)
        let incarnation = try store.nextIncarnation(atLeast: floor)
        let state = try store.load()
        var restored = NodeRestored(presences: state.presences, ledger: state.ledger)
        restored.copies = state.copies.filter { $0.site != configuration.name }.map { copy in
            NodeRestored.Copy(
                site: copy.site, incarnation: copy.incarnation, sequence: copy.sequence,
                age: max(0, now.unixTime - copy.lastFresh), objects: copy.objects.map { ($0.key, $0.config, $0.status) }
            )
        }
        return Opened(store: store, restored: restored, incarnation: incarnation)
    }
}
