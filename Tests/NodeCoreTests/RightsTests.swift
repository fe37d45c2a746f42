import CTIProtocol
import CTIServer
import SiteModel
import TandemCore
import Testing

/// Every command × every built-in profile × what is one's own and what is not, through the real server.
@Suite("A profile's commands reach what is one's own, or everybody's") struct RightsTests {
    /// The profiles, and one that may give every command about what is its own.
    private static let profiles: [String: CTIProfile] = {
        var profiles = CTIServerConfiguration().profiles
        profiles["ownonly"] = CTIProfile(
            displayName: "Own", regcommands: CTIProfile.client.regcommands,
            ipbxcommands: CTIVerb.allCases.map(\.rawValue))
        return profiles
    }()
    private static let people = ["client", "agent", "supervisor", "switchboard", "ownonly"]

    /// What the user of phone 1, agent 3 and mailbox 1 has; its phone talks with phone 2. The user of phone 3 has a seat in
    /// a room.
    private func own(_ argument: CTIArgument, at paris: TestSite) -> [String] {
        let call = ["1", "2"].map { "\"chan:paris/\(paris.channel($0))\"" }
        let person = ["\"user:paris/1\"", "\"phone:paris/1\"", "\"user:special:me\""]
        return switch argument.kind {
        case .id(let types) where types == .channels: call
        case .channel: call
        case .channels: call + ["[" + call.joined(separator: ",") + "]"]
        case .id, .idOrText: argument.key == .phoneIDs ? person : person + ["\"exten:paris/101\""]
        case .agent: ["\"agent:paris/3\"", "\"agent:special:me\"", "\"3\""]
        case .member: person + ["\"agent:paris/3\"", "\"agent:special:me\""]
        case .heard: call + person
        case .mailbox: ["\"voicemail:paris/1\"", "\"101\""]
        case .room: ["[\"paris/1\",\"1\"]"]
        case .destination, .queue, .allQueues, .number, .text, .context, .word, .count, .flag: []
        }
    }

    /// What others have, here and elsewhere, and what nobody has.
    private func foreign(_ argument: CTIArgument, at paris: TestSite, _ lyon: TestSite) -> [String] {
        let calls =
            ["3", "5", "6"].map { "\"chan:paris/\(paris.channel($0))\"" }
            + ["\"chan:lyon/\(lyon.channel("1"))\"", "\"chan:paris/PJSIP/101-nobody\""]
        let people = [
            "\"user:paris/2\"", "\"phone:paris/2\"", "\"user:lyon/1\"", "\"phone:lyon/1\"", "\"phone:paris/99\"",
        ]
        return switch argument.kind {
        case .id(let types) where types == .channels: calls
        case .channel: calls
        case .channels: calls + ["[\"chan:paris/\(paris.channel("1"))\",\(calls[0])]"]
        case .id, .idOrText:
            argument.key == .phoneIDs ? people : people + ["\"exten:paris/102\"", "\"exten:lyon/101\""]
        case .agent: ["\"agent:paris/4\"", "\"agent:lyon/3\"", "\"4\""]
        case .member: people + ["\"agent:paris/4\"", "\"agent:lyon/3\""]
        case .heard: calls + people + ["\"agent:paris/4\""]
        case .mailbox: ["\"voicemail:paris/2\"", "\"voicemail:lyon/1\"", "\"102\"", "\"101\",\"context\":\"other\""]
        case .room: ["[\"paris/1\",\"2\"]", "[\"paris/2\",\"1\"]", "[\"lyon/1\",\"1\"]", "[\"paris/1\",\"9\"]"]
        case .destination, .queue, .allQueues, .number, .text, .context, .word, .count, .flag: []
        }
    }

    /// A line whose argument `place` holds a value (under the key of `argument`, which may stand in its place), and whose
    /// other arguments name what is one's own.
    private func fields(
        _ row: CTIVerbEntry, _ place: CTIArgument, _ argument: CTIArgument, _ value: String, at paris: TestSite
    ) -> String {
        row.arguments.compactMap { other in
            if other.key == place.key { return "\"\(argument.name)\":\(value)" }
            // A phone is named in place of a channel.
            guard other.isSent, other.isRequired, ![.phoneIDs, .context].contains(other.key) else { return nil }
            let value = own(other, at: paris).first ?? VerbLines.values(other, of: row, at: paris)[0]
            return "\"\(other.name)\":\(value)"
        }.joined(separator: ",")
    }

    @Test("own and others' things, for every profile", arguments: CTIVerb.allCases)
    func rights(_ verb: CTIVerb) throws {
        let row = verb.entry
        for name in Self.people {
            let profile = try #require(Self.profiles[name])
            let mayUse = profile.ipbxcommands.contains(verb.rawValue)
            let mayOthers = profile.ipbxcommandsOthers.contains(verb.rawValue)
            let pair = Pair.busy(joined: true, profile: name)
            for place in [pair.paris, pair.lyon] {
                var configuration = place.core.cti.configuration
                configuration.profiles = Self.profiles
                place.core.cti.apply(configuration)
            }
            // In a room sits the user of phone 3.
            let client = pair.paris.logIn(verb == .meetme ? "paris3" : "paris1")
            func isAllowed(_ fields: String) -> Bool {
                let lines = pair.paris.command(client, row.name, fields)
                let acted = !pair.paris.actions.isEmpty || !pair.paris.sentCommands.isEmpty
                pair.paris.forgetActions()
                pair.paris.outgoing = []
                let refused = lines.contains { $0["warning_string"] == "unallowed" }
                #expect(!(refused && acted), "\(name): \(fields): refused and done")
                return !refused
            }
            for place in row.arguments where place.isOwn && place.isSent {
                for argument in place.chain {
                    for value in own(argument, at: pair.paris) {
                        let sent = fields(row, place, argument, value, at: pair.paris)
                        #expect(isAllowed(sent) == mayUse, "\(name): \(row.name) \(sent)")
                    }
                    for value in foreign(argument, at: pair.paris, pair.lyon) {
                        let sent = fields(row, place, argument, value, at: pair.paris)
                        #expect(isAllowed(sent) == (mayUse && mayOthers), "\(name): \(row.name) \(sent)")
                    }
                }
            }
            if !row.concernsOthers {
                let sent = VerbLines.fields(row, at: pair.paris)
                #expect(isAllowed(sent) == mayUse, "\(name): \(row.name) \(sent)")
            }
        }
    }

    @Test("clients and agents reach what is their own; supervisors and the switchboard everybody's")
    func builtIn() {
        let all = CTIVerb.allCases.map(\.rawValue)
        #expect(CTIProfile.client.ipbxcommandsOthers.isEmpty && CTIProfile.agent.ipbxcommandsOthers.isEmpty)
        #expect(CTIProfile.supervisor.ipbxcommandsOthers == all && CTIProfile.switchboard.ipbxcommandsOthers == all)
        #expect(CTIProfile.client.ipbxcommands.contains("hangup"))
        #expect(!CTIProfile.client.ipbxcommands.contains("agentlogin"))
        #expect(CTIProfile.agent.ipbxcommands.contains("agentlogin"))
        #expect(CTIProfile.ctiserver.ipbxcommands.isEmpty)
    }

    @Test("every argument that names a call, a phone that calls, an agent, a member or a mailbox must be one's own")
    func everyArgument() {
        // What is called, what is joined and how: others' by nature.
        let free: Set<CTIArgumentKey> = [
            .destination, .queue, .context, .reason, .subcommand, .function, .paused, .penalty, .agentPhoneNumber,
        ]
        for row in CTIVerbEntry.all {
            for argument in row.arguments {
                // Who is listened to is a `destination` as well.
                let isFree =
                    free.contains(argument.key) && row.verb != .listen
                    || row.verb == .listen && argument.key == .subcommand
                #expect(argument.isOwn != isFree, "\(row.name).\(argument.name)")
            }
        }
    }

    @Test("the answer to what is not one's own names the argument, and not whether there is such a thing")
    func answer() {
        let pair = Pair.busy(profile: "client")
        let alice = pair.paris.logIn("paris1")
        let answers = ["chan:paris/\(pair.paris.channel("5"))", "chan:paris/PJSIP/nobody"].map {
            pair.paris.command(alice, "hangup", "\"channelids\":\"\($0)\"")
        }
        #expect(answers[0] == answers[1])
        #expect(answers[0].first?["ipbxreply"] == "source" && answers[0].first?["warning_string"] == "unallowed")
        #expect(pair.paris.core.cti.counters.unallowed == 2)
    }
}
