import CTIProtocol
import Testing

@testable import Configuration

@Suite("profiles list classes and commands of the tables") struct ProfileTests {
    private func parse(_ profile: String) -> (node: NodeConfiguration?, said: [String]) {
        let text = "site: paris\nprofiles:\n  client: \(profile)\n"
        var warnings: [Diagnostic] = []
        do {
            let node = try NodeConfiguration.parse(text, file: "n.yaml", drivers: [], warnings: &warnings)
            return (node, warnings.map(\.description))
        } catch { return (nil, error.diagnostics.map(\.description)) }
    }

    @Test("every class that clients send and every command is accepted") func accepted() {
        let classes = CTIMessageClass.all.filter(\.isFromClient).map(\.name).joined(separator: ", ")
        let verbs = CTIVerbEntry.all.map(\.name).joined(separator: ", ")
        let (node, said) = parse("{ regcommands: [\(classes)], ipbxcommands: [\(verbs)] }")
        #expect(said == [])
        #expect(node?.cti.profiles["client"]?.ipbxcommands == CTIVerb.allCases.map(\.rawValue))
    }

    @Test("a command that does not exist is an error with the accepted words") func unknownCommand() {
        let (node, said) = parse("{ ipbxcommands: [dial, hagnup] }")
        #expect(node == nil)
        #expect(
            said == [
                "n.yaml:3:34: error: profiles.client.ipbxcommands[1]: no such command \"hagnup\"; did you mean "
                    + "\"hangup\"? accepted: " + CTIVerb.allCases.map(\.rawValue).joined(separator: ", ")
            ])
    }

    @Test("commands about others' things are read, checked and written like the others") func others() throws {
        let (node, said) = parse("{ ipbxcommands: [dial, hangup], ipbxcommands_others: [hangup] }")
        #expect(said == [] && node?.cti.profiles["client"]?.ipbxcommandsOthers == ["hangup"])
        let text = try #require(node?.yaml(drivers: []))
        #expect(text.contains(#"ipbxcommands_others: ["hangup"]"#), "\(text)")
        #expect(
            parse("{ ipbxcommands_others: [hagnup] }").said.first?.contains("profiles.client.ipbxcommands_others[0]")
                == true)
        let idle = parse("{ ipbxcommands: [dial], ipbxcommands_others: [hangup] }")
        #expect(idle.node != nil && idle.said.count == 1)
        #expect(idle.said.first?.contains("hangup does not stand in ipbxcommands") == true)
        #expect(parse("{}").node?.cti.profiles["client"]?.ipbxcommandsOthers == nil)
    }

    @Test("a class that is not of the protocol may be an extension's: it is kept, with a warning") func unknownClass() {
        let (node, said) = parse("{ regcommands: [getlits, lunch] }")
        #expect(node?.cti.profiles["client"]?.regcommands == ["getlits", "lunch"])
        #expect(said.count == 2)
        #expect(
            said.first?.hasPrefix(
                "n.yaml:3:27: warning: profiles.client.regcommands[0]: the protocol has no class \"getlits\"; did you "
                    + "mean \"getlist\"? accepted: login_id, ") == true)
        #expect(said.last?.hasSuffix("or a class that an extension of this node registers") == true)
    }

    @Test("a link lets through commands to PBXs and to users, and what nodes tell each other; others are a warning")
    func linkVerbs() throws {
        func link(_ verbs: String) -> (verbs: Set<String>?, said: [String]) {
            let text =
                "site: paris\nlisten: { rcti: \"127.0.0.1:5103\" }\nrcti: { certificate: a, key: b, ca: c }\nlinks:\n"
                + "  - { peer: lyon, dials: false, policy: { verbs: [\(verbs)] } }\n"
            var warnings: [Diagnostic] = []
            do {
                let node = try NodeConfiguration.parse(text, file: "n.yaml", drivers: [], warnings: &warnings)
                return (node.links.first?.policy.verbs, warnings.map(\.description))
            } catch { return (nil, error.diagnostics.map(\.description)) }
        }
        let all = CTIVerb.allCases.map(\.rawValue) + ["chitchat", "availstate", "ping", "trunksignal"]
        #expect(link(all.joined(separator: ", ")) == (Set(all), []))
        let (kept, said) = link("dial, chitcaht, getlist")
        #expect(kept == ["dial", "chitcaht", "getlist"])
        #expect(said.count == 2)
        #expect(
            said.first?.contains("policy.verbs[1]: no command \"chitcaht\" crosses links; did you mean \"chitchat\"?")
                == true)
    }

    @Test("a class that only the server sends is a warning") func serversClass() {
        #expect(
            parse("{ regcommands: [sitestatus] }").said.first?.contains("clients never send \"sitestatus\"") == true)
    }
}
