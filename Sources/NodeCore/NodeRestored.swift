import Federation
import TandemCore

/// What the store knew at the last stop.
public struct NodeRestored: Sendable {
    /// Presences of this site's users.
    public var presences: [String: String]
    /// Copies of other sites.
    public var copies: [Copy]
    /// The ledger.
    public var ledger: [LedgerEntry]

    /// A copy of one site.
    public struct Copy: Sendable {
        /// Whose copy it is.
        public var site: SiteID
        /// The life it belongs to.
        public var incarnation: UInt64
        /// Its position.
        public var sequence: UInt64
        /// How long ago it was known to be current, seconds.
        public var age: Double
        /// The objects with both halves.
        public var objects: [(key: ObjectKey, config: EncodedObject, status: EncodedObject)]
        /// Makes a copy.
        public init(
            site: SiteID, incarnation: UInt64, sequence: UInt64, age: Double,
            objects: [(key: ObjectKey, config: EncodedObject, status: EncodedObject)]
        ) {
            self.site = site
            self.incarnation = incarnation
            self.sequence = sequence
            self.age = age
            self.objects = objects
        }
    }

    /// Makes what a store gave; empty for a node that keeps nothing.
    public init(presences: [String: String] = [:], copies: [Copy] = [], ledger: [LedgerEntry] = []) {
        self.presences = presences
        self.copies = copies
        self.ledger = ledger
    }
}
