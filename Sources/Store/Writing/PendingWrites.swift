import Federation
import TandemCore

/// What waits to be written, with only the last word about each thing.
struct PendingWrites {
    /// What is to happen to one object of a copy.
    enum Edit {
        case whole(config: EncodedObject, status: EncodedObject)
        case patch(config: EncodedObject, status: EncodedObject)
        case removed
    }

    struct Copy {
        /// The stored copy goes before the edits come.
        var isCleared = false
        var edits: [ObjectKey: Edit] = [:]
        var position: StoredPosition?
    }

    struct Feature: Hashable {
        var user: String, name: String
    }

    var presences: [String: String] = [:]
    var features: [Feature: JSONValue?] = [:]
    var copies: [SiteID: Copy] = [:]
    var ledger: [IdempotencyKey: LedgerEntry] = [:]
    var trimLedger: Double?
    var incarnation: UInt64?
    var calls: [CallRecord] = []
    var audit: [AuditRecord] = []
    var callbacks: [@Sendable () -> Void] = []
    /// Entries that count against the limit.
    private(set) var weight = 0

    /// Nothing to write and nobody to tell.
    var isEmpty: Bool {
        weight == 0 && callbacks.isEmpty && presences.isEmpty && features.isEmpty && copies.isEmpty
            && trimLedger == nil && incarnation == nil
    }

    mutating func add(_ operation: StoreOperation) {
        switch operation {
        case .setPresence(let user, let state): presences[user] = state
        case .setFeature(let user, let name, let value):
            features.updateValue(value, forKey: Feature(user: user, name: name))
        case .copyChanges(let site, let changes):
            // Taken out while it is edited, so that the dictionary inside is not copied.
            var copy = copies.removeValue(forKey: site) ?? Copy()
            let before = copy.edits.count
            for change in changes { Self.apply(change, to: &copy.edits) }
            weight += copy.edits.count - before
            copies[site] = copy
        case .position(let site, let incarnation, let sequence, let lastFresh):
            copies[site, default: Copy()].position = StoredPosition(
                incarnation: incarnation, sequence: sequence, lastFresh: lastFresh)
        case .forgetSite(let site): forget(site)
        case .ledger(let entry): if ledger.updateValue(entry, forKey: entry.key) == nil { weight += 1 }
        case .trimLedger(let before): trimLedger = max(trimLedger ?? before, before)
        case .incarnation(let number): incarnation = max(incarnation ?? number, number)
        case .callRecord(let record):
            calls.append(record)
            weight += 1
        case .audit(let record):
            audit.append(record)
            weight += 1
        }
    }

    private mutating func forget(_ site: SiteID) {
        weight -= copies[site]?.edits.count ?? 0
        copies[site] = Copy(isCleared: true)
    }

    private static func apply(_ change: ObjectChange, to edits: inout [ObjectKey: Edit]) {
        let key = change.key
        switch change {
        case .added(_, let config, let status): edits[key] = .whole(config: config, status: status)
        case .removed: edits[key] = .removed
        case .config(_, let patch): edits[key] = merge(edits[key], config: patch, status: .empty)
        case .status(_, let patch): edits[key] = merge(edits[key], config: .empty, status: patch)
        }
    }

    private static func merge(_ edit: Edit?, config: EncodedObject, status: EncodedObject) -> Edit {
        switch edit {
        case .whole(let oldConfig, let oldStatus):
            .whole(config: oldConfig.merging(config), status: oldStatus.merging(status))
        case .patch(let oldConfig, let oldStatus):
            .patch(config: oldConfig.merging(config), status: oldStatus.merging(status))
        case .removed: .removed
        case nil: .patch(config: config, status: status)
        }
    }

    /// What had to be given up to stay within a limit.
    enum Loss: Hashable {
        case copy(SiteID)
        case records(calls: Int, audit: Int)
    }

    /// Gives up what can be had again, largest first: copies (their homes send them anew), then audit lines and
    /// history. Presences, services and the ledger are never given up; their number is bounded by users and by
    /// commands in flight.
    mutating func shrink(to limit: Int) -> [Loss] {
        var losses: [Loss] = []
        while weight > limit {
            if let largest = copies.max(by: { $0.value.edits.count < $1.value.edits.count }),
                !largest.value.edits.isEmpty
            {
                forget(largest.key)
                losses.append(.copy(largest.key))
                continue
            }
            let count = min(weight - limit, audit.count + calls.count)
            guard count > 0 else { return losses }
            let fromAudit = min(count, audit.count)
            audit.removeFirst(fromAudit)
            calls.removeFirst(count - fromAudit)
            weight -= count
            losses.append(.records(calls: count - fromAudit, audit: fromAudit))
        }
        return losses
    }
}
