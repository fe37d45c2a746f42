import SiteModel
import TandemCore
import Testing

/// A model with a copy that knows only the emitted changes, as a peer or client would.
struct World {
    var model: SiteModel
    var copy: [ObjectKey: (config: JSONObject, status: JSONObject)] = [:]
    /// What the last step emitted.
    var last: [ObjectChange] = []
    var clock = 1000.0

    init(_ configuration: SiteConfiguration = World.office()) {
        model = SiteModel(configuration: configuration)
        fold(model.initialChanges())
        last = []
    }

    var now: Moment { Moment(instant: Instant(nanoseconds: Int64(clock * 1e9)), unixTime: clock) }

    mutating func fold(_ changes: [ObjectChange]) {
        last = changes
        for change in changes {
            switch change {
            case .added(let key, let config, let status):
                copy[key] = (config.decoded(), status.decoded())
            case .config(let key, let patch):
                #expect(copy[key] != nil, "patch for unknown \(key)")
                copy[key]?.config.merge(patch.decoded())
            case .status(let key, let patch):
                #expect(copy[key] != nil, "patch for unknown \(key)")
                copy[key]?.status.merge(patch.decoded())
            case .removed(let key):
                #expect(copy[key] != nil, "removal of unknown \(key)")
                copy[key] = nil
            }
        }
    }

    /// Applies facts one second after the other.
    mutating func see(_ facts: PBXFact...) { see(facts) }
    mutating func see(_ facts: [PBXFact]) {
        var all: [ObjectChange] = []
        for fact in facts {
            clock += 1
            var changes: [ObjectChange] = []
            model.apply(fact, at: now, into: &changes)
            fold(changes)
            all += changes
        }
        last = all
    }

    func status(_ type: ObjectType, _ id: String) -> JSONObject { copy[ObjectKey(type, id)]?.status ?? JSONObject() }
    func config(_ type: ObjectType, _ id: String) -> JSONObject { copy[ObjectKey(type, id)]?.config ?? JSONObject() }
    func has(_ type: ObjectType, _ id: String) -> Bool { copy[ObjectKey(type, id)] != nil }

    /// The status patches of one object in the last step.
    func pushed(_ type: ObjectType, _ id: String) -> [JSONObject] {
        last.compactMap {
            if case .status(ObjectKey(type, id), let patch) = $0 { patch.decoded() } else { nil }
        }
    }

    /// The copy equals the model's own dump.
    func expectAgreement(_ note: String = "", location: SourceLocation = #_sourceLocation) {
        let dump = model.allObjects()
        #expect(Set(dump.map(\.key)) == Set(copy.keys), "\(note)", sourceLocation: location)
        for object in dump {
            guard let known = copy[object.key] else { continue }
            #expect(known.config == object.config.decoded(), "\(note) \(object.key)", sourceLocation: location)
            #expect(known.status == object.status.decoded(), "\(note) \(object.key)", sourceLocation: location)
        }
    }

    static func office(discover: Bool = true) -> SiteConfiguration {
        guard let site = SiteID("paris"), let far = SiteID("lyon") else { preconditionFailure() }
        var office = SiteConfiguration(site: site, prefix: "81", discover: discover)
        office.protocols = ["pjsip": "sip"]
        office.phones = [
            "1": .init(number: "101", endpoint: "PJSIP/101"), "2": .init(number: "102", endpoint: "SIP/102"),
            "3": .init(number: "103", endpoint: "PJSIP/103"),
        ]
        office.users = [
            "1": .init(
                name: "Alice Martin", login: "alice", password: Secret("hidden"), phone: "1", agent: "1",
                voicemail: "1"),
            "2": .init(name: "Bob Durand", login: "bob", phone: "2", otherPhones: ["3"]),
        ]
        office.agents = ["1": .init(name: "Alice Martin", number: "1001")]
        office.queues = ["1": .init(name: "support", number: "500")]
        office.groups = ["1": .init(name: "sales", number: "600", members: [ObjectID(.phone, site, "2")])]
        office.meetmes = ["1": .init(name: "board", number: "700")]
        office.voicemails = ["1": .init(mailbox: "101", fullName: "Alice Martin")]
        office.trunks = ["1": .init(endpoint: "PJSIP/trunk-lyon", site: far)]
        return office
    }
}

/// Short spellings of frequent facts.
func created(
    _ channel: String, _ endpoint: String?, state: ChannelState = .down, number: String = "", name: String = "",
    id: String = ""
) -> PBXFact {
    .channelCreated(
        channel: channel, endpoint: endpoint, uniqueID: id.isEmpty ? channel : id, state: state, callerNumber: number,
        callerName: name, extension: "s", context: "default", linkedID: channel)
}
func ended(_ channel: String) -> PBXFact { .channelEnded(channel: channel, cause: .normalClearing) }
/// A call from one channel to another, as far as ringing.
func ringing(_ caller: String, _ from: String, _ callee: String, _ to: String) -> [PBXFact] {
    [
        created(caller, from, state: .ring), created(callee, to), .dialBegan(caller: caller, callee: callee),
        .channelState(channel: callee, state: .ringing),
    ]
}
func answered(_ caller: String, _ callee: String, bridge: String) -> [PBXFact] {
    [
        .channelState(channel: callee, state: .up), .dialEnded(caller: caller, callee: callee, outcome: .answered),
        .channelState(channel: caller, state: .up), .bridgeEntered(channel: callee, bridge: bridge),
        .bridgeEntered(channel: caller, bridge: bridge),
    ]
}
let alice = "PJSIP/101-00000001"
let bob = "SIP/102-00000002"
let carol = "PJSIP/103-00000003"
