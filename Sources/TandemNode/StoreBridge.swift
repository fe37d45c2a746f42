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
            path: path, options: StoreOptions(isFullySynchronous: configuration.store.synchronization == .full)
        ) { event in note(event, logger) }
        do {
            let incarnation = try store.nextIncarnation(atLeast: floor)
            return Opened(
                store: store, restored: restored(try store.load(), configuration: configuration, now: now),
                incarnation: incarnation)
        } catch {
            try? store.close()
            throw error
        }
    }

    private static func restored(
        _ state: StoredState, configuration: NodeConfiguration, now: Moment
    ) -> NodeRestored {
        var restored = NodeRestored(presences: state.presences, ledger: state.ledger)
        for (site, position) in state.positions.sorted(by: { $0.key < $1.key }) where site != configuration.name {
            restored.copies.append(
                NodeRestored.Copy(
                    site: site, incarnation: position.incarnation, sequence: position.sequence,
                    age: max(0, now.unixTime - position.lastFresh),
                    objects: (state.copies[site] ?? []).map { ($0.key, $0.config, $0.status) }))
        }
        return restored
    }

    private static func note(_ event: StoreEvent, _ logger: Logger) {
        switch event {
        case .unwritable(let error): logger.error("the store cannot be written, writes wait: \(error)")
        case .writable: logger.notice("the store can be written again")
        case .copyDropped(let site):
            logger.warning("too much waits for the store: the stored copy of \(site) is given up until the next start")
        case .recordsDropped(let calls, let auditLines):
            logger.warning(
                "too much waits for the store: \(calls) calls of the history and \(auditLines) audit lines are lost")
        case .setAside(let table, let row):
            logger.error(
                "store: the row \(row) of the table \(table) holds values that cannot be: it was moved to the table set_aside, and what it held is fetched or begun anew"
            )
        case .moreSetAside(let count): logger.error("store: \(count) further rows were moved to the table set_aside")
        case .ignoredAfterClose: logger.debug("a write came after the store was closed")
        }
    }
}

extension StoreOperation {
    /// What the core wants kept, in the store's words. Nil: nothing for the store (a call of a phone without a user).
    init?(_ operation: NodeStoreOperation) {
        switch operation {
        case .presence(let user, let state): self = .setPresence(user: user, state: state)
        case .copy(let site, let changes): self = .copyChanges(site, changes)
        case .position(let site, let incarnation, let sequence, let lastFresh):
            self = .position(site, incarnation: incarnation, sequence: sequence, lastFresh: lastFresh)
        case .trimLedger(let before): self = .trimLedger(before: before)
        case .incarnation(let number): self = .incarnation(number)
        case .audit(let line):
            self = .audit(
                AuditRecord(
                    unixTime: line.unixTime, site: line.site, user: line.user, action: line.action,
                    target: line.target, outcome: line.outcome))
        case .call(let call):
            guard let user = call.user else { return nil }
            self = .callRecord(
                CallRecord(
                    user: user, direction: call.outgoing ? .outgoing : call.answered ? .answered : .missed,
                    number: call.number, name: call.name, start: call.began, duration: call.talked))
        }
    }
}
