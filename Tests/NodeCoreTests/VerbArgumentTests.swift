import CTIProtocol
import CTIServer
import NodeCore
import PBX
import SiteModel
import TandemCore
import Testing

/// Every argument of every row, sent as a client sends it through the real server and planner. An argument that a planner
/// forgets, a type that a reader lets slip and a stand-in that nobody reads fail here.
@Suite("Every argument does what its row of the table says") struct VerbArgumentTests {
    /// Arguments whose value changes nothing, with the reason. There is none now: a planner that obeys all of its row's
    /// arguments needs none here.
    private static let indifferent: [Place: String] = [:]

    /// An argument, or one that may stand in its place, of a command.
    private struct Place: Hashable, CustomStringConvertible {
        let verb: CTIVerb
        let key: CTIArgumentKey

        var description: String { "\(verb.rawValue).\(key.rawValue)" }
    }

    /// What becomes of a command.
    private struct Outcome: Hashable {
        let actions: [PBXAction]
        let lines: [JSONObject]
        /// The sites to which it was forwarded.
        let targets: [JSONValue?]

        /// The value of `ipbxreply` in the last line.
        var reply: JSONValue? { lines.last?["ipbxreply"] }
    }

    /// Has a client of paris send a command and takes note of everything that it leads to.
    private func outcome(_ row: CTIVerbEntry, _ fields: String, in pair: Pair, as client: ClientID) -> Outcome {
        let lines = pair.paris.command(client, row.name, fields)
        defer {
            pair.paris.forgetActions()
            pair.paris.outgoing = []
        }
        return Outcome(actions: pair.paris.actions, lines: lines, targets: pair.paris.sentCommands.map { $0["target"] })
    }

    /// The fields of a command in which one argument has a value of its own.
    private func fields(
        _ row: CTIVerbEntry, _ argument: CTIArgument, in place: CTIArgument, _ value: String, at site: TestSite
    ) -> String {
        let others = VerbLines.fields(row, at: site, without: left(row, place))
        return (others.isEmpty ? "" : others + ",") + "\"\(argument.name)\":\(value)"
    }

    /// What is not sent beside an argument: itself, and a channel where a phone is named in its place.
    private func left(_ row: CTIVerbEntry, _ argument: CTIArgument) -> Set<CTIArgumentKey> {
        argument.key == .phoneIDs ? [.phoneIDs, .channelIDs] : [argument.key]
    }

    // MARK: Values

    @Test("two values of an argument lead to two different things", arguments: CTIVerb.allCases)
    func values(_ verb: CTIVerb) {
        let row = verb.entry
        let pair = Pair.busy()
        let alice = pair.paris.logIn("paris1")
        var same: Set<Place> = []
        for place in row.arguments where place.isSent {
            for argument in place.chain {
                let values = VerbLines.values(argument, of: row, at: pair.paris)
                #expect(Set(values).count > 1)
                let outcomes = values.map {
                    outcome(row, fields(row, argument, in: place, $0, at: pair.paris), in: pair, as: alice)
                }
                #expect(!outcomes[0].actions.isEmpty, "\(argument.name): \(outcomes[0])")
                if Set(outcomes).count < values.count { same.insert(Place(verb: verb, key: argument.key)) }
            }
        }
        #expect(same == Set(Self.indifferent.keys.filter { $0.verb == verb }))
    }

    @Test("what follows from another argument cannot be said by the client", arguments: CTIVerb.allCases)
    func unsent(_ verb: CTIVerb) {
        let row = verb.entry
        for argument in row.arguments where !argument.isSent {
            let pair = Pair.busy()
            let alice = pair.paris.logIn("paris1")
            let others = VerbLines.fields(row, at: pair.paris)
            let without = outcome(row, others, in: pair, as: alice)
            #expect(!without.actions.isEmpty)
            for value in ["\"queue:lyon/all\"", "\"queue:paris/1\"", "7"] {
                #expect(outcome(row, others + ",\"\(argument.name)\":\(value)", in: pair, as: alice) == without)
            }
        }
    }

    // MARK: Types

    /// The types of objects that an argument may name, as the table's documentation says, and whether it may name a
    /// number of a site; nil: it names nothing.
    private func admitted(_ kind: CTIArgument.Kind) -> (types: Set<ObjectType>, numbers: Bool)? {
        switch kind {
        case .id(let types), .idOrText(let types): (Set(types.types), types.numbers)
        case .destination: ([.user, .phone, .voicemail, .meetme, .queue, .group], true)
        case .channel, .channels: ([.channel], false)
        case .agent: ([.agent], false)
        case .member: ([.agent, .phone, .user], false)
        case .queue: ([.queue, .group], false)
        case .heard: ([.agent, .phone, .user, .channel], false)
        case .mailbox: ([.voicemail], false)
        case .room: ([.meetme], false)
        case .number, .text, .context, .word, .count, .flag, .allQueues: nil
        }
    }

    /// An object of each type that exists at paris, and is in the state that the command needs.
    private func id(_ type: ObjectType, for argument: CTIArgument, of row: CTIVerbEntry, at paris: TestSite) -> String {
        let phone = argument.key != .phoneIDs ? "2" : row.verb == .cancel ? "5" : "6"
        switch type {
        case .phone: return phone
        case .user: return argument.key != .phoneIDs ? phone : "1" + phone
        case .agent: return "3"
        case .channel: return paris.channel("1")
        case .parking: return "0"
        case .site: return "self"
        case .queueMember: return paris.core.objectIDs(of: .queueMember, at: paris.name).sorted()[0]
        case .queue, .group, .voicemail, .meetme, .trunk: return "1"
        }
    }

    @Test(
        "an argument takes every type that its row admits, and names itself for any other", arguments: CTIVerb.allCases)
    func types(_ verb: CTIVerb) {
        let row = verb.entry
        let pair = Pair.busy()
        let alice = pair.paris.logIn("paris1")
        for place in row.arguments where place.isSent {
            for argument in place.chain {
                guard let (types, numbers) = admitted(argument.kind) else { continue }
                var named = ObjectType.allCases.map { type in
                    let id = id(type, for: argument, of: row, at: pair.paris)
                    #expect(pair.paris.core.object(ObjectID(type, pair.paris.name, id)) != nil, "\(type)")
                    return (name: "\(type.word):paris/\(id)", isAdmitted: types.contains(type))
                }
                named.append(("exten:paris/102", numbers))
                for (name, isAdmitted) in named {
                    let value = argument.kind == .room ? "[\"\(name)\",\"1\"]" : "\"\(name)\""
                    let kept = pair.paris.ledger.count
                    let answer = outcome(
                        row, fields(row, argument, in: place, value, at: pair.paris), in: pair, as: alice)
                    if isAdmitted {
                        #expect(!answer.actions.isEmpty, "\(argument.name) \(name): \(answer.lines)")
                        continue
                    }
                    #expect(answer.actions.isEmpty, "\(argument.name) \(name)")
                    #expect(answer.reply == .string(argument.reply), "\(argument.name) \(name): \(answer.lines)")
                    // What may be any text is refused by the executing site, everything else before it is kept.
                    if case .idOrText = argument.kind { continue }
                    #expect(answer.lines.last?["warning_string"] == .string("invalid:" + argument.name))
                    #expect(pair.paris.ledger.count == kept)
                }
            }
        }
    }

    @Test("other forms of a value mean the same as its id", arguments: CTIVerb.allCases)
    func forms(_ verb: CTIVerb) {
        let row = verb.entry
        let pair = Pair.busy()
        let alice = pair.paris.logIn("paris1")
        let (channel, other) = (pair.paris.channel("1"), pair.paris.channel("2"))
        let me = ["\"user:paris/1\"", "\"user:special:me\""]
        let phone = ["\"phone:paris/2\"", "\"line:paris/2\""]
        for place in row.arguments where place.isSent {
            for argument in place.chain {
                let same: [[String]] =
                    switch argument.kind {
                    case .agent:
                        [["\"agent:paris/3\"", "\"paris/3\"", "\"3\"", "3", "\"agent:special:me\""], ["\"4\"", "4"]]
                    case .member: [["\"agent:paris/3\"", "\"agent:special:me\""], me, phone]
                    case .channel: [["\"chan:paris/\(channel)\"", "\"\(channel)\""]]
                    case .channels:
                        [
                            ["\"chan:paris/\(channel)\"", "[\"chan:paris/\(channel)\"]"],
                            [
                                "\"chan:paris/\(channel),chan:paris/\(other)\"",
                                "[\"chan:paris/\(channel)\",\"chan:paris/\(other)\"]",
                            ],
                        ]
                    case .heard: [["\"agent:paris/3\"", "\"paris/3\"", "\"agent:special:me\""], me, phone]
                    case .queue: [["\"queue:paris/all\"", "\"queue:special:all\""]]
                    case .room:
                        [["[\"paris/1\",\"1\"]", "[\"meetme:paris/1\",1]", "[\"700\",\"1\"]", "[700,\"1\"]"]]
                    case .destination:
                        [
                            ["\"exten:paris/102\"", "\"102\"", "102", "\"1-0 (2)\"", "\"\\\"Bob\\\" <102>\""],
                            ["\"voicemail:paris/1\"", "\"user:special:myvoicemail\""], me, phone,
                        ]
                    case .number: [["\"102\"", "102", "\"exten:paris/102\"", "\"(1)02\""]]
                    case .count: [["2", "\"2\""]]
                    case .flag: [["true", "1", "\"1\"", "\"True\""], ["false", "0", "\"0\"", "\"false\""]]
                    case .mailbox: [["\"101\"", "101"], ["\"voicemail:paris/1\"", "\"user:special:myvoicemail\""]]
                    case .id(let types), .idOrText(let types): types.types.contains(.user) ? [me, phone] : []
                    case .allQueues, .text, .context, .word: []
                    }
                for forms in same {
                    let outcomes = Set(
                        forms.map {
                            outcome(row, fields(row, argument, in: place, $0, at: pair.paris), in: pair, as: alice)
                        })
                    #expect(outcomes.count == 1, "\(argument.name): \(forms)")
                    #expect(outcomes.allSatisfy { $0.lines.last?["warning_string"] == nil })
                }
            }
        }
    }

    // MARK: Stand-ins

    @Test("what may stand in an argument's place does what the argument does", arguments: CTIVerb.allCases)
    func standIns(_ verb: CTIVerb) {
        let row = verb.entry
        for place in row.arguments {
            for standIn in place.chain.dropFirst() {
                let pair = Pair.busy(joined: true)
                let alice = pair.paris.logIn("paris1")
                pair.settle()
                func sent(_ argument: CTIArgument, _ value: String) -> Outcome {
                    outcome(row, fields(row, argument, in: place, value, at: pair.paris), in: pair, as: alice)
                }
                let values = VerbLines.values(place, of: row, at: pair.paris)
                for value in values { #expect(sent(standIn, value) == sent(place, value), "\(standIn.name)") }
                // The argument itself counts where both are there, and `null` is nothing.
                func both(_ value: String) -> Outcome {
                    sent(place, "\(value),\"\(standIn.name)\":\(values[1])")
                }
                #expect(both(values[0]) == sent(place, values[0]))
                #expect(both("null") == sent(place, values[1]))
                // An empty text is nothing either, except where it would be an id.
                let empty = both("\"\"")
                if place.kind == .channels || place.kind == .agent {
                    #expect(empty.actions.isEmpty && empty.reply == .string(place.reply))
                } else {
                    #expect(empty == sent(place, values[1]))
                }
                // It decides the executing site as the argument does.
                let far = VerbLines.values(standIn, of: row, at: pair.lyon)[0]
                let targets = sent(standIn, far).targets
                #expect(targets == (row.decides.contains(place.key) ? ["lyon"] : []), "\(standIn.name)")
            }
        }
    }

    // MARK: Several sites

    @Test("of deciding arguments of different sites the row's first one wins", arguments: CTIVerb.allCases)
    func severalDeciding(_ verb: CTIVerb) {
        let row = verb.entry
        for (place, stronger) in row.decides.enumerated() {
            for weaker in row.decides[(place + 1)...] {
                for (near, far) in [(stronger, weaker), (weaker, stronger)] {
                    let pair = Pair.busy(joined: true)
                    let alice = pair.paris.logIn("paris1")
                    pair.settle()
                    func value(_ key: CTIArgumentKey, _ site: TestSite) -> String {
                        row.arguments.filter { $0.key == key }
                            .map { "\"\($0.name)\":\(VerbLines.values($0, of: row, at: site)[0])" }.joined()
                    }
                    let sent = outcome(
                        row, value(near, pair.paris) + "," + value(far, pair.lyon), in: pair, as: alice)
                    #expect(sent.targets == (far == stronger ? ["lyon"] : []))
                    #expect(sent.actions.isEmpty == (far == stronger), "\(sent.lines)")
                }
            }
        }
    }

    @Test("channels of several sites in one command are refused", arguments: CTIVerb.allCases)
    func severalSites(_ verb: CTIVerb) {
        let row = verb.entry
        for place in row.arguments where place.isSent {
            for argument in place.chain where argument.kind == .channels {
                let pair = Pair.busy(joined: true)
                let alice = pair.paris.logIn("paris1")
                pair.settle()
                let values = [pair.paris, pair.lyon].map { VerbLines.values(argument, of: row, at: $0)[0] }
                for list in [values, values.reversed()] {
                    let value = "[" + list.joined(separator: ",") + "]"
                    let answer = outcome(
                        row, fields(row, argument, in: place, value, at: pair.paris), in: pair, as: alice)
                    #expect(answer.reply == "ipbxids")
                    #expect(answer.actions.isEmpty && answer.targets.isEmpty)
                }
            }
        }
    }
}
