import Federation
import TandemCore

/// A node as the simulated world drives it: events in, effects out. `FederationNode` is the bare federation core; a
/// whole node core with a simulated PBX fits as well.
public protocol SimulatedNode {
    /// A node at the beginning of a life, with what its store still has.
    init(configuration: FederationConfiguration, incarnation: UInt64, store: SimulatedStore, now: Moment)
    /// The federation core inside, for the checkers.
    var federation: Federation { get }
    /// When `tick` must be called at the latest.
    var nextDeadline: Instant? { get }
    /// Time has come.
    mutating func tick(now: Moment)
    /// A socket is open.
    mutating func linkConnected(_ link: LinkID, certificate: SiteID?, dialed: Bool, target: SiteID?, now: Moment)
    /// A dial failed.
    mutating func dialFailed(peer: SiteID, reason: String, now: Moment)
    /// One line came in.
    mutating func linkReceived(_ link: LinkID, line: [UInt8], now: Moment)
    /// A socket is gone.
    mutating func linkClosed(_ link: LinkID, reason: String, now: Moment)
    /// A socket takes bytes, or does not.
    mutating func linkWritability(_ link: LinkID, _ isWritable: Bool, now: Moment)
    /// The PBX reports.
    mutating func localChanges(_ changes: [ObjectChange], now: Moment)
    /// Someone at this node gives a command.
    mutating func submit(_ request: CommandRequest, now: Moment) -> CommandToken
    /// A command that runs here says something.
    mutating func progress(key: IdempotencyKey, body: EncodedObject, now: Moment)
    /// A command that ran here ends.
    mutating func finish(key: IdempotencyKey, _ answer: CommandAnswer, now: Moment)
    /// A ledger line is durable.
    mutating func ledgerStored(key: IdempotencyKey, now: Moment)
    /// The node is about to stop.
    mutating func beginDrain(now: Moment)
    /// A new configuration.
    mutating func reconfigure(_ configuration: FederationConfiguration, now: Moment)
    /// What the node wants done.
    mutating func takeEffects() -> [FederationEffect]
}

/// What survives a crash of a node: that which its store had written.
public struct SimulatedStore: Sendable {
    /// A copy of another site at a position.
    public struct StoredCopy: Sendable {
        /// The life and the position.
        public var incarnation: UInt64, sequence: UInt64
        /// The objects by name.
        public var objects: [ObjectKey: (config: EncodedObject, status: EncodedObject)]
        /// World time of the last write, nanoseconds.
        public var writtenAt: Int64
    }
    /// The last life's number.
    public var incarnation: UInt64 = 0
    /// The commands' ledger.
    public var ledger: [IdempotencyKey: LedgerEntry] = [:]
    /// The last known copies.
    public var copies: [SiteID: StoredCopy] = [:]
    /// World time, for the copies' age.
    public var worldTime: Int64 = 0

    /// An empty store: a new or lost disk.
    public init() {}
}

/// The bare federation core as a simulated node.
public struct FederationNode: SimulatedNode {
    /// The core.
    public private(set) var federation: Federation

    /// A core with the ledger and the copies of its store.
    public init(configuration: FederationConfiguration, incarnation: UInt64, store: SimulatedStore, now: Moment) {
        federation = Federation(configuration: configuration, incarnation: incarnation, now: now)
        federation.restoreLedger(Array(store.ledger.values))
        for (site, copy) in store.copies.sorted(by: { $0.key < $1.key }) {
            let objects = copy.objects.sorted { $0.key.description < $1.key.description }
            federation.restore(
                site: site, incarnation: copy.incarnation, sequence: copy.sequence,
                objects: objects.map { ($0.key, $0.value.config, $0.value.status) },
                age: .nanoseconds(store.worldTime - copy.writtenAt) + .seconds(10), now: now)
        }
    }

    /// When `tick` must be called at the latest.
    public var nextDeadline: Instant? { federation.nextDeadline }
    /// Time has come.
    public mutating func tick(now: Moment) { federation.tick(now: now) }
    /// A socket is open.
    public mutating func linkConnected(
        _ link: LinkID, certificate: SiteID?, dialed: Bool, target: SiteID?, now: Moment
    ) {
        federation.linkConnected(link, peer: certificate, dialed: dialed, target: target, now: now)
    }
    /// A dial failed.
    public mutating func dialFailed(peer: SiteID, reason: String, now: Moment) {
        federation.dialFailed(peer: peer, reason: reason, now: now)
    }
    /// One line came in.
    public mutating func linkReceived(_ link: LinkID, line: [UInt8], now: Moment) {
        federation.linkReceived(link, line: line, now: now)
    }
    /// A socket is gone.
    public mutating func linkClosed(_ link: LinkID, reason: String, now: Moment) {
        federation.linkClosed(link, reason: reason, now: now)
    }
    /// A socket takes bytes, or does not.
    public mutating func linkWritability(_ link: LinkID, _ isWritable: Bool, now: Moment) {
        federation.linkWritability(link, isWritable, now: now)
    }
    /// The PBX reports.
    public mutating func localChanges(_ changes: [ObjectChange], now: Moment) {
        federation.localChanges(changes, now: now)
    }
    /// Someone at this node gives a command.
    public mutating func submit(_ request: CommandRequest, now: Moment) -> CommandToken {
        federation.submit(request, now: now)
    }
    /// A command that runs here says something.
    public mutating func progress(key: IdempotencyKey, body: EncodedObject, now: Moment) {
        federation.progress(key: key, body: body, now: now)
    }
    /// A command that ran here ends.
    public mutating func finish(key: IdempotencyKey, _ answer: CommandAnswer, now: Moment) {
        federation.finish(key: key, answer, now: now)
    }
    /// A ledger line is durable.
    public mutating func ledgerStored(key: IdempotencyKey, now: Moment) {
        federation.ledgerStored(key: key, now: now)
    }
    /// The node is about to stop.
    public mutating func beginDrain(now: Moment) { federation.beginDrain(now: now) }
    /// A new configuration.
    public mutating func reconfigure(_ configuration: FederationConfiguration, now: Moment) {
        federation.reconfigure(configuration, now: now)
    }
    /// What the node wants done.
    public mutating func takeEffects() -> [FederationEffect] { federation.takeEffects() }
}
