import CTIServer
import Federation
import PBX
import TandemCore

/// What the node's core asks its shell to do, in order.
public enum NodeEffect {
    /// Something for the CTI listeners and their connections.
    case cti(CTIEffect)
    /// Open a link to a peer; report `linkConnected` or `dialFailed`.
    case dial(peer: SiteID)
    /// Write to a link.
    case sendLink(LinkID, [UInt8])
    /// Flush and close a link.
    case closeLink(LinkID, reason: String)
    /// Ask the PBX for something.
    case perform(PBXAction, ActionToken)
    /// Write to the store; with a barrier, call `stored(barrier:)` once this and all before it is durable.
    case store(NodeStoreOperation)
    /// Call `stored(barrier:)` once all store operations before it are durable.
    case storeBarrier(UInt64)
    /// Make a ledger line durable, then call `ledgerStored`.
    case storeLedger(LedgerEntry, callBack: Bool)
    /// Other sites became reachable or are no longer.
    case routesChanged
    /// A leg of a call between simulated PBXs, for this site's simulated PBX.
    case simulatedTrunk(from: SiteID, EncodedObject)
    /// Something for the log.
    case log(FederationLogLevel, String)
}

/// What a node keeps over a restart.
public enum NodeStoreOperation: Hashable, Sendable {
    /// A presence that a user of this site set.
    case presence(user: String, state: String)
    /// Changes of a copy of another site.
    case copy(SiteID, [ObjectChange])
    /// Where that copy stands, and when it was last known to be current (Unix seconds).
    case position(SiteID, incarnation: UInt64, sequence: UInt64, lastFresh: Double)
    /// Ledger lines older than this Unix time are no longer needed.
    case trimLedger(before: Double)
    /// The incarnation in use.
    case incarnation(UInt64)
    /// A finished call of one of this site's phones.
    case call(FinishedCall)
}

/// A finished call as one of this site's phones saw it.
public struct FinishedCall: Hashable, Sendable {
    /// The phone's id; its user's id, if it has one.
    public var phone: String
    /// The user of the phone.
    public var user: String?
    /// Whether the phone called.
    public var outgoing: Bool
    /// Whether the two ever talked.
    public var answered: Bool
    /// The other party.
    public var number: String
    /// The other party's name; may be empty.
    public var name: String
    /// When it began, Unix seconds.
    public var began: Double
    /// How long they talked, seconds.
    public var talked: Double

    /// Makes a record.
    public init(
        phone: String, user: String?, outgoing: Bool, answered: Bool, number: String, name: String, began: Double,
        talked: Double
    ) {
        self.phone = phone
        self.user = user
        self.outgoing = outgoing
        self.answered = answered
        self.number = number
        self.name = name
        self.began = began
        self.talked = talked
    }
}

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
