import Federation
import TandemCore

/// One thing to write.
public enum StoreOperation: Hashable, Sendable {
    /// A user of this site chose a presence.
    case setPresence(user: String, state: String)
    /// A user of this site changed a service; nil: back to the PBX's default.
    case setFeature(user: String, name: String, value: JSONValue?)
    /// A copy of another site changed. Patches are merged into what is stored; a patch of an unknown object is ignored.
    case copyChanges(SiteID, [ObjectChange])
    /// How far the copy of a site is: written with the changes of the same batch, or not at all.
    case position(SiteID, incarnation: UInt64, sequence: UInt64, lastFresh: Double)
    /// Forget a site's copy and position; changes that follow start an empty copy.
    case forgetSite(SiteID)
    /// A command was begun or answered.
    case ledger(LedgerEntry)
    /// Forget ledger lines older than this Unix time.
    case trimLedger(before: Double)
    /// The life number in use was raised.
    case incarnation(UInt64)
    /// A call of a user of this site ended.
    case callRecord(CallRecord)
    /// Something an auditor should find.
    case audit(AuditRecord)
}

/// Operations that are written in one transaction: all or none of them survive.
public struct StoreBatch: Hashable, Sendable, ExpressibleByArrayLiteral {
    /// In order.
    public var operations: [StoreOperation]
    /// Makes a batch.
    public init(_ operations: [StoreOperation] = []) { self.operations = operations }
    /// Makes a batch.
    public init(arrayLiteral elements: StoreOperation...) { operations = elements }
    /// Adds an operation.
    public mutating func append(_ operation: StoreOperation) { operations.append(operation) }
    /// Whether there is nothing to write.
    public var isEmpty: Bool { operations.isEmpty }
}
