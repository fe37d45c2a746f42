import CTIProtocol
import PBX
import SiteModel
import TandemCore

// A world in which every command of the table has something to do, and the lines with which a client asks for it.

extension Pair {
    /// Two sites full of calls (`TestSite.beginCalls`), with two of everything that an argument may name.
    static func busy(joined: Bool = false, profile: String = "supervisor") -> Pair {
        let pair = Pair { office in
            for user in ["1", "3"] { office.users[user]?.profile = profile }
            let place = office.site
            let first = place == site("paris") ? 101 : 201
            for id in [4, 5, 6, 7, 8, 10] {
                let number = String(first + id - 1)
                office.phones["\(id)"] = .init(number: number, endpoint: "PJSIP/\(number)")
                office.users["\(id + 10)"] = .init(
                    name: "\(place.name) \(id)", phone: "\(id)", profile: "client")
            }
            office.users["1"]?.voicemail = "1"
            office.agents["4"] = .init(name: "Other agent", number: "1004")
            let members = [ObjectID(.phone, place, "1"), ObjectID(.phone, place, "2"), ObjectID(.agent, place, "3")]
            office.queues["1"]?.members = members
            office.queues["2"] = .init(name: "hotline", number: "\(first + 400)", members: members)
            office.meetmes["2"] = .init(name: "attic", number: "\(first + 600)")
            office.voicemails["2"] = .init(mailbox: "\(first + 1)")
        }
        if joined { pair.join() }
        for (place, first) in [(pair.paris, 101), (pair.lyon, 201)] { place.beginCalls(first: first) }
        pair.pass(3_000)
        for (place, first) in [(pair.paris, 101), (pair.lyon, 201)] { place.beginRinging(first: first) }
        pair.settle()
        for place in [pair.paris, pair.lyon] {
            place.performsActions = false
            place.forgetActions()
        }
        return pair
    }
}

extension TestSite {
    private func dial(_ phone: String, _ number: Int) { see(pbx.phoneDials(phone, String(number), at: now)) }

    /// Phone 1 talks with phone 2, which agent 3 hears as well; phones 3 and 4 are in a room, 10 in another one.
    func beginCalls(first: Int) {
        dial("1", first + 1)
        for phone in ["3", "4"] { dial(phone, first + 599) }
        dial("10", first + 600)
        see([
            .fact(
                .agent(number: "1003", name: nil, state: .onCall, channel: channel("1"), phoneNumber: String(first))),
            .fact(
                .parked(
                    lot: "attic", space: "71", channel: channel("10"), parker: "", callerNumber: "", callerName: "",
                    timeoutSeconds: 60)),
        ])
    }

    /// Phones 6 and 8 ring for phones 5 and 7.
    func beginRinging(first: Int) {
        dial("5", first + 5)
        dial("7", first + 7)
    }

    /// The name of a phone's channel; empty: it has none.
    func channel(_ phone: String) -> String { core.model.channels(ofPhone: phone).first ?? "" }

    /// The frames with commands that have been sent and not carried yet.
    var sentCommands: [JSONObject] {
        outgoing.flatMap { $0.bytes.split(separator: 0x0A) }
            .compactMap { try? JSONValue(parsing: Array($0)).objectValue }
            .filter { $0["class"] == "rcti_command" }
    }
}

/// Lines of `ipbxcommand` as the table describes them.
enum VerbLines {
    /// Values that an argument accepts, each of which leads somewhere else at a site; the first is the usual one.
    static func values(_ argument: CTIArgument, of row: CTIVerbEntry, at place: TestSite) -> [String] {
        let site = place.name.name
        func ids(_ names: String...) -> [String] { names.map { "\"\($0.replacing("@", with: site + "/"))\"" } }
        let channels = ["1", "2"].map { "\"chan:\(site)/\(place.channel($0))\"" }
        switch argument.kind {
        case .destination: return ids("exten:@103", "exten:@102")
        case .id(let types) where types == .channels: return channels
        case .id(let types) where types.types == [.parking]:
            return place.core.objectIDs(of: .parking, at: place.name).sorted().map { "\"parking:\(site)/\($0)\"" }
        case .id where argument.key == .phoneIDs:
            // Who calls may give up; who is called may answer or refuse.
            return row.verb == .cancel ? ids("phone:@5", "phone:@7") : ids("phone:@6", "phone:@8")
        case .id, .idOrText: return ids("phone:@1", "phone:@2")
        case .channel, .heard: return channels
        case .channels: return channels + ["[\(channels.joined(separator: ","))]"]
        case .agent: return ids("agent:@3", "agent:@4")
        case .member: return ids("phone:@2", "phone:@1")
        case .queue: return ids("queue:@1", "queue:@2", "group:@1", "queue:@all")
        case .allQueues: return ["null"]
        case .room: return ["[\"\(site)/1\",\"1\"]", "[\"\(site)/1\",\"2\"]", "[\"\(site)/2\",\"1\"]"]
        case .mailbox: return ids("voicemail:@1", "voicemail:@2") + ["\"103\""]
        case .number: return ["\"103\"", "\"102\""]
        case .text, .context: return ["\"x\"", "\"y\""]
        case .word(let words): return words.map { "\"\($0)\"" }
        case .count: return ["1", "2"]
        case .flag: return ["true", "false"]
        }
    }

    /// The fields of a well-formed command whose arguments lie at a site.
    static func fields(
        _ row: CTIVerbEntry, at place: TestSite, without left: Set<CTIArgumentKey> = []
    ) -> String {
        // A phone is named in place of a channel, not beside it.
        let alternatives = left.contains(.channelIDs) ? left : left.union([.phoneIDs])
        return row.arguments.filter { $0.isSent && !alternatives.contains($0.key) }
            .map { argument in
                // A mailbox that is an object has a context of its own.
                let value =
                    argument.key == .mailbox && left.contains(.context)
                    ? "\"101\"" : values(argument, of: row, at: place)[0]
                return "\"\(argument.name)\":\(value)"
            }.joined(separator: ",")
    }

    /// The whole line, with `commandid` 7.
    static func line(_ row: CTIVerbEntry, _ fields: String) -> String {
        let rest = fields.isEmpty ? "" : "," + fields
        return "{\"class\":\"ipbxcommand\",\"command\":\"\(row.name)\",\"commandid\":7\(rest)}"
    }
}

extension CTIArgument {
    /// The argument, then those that may stand in its place.
    var chain: [CTIArgument] { [self] + (standIn?.chain ?? []) }
}
