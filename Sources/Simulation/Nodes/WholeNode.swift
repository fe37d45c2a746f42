import CTIServer
import Federation
import NodeCore
import PBX
import SimulatedPBX
import SiteModel
import TandemCore

/// A whole node as the simulated world drives it: the real node core with its site model and CTI server, a simulated PBX
/// beside it, clients that are mailboxes, and a store that keeps what a disk would.
///
/// The objects come from the PBX and the office's configuration; `localChanges` has nothing to add to them. Commands are
/// what clients send, so the world's own commands run here as well, at the PBX.
public struct WholeNode: SimulatedNode {
    /// The parts, shared by all copies of this value: the world hands its nodes around.
    final class Parts {
        let core: NodeCore
        var pbx: SimulatedPBX
        var inbox: [ClientID: [JSONObject]] = [:]
        var subscribers: Set<ClientID> = []
        var closed: Set<ClientID> = []
        var clients: UInt64 = 0
        /// Actions that the PBX was asked for.
        var performed: [PBXAction] = []
        /// Lines for the auditor.
        var audit: [AuditLine] = []
        var submitted: UInt64 = 0
        var answers: [(token: CommandToken, answer: CommandAnswer)] = []

        init(core: NodeCore, pbx: SimulatedPBX) {
            self.core = core
            self.pbx = pbx
        }
    }

    let parts: Parts
    private var pending: [FederationEffect] = []
    private var now: Moment

    /// A node at the beginning of a life, with what its store still has.
    public init(configuration: FederationConfiguration, incarnation: UInt64, store: SimulatedStore, now: Moment) {
        self.now = now
        let office = Self.office(configuration.site)
        var behaviour = Behaviour()
        behaviour.reaction = .answers(after: .seconds(1))
        behaviour.talk = nil
        var federation = configuration
        federation.unledgeredVerbs = NodeCore.unledgeredVerbs
        var restored = NodeRestored()
        restored.ledger = store.ledger.values.sorted { $0.key.text < $1.key.text }
        restored.copies = store.copies.sorted { $0.key < $1.key }.map { site, copy in
            NodeRestored.Copy(
                site: site, incarnation: copy.incarnation, sequence: copy.sequence,
                age: Double(store.worldTime - copy.writtenAt) / 1e9 + 10,
                objects: copy.objects.sorted { $0.key.description < $1.key.description }
                    .map { ($0.key, $0.value.config, $0.value.status) })
        }
        let core = NodeCore(
            configuration: NodeCoreConfiguration(
                site: office, federation: federation, cti: CTIServerConfiguration(), hasPBX: true,
                capabilities: SimulatedPBX.capabilities),
            registry: .standard(), restored: restored, incarnation: incarnation, sha1Hex: Self.proof, now: now)
        parts = Parts(core: core, pbx: SimulatedPBX(configuration: office, behaviour: behaviour))
        see(parts.pbx.start(at: now))
    }

    /// Three phones and users at each site; a site is called behind `8` and its place in the alphabet.
    static func office(_ site: SiteID) -> SiteConfiguration {
        func prefix(_ name: String) -> String { "8" + String((name.utf8.first ?? 96) % 32 + 10) }
        var office = SiteConfiguration(site: site, prefix: prefix(site.name))
        for id in 1...3 {
            office.phones["\(id)"] = .init(number: "10\(id)", endpoint: "PJSIP/10\(id)")
            office.users["\(id)"] = .init(
                name: "\(site) \(id)", login: "user\(id)", password: Secret("user\(id)"), phone: "\(id)",
                profile: "supervisor")
        }
        for far in ["a", "b", "c", "d", "e"] where far != site.name {
            office.trunks[far] = .init(endpoint: "PJSIP/trunk-\(far)", site: SiteID(far), prefix: prefix(far))
        }
        return office
    }

    /// The login's proof: any function that client and node compute alike.
    static func proof(_ text: String) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return String(hash, radix: 16)
    }

    // MARK: Clients

    /// A user logs in at a client of their own.
    mutating func logIn(_ login: String, now: Moment) -> ClientID {
        parts.clients += 1
        let client = ClientID(parts.clients)
        self.now = now
        parts.core.clientConnected(client, secure: true, address: "192.0.2.1", sessionID: "abcdefghij", now: now)
        for line in [
            #"{"class":"login_id","company":"x","userlogin":"\#(login)","ident":"X11","xivoversion":"1.2"}"#,
            #"{"class":"login_pass","hashedpassword":"\#(Self.proof("abcdefghij:" + login))"}"#,
            #"{"class":"login_capas","capaid":"supervisor","state":"available"}"#,
        ] { say(client, line, now: now) }
        return client
    }

    /// A client sends a line.
    mutating func say(_ client: ClientID, _ line: String, now: Moment) {
        self.now = now
        Array(line.utf8).withUnsafeBufferPointer { parts.core.clientSent(client, line: $0, now: now) }
        carryOut()
    }

    // MARK: What the world does

    /// The federation core inside, for the checkers.
    public var federation: Federation { parts.core.federation }

    /// When `tick` must be called at the latest.
    public var nextDeadline: Instant? {
        .earlier(parts.core.nextDeadline, parts.pbx.nextDeadline)
    }

    /// Time has come.
    public mutating func tick(now: Moment) {
        self.now = now
        if let due = parts.pbx.nextDeadline, due <= now.instant { see(parts.pbx.advance(to: now)) }
        parts.core.tick(now: now)
        carryOut()
    }

    /// A socket is open.
    public mutating func linkConnected(
        _ link: LinkID, certificate: SiteID?, dialed: Bool, target: SiteID?, now: Moment
    ) {
        self.now = now
        parts.core.linkConnected(link, certificateSite: certificate, dialed: dialed, target: target, now: now)
        carryOut()
    }

    /// A dial failed.
    public mutating func dialFailed(peer: SiteID, reason: String, now: Moment) {
        self.now = now
        parts.core.dialFailed(peer: peer, reason: reason, now: now)
        carryOut()
    }

    /// One line came in.
    public mutating func linkReceived(_ link: LinkID, line: [UInt8], now: Moment) {
        self.now = now
        line.withUnsafeBufferPointer { parts.core.linkSent(link, line: $0, now: now) }
        carryOut()
    }

    /// A socket is gone.
    public mutating func linkClosed(_ link: LinkID, reason: String, now: Moment) {
        self.now = now
        parts.core.linkClosed(link, reason: reason, now: now)
        carryOut()
    }

    /// A socket takes bytes, or does not.
    public mutating func linkWritability(_ link: LinkID, _ isWritable: Bool, now: Moment) {
        self.now = now
        parts.core.linkWritability(link, isWritable, now: now)
        carryOut()
    }

    /// The PBX of a whole node reports by itself.
    public mutating func localChanges(_ changes: [ObjectChange], now: Moment) { self.now = now }

    /// A ping; everything else is said by clients. Its answer may come in a later turn.
    public mutating func submit(_ request: CommandRequest, now: Moment) -> CommandToken {
        self.now = now
        parts.submitted += 1
        let token = CommandToken(parts.submitted)
        parts.core.ping(request.target, now: now) { [weak parts] in parts?.answers.append((token, $0)) }
        carryOut()
        return token
    }

    /// A whole node executes by itself.
    public mutating func progress(key: IdempotencyKey, body: EncodedObject, now: Moment) {}
    /// A whole node executes by itself.
    public mutating func finish(key: IdempotencyKey, _ answer: CommandAnswer, now: Moment) {}

    /// A ledger line is durable.
    public mutating func ledgerStored(key: IdempotencyKey, now: Moment) {
        self.now = now
        parts.core.ledgerStored(key, now: now)
        carryOut()
    }

    /// The node is about to stop.
    public mutating func beginDrain(now: Moment) {
        self.now = now
        parts.core.beginDrain(reason: "server_stopped", now: now)
        carryOut()
    }

    /// A new configuration.
    public mutating func reconfigure(_ configuration: FederationConfiguration, now: Moment) {
        self.now = now
        var federation = configuration
        federation.unledgeredVerbs = NodeCore.unledgeredVerbs
        parts.core.reconfigure(
            NodeCoreConfiguration(
                site: Self.office(configuration.site), federation: federation, cti: CTIServerConfiguration(),
                hasPBX: true, capabilities: SimulatedPBX.capabilities), now: now)
        carryOut()
    }

    /// What the node wants done.
    public mutating func takeEffects() -> [FederationEffect] {
        carryOut()
        for (token, answer) in parts.answers { pending.append(.answered(token, answer)) }
        parts.answers = []
        defer { pending = [] }
        return pending
    }

    // MARK: Effects

    /// Takes what the PBX says. What follows from it waits for its turn, as in the real shell: no effect overtakes one
    /// that was there before.
    private func see(_ events: [PBXEvent]) {
        for signal in parts.pbx.takeTrunkSignals() {
            parts.core.sendTrunkSignal(to: signal.to, signal: signal.encoded, now: now)
        }
        if !events.isEmpty { parts.core.pbxSaw(events, now: now) }
    }

    private mutating func carryOut() {
        while true {
            let effects = parts.core.takeEffects()
            if effects.isEmpty { return }
            for effect in effects { carryOut(effect) }
        }
    }

    private mutating func carryOut(_ effect: NodeEffect) {
        switch effect {
        case .cti(let effect): carryOut(effect)
        case .dial(let peer): pending.append(.dial(peer: peer))
        case .sendLink(let link, let bytes): pending.append(.send(link, bytes))
        case .closeLink(let link, let reason): pending.append(.close(link, reason: reason))
        case .perform(let action, let token):
            parts.performed.append(action)
            see(parts.pbx.perform(action, token: token, at: now))
        case .store(let operation): store(operation)
        case .storeBarrier(let number): parts.core.stored(barrier: number, now: now)
        case .storeLedger(let entry, let callBack): pending.append(.storeLedger(entry, callBack: callBack))
        case .routesChanged:
            pending.append(.routesChanged)
            see(parts.pbx.setTrunks(reachable: Set(parts.core.federation.routes.map(\.site)), at: now))
        case .trunkSignal(let from, let body):
            guard let signal = TrunkSignal(body, from: from, to: parts.core.site) else { return }
            see(parts.pbx.receive(signal, at: now))
        case .log(let level, let text): pending.append(.log(level, text))
        }
    }

    private mutating func store(_ operation: NodeStoreOperation) {
        switch operation {
        case .copy(let site, let changes): pending.append(.changed(site, changes))
        case .position(let site, let incarnation, let sequence, _):
            pending.append(.position(site, incarnation: incarnation, sequence: sequence))
        case .trimLedger(let before): pending.append(.trimLedger(before: before))
        case .incarnation(let incarnation): pending.append(.incarnationRaised(incarnation))
        case .audit(let line): parts.audit.append(line)
        case .presence, .call: break
        }
    }

    private func carryOut(_ effect: CTIEffect) {
        switch effect {
        case .send(let client, let bytes): deliver(bytes, to: client)
        case .push(let bytes): for client in parts.subscribers.sorted() { deliver(bytes, to: client) }
        case .close(let client, _), .cut(let client, _): parts.closed.insert(client)
        case .subscribed(let client, let joins):
            if joins { parts.subscribers.insert(client) } else { parts.subscribers.remove(client) }
        case .setLineLimit, .log: break
        }
    }

    private func deliver(_ bytes: [UInt8], to client: ClientID) {
        for line in bytes.split(separator: 0x0A) {
            guard let object = try? JSONValue(parsing: Array(line)).objectValue else { continue }
            parts.inbox[client, default: []].append(object)
        }
    }
}
