import Federation
import TandemCore

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
