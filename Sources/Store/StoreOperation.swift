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

/// A call in a user's history (CTI reference: `history`).
public struct CallRecord: Hashable, Sendable {
    /// Which way, and what became of it.
    public enum Direction: Int, CaseIterable, Hashable, Sendable {
        /// The user called.
        case outgoing = 0
        /// The user was called and answered.
        case answered = 1
        /// The user was called and did not answer.
        case missed = 2
    }
    /// The user's id at this site.
    public var user: String
    /// Which way.
    public var direction: Direction
    /// The other side's number.
    public var number: String
    /// The other side's name; may be empty.
    public var name: String
    /// Begin, Unix seconds.
    public var start: Double
    /// Seconds of conversation.
    public var duration: Double
    /// Makes a record.
    public init(user: String, direction: Direction, number: String, name: String, start: Double, duration: Double) {
        self.user = user
        self.direction = direction
        self.number = number
        self.name = name
        self.start = start
        self.duration = duration
    }
}

/// A line for auditors: who did what to whom, and what came of it.
public struct AuditRecord: Hashable, Sendable {
    /// When, Unix seconds.
    public var unixTime: Double
    /// The site from which it came.
    public var site: SiteID
    /// The user there; empty: the node or an operator.
    public var user: String
    /// What was asked, e.g. `hangup`.
    public var action: String
    /// What it was about, e.g. an object id.
    public var target: String
    /// What came of it, e.g. `done` or `refused`.
    public var outcome: String
    /// Makes a record.
    public init(unixTime: Double, site: SiteID, user: String, action: String, target: String, outcome: String) {
        self.unixTime = unixTime
        self.site = site
        self.user = user
        self.action = action
        self.target = target
        self.outcome = outcome
    }
}

/// What a node finds when it starts.
public struct StoredState: Hashable, Sendable {
    /// Presence by user id.
    public var presences: [String: String] = [:]
    /// Changed services by user id.
    public var features: [String: JSONObject] = [:]
    /// Copies of other sites.
    public var copies: [SiteID: [StoredObject]] = [:]
    /// How far each copy is.
    public var positions: [SiteID: StoredPosition] = [:]
    /// Commands that were begun or answered, oldest first.
    public var ledger: [LedgerEntry] = []
    /// The last life number; 0: none yet.
    public var incarnation: UInt64 = 0
    /// An empty state.
    public init() {}
}

/// An object of a copy.
public struct StoredObject: Hashable, Sendable {
    /// Its name within its site.
    public var key: ObjectKey
    /// Its configuration.
    public var config: EncodedObject
    /// Its status.
    public var status: EncodedObject
    /// Makes an object.
    public init(key: ObjectKey, config: EncodedObject, status: EncodedObject) {
        self.key = key
        self.config = config
        self.status = status
    }
}

/// How far a copy is.
public struct StoredPosition: Hashable, Sendable {
    /// The life of the home's node.
    public var incarnation: UInt64
    /// The position in that life's log.
    public var sequence: UInt64
    /// When the copy was last known to be current, Unix seconds.
    public var lastFresh: Double
    /// Makes a position.
    public init(incarnation: UInt64, sequence: UInt64, lastFresh: Double) {
        self.incarnation = incarnation
        self.sequence = sequence
        self.lastFresh = lastFresh
    }
}
