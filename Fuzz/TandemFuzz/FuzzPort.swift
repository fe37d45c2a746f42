import CTIProtocol
import CTIServer
import SiteModel
import TandemCore

/// A CTI port whose shell keeps everything that clients would read, and a node that answers every command at once.
final class FuzzPort: CTIEnvironment {
    let homeSite = SiteID("paris") ?? FuzzPort.invalid
    let lyon = SiteID("lyon") ?? FuzzPort.invalid
    let presences = SiteConfiguration.Presence.standard
    /// What is wrong whatever was sent, e.g. a line that is no JSON.
    private(set) var problem: String?
    /// Whether the speaker has sent the right proof.
    var hasProven = false
    private let server: CTIServer
    private let now = Moment(instant: Instant(nanoseconds: 0), unixTime: 1_315_310_000.123)
    private var inbox: [ClientID: [JSONObject]] = [:]
    private var closed: Set<ClientID> = []
    private var group: Set<ClientID> = []
    private let status = EncodedObject(["hintstatus": "0", "channels": []])

    private static var invalid: SiteID { preconditionFailure("a literal site name is valid") }

    private let fault: (CTIEffect) -> [CTIEffect]

    init(fault: @escaping (CTIEffect) -> [CTIEffect]) {
        self.fault = fault
        server = CTIServer(configuration: CTIServerConfiguration(), registry: .standard()) { _ in "proof" }
        server.environment = self
    }

    // MARK: The node

    var sites: [SiteID] { [homeSite, lyon] }
    let capabilities = Set(PBXCapability.allCases)
    let capabilitiesElsewhere: [Set<PBXCapability>] = []
    func knows(_ site: SiteID) -> Bool { sites.contains(site) }
    func freshness(of site: SiteID) -> (freshness: Freshness, age: Double?) { (.fresh, nil) }
    func object(_ id: ObjectID) -> (config: EncodedObject, status: EncodedObject)? {
        objectIDs(of: id.key.type, at: id.site).contains(id.key.id) ? (.empty, status) : nil
    }
    func objectIDs(of type: ObjectType, at site: SiteID) -> [String] {
        type == .channel ? ["PJSIP/101-1"] : sites.contains(site) ? ["1", "5", "7"] : []
    }
    func user(login: String) -> (id: String, user: SiteConfiguration.User)? {
        ["alice": "5", "bob": "7"][login].map {
            ($0, SiteConfiguration.User(name: login, login: login, password: Secret("x"), profile: "supervisor"))
        }
    }
    func setPresence(user: String, state: String) -> Bool { presences.contains { $0.name == state } }
    func isOwn(_ argument: CTIArgumentKey, of command: IPBXCommand, user: String) -> Bool { false }
    func setConnected(user: String, connected: Bool) {}
    var canStore: Bool { true }
    func whenStored(_ body: @escaping (Bool) -> Void) { body(true) }
    func submit(_ submission: CTISubmission, ticket: CTITicket) {
        server.progress(ticket, EncodedObject(["ipbxreply": true]), now: now)
        server.finish(ticket, .done(EncodedObject(["delivered": 1])), now: now)
    }

    // MARK: Clients

    func open(_ number: UInt64) -> ClientID {
        let client = ClientID(number)
        server.connectionOpened(client, secure: false, address: "127.0.0.1", sessionID: "abcdefghij", now: now)
        run()
        return client
    }

    func logIn(_ number: UInt64, client opened: ClientID? = nil) -> ClientID {
        let client = opened ?? open(number)
        let login = opened == nil ? "bob" : "alice"
        for line in [
            #"{"class":"login_id","company":"c","userlogin":"\#(login)","ident":"X11-1","xivoversion":"1.2"}"#,
            #"{"class":"login_pass","hashedpassword":"proof"}"#,
            #"{"class":"login_capas","capaid":"supervisor","state":"available"}"#,
        ] { send(client, Array(line.utf8)) }
        if opened != nil { hasProven = true }
        if !isLoggedIn(client) { problem = "a right login is refused" }
        return client
    }

    func send(_ client: ClientID, _ line: [UInt8]) {
        server.received(client, line: line, now: now)
        run()
    }

    /// The lines that were meant for this client alone, the banner left out.
    func answers(_ client: ClientID) -> [JSONObject] { inbox[client] ?? [] }
    func isClosed(_ client: ClientID) -> Bool { closed.contains(client) }
    func isLoggedIn(_ client: ClientID) -> Bool { group.contains(client) }

    private func run() {
        for effect in server.takeEffects().flatMap(fault) {
            switch effect {
            case .send(let client, let bytes):
                if closed.contains(client) { problem = "something is sent after the close" }
                inbox[client, default: []] += read(bytes)
            case .push(let bytes): _ = read(bytes)
            case .close(let client, _), .cut(let client, _):
                closed.insert(client)
                group.remove(client)
            case .subscribed(let client, let isMember):
                if isMember {
                    if !group.insert(client).inserted { problem = "logged in twice without a logout" }
                } else {
                    group.remove(client)
                    if client.number == 2 { hasProven = false }
                }
            case .setLineLimit, .log: break
            }
        }
    }

    private func read(_ bytes: [UInt8]) -> [JSONObject] {
        if bytes.last != 10 || bytes.contains(where: { $0 >= 0x80 || $0 < 0x20 && $0 != 10 }) {
            problem = "the server sends what is no whole line of ASCII"
        }
        return bytes.split(separator: 10).compactMap { line in
            if line.first == UInt8(ascii: "X") { return nil }
            guard let object = try? JSONValue(parsing: Array(line)).objectValue, object["timenow"] != nil else {
                problem = "the server sends what is no object with timenow"
                return nil
            }
            return object
        }
    }
}
