import CTIProtocol
import CTIServer
import SiteModel
import TandemCore

/// A node with a home site, `paris`, and a remote one, `lyon`, whose objects are plain dictionaries.
final class TestNode: CTIEnvironment {
    let homeSite = SiteID("paris")!
    var sites = [SiteID("paris")!, SiteID("lyon")!]
    var freshnesses: [SiteID: (Freshness, Double?)] = [:]
    var objects: [ObjectID: (config: EncodedObject, status: EncodedObject)] = [:]
    var users: [String: SiteConfiguration.User] = [:]
    var presences = SiteConfiguration.Presence.standard

    var presenceOfUser: [String: String] = [:]
    var connected: Set<String> = []
    var submissions: [(submission: CTISubmission, ticket: CTITicket)] = []
    var answersAtOnce: CTIOutcome?
    var storesAtOnce = true
    var waitingForStore: [(Bool) -> Void] = []
    var canStore = true
    weak var server: CTIServer?
    var now = Moment(instant: Instant(nanoseconds: 0), unixTime: 1_315_310_000.5)

    init() {
        users = [
            "5": SiteConfiguration.User(
                name: "Alice Martin", login: "alice", password: Secret("secret"), phone: "12", agent: "3",
                voicemail: "9", profile: "supervisor"),
            "7": SiteConfiguration.User(
                name: "Bob Noir", login: "bob", password: Secret("pässword"), phone: "13", profile: "client"),
            "8": SiteConfiguration.User(
                name: "Carol", login: "carol", password: Secret("c"), profile: ""),
            "9": SiteConfiguration.User(
                name: "Dave", login: "dave", password: Secret("d"), profile: "nonesuch"),
        ]
        add("user:paris/5", status: ["connection": nil, "availstate": "available"])
        add("user:paris/7", status: ["connection": nil, "availstate": "away"])
        add("phone:paris/12", config: ["number": "101"], status: ["hintstatus": "0", "channels": []])
        add("phone:paris/2", config: ["number": "102"], status: ["hintstatus": "8", "channels": []])
        add("user:lyon/7", status: ["connection": "yes", "availstate": "available"])
        add("phone:lyon/1", config: ["number": "201"], status: ["hintstatus": "0", "channels": ["PJSIP/201-1"]])
        add("agent:lyon/3", status: ["status": "AGENT_IDLE"])
        add("chan:lyon/PJSIP/201-1", status: ["commstatus": "linked-caller", "state": "Up"])
        add("site:lyon/self", status: ["pbx": "up"])
    }

    func add(_ id: String, config: JSONObject = [:], status: JSONObject) {
        objects[ObjectID(id)!] = (EncodedObject(config), EncodedObject(status))
    }

    var capabilities = Set(PBXCapability.allCases)
    var capabilitiesElsewhere: [Set<PBXCapability>] = []
    func knows(_ site: SiteID) -> Bool { sites.contains(site) }
    func freshness(of site: SiteID) -> (freshness: Freshness, age: Double?) { freshnesses[site] ?? (.fresh, nil) }
    func object(_ id: ObjectID) -> (config: EncodedObject, status: EncodedObject)? { objects[id] }
    func objectIDs(of type: ObjectType, at site: SiteID) -> [String] {
        objects.keys.filter { $0.site == site && $0.key.type == type }.map(\.key.id)
    }
    func user(login: String) -> (id: String, user: SiteConfiguration.User)? {
        users.first { $0.value.login == login }.map { ($0.key, $0.value) }
    }
    func setPresence(user: String, state: String) -> Bool {
        guard presences.contains(where: { $0.name == state }) else { return false }
        presenceOfUser[user] = state
        // As the real node does: the change is broadcast before the handler returns.
        server?.broadcast(
            site: homeSite,
            changes: [.status(ObjectKey(.user, user), patch: EncodedObject(["availstate": .string(state)]))], now: now)
        return true
    }
    /// Alice and bob have the phone that is configured for each, alice an agent and a mailbox; calls are nobody's.
    func isOwn(_ argument: CTIArgumentKey, of command: IPBXCommand, user: String) -> Bool {
        guard let configured = users[user] else { return false }
        let own: [(ObjectType, String?)] = [
            (.user, user), (.phone, configured.phone), (.agent, configured.agent), (.voicemail, configured.voicemail),
        ]
        let ids = own.compactMap { type, id in id.map { CTIAddress.object(ObjectID(type, homeSite, $0)) } }
        let named = command.addresses(argument)
        return !named.isEmpty && named.allSatisfy(ids.contains)
    }
    func setConnected(user: String, connected isConnected: Bool) {
        if isConnected { connected.insert(user) } else { connected.remove(user) }
    }
    func submit(_ submission: CTISubmission, ticket: CTITicket) {
        submissions.append((submission, ticket))
        if let answersAtOnce { server?.finish(ticket, answersAtOnce, now: now) }
    }
    func whenStored(_ body: @escaping (Bool) -> Void) {
        if !canStore { body(false) } else if storesAtOnce { body(true) } else { waitingForStore.append(body) }
    }
    func store() {
        let bodies = waitingForStore
        waitingForStore = []
        for body in bodies { body(canStore) }
    }
}
