import CTIProtocol
import CTIServer
import Federation
import NodeCore
import PBX
import SimulatedPBX
import SiteModel
import TandemCore

func site(_ name: String) -> SiteID { SiteID(name)! }
func number(_ text: String) -> Extension { Extension(text)! }
func header<Kind>(_ text: String) -> PBXName<Kind> { PBXName(text)! }

/// The login's proof: any function that both sides compute alike.
func proof(_ text: String) -> String {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 40 - digits.count) + digits
}

/// One node with its shell played by the test: clients are mailboxes, the store is a list, the PBX is simulated or only
/// listened to.
final class TestSite {
    let core: NodeCore
    var pbx: SimulatedPBX
    /// Whether actions reach the simulated PBX; else they are only noted.
    var performsActions = true
    /// Whether the store is durable at once.
    var storesAtOnce = true
    private(set) var performed: [(action: PBXAction, token: ActionToken)] = []
    private(set) var stored: [NodeStoreOperation] = []
    private(set) var ledger: [LedgerEntry] = []
    private(set) var closedClients: Set<ClientID> = []
    private var heldKeys: [IdempotencyKey] = []
    private var heldBarriers: [UInt64] = []
    private var inbox: [ClientID: [JSONObject]] = [:]
    private var members: Set<ClientID> = []
    var outgoing: [(link: LinkID, bytes: [UInt8])] = []
    private var nextClient: UInt64 = 0
    var now: Moment

    init(
        _ configuration: SiteConfiguration, links: [FederationConfiguration.Link] = [], hasPBX: Bool = true,
        capabilities: Set<PBXCapability> = Set(PBXCapability.allCases),
        cti: CTIServerConfiguration = CTIServerConfiguration(), restored: NodeRestored = NodeRestored(),
        incarnation: UInt64 = 1, now: Moment
    ) {
        self.now = now
        var behaviour = Behaviour()
        behaviour.reaction = .answers(after: .seconds(2))
        behaviour.talk = nil
        pbx = SimulatedPBX(configuration: configuration, behaviour: behaviour)
        core = NodeCore(
            configuration: NodeCoreConfiguration(
                site: configuration,
                federation: FederationConfiguration(
                    site: configuration.site, links: links, unledgeredVerbs: NodeCore.unledgeredVerbs),
                cti: cti, hasPBX: hasPBX, capabilities: capabilities),
            registry: .standard(), restored: restored, incarnation: incarnation, sha1Hex: proof, now: now)
        run()
    }

    var name: SiteID { core.site }

    // MARK: The PBX

    func startPBX() { see(pbx.start(at: now)) }
    func stopPBX(_ reason: String) { see(pbx.stop(reason: reason, at: now)) }

    func see(_ events: [PBXEvent]) {
        core.pbxSaw(events, now: now)
        run()
    }

    /// What became of the last action that was noted.
    func report(_ events: PBXActionEvent...) {
        guard let token = performed.last?.token else { return }
        see(events.map { .action(token, $0) })
    }

    var actions: [PBXAction] { performed.map(\.action) }
    func forgetActions() { performed = [] }

    // MARK: Clients

    func logIn(_ login: String) -> ClientID { connect(login, upTo: .loggedIn) }

    /// A client that has come so far and no farther.
    func connect(_ login: String, upTo stage: CTIStage) -> ClientID {
        nextClient += 1
        let client = ClientID(nextClient)
        core.clientConnected(client, secure: true, address: "192.0.2.1", sessionID: "abcdefghij", now: now)
        run()
        let profile = core.user(login: login)?.user.profile ?? ""
        for step in Self.loginSteps(login, profile).prefix(stage.rawValue) { say(client, step) }
        capabilities = read(client, "login_capas").last?["capas"] ?? .null
        return client
    }

    /// The lines of a login.
    static func loginSteps(_ login: String, _ profile: String = "supervisor") -> [String] {
        [
            #"{"class":"login_id","company":"x","userlogin":"\#(login)","ident":"X11","xivoversion":"1.2"}"#,
            #"{"class":"login_pass","hashedpassword":"\#(proof("abcdefghij:" + login))"}"#,
            #"{"class":"login_capas","capaid":"\#(profile)","state":"available"}"#,
        ]
    }

    /// What the last login was told that it may do.
    private(set) var capabilities: JSONValue = .null

    /// Sends a line; gives what the client reads at once.
    @discardableResult
    func say(_ client: ClientID, _ line: String) -> [JSONObject] {
        let before = inbox[client]?.count ?? 0
        Array(line.utf8).withUnsafeBufferPointer { core.clientSent(client, line: $0, now: now) }
        run()
        return Array((inbox[client] ?? [])[before...])
    }

    /// What the client has read of one class since the last look, without the time.
    func read(_ client: ClientID, _ name: String) -> [JSONObject] {
        defer { inbox[client] = [] }
        return (inbox[client] ?? []).filter { $0["class"]?.stringValue == name }.map { line in
            var line = line
            line["timenow"] = nil
            return line
        }
    }

    /// All that the client has of one class in its mailbox, and leaves there.
    func peek(_ client: ClientID, _ name: String) -> [JSONObject] {
        (inbox[client] ?? []).filter { $0["class"]?.stringValue == name }
    }

    // MARK: Effects

    func storeNow() {
        let (keys, barriers) = (heldKeys, heldBarriers)
        heldKeys = []
        heldBarriers = []
        for key in keys { core.ledgerStored(key, now: now) }
        for barrier in barriers { core.stored(barrier: barrier, now: now) }
        run()
    }

    func tick(_ now: Moment) {
        self.now = now
        if let due = pbx.nextDeadline, due <= now.instant { core.pbxSaw(pbx.advance(to: now), now: now) }
        core.tick(now: now)
        run()
    }

    func run() {
        while true {
            let effects = core.takeEffects()
            if effects.isEmpty { return }
            for effect in effects { carryOut(effect) }
        }
    }

    private func carryOut(_ effect: NodeEffect) {
        switch effect {
        case .cti(.send(let client, let bytes)): deliver(bytes, to: client)
        case .cti(.push(let bytes)): for client in members { deliver(bytes, to: client) }
        case .cti(.subscribed(let client, let joins)):
            if joins { members.insert(client) } else { members.remove(client) }
        case .cti(.close(let client, _)): closedClients.insert(client)
        case .sendLink(let link, let bytes): outgoing.append((link, bytes))
        case .perform(let action, let token):
            performed.append((action, token))
            if performsActions { core.pbxSaw(pbx.perform(action, token: token, at: now), now: now) }
        case .store(let operation): stored.append(operation)
        case .storeBarrier(let number):
            if storesAtOnce { core.stored(barrier: number, now: now) } else { heldBarriers.append(number) }
        case .storeLedger(let entry, let callBack):
            ledger.append(entry)
            guard callBack else { return }
            if storesAtOnce { core.ledgerStored(entry.key, now: now) } else { heldKeys.append(entry.key) }
        case .cti, .dial, .closeLink, .routesChanged, .trunkSignal, .log: break
        }
    }

    private func deliver(_ bytes: [UInt8], to client: ClientID) {
        for line in bytes.split(separator: 0x0A) {
            if let object = try? JSONValue(parsing: Array(line)).objectValue {
                inbox[client, default: []].append(object)
            }
        }
    }
}

/// Two sites, paris and lyon, joined in memory.
final class Pair {
    let paris: TestSite
    let lyon: TestSite
    private(set) var time: Int64 = 1_000

    static func moment(_ milliseconds: Int64) -> Moment {
        Moment(
            instant: Instant(nanoseconds: milliseconds * 1_000_000),
            unixTime: 1_700_000_000 + Double(milliseconds) / 1e3)
    }

    /// Phones 101… (paris) or 201… (lyon), users of the same ids, and one of everything else.
    static func office(_ name: String, prefix: String, first: Int, trunkTo far: String, trunkPrefix: String? = nil)
        -> SiteConfiguration
    {
        var office = SiteConfiguration(site: site(name), prefix: prefix)
        for id in 1...3 {
            let number = String(first + id - 1)
            office.phones["\(id)"] = .init(number: number, endpoint: "PJSIP/\(number)")
            office.users["\(id)"] = .init(
                name: "\(name) \(id)", login: "\(name)\(id)", password: Secret("\(name)\(id)"), phone: "\(id)",
                profile: "supervisor")
        }
        office.users["9"] = .init(name: "Nobody", login: "nobody", password: Secret("nobody"), profile: "supervisor")
        office.users["1"]?.agent = "3"
        office.agents["3"] = .init(name: "Agent", number: "1003")
        office.queues["1"] = .init(
            name: "support", number: "\(first + 399)", members: [ObjectID(.phone, site(name), "2")])
        office.groups["1"] = .init(name: "sales", number: "\(first + 499)")
        office.meetmes["1"] = .init(name: "board", number: "\(first + 599)")
        office.voicemails["1"] = .init(mailbox: "\(first)")
        office.trunks["1"] = .init(endpoint: "PJSIP/trunk", site: site(far), prefix: trunkPrefix)
        return office
    }

    /// - Parameters:
    ///   - capabilities: what the PBXs of the sites can do, everything unless it is said; nothing: there is no PBX.
    ///   - change: what the offices have beyond the usual.
    init(
        capabilities: [String: Set<PBXCapability>] = [:], _ change: (inout SiteConfiguration) -> Void = { _ in }
    ) {
        let now = Pair.moment(1_000)
        var offices = [
            Pair.office("paris", prefix: "81", first: 101, trunkTo: "lyon"),
            Pair.office("lyon", prefix: "82", first: 201, trunkTo: "paris"),
        ]
        for place in offices.indices { change(&offices[place]) }
        func abilities(_ name: String) -> Set<PBXCapability> { capabilities[name] ?? Set(PBXCapability.allCases) }
        paris = TestSite(
            offices[0], links: [.init(peer: site("lyon"))], hasPBX: !abilities("paris").isEmpty,
            capabilities: abilities("paris"), now: now)
        lyon = TestSite(
            offices[1], links: [.init(peer: site("paris"), dials: false)], hasPBX: !abilities("lyon").isEmpty,
            capabilities: abilities("lyon"), now: now)
        for place in [paris, lyon] where !place.core.capabilities.isEmpty { place.startPBX() }
    }

    /// Both nodes know and trust each other.
    func join() {
        let now = Pair.moment(time)
        paris.core.linkConnected(LinkID(1), certificateSite: site("lyon"), dialed: true, target: site("lyon"), now: now)
        lyon.core.linkConnected(LinkID(1), certificateSite: site("paris"), dialed: false, now: now)
        pass(2_500)
    }

    func cut() {
        let now = Pair.moment(time)
        paris.core.linkClosed(LinkID(1), reason: "cut", now: now)
        lyon.core.linkClosed(LinkID(1), reason: "cut", now: now)
        settle()
    }

    func settle() {
        while true {
            paris.run()
            lyon.run()
            let (there, back) = (paris.outgoing, lyon.outgoing)
            paris.outgoing = []
            lyon.outgoing = []
            if there.isEmpty && back.isEmpty { return }
            for (link, bytes) in there { carry(bytes, link, to: lyon) }
            for (link, bytes) in back { carry(bytes, link, to: paris) }
        }
    }

    private func carry(_ bytes: [UInt8], _ link: LinkID, to node: TestSite) {
        for line in bytes.split(separator: 0x0A) {
            Array(line).withUnsafeBufferPointer { node.core.linkSent(link, line: $0, now: node.now) }
        }
    }

    func pass(_ milliseconds: Int64) {
        let end = time + milliseconds
        settle()
        while time < end {
            time = min(time + 100, end)
            paris.tick(Pair.moment(time))
            lyon.tick(Pair.moment(time))
            settle()
        }
    }
}

extension TestSite {
    /// Sends an `ipbxcommand` and gives its lines, without class, time and command.
    func command(_ client: ClientID, _ name: String, _ fields: String = "") -> [JSONObject] {
        let rest = fields.isEmpty ? "" : "," + fields
        return say(client, #"{"class":"ipbxcommand","command":"\#(name)","commandid":7\#(rest)}"#).replies
    }
}

extension [JSONObject] {
    /// The lines that answer command 7, without what all of them have.
    var replies: [JSONObject] {
        filter { $0["replyid"] == 7 }.map { line in
            var line = line
            for key in ["timenow", "replyid", "command"] { line[key] = nil }
            if line["class"] == "ipbxcommand" { line["class"] = nil }
            return line
        }
    }
}
