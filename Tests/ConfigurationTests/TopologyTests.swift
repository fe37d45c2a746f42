import Federation
import Foundation
import TandemCore
import Testing

@testable import Configuration

@Suite("topologies") struct TopologyTests {
    static let samples = ["pair", "line-of-three", "ring-of-five", "hub-and-spokes", "compose"]

    private func sample(_ name: String) -> String {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return root.appendingPathComponent("Topology/\(name).yaml").path
    }

    private func temporaryDirectory() throws -> String {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("tandem-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    private func mode(_ path: String) throws -> Int {
        try #require(FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber).intValue
    }

    /// Stands in for the authority: three files that are there.
    private func certify(_ site: SiteID, _ directory: String) throws -> TLSFiles {
        for name in ["site.pem", "site.key", "ca.pem"] {
            try Data("x".utf8).write(to: URL(fileURLWithPath: directory + "/" + name))
            chmod(directory + "/" + name, 0o600)
        }
        return TLSFiles(certificate: "site.pem", key: "site.key", authority: "ca.pem")
    }

    @Test("every sample loads without error or warning", arguments: samples) func samplesLoad(name: String) throws {
        var warnings: [Diagnostic] = []
        let topology = try Topology.load(sample(name), drivers: drivers, warnings: &warnings)
        #expect(warnings == [])
        #expect(topology.check() == [])
        #expect(topology.sites.count >= 2)
    }

    @Test("a site can dial every other site that has a prefix, though the file names no trunk")
    func impliedTrunks() throws {
        let topology = try Topology.load(sample("ring-of-five"), drivers: drivers)
        let site = try #require(topology.sites.first?.name)
        let node = try #require(topology.node(for: site))
        let others = topology.sites.filter { $0.name != site }
        #expect(node.site.trunks.count == others.count)
        for other in others {
            let trunk = try #require(node.site.trunks.values.first { $0.site == other.name })
            #expect(trunk.endpoint == "PJSIP/trunk-\(other.name)")
            #expect(trunk.prefix == other.site.prefix)
        }
    }

    @Test("a rendered file loads again to the same configuration", arguments: samples + ["demo"])
    func roundTrip(name: String) throws {
        let topology =
            try name == "demo" ? Topology.demo(driver: "asterisk") : Topology.load(sample(name), drivers: drivers)
        let directory = try temporaryDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let rendered = try topology.render(to: directory, drivers: drivers, certify: certify)
        #expect(rendered.nodes.count == topology.sites.count)
        for (path, site) in zip(rendered.nodes, topology.sites.map(\.name)) {
            let own = directory + "/" + site.name
            let identity = TLSFiles(certificate: "site.pem", key: "site.key", authority: "ca.pem")
            let expected = try #require(topology.node(for: site, identity: identity)).resolved(in: own)
            var warnings: [Diagnostic] = []
            #expect(try NodeConfiguration.load(path, drivers: drivers, warnings: &warnings) == expected)
            #expect(warnings == [])
            #expect(try mode(path) == 0o600)
        }
        #expect(FileManager.default.fileExists(atPath: directory + "/README.txt"))
    }

    @Test("every setting of a node survives writing and reading") func everySetting() throws {
        let text = """
            site: paris
            host: paris.example
            prefix: "81"
            context: "internal"
            discover: false
            pbx: { driver: asterisk, host: pbx, port: 5039, user: "cti user", secret: "a\\"b;c\\\\d é", tls: true, ca: /ca.pem, server_name: pbx.example, talk_events: true, sip: "[::1]:5060" }
            listen: { cti: "[::1]:5003", ctis: "h:0", rcti: "h:5103", info: "h:1", http: "h:2", fagi: "h:3", webi: "h:4", announce: "h:1" }
            rcti: { certificate: a, key: b, ca: c }
            ctis: { certificate: d, key: e }
            http: { token: /t, hosts: [pbx.example.org, "10.0.0.1"], certificate: f, key: g }
            timings: { preset: lan, heartbeat: 123456us, redial: [1ms, 1m], log_length: 20, forget_after: 30d }
            store: { path: x.db, fsync: full }
            log: { level: debug }
            control: none
            secret_files: any
            banner: no
            limits: { login_timeout: 2.5s, line_before_login: 2048, line_after_login: 4096, clients: 7 }
            profiles:
              client: { name: "C", xlets: [[identity, grid, "0"], [dial, dock]], regcommands: [getlist], ipbxcommands: [], services: [enablednd], preferences: { "xlet.identity.logagent": "1" } }
            presences: [{ name: here, longname: "Here: now", color: "#00FF00" }]
            phones: { "1": { number: 0101, endpoint: PJSIP/101, context: alt }, "2": { number: "*45", endpoint: SIP/x } }
            users: { "1": { name: "O'Neil: #1", login: yes, password: "true", phone: 1, other_phones: ["2"], agent: "1", voicemail: "1", mobile: "+33612345678" } }
            agents: { "1": { name: Ann, number: "1001" } }
            queues: { "1": { name: q, number: "500", display_name: "The queue", members: ["phone:lyon/2", "agent:paris/1"] } }
            groups: { "1": { name: g } }
            meetmes: { "1": { name: r, number: "800" } }
            voicemails: { "1": { mailbox: "101", context: vm, full_name: F, email: a@b } }
            trunks: { "1": { endpoint: PJSIP/t, site: lyon, prefix: "9" } }
            links:
              - { peer: lyon, address: "lyon:5103", cost: 3, dials: false, policy: { export: [user, chan], accept: [], verbs: [dial] } }
            """
        var warnings: [Diagnostic] = []
        let node = try NodeConfiguration.parse(text, file: "n", drivers: drivers, warnings: &warnings)
        #expect(node.site.phones["1"]?.number == "0101", "unquoted digits keep their zero")
        #expect(node.site.users["1"]?.login == "yes")
        #expect(node.timings.heartbeat == .microseconds(123_456))
        #expect(node.cti.loginTimeout == .milliseconds(2_500))
        #expect(node.links.first?.policy.accept == [])
        #expect(node.federation.links.first?.policy.export == [.user, .channel])
        let again = try NodeConfiguration.parse(
            node.yaml(drivers: drivers), file: "again", drivers: drivers, warnings: &warnings)
        #expect(again == node)
        #expect(again.yaml(drivers: drivers) == node.yaml(drivers: drivers))
        #expect(warnings == [])
    }

    @Test("a node without an identity renders without CTIS") func withoutIdentity() throws {
        let directory = try temporaryDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let rendered = try Topology.demo().render(to: directory, drivers: drivers)
        let node = try NodeConfiguration.load(try #require(rendered.nodes.first), drivers: drivers)
        #expect(node.listen.ctis == nil)
        #expect(node.rcti == nil)
    }

    @Test("a certificate that is not there is named") func missingCertificate() throws {
        let directory = try temporaryDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let rendered = try Topology.demo().render(to: directory, drivers: drivers, certify: certify)
        try FileManager.default.removeItem(atPath: directory + "/paris/site.key")
        let path = try #require(rendered.nodes.first)
        #expect {
            try NodeConfiguration.load(path, drivers: drivers)
        } throws: { error in
            "\(error)" == "\(path):8:39: error: rcti.key: no readable file \"\(directory)/paris/site.key\""
        }
    }

    @Test("files with keys or passwords that others may read are refused with the command that mends them")
    func exposed() throws {
        let directory = try temporaryDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let rendered = try Topology.demo().render(to: directory, drivers: drivers, certify: certify)
        let path = try #require(rendered.nodes.first)
        let secret = ["tandem.yaml", "site.key", "http.token"].map { directory + "/paris/" + $0 }
        try Data("0123456789abcdef".utf8).write(to: URL(fileURLWithPath: secret[2]))
        for file in secret { chmod(file, 0o600) }
        _ = try NodeConfiguration.load(path, drivers: drivers)
        for file in secret {
            for mode: mode_t in [0o640, 0o604, 0o620, 0o666] {
                chmod(file, mode)
                let error = #expect(throws: ConfigurationError.self) {
                    try NodeConfiguration.load(path, drivers: drivers)
                }
                #expect(error?.description.contains("chmod 600 '\(file)'") == true, "\(error as Any)")
            }
            chmod(file, 0o600)
        }
        // A certificate is no secret, and neither is a file without passwords.
        chmod(directory + "/paris/site.pem", 0o644)
        let plain = directory + "/plain.yaml"
        try "site: paris\n".write(toFile: plain, atomically: false, encoding: .utf8)
        chmod(plain, 0o644)
        _ = try NodeConfiguration.load(plain, drivers: drivers)
        // Where it is meant, a key of the file allows it.
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try (text + "\nsecret_files: any\n").write(toFile: path, atomically: false, encoding: .utf8)
        for file in secret { chmod(file, 0o644) }
        #expect(try NodeConfiguration.load(path, drivers: drivers).mayExposeSecrets)
    }

    @Test("the demo holds together and has the documented ports", arguments: drivers.map(\.name))
    func demo(driver: String) throws {
        let demo = Topology.demo(driver: driver)
        #expect(demo.check() == [])
        #expect(demo.sites.map(\.name.name) == ["paris", "lyon", "montreal"])
        #expect(demo.sites.map { $0.listen.cti?.port } == [5003, 6003, 7003])
        #expect(demo.sites.map { $0.listen.ctis?.port } == [5013, 6013, 7013])
        #expect(demo.sites.map { $0.listen.rcti?.port } == [5103, 6103, 7103])
        #expect(demo.sites.map { $0.listen.http?.port } == [8003, 8103, 8203])
        #expect(demo.sites.map(\.pbx.driver) == Array(repeating: driver, count: 3))
        let lyon = try #require(SiteID("lyon"))
        let node = try #require(demo.node(for: lyon))
        #expect(node.links.map(\.peer.name) == ["paris", "montreal"])
        #expect(node.links.map { $0.address?.port } == [5103, 7103])
        #expect(node.site.users.count == 5)
    }

    @Test("an Asterisk site gets trunks to the other Asterisks") func asteriskFiles() throws {
        let topology = try Topology.load(sample("compose"), drivers: drivers)
        let directory = try temporaryDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try topology.render(to: directory, drivers: drivers, certify: certify)
        let pjsip = try String(contentsOfFile: directory + "/paris/asterisk/tandem_pjsip.conf", encoding: .utf8)
        #expect(pjsip.contains("[trunk-lyon]\ntype=aor\ncontact=sip:lyon-pbx:5060\n"))
        #expect(pjsip.contains("endpoint=trunk-montreal\nmatch=montreal-pbx\n"))
        let plan = try String(contentsOfFile: directory + "/paris/asterisk/tandem_extensions.conf", encoding: .utf8)
        #expect(plan.contains("exten => _82.,1,Dial(PJSIP/${EXTEN:2}@trunk-lyon,60,b(tandem-outgoing^s^1))\n"))
        #expect(
            plan.contains("[tandem-from-lyon]\nexten => _[0-9*#+].,1,NoOp(from lyon)\n same => n,Set(CALLERID(num)=82"))
        #expect(plan.contains(" same => n,Goto(internal,${EXTEN},1)\n"))
        #expect(try mode(directory + "/paris/asterisk/tandem_manager.conf") == 0o600)
        // Nothing is left to the reader: the site's phones reach the trunks, a missing file stops nothing, and the manager
        // user has no more rights than the driver uses (the tests with real PBXs have the same).
        #expect(plan.contains("[internal]\ninclude => tandem-trunks\n"))
        let manager = try String(contentsOfFile: directory + "/paris/asterisk/tandem_manager.conf", encoding: .utf8)
        #expect(
            manager.contains("read=system,call,agent,user,reporting\nwrite=system,call,agent,reporting,originate\n"))
        let site = try String(
            contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .appendingPathComponent("../../Scripts/asterisk-site/manager.conf"), encoding: .utf8)
        #expect(
            site.contains("[tandem]")
                && site.contains(
                    "read = system,call,agent,user,reporting\nwrite = system,call,agent,reporting,originate\n")
        )
        let readme = try String(contentsOfFile: directory + "/README.txt", encoding: .utf8)
        #expect(readme.contains("#tryinclude tandem_manager.conf") && readme.contains("install -g asterisk -m 640"))
    }

    @Test(
        "a trunk that cannot be what it says is refused",
        arguments: [
            (
                "host: pbx-a", "trunks: { t: { endpoint: \"SIP/trunk-b\", site: b } }", "host: pbx-b",
                "sites.a.trunks.t.endpoint", "PJSIP/trunk-b"
            ),
            ("host: 127.0.0.1", "", "host: pbx-b", "sites.a.pbx", "sip:"),
            ("host: pbx-a", "", "host: \"::1\"", "sites.b.pbx", "sip:"),
            ("host: pbx-a", "", "host: pbx-a, port: 5039", "sites.b.pbx", "itself"),
            ("host: pbx-a", "", "host: other, sip: \"pbx-a:5060\"", "sites.b.pbx", "itself"),
        ])
    func impossibleTrunks(_ first: String, _ trunks: String, _ second: String, key: String, hint: String) {
        var warnings: [Diagnostic] = []
        do throws(ConfigurationError) {
            _ = try Topology.parse(
                """
                federation: f
                sites:
                  a:
                    prefix: "81"
                    listen: { rcti: "127.0.0.1:1" }
                    pbx: { driver: asterisk, \(first), user: u, secret: s }
                    \(trunks)
                  b:
                    prefix: "82"
                    listen: { rcti: "127.0.0.1:2" }
                    pbx: { driver: asterisk, \(second), user: u, secret: s }
                links:
                  - { between: [a, b] }
                """, file: "t.yaml", drivers: drivers, warnings: &warnings)
            Issue.record("taken")
        } catch {
            let text = error.description
            #expect(text.contains(key) && text.contains(hint), "\(text)")
        }
    }

    @Test("lan timings hold only when every link asks for them") func presets() throws {
        func timings(_ first: String, _ second: String) throws -> [FederationTimings] {
            var warnings: [Diagnostic] = []
            return try Topology.parse(
                """
                federation: f
                sites:
                  a: { listen: { rcti: "127.0.0.1:1" } }
                  b: { listen: { rcti: "127.0.0.1:2" } }
                  c: { listen: { rcti: "127.0.0.1:3" } }
                links:
                  - { between: [a, b], timings: \(first) }
                  - { between: [b, c], timings: \(second) }
                """, file: "t", drivers: drivers, warnings: &warnings
            ).sites.map(\.timings)
        }
        #expect(try timings("lan", "lan") == [.lan, .lan, .lan])
        #expect(try timings("lan", "wan") == [.wan, .wan, .wan])
    }

    @Test("policies reach the side that they are written for") func policies() throws {
        let topology = try Topology.load(sample("hub-and-spokes"), drivers: drivers)
        let east = try #require(SiteID("east")), hq = try #require(SiteID("hq"))
        #expect(topology.node(for: east)?.federation.links.first?.policy.verbs == ["dial", "hangup", "chitchat"])
        #expect(topology.node(for: hq)?.federation.links.first { $0.peer == east }?.policy == .open)
        let west = try #require(SiteID("west"))
        #expect(topology.node(for: hq)?.federation.links.first { $0.peer == west }?.dials == false)
        #expect(topology.node(for: west)?.federation.links.first { $0.peer == hq }?.dials == true)
    }
}
