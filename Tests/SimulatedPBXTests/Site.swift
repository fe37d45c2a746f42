import PBX
import SimulatedPBX
import SiteModel
import TandemCore
import Testing

/// A simulated PBX with the model of its site: what people would see.
struct Site {
    var pbx: SimulatedPBX
    var model: SiteModel
    var clock = 0
    var actions: [PBXActionEvent] = []
    var facts: [PBXFact] = []
    var changes: [ObjectChange] = []
    var reachable: Set<SiteID> = []

    init(
        _ name: String = "paris", far: String = "lyon",
        _ adjust: (inout Behaviour, inout SiteConfiguration) -> Void = { _, _ in }
    ) {
        guard let site = SiteID(name), let other = SiteID(far) else { preconditionFailure() }
        var office = SiteConfiguration(site: site, prefix: "81")
        for number in 101...104 {
            office.phones["\(number - 100)"] = .init(number: "\(number)", endpoint: "PJSIP/\(number)")
            office.users["\(number - 100)"] = .init(name: "User \(number)", phone: "\(number - 100)")
        }
        office.users["2"]?.voicemail = "2"
        office.users["3"]?.agent = "3"
        office.agents["3"] = .init(name: "User 103", number: "1003")
        office.voicemails["2"] = .init(mailbox: "102")
        office.queues["1"] = .init(
            name: "support", number: "500", members: [ObjectID(.phone, site, "2"), ObjectID(.agent, site, "3")])
        office.groups["1"] = .init(
            name: "sales", number: "600", members: [ObjectID(.phone, site, "2"), ObjectID(.phone, site, "4")])
        office.meetmes["1"] = .init(name: "board", number: "700")
        office.trunks["1"] = .init(endpoint: "PJSIP/trunk-\(far)", site: other, prefix: "82")
        var behaviour = Behaviour()
        adjust(&behaviour, &office)
        pbx = SimulatedPBX(configuration: office, behaviour: behaviour)
        model = SiteModel(configuration: office)
        take(pbx.start(at: now))
        facts = []
    }

    var now: Moment { Moment(instant: Instant(nanoseconds: Int64(clock) * 1_000_000_000), unixTime: Double(clock)) }

    mutating func take(_ events: [PBXEvent]) {
        for event in events {
            switch event {
            case .fact(let fact):
                facts.append(fact)
                model.apply(fact, at: now, into: &changes)
            case .action(_, let outcome): actions.append(outcome)
            }
        }
    }

    mutating func pass(_ seconds: Int) {
        for _ in 0..<seconds {
            clock += 1
            take(pbx.advance(to: now))
        }
    }
    mutating func dial(_ phone: String, _ number: String) { take(pbx.phoneDials(phone, number, at: now)) }
    mutating func ask(_ action: PBXAction) {
        actions = []
        take(pbx.perform(action, token: ActionToken(UInt64(clock) + 1), at: now))
    }
    mutating func connect(_ isReachable: Bool = true, to site: String) {
        guard let id = SiteID(site) else { return }
        if isReachable { reachable.insert(id) } else { reachable.remove(id) }
        take(pbx.setTrunks(reachable: reachable, at: now))
    }

    /// A reload: the site's objects are other ones from now on.
    mutating func reload(_ change: (inout SiteConfiguration) -> Void) {
        var changed = pbx.configuration
        change(&changed)
        model.reconfigure(changed, at: now, into: &changes)
        take(pbx.reconfigure(changed, at: now))
    }

    func status(_ type: ObjectType, _ id: String) -> JSONObject {
        model.allObjects().first { $0.key == ObjectKey(type, id) }?.status.decoded() ?? JSONObject()
    }
    /// How the calls of a phone stand.
    func stages(_ phone: String) -> [String] {
        model.channels(ofPhone: phone).compactMap { status(.channel, $0)["commstatus"]?.stringValue }
    }
    func channel(_ phone: String) -> String { model.channels(ofPhone: phone).first ?? "none" }
    var channelCount: Int { model.allObjects().filter { $0.key.type == .channel }.count }
    func text<Kind>(_ text: String) -> PBXName<Kind> { PBXName(text)! }
    func number(_ text: String) -> Extension {
        guard let number = Extension(text) else { preconditionFailure() }
        return number
    }
}

/// Carries trunk signals between two sites until none is left.
func carry(_ first: inout Site, _ second: inout Site) {
    while true {
        let there = first.pbx.takeTrunkSignals()
        let back = second.pbx.takeTrunkSignals()
        if there.isEmpty && back.isEmpty { return }
        for signal in there { second.take(second.pbx.receive(signal, at: second.now)) }
        for signal in back { first.take(first.pbx.receive(signal, at: first.now)) }
    }
}
