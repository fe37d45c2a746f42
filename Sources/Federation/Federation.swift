import TandemCore

/// The federation core of one node as one state machine without I/O: links over sockets (`LinkTransport`), and routing,
/// replication and commands above them (`FederationCore`).
///
/// Every function takes the present; what is to be done comes out of `takeEffects`, in order. The shell calls `tick` no
/// later than `nextDeadline`. The same events at the same moments give the same effects.
public struct Federation: Sendable {
    /// Our own site.
    public let site: SiteID
    private(set) var parts: Parts

    /// The parts behind one reference: whoever holds a node's federation and asks for something small (`nextDeadline`,
    /// an object) would else copy some fifty references first. For the same reason what is asked for often names stored
    /// properties all the way (`parts.core.replication.origins`).
    ///
    /// `@unchecked` holds because a `Parts` is changed only through `change`, by the one value that alone refers to it;
    /// one that is shared is never changed, and everything in it is `Sendable`.
    final class Parts: @unchecked Sendable {
        var configuration: FederationConfiguration
        var transport: LinkTransport
        var core: FederationCore

        init(configuration: FederationConfiguration, transport: LinkTransport, core: FederationCore) {
            self.configuration = configuration
            self.transport = transport
            self.core = core
        }
    }

    /// A core with no sockets yet. `incarnation` MUST be higher than in every earlier life of this site (1 or more).
    public init(configuration: FederationConfiguration, incarnation: UInt64, now: Moment) {
        site = configuration.site
        parts = Parts(
            configuration: configuration, transport: LinkTransport(configuration, now: now.instant),
            core: FederationCore(configuration, incarnation: incarnation, now: now))
    }

    /// What it was told.
    public internal(set) var configuration: FederationConfiguration {
        get { parts.configuration }
        set {
            change()
            parts.configuration = newValue
            parts.transport.adopt(newValue)
            parts.core.adopt(newValue)
        }
    }

    /// The sockets.
    var transport: LinkTransport {
        _read { yield parts.transport }
        _modify {
            change()
            yield &parts.transport
        }
    }

    /// Everything that does not depend on sockets.
    var core: FederationCore {
        _read { yield parts.core }
        _modify {
            change()
            yield &parts.core
        }
    }

    /// Makes sure that nobody else sees the change that follows.
    private mutating func change() {
        if isKnownUniquelyReferenced(&parts) { return }
        parts = Parts(configuration: parts.configuration, transport: parts.transport, core: parts.core)
    }

    /// The number of this life; raised when someone remembers a later one.
    public var incarnation: UInt64 { parts.core.incarnation }
    /// Whether `beginDrain` was called.
    public var isDraining: Bool { parts.transport.isDraining }

    // MARK: Effects

    /// Puts the effects since the last call into a list, in order. The list's former content is dropped and its memory
    /// used again.
    public mutating func takeEffects(into list: inout [FederationEffect]) { core.effects.take(into: &list) }

    /// The effects since the last call, in order, in a list of their own.
    public mutating func takeEffects() -> [FederationEffect] { core.effects.take() }

    // MARK: Time

    /// Does everything that is due.
    public mutating func tick(now: Moment) {
        transport.tick(now: now.instant)
        core.tick(now: now)
        settle(now)
    }

    /// When `tick` must be called at the latest. May be early; costs next to nothing, however many sites there are.
    public var nextDeadline: Instant? {
        min(parts.core.deadline, parts.transport.deadlines.first ?? parts.core.deadline)
    }

    /// Lets the parts answer each other until the event is through.
    private mutating func settle(_ now: Moment) {
        change()
        parts.core.exchange(with: &parts.transport, now: now)
    }

    // MARK: Sockets

    /// A socket is open. `certificateSite`: the site in the peer's certificate, nil for a plain connection; `target`:
    /// the peer that was dialled, when the shell knows it.
    public mutating func linkConnected(
        _ link: LinkID, peer certificateSite: SiteID?, dialed: Bool, target: SiteID? = nil, now: Moment
    ) {
        transport.opened(
            link, certificate: certificateSite, dialed: dialed, target: target, incarnation: core.incarnation,
            now: now.instant)
        settle(now)
    }

    /// A dial did not succeed.
    public mutating func dialFailed(peer: SiteID, reason: String, now: Moment) {
        transport.dialFailed(peer, reason: reason, now: now.instant)
        settle(now)
    }

    /// One line without its line feed.
    public mutating func linkReceived(_ link: LinkID, line: UnsafeBufferPointer<UInt8>, now: Moment) {
        transport.received(link, line: line, now: now.instant)
        settle(now)
    }

    /// One line without its line feed.
    public mutating func linkReceived(_ link: LinkID, line: [UInt8], now: Moment) {
        line.withUnsafeBufferPointer { linkReceived(link, line: $0, now: now) }
    }

    /// Whether the socket takes more bytes. When not, changes and snapshots wait here; heartbeats and commands go on.
    public mutating func linkWritability(_ link: LinkID, _ isWritable: Bool, now: Moment) {
        transport.writability(link, isWritable)
        settle(now)
    }

    /// A socket is closed by the other side or by the network.
    public mutating func linkClosed(_ link: LinkID, reason: String, now: Moment) {
        transport.closed(link, reason: reason, now: now.instant)
        settle(now)
    }

    // MARK: Objects

    /// The home's own changes, in order: applied, numbered, logged, and sent to whoever pulls them.
    public mutating func localChanges(_ changes: [ObjectChange], now: Moment) {
        core.replication.localChanges(changes)
        settle(now)
    }

    /// The last known copy of a site, from the store: shown as stale with its age until the site is heard again.
    public mutating func restore(
        site: SiteID, incarnation: UInt64, sequence: UInt64,
        objects: [(key: ObjectKey, config: EncodedObject, status: EncodedObject)], age: Duration, now: Moment
    ) {
        core.replication.restore(
            site: site, incarnation: incarnation, sequence: sequence, objects: objects, age: age, now: now.instant)
        settle(now)
    }

    // MARK: Commands

    /// Submits a command; its one answer comes as `answered` with this token. A target that is our own site takes the
    /// same way, ledger included. A key that is under way joins it, for the same origin only.
    public mutating func submit(_ request: CommandRequest, now: Moment) -> CommandToken {
        let token = core.commands.submit(request, now: now)
        settle(now)
        return token
    }

    /// Ledger lines from the store, before any link is up. Commands without an answer were under way when the node
    /// stopped: nobody knows how they ended.
    public mutating func restoreLedger(_ entries: [LedgerEntry]) { core.commands.restoreLedger(entries) }

    /// A ledger line is durable: its command may run, or its answer may be told.
    public mutating func ledgerStored(key: IdempotencyKey, now: Moment) {
        core.commands.ledgerStored(key: key, now: now)
        settle(now)
    }

    /// The store can be written, or cannot: then commands that must be written first are refused (`store_unavailable`),
    /// and no answer waits for it.
    public mutating func storeChanged(isAvailable: Bool, now: Moment) {
        core.commands.storeChanged(isAvailable: isAvailable, now: now)
        settle(now)
    }

    /// A line for the submitter before the answer.
    public mutating func progress(key: IdempotencyKey, body: EncodedObject, now: Moment) {
        core.commands.progress(key: key, body: body)
        settle(now)
    }

    /// The command's answer.
    public mutating func finish(key: IdempotencyKey, _ answer: CommandAnswer, now: Moment) {
        core.commands.finish(key: key, answer, now: now)
        settle(now)
    }

    // MARK: Configuration and the end

    /// New configuration: links are added, removed or changed; everything else goes on.
    public mutating func reconfigure(_ new: FederationConfiguration, now: Moment) {
        var new = new
        new.site = site
        configuration = new
        transport.reconfigure(new, now: now.instant)
        core.routing.announce(now: now.instant)
        settle(now)
    }

    /// Says goodbye to all peers: they route around this node; answers still pass for a moment, then the sockets close.
    public mutating func beginDrain(now: Moment) {
        guard !isDraining else { return }
        // Link states first: the goodbye ends what a peer listens to.
        core.routing.beginDrain(now: now.instant)
        settle(now)
        transport.beginDrain(now: now.instant)
        settle(now)
    }
}
