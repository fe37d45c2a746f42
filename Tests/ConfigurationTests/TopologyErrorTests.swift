import Testing

@testable import Configuration

@Suite("what a wrong file is told") struct TopologyErrorTests {
    /// The lines that a topology file is refused with, or warned with.
    private func complaints(_ text: String) -> [String] {
        var warnings: [Diagnostic] = []
        do {
            _ = try Topology.parse(text, file: "t.yaml", drivers: drivers, warnings: &warnings)
            return warnings.map(\.description)
        } catch { return error.diagnostics.map(\.description) }
    }

    private func nodeComplaints(_ text: String) -> [String] {
        var warnings: [Diagnostic] = []
        do {
            _ = try NodeConfiguration.parse(text, file: "n.yaml", drivers: drivers, warnings: &warnings)
            return warnings.map(\.description)
        } catch { return error.diagnostics.map(\.description) }
    }

    private static let lyon = """
          lyon:
            listen: { rcti: "127.0.0.1:6103" }

        """

    @Test("an unknown key names its place, a likely key and the accepted ones") func unknownKey() {
        #expect(
            complaints("federation: f\nsites:\n  paris:\n    contxt: internal\nlinks: []\n") == [
                "t.yaml:4:5: error: sites.paris: unknown key \"contxt\"; did you mean \"context\"? accepted: "
                    + NodeReading.keys.joined(separator: ", ")
            ])
    }

    @Test("a missing key is named with what it accepts") func missingKey() {
        #expect(
            complaints("sites:\n  paris: { phones: { \"1\": { number: \"101\" } } }\n") == [
                "t.yaml:1:1: error: the key \"federation\" is missing; accepted: the federation's name",
                "t.yaml:2:27: error: sites.paris.phones.1: the key \"endpoint\" is missing; accepted: "
                    + "TECHNOLOGY/NAME such as PJSIP/101",
            ])
    }

    @Test("several errors come at once, in the order of the file") func severalErrors() {
        let text = """
            federation: f
            sites:
              paris:
                pbx: { driver: asterix }
                listen: { cti: "127.0.0.1:70000", info: 5005 }
                discover: perhaps
                phones: [101]
                users:
                  "1": { name: "Alice", login: alice }

            """
        #expect(
            complaints(text) == [
                "t.yaml:4:20: error: sites.paris.pbx.driver: found \"asterix\"; accepted: asterisk, simulated, none; "
                    + "did you mean \"asterisk\"?",
                "t.yaml:5:20: error: sites.paris.listen.cti: found \"127.0.0.1:70000\"; accepted: HOST:PORT such as "
                    + "127.0.0.1:5003 or [::1]:5003, port 0 (any free) to 65535",
                "t.yaml:5:45: error: sites.paris.listen.info: found \"5005\"; accepted: HOST:PORT such as "
                    + "127.0.0.1:5003 or [::1]:5003, port 0 (any free) to 65535",
                "t.yaml:6:15: error: sites.paris.discover: found \"perhaps\"; accepted: true or false",
                "t.yaml:7:13: error: sites.paris.phones: found a list; accepted: a mapping from ids to objects",
                "t.yaml:9:12: error: sites.paris.users.1: a user with a login needs a password",
            ])
    }

    @Test("drivers of later releases are known by name", arguments: ["freeswitch", "sip"])
    func laterDriver(driver: String) {
        #expect(
            complaints("federation: f\nsites:\n  paris:\n    pbx: { driver: \(driver) }\n") == [
                "t.yaml:4:20: error: sites.paris.pbx.driver: the driver \"\(driver)\" is not part of this release; "
                    + "accepted: asterisk, simulated, none"
            ])
    }

    @Test("a key of another driver is refused") func keyOfAnotherDriver() {
        #expect(
            complaints("federation: f\nsites:\n  paris:\n    pbx: { driver: simulated, host: pbx }\n") == [
                "t.yaml:4:37: error: sites.paris.pbx.host: the driver \"simulated\" has no such key; "
                    + "accepted: driver, ring_seconds, talk_seconds, seed"
            ])
    }

    @Test("a key that stands twice is found with both lines") func duplicateKey() {
        #expect(
            complaints("federation: f\nsites:\n  paris:\n    prefix: \"81\"\n    context: a\n    prefix: \"82\"\n") == [
                "t.yaml:6:5: error: the key \"prefix\" stands here and at line 4; accepted: each key once"
            ])
    }

    @Test("text that is no YAML is refused at its place") func notYAML() {
        let found = complaints("federation: f\nsites:\n  paris: { prefix: \"81\"\nlinks: []\n")
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("t.yaml:4:1: error: not valid YAML: ") == true, "\(found)")
    }

    @Test("an empty file says so") func emptyFile() {
        #expect(complaints("# nothing\n") == ["t.yaml: error: the file is empty; accepted: a mapping of keys"])
    }

    @Test("references to nothing are found: phone, agent, voicemail, profile, member, trunk") func references() {
        let text = """
            federation: f
            sites:
              paris:
                phones: { "1": { number: "101", endpoint: "PJSIP/101" } }
                users:
                  "1": { name: A, phone: "9", other_phones: ["1", "8"], agent: "7", voicemail: "6", profile: boss }
                queues:
                  "1": { name: support, members: ["phone:paris/3", "phone:lyon/1"] }
                trunks:
                  "1": { endpoint: "PJSIP/t", site: rome }

            """
        #expect(
            complaints(text) == [
                "t.yaml:6:30: error: sites.paris.users.1.phone: no such phone \"9\"; accepted: 1",
                "t.yaml:6:55: error: sites.paris.users.1.other_phones[1]: no such phone \"8\"; accepted: 1",
                "t.yaml:6:68: error: sites.paris.users.1.agent: no such agent \"7\"; this site has none",
                "t.yaml:6:84: error: sites.paris.users.1.voicemail: no such voicemail \"6\"; this site has none",
                "t.yaml:6:98: error: sites.paris.users.1.profile: no such profile \"boss\"; "
                    + "accepted: agent, client, supervisor, switchboard",
                "t.yaml:8:39: error: sites.paris.queues.1.members[0]: no such phone \"phone:paris/3\"; accepted: 1",
                "t.yaml:8:56: error: sites.paris.queues.1.members[1]: no such site \"lyon\"; accepted: paris",
                "t.yaml:10:41: error: sites.paris.trunks.1.site: no such site \"rome\"; accepted: paris",
            ])
    }

    @Test("duplicates at a site are found: number, endpoint, login, agent, mailbox") func duplicates() {
        let text = """
            federation: f
            sites:
              paris:
                phones:
                  "1": { number: "101", endpoint: "PJSIP/101" }
                  "2": { number: "101", endpoint: "PJSIP/101" }
                  "3": { number: "101", endpoint: "PJSIP/103", context: other }
                users:
                  "1": { name: A, login: a, password: x }
                  "2": { name: B, login: a, password: y }
                agents:
                  "1": { name: A, number: "1001" }
                  "2": { name: B, number: "1001" }
                queues: { "1": { name: support, number: "101" } }
                voicemails:
                  "1": { mailbox: "101" }
                  "2": { mailbox: "101" }

            """
        #expect(
            complaints(text) == [
                "t.yaml:6:22: error: sites.paris.phones.2.number: the number \"101\" is already used at "
                    + "phones.1.number; accepted: each number once",
                "t.yaml:6:39: error: sites.paris.phones.2.endpoint: the endpoint \"PJSIP/101\" is already used at "
                    + "phones.1.endpoint; accepted: each endpoint once",
                "t.yaml:10:30: error: sites.paris.users.2.login: the login \"a\" is already used at "
                    + "users.1.login; accepted: each login once",
                "t.yaml:13:31: error: sites.paris.agents.2.number: the number \"1001\" is already used at "
                    + "agents.1.number; accepted: each number once",
                "t.yaml:14:45: error: sites.paris.queues.1.number: the number \"101\" is already used at "
                    + "phones.1.number; accepted: each number once",
                "t.yaml:17:23: error: sites.paris.voicemails.2.mailbox: the mailbox \"101\" is already used at "
                    + "voicemails.1.mailbox; accepted: each mailbox once",
            ])
    }

    @Test("a port is used once per address, within a node and between nodes of a machine") func ports() {
        let text = """
            federation: f
            sites:
              paris:
                listen: { cti: "127.0.0.1:5003", info: "0.0.0.0:5003", http: "127.0.0.1:0", fagi: "127.0.0.1:0" }
              lyon:
                listen: { cti: "127.0.0.1:5003", http: "127.0.0.2:8003" }
              elsewhere:
                host: far.example
                listen: { cti: "127.0.0.1:5003" }

            """
        #expect(
            complaints(text).filter { $0.contains("error") } == [
                "t.yaml:4:44: error: sites.paris.listen.info: 0.0.0.0:5003 is already used by cti (127.0.0.1:5003); "
                    + "accepted: each port once per address",
                "t.yaml:6:20: error: sites.lyon.listen.cti: 127.0.0.1:5003 is already used by paris's cti "
                    + "(127.0.0.1:5003); accepted: each port once per address",
            ])
    }

    @Test("prefixes must be told apart") func prefixes() {
        let text = "federation: f\nsites:\n  a: { prefix: \"81\" }\n  b: { prefix: \"81\" }\n  c: { prefix: \"812\" }\n"
        #expect(
            complaints(text).filter { $0.contains("error") } == [
                "t.yaml:4:16: error: sites.b.prefix: the prefix \"81\" is also the prefix of a; accepted: prefixes "
                    + "none of which begins another",
                "t.yaml:5:16: error: sites.c.prefix: the prefix \"812\" cannot be told from \"81\", the prefix of a; "
                    + "accepted: prefixes none of which begins another",
                "t.yaml:5:16: error: sites.c.prefix: the prefix \"812\" cannot be told from \"81\", the prefix of b; "
                    + "accepted: prefixes none of which begins another",
            ])
    }

    private static let threeSites = """
        federation: f
        sites:
          paris:
            listen: { rcti: "0.0.0.0:5103" }
          lyon:
            listen: { rcti: "127.0.0.1:6103" }
          lille: {}
        links:

        """

    @Test("links are read with their own keys and ends") func malformedLinks() {
        let text =
            Self.threeSites + """
                  - { between: [paris, paris] }
                  - { between: [lyon, lille], cost: 0 }
                  - { between: [lyon, paris], dials: [rome], address: { rome: "h:1", lyon: "127.0.0.1:0" } }
                  - { between: [lyon] }

                """
        #expect(
            complaints(text) == [
                "t.yaml:9:16: error: links[0].between: found [\"paris\", \"paris\"]; accepted: two different site names",
                "t.yaml:10:37: error: links[1].cost: found \"0\"; accepted: a cost from 1 to 1000000",
                "t.yaml:11:39: error: links[2].dials[0]: found \"rome\"; accepted: lyon, paris",
                "t.yaml:11:57: error: links[2].address.rome: \"rome\" is no end of this link; accepted: lyon, paris",
                "t.yaml:11:76: error: links[2].address.lyon: found \"127.0.0.1:0\"; accepted: HOST:PORT such as "
                    + "127.0.0.1:5003 or [::1]:5003, port 1 to 65535",
                "t.yaml:12:16: error: links[3].between: found [\"lyon\"]; accepted: two different site names",
            ])
    }

    @Test("link ends are known sites, linked once, with an address to dial") func links() {
        let text =
            Self.threeSites + """
                  - { between: [paris, lion] }
                  - { between: [lyon, lille] }
                  - { between: [lille, lyon], address: { lille: "lille:5103" } }
                  - { between: [lyon, paris] }
                  - { between: [paris, lille], dials: [lille], address: { paris: "10.0.0.1:5103" } }

                """
        #expect(
            complaints(text) == [
                "t.yaml:9:24: error: links[0].between[1]: no such site \"lion\"; did you mean \"lyon\"? accepted: "
                    + "paris, lyon, lille",
                "t.yaml:10:5: error: links[1]: lyon cannot dial lille: lille has no listen.rcti; "
                    + "accepted: address: {lille: HOST:PORT}",
                "t.yaml:11:16: error: links[2].between: lille and lyon are already linked (links[1]); "
                    + "accepted: one link between two sites",
                "t.yaml:12:5: error: links[3]: lyon cannot dial paris: paris listens on all addresses and has no "
                    + "\"host\"; accepted: address: {paris: HOST:PORT}",
            ])
    }

    @Test("an element that cannot be read does not move the others' places") func elementsKeepTheirPlaces() {
        let text = """
            federation: f
            sites:
              paris:
                queues: { "1": { name: q, members: ["queue:paris/1", "phone:paris/3"] } }

            """
        #expect(
            complaints(text) == [
                "t.yaml:4:41: error: sites.paris.queues.1.members[0]: found \"queue:paris/1\"; accepted: an object id "
                    + "such as \"phone:paris/1\" (phone, agent or user)"
            ])
    }

    @Test("a site without a path is a warning, not an error") func unreachable() {
        let text =
            "federation: f\nsites:\n  paris:\n    listen: { rcti: \"127.0.0.1:5103\" }\n" + Self.lyon + "links: []\n"
        #expect(complaints(text) == ["t.yaml:6:5: warning: sites.lyon: no path of links leads from paris to lyon"])
    }

    @Test("passwords are not repeated in messages") func secretsStaySecret() {
        let found = complaints(
            "federation: f\nsites:\n  paris:\n    users: { \"1\": { name: A, login: a, password: \"geheim\\n\" } }\n")
        #expect(found.count == 1)
        #expect(
            found.first
                == "t.yaml:4:50: error: sites.paris.users.1.password: accepted: a text without line breaks, at most 1024 bytes"
        )
    }

    @Test("timings that contradict each other are refused") func timings() {
        #expect(
            nodeComplaints("site: paris\ntimings: { preset: lan, heartbeat: 2s }\n") == [
                "n.yaml:2:10: error: timings: link_timeout must be at least twice heartbeat, else one late heartbeat "
                    + "cuts the link"
            ])
        #expect(
            nodeComplaints("site: paris\ntimings: fast\n") == [
                "n.yaml:2:10: error: timings: found \"fast\"; accepted: lan, wan"
            ])
    }

    @Test("links that leave the machine need an identity") func identity() {
        let text = """
            site: paris
            listen: { rcti: "0.0.0.0:5103", ctis: "0.0.0.0:5013" }
            links: [{ peer: paris, address: "10.0.0.2:5103" }, { peer: lyon }]

            """
        #expect(
            nodeComplaints(text) == [
                "n.yaml:1:1: error: rcti: links that leave this machine (0.0.0.0:5103) need an identity; accepted: "
                    + "rcti: {certificate, key, ca}",
                "n.yaml:2:39: error: listen.ctis: TLS needs a certificate; accepted: ctis: {certificate, key}, or rcti: …",
                "n.yaml:3:17: error: links[0].peer: \"paris\" is this site itself",
                "n.yaml:3:52: error: links[1]: the key \"address\" is missing; accepted: the peer's HOST:PORT, or "
                    + "dials: false",
            ])
    }
}
