import CTIProtocol
import CTIServer
import SiteModel
import TandemCore

/// The CTI port's core without sockets: a line in, effects out. The budgets are shares of design section 11: a command
/// through a whole node costs at most half of a Python select loop's 12 µs, and a change reaches 1,000 clients at
/// 2 million deliveries a second.
struct CTIBenchmarks {
    /// Measures everything.
    static func run() -> [BenchmarkRow] {
        let port = BenchmarkPort()
        let client = port.logIn()
        let keepalive = Array(#"{"class":"keepalive","commandid":812345}"#.utf8)
        let status = Array(
            #"{"class":"getlist","function":"updatestatus","listname":"phones","tipbxid":"lyon","tid":"17","commandid":9}"#
                .utf8)
        let list = Array(#"{"class":"getlist","function":"listid","listname":"phones","tipbxid":"lyon"}"#.utf8)
        let dial = Array(
            #"{"class":"ipbxcommand","command":"dial","commandid":77,"destination":"exten:lyon/1002"}"#.utf8)
        let change = [
            ObjectChange.status(ObjectKey(.phone, "17"), patch: EncodedObject(["hintstatus": "8"]))
        ]
        let batch = (0..<100).map { number in
            ObjectChange.status(ObjectKey(.phone, String(number)), patch: EncodedObject(["hintstatus": "8"]))
        }
        return [
            BenchmarkRow(
                "CTI keepalive through the core", nanoseconds: bestNanoseconds { port.send(client, keepalive) },
                budget: 1_500),
            BenchmarkRow(
                "CTI getlist updatestatus through the core",
                nanoseconds: bestNanoseconds { port.send(client, status) }, budget: 3_000),
            BenchmarkRow(
                "CTI getlist listid of 1,000 phones, per id",
                nanoseconds: bestNanoseconds { port.send(client, list) } / 1_000, budget: 500),
            BenchmarkRow(
                "CTI dial: request, submission and four reply lines",
                nanoseconds: bestNanoseconds { port.send(client, dial) }, budget: 6_000),
            BenchmarkRow(
                "CTI fan-out: one change encoded for all", nanoseconds: bestNanoseconds { port.push(change) },
                budget: 500),
            BenchmarkRow(
                "CTI fan-out: per change in a batch of 100",
                nanoseconds: bestNanoseconds { port.push(batch) } / 100, budget: 500),
        ]
    }
}

/// A CTI port with one site of 1,000 phones and a node that answers every command at once.
final class BenchmarkPort: CTIEnvironment {
    let homeSite: SiteID
    let lyon: SiteID
    let presences = SiteConfiguration.Presence.standard
    private let server: CTIServer
    private var objects: [ObjectID: (config: EncodedObject, status: EncodedObject)] = [:]
    private let ids: [String]
    private let now = Moment(instant: Instant(nanoseconds: 0), unixTime: 1_315_310_000.123)
    private let lines = [
        EncodedObject(["ipbxreply": true]), EncodedObject(["response": "ok"]),
        EncodedObject(["autocall_channel": "PJSIP/101-00000007"]),
    ]
    private let result = EncodedObject(["channel": "PJSIP/101-00000007", "originatereason": "4"])

    init() {
        guard let paris = SiteID("paris"), let lyon = SiteID("lyon") else { preconditionFailure("valid names") }
        homeSite = paris
        self.lyon = lyon
        ids = (0..<1_000).map(String.init)
        let status = EncodedObject(["hintstatus": "0", "channels": [], "queues": [], "groups": [], "reg": ""])
        for id in ids { objects[ObjectID(.phone, lyon, id)] = (.empty, status) }
        server = CTIServer(configuration: CTIServerConfiguration(), registry: .standard()) { _ in "proof" }
        server.environment = self
    }

    var sites: [SiteID] { [homeSite, lyon] }
    let capabilities = Set(PBXCapability.allCases)
    let capabilitiesElsewhere: [Set<PBXCapability>] = []
    func knows(_ site: SiteID) -> Bool { site == homeSite || site == lyon }
    func freshness(of site: SiteID) -> (freshness: Freshness, age: Double?) { (.fresh, nil) }
    func object(_ id: ObjectID) -> (config: EncodedObject, status: EncodedObject)? { objects[id] }
    func objectIDs(of type: ObjectType, at site: SiteID) -> [String] { ids }
    func user(login: String) -> (id: String, user: SiteConfiguration.User)? {
        ("5", SiteConfiguration.User(name: "Alice", login: "alice", password: Secret("x"), profile: "supervisor"))
    }
    func setPresence(user: String, state: String) -> Bool { true }
    func isOwn(_ argument: CTIArgumentKey, of command: IPBXCommand, user: String) -> Bool { false }
    func setConnected(user: String, connected: Bool) {}
    var canStore: Bool { true }
    func whenStored(_ body: @escaping (Bool) -> Void) { body(true) }
    func submit(_ submission: CTISubmission, ticket: CTITicket) {
        for line in lines { server.progress(ticket, line, now: now) }
        server.finish(ticket, .done(result), now: now)
    }

    func logIn() -> ClientID {
        let client = ClientID(1)
        server.connectionOpened(client, secure: false, address: "127.0.0.1", sessionID: "abcdefghij", now: now)
        for line in [
            #"{"class":"login_id","company":"c","userlogin":"alice","ident":"x11-1","xivoversion":"1.2"}"#,
            #"{"class":"login_pass","hashedpassword":"proof"}"#,
            #"{"class":"login_capas","capaid":"supervisor","state":"available"}"#,
        ] { send(client, Array(line.utf8)) }
        return client
    }

    @inline(never)
    func send(_ client: ClientID, _ line: [UInt8]) {
        server.received(client, line: line, now: now)
        let effects = server.takeEffects()
        precondition(!effects.isEmpty)
        consume(effects)
    }

    @inline(never)
    func push(_ changes: [ObjectChange]) {
        server.broadcast(site: lyon, changes: changes, now: now)
        let effects = server.takeEffects()
        precondition(effects.count == 1)
        consume(effects)
    }
}
