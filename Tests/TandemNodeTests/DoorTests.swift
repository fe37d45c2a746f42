@testable import CTIServer
import Configuration
import Federation
import Foundation
import PBX
import SimulatedDriver
import Store
import TandemClient
import TandemCore
import Testing

@testable import TandemNode

/// What a node keeps and counts can be read, and a running node can be told to read its file again.
@Suite("The doors of a node", .serialized, .timeLimit(.minutes(2)))
struct DoorTests {
    /// Paris alone; calls are answered at once and last a moment.
    private static let alone: Topology = {
        var topology = Topology.demo()
        topology.sites.removeLast(2)
        topology.links = []
        topology.sites[0].site.trunks = [:]
        topology.sites[0].pbx = SimulatedDriverFactory.settings(ring: .milliseconds(10), talk: .milliseconds(50))
        return topology
    }()

    private func admin(_ federation: TestFederation) -> AdminClient {
        AdminClient(.socket(path: "\(federation.folder)/paris/tandem.sock"))
    }

    private func page(_ federation: TestFederation) async throws -> [String: String] {
        let answer = try await admin(federation).request("/metrics")
        var samples: [String: String] = [:]
        for line in String(decoding: answer.body, as: UTF8.self).split(separator: "\n") where !line.hasPrefix("#") {
            let parts = line.split(separator: " ")
            samples[String(parts[0])] = String(parts[parts.count - 1])
        }
        return samples
    }

    // MARK: Reading

    @Test("a finished call stands in the history, over HTTP and for the command")
    func history() async throws {
        try await TestFederation.run(Self.alone) { federation in
            let alice = try await federation.logIn("alice", at: "paris")
            let called = try #require(
                federation.configuration("paris").site.users.first { $0.key != "1" && $0.value.phone != nil }?.key)
            await alice.send([
                "class": "ipbxcommand", "command": "dial", "destination": .string("user:paris/\(called)"),
            ])
            try await federation.eventually("both sides' calls are kept", within: 15) {
                (try await federation.ask("paris", "/api/v1/history")["calls"]?.arrayValue?.count ?? 0) >= 2
            }
            let own = try await federation.ask("paris", "/api/v1/history?user=1&direction=outgoing")["calls"]
            #expect(own?.arrayValue?.count == 1 && own?.arrayValue?.first?["user"] == "1")
            #expect(try await federation.ask("paris", "/api/v1/history?limit=1")["calls"]?.arrayValue?.count == 1)
            let shown = try await ChildProgram.run(["history", "-c", federation.file("paris"), "--user", called])
            #expect(shown.status == 0 && shown.out.contains("DIRECTION") && shown.out.contains(called), "\(shown)")
            for (target, word) in [("direction=sideways", "accepted: outgoing"), ("limit=-1", "a whole number")] {
                let refused = try await admin(federation).request("/api/v1/history?\(target)")
                #expect(refused.status == 400 && String(decoding: refused.body, as: UTF8.self).contains(word))
            }
        }
    }

    @Test("who asked for what, and what came of it, stands in the audit: commands of this and other sites, and reloads")
    func audit() async throws {
        try await TestFederation.run(.demo()) { federation in
            try await federation.settle()
            let marc = try await federation.logIn("marc", at: "montreal")
            let alice = try await federation.logIn("alice", at: "paris")
            let hangup = try await marc.ask([
                "class": "ipbxcommand", "command": "hangup", "channelids": "chan:paris/PJSIP/101-99999999",
            ])
            #expect(hangup["ipbxreply"] == "source")
            _ = try await alice.ask(["class": "ipbxcommand", "command": "dial", "destination": "user:paris/2"])
            // The numbers are the answer, at the own site and through another one.
            let asked = await alice.send(["class": "ipbxcommand", "command": "mailboxcount", "mailbox": "101"])
            let counted = try await alice.wait(from: asked.mark, for: "the count", within: 10) {
                $0["replyid"] == .integer(asked.id) && $0["new"] != nil
            }
            #expect(counted.object["command"] == "mailboxcount")
            #expect(counted.object["new"] == 0 && counted.object["old"] == 0)
            let far = await marc.send([
                "class": "ipbxcommand", "command": "mailboxcount", "mailbox": "voicemail:paris/1",
            ])
            let told = try await marc.wait(from: far.mark, for: "the count from far", within: 10) {
                $0["replyid"] == .integer(far.id) && $0["old"] != nil
            }
            #expect(told.object["new"] == 0 && told.object["old"] == 0)
            _ = try await ChildProgram.run(["ping", "paris", "-c", federation.file("montreal"), "--count", "1"])
            try edit(federation, #"name: "Alice Martin", login"#, #"name: "Alice Moreau", login"#)
            #expect(try await ChildProgram.run(["reload", "-c", federation.file("paris")]).status == 0)
            var lines: [JSONValue] = []
            try await federation.eventually("the lines are kept") {
                lines = try await federation.ask("paris", "/api/v1/audit")["audit"]?.arrayValue ?? []
                return lines.count >= 5
            }
            func line(_ action: String) throws -> JSONValue {
                try #require(lines.first { $0["action"]?.stringValue == action })
            }
            #expect(
                try line("hangup")["site"] == "montreal" && line("hangup")["target"] == "chan:paris/PJSIP/101-99999999")
            #expect(try line("hangup")["outcome"]?.stringValue?.hasPrefix("refused: there is no channel") == true)
            #expect(
                try line("dial")["site"] == "paris" && line("dial")["user"] == "1" && line("dial")["outcome"] == "done")
            #expect(try line("dial")["target"] == "user:paris/2")
            #expect(try line("reload")["user"] == "" && line("reload")["target"] == "users: 1 changed")
            #expect(lines.contains { $0["action"] == "mailboxcount" && $0["site"] == "paris" && $0["user"] == "1" })
            // What nodes say to each other leaves no line.
            #expect(lines.count == 5)
            let shown = try await ChildProgram.run(["audit", "-c", federation.file("paris")])
            #expect(shown.status == 0 && shown.out.contains("hangup") && shown.out.contains("montreal"), "\(shown)")
        }
    }

    @Test("who is connected stands on a page, over HTTP and for the command, without what proves who somebody is")
    func clients() async throws {
        try await TestFederation.run(Self.alone) { federation in
            let alice = try await federation.logIn("alice", at: "paris")
            _ = try await alice.ask(["class": "keepalive"])
            let stranger = try await federation.connect("paris")
            var page: JSONValue = .null
            try await federation.eventually("both are connected") {
                page = try await federation.ask("paris", "/api/v1/clients")
                return page["clients"]?.arrayValue?.count == 2
            }
            let rows = page["clients"]?.arrayValue ?? []
            #expect(rows[0]["login"] == "alice" && rows[0]["user"] == "1" && rows[0]["profile"]?.stringValue != nil)
            #expect(rows[0]["address"] == "127.0.0.1" && rows[0]["secure"] == false && rows[0]["pending"] == 0)
            #expect((rows[0]["bytes_in"]?.integerValue ?? 0) > 0 && (rows[0]["bytes_out"]?.integerValue ?? 0) > 0)
            #expect(rows[1]["login"] == nil && rows[1]["user"] == nil && rows[1]["profile"] == nil)
            #expect(page["total"] == 2 && page["logged_in"] == 1)
            let profile = try #require(rows[0]["profile"]?.stringValue)
            #expect(page["profiles"] == .object([profile: 1]))
            // The members that are shown, and no other: nothing that proves who somebody is.
            #expect(
                rows[0].objectValue?.map(\.key) == [
                    "client", "address", "secure", "since", "login", "user", "profile", "bytes_in", "bytes_out",
                    "pending",
                ])
            let first = try await federation.ask("paris", "/api/v1/clients?limit=1")
            #expect(first["clients"]?.arrayValue?.count == 1 && first["total"] == 2)
            let http = try federation.http("paris")
            #expect(try await http.request("/api/v1/clients").status == 200)
            #expect(try await http.request("/api/v1/clients", method: .POST).status == 405)
            #expect(try await http.request("/api/v1/clients?limit=0").status == 400)
            let shown = try await ChildProgram.run(["clients", "-c", federation.file("paris"), "--limit", "1"])
            #expect(shown.status == 0 && shown.out.contains("LOGIN") && shown.out.contains("alice"), "\(shown)")
            #expect(shown.out.contains("and 1 more"))
            let plain = try await ChildProgram.run(["clients", "-c", federation.file("paris"), "--json"])
            #expect(try JSONValue(parsing: Array(plain.out.utf8))["logged_in"] == 1)
            #expect(try await federation.metric("tandem_clients") == 2)
            #expect(try await federation.metric("tandem_clients_logged_in") == 1)
            await alice.close()
            await stranger.close()
            try await federation.eventually("nobody is connected") {
                try await federation.ask("paris", "/api/v1/clients")["total"] == 0
            }
            #expect(try await federation.metric("tandem_clients_logged_in") == 0)
        }
    }

    @Test("every counter of federation, clients, store and driver is on the metrics page")
    func metrics() async throws {
        try await TestFederation.run(Self.alone) { federation in
            let alice = try await federation.logIn("alice", at: "paris")
            _ = try await alice.ask(["class": "keepalive"])
            let samples = try await page(federation)
            func count(_ prefix: String) -> Int { samples.keys.filter { $0.hasPrefix(prefix) }.count }
            #expect(count("tandem_federation_") == Mirror(reflecting: FederationCounters()).children.count)
            // `lagging` is the shell's own.
            #expect(count("tandem_cti_") == Mirror(reflecting: CTICounters()).children.count + 1)
            #expect(count("tandem_driver_") == Mirror(reflecting: DriverMetrics()).children.count)
            // `error` is told by `tandem_store_up`.
            #expect(count("tandem_store_") == Mirror(reflecting: StoreHealth()).children.count)
            #expect(samples["tandem_store_up"] == "1")
            #expect(samples["tandem_store_dropped_audit_lines_total"] == "0")
            #expect(samples["tandem_store_dropped_calls_total"] == "0")
            #expect(Int(samples["tandem_store_commits_total"] ?? "") ?? 0 > 0)
            #expect(Int(samples["tandem_cti_commands_total"] ?? "") ?? 0 > 0)
            let status = try await federation.ask("paris", "/status")
            #expect(status["store"]?["path"]?.stringValue?.hasSuffix(".sqlite") == true)
            #expect(status["store"]?["error"] == nil)
        }
    }

    @Test("every field of links, copies and clients is on its page")
    func fields() async throws {
        var topology = Topology.demo()
        let gone = topology.sites.removeLast().name
        topology.links.removeAll { $0.first == gone || $0.second == gone }
        for index in topology.sites.indices { topology.sites[index].site.trunks = [:] }
        try await TestFederation.run(topology) { federation in
            try await federation.settle()
            _ = try await federation.logIn("alice", at: "paris")
            let name = try #require(SiteID("lyon"))
            func fields(_ value: Any) -> Int { Mirror(reflecting: value).children.count }
            let link = fields(
                LinkStatus(
                    peer: name, state: .established, cost: 1, roundTrip: nil, since: Instant(nanoseconds: 0),
                    bytesIn: 0, bytesOut: 0, framesIn: 0, framesOut: 0))
            try await federation.eventually("the link has a round trip") {
                try await federation.ask("paris", "/api/v1/links")["links"]?.arrayValue?.first?["rtt_ms"] != nil
            }
            let links = try await federation.ask("paris", "/api/v1/links")["links"]?.arrayValue?.first?.objectValue
            #expect(links?.count == link)
            // The peer is the label.
            let samples = try await page(federation).keys.filter { $0.hasPrefix("tandem_link_") }
            #expect(samples.count == link - 1, "\(samples)")
            let connection = CTIServerStatus.Connection(
                client: ClientID(1), login: nil, userID: nil, profile: nil, address: "", isSecure: false, since: 0,
                bytesIn: 0, bytesOut: 0, pendingCommands: 0)
            let clients = try await federation.ask("paris", "/api/v1/clients")["clients"]?.arrayValue
            #expect(clients?.first?.objectValue?.count == fields(connection))
        }
    }

    // MARK: Reloading

    /// Writes a file that only its owner may read.
    private func write(_ text: String, to file: String) throws {
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        chmod(file, 0o600)
    }

    /// Changes the rendered file of paris.
    private func edit(_ federation: TestFederation, _ from: String, _ to: String) throws {
        let file = federation.file("paris")
        let text = try String(contentsOfFile: file, encoding: .utf8)
        #expect(text.contains(from), "\(from) is not in the file")
        try write(text.replacingOccurrences(of: from, with: to), to: file)
    }

    /// The audit's lines of reloads, latest first, once there are that many.
    private func reloads(in federation: TestFederation, count: Int) async throws -> [JSONValue] {
        var lines: [JSONValue] = []
        try await federation.eventually("\(count) reloads are kept") {
            lines = try await federation.ask("paris", "/api/v1/audit")["audit"]?.arrayValue ?? []
            lines.removeAll { $0["action"] != "reload" }
            return lines.count >= count
        }
        return lines
    }

    /// The line with which a new connection is greeted; empty: none within a moment.
    private func greeting(_ federation: TestFederation) async throws -> String {
        let port = try #require(federation.configuration("paris").listen.cti).port
        return try await ChildProgram.run(
            ["-c", "exec 3<>/dev/tcp/127.0.0.1/\(port); timeout 0.5 head -n 1 <&3"], program: "/bin/bash"
        ).out
    }

    @Test("a reload changes a user and takes over the CTI settings, while clients stay connected")
    func reload() async throws {
        try await TestFederation.run(Self.alone) { federation in
            let alice = try await federation.logIn("alice", at: "paris")
            let mark = await alice.mark
            try edit(federation, #"name: "Alice Martin", login"#, #"name: "Alice Moreau", login"#)
            try edit(federation, "banner: true", "banner: false")
            #expect(try await greeting(federation).hasPrefix("XiVO CTI Server"))
            let told = try await ChildProgram.run(["reload", "-c", federation.file("paris")])
            #expect(told.status == 0 && told.out.contains("users: 1 changed"), "\(told)")
            #expect(told.out.contains("limits and banner: changed"))
            _ = try await alice.wait(from: mark, for: "the new name", within: 10) {
                $0["function"] == "updateconfig" && $0["listname"] == "users"
                    && $0["config"]?["fullname"] == "Alice Moreau"
            }
            // A new connection meets the new settings.
            #expect(try await greeting(federation) == "")
            let again = try await ChildProgram.run(["reload", "-c", federation.file("paris")])
            #expect(again.status == 0 && again.out.contains("nothing has changed"))
        }
    }

    @Test("a phone that a reload adds shows its state at once, and rings") func addedPhone() async throws {
        try await TestFederation.run(Self.alone) { federation in
            let alice = try await federation.logIn("alice", at: "paris")
            let mark = await alice.mark
            try edit(federation, "\nusers:", "\n  \"77\": { number: \"177\", endpoint: \"PJSIP/177\" }\nusers:")
            let told = try await ChildProgram.run(["reload", "-c", federation.file("paris")])
            #expect(told.status == 0 && told.out.contains("phones: 1 added"), "\(told)")
            _ = try await alice.wait(from: mark, for: "the state of the phone", within: 10) {
                $0["function"] == "updatestatus" && $0["listname"] == "phones" && $0["tid"] == "77"
                    && $0["status"]?["hintstatus"] == "0"
            }
            let answer = try await alice.ask([
                "class": "ipbxcommand", "command": "dial", "destination": "phone:paris/77",
            ])
            #expect(answer["ipbxreply"] == true, "\(answer)")
            _ = try await alice.wait(from: mark, for: "the phone rings", within: 10) {
                $0["function"] == "updatestatus" && $0["listname"] == "phones" && $0["tid"] == "77"
                    && $0["status"]?["hintstatus"] == "8"
            }
        }
    }

    @Test("a user who is no longer configured is logged out by the reload")
    func removedUser() async throws {
        try await TestFederation.run(Self.alone) { federation in
            let bob = try await federation.logIn("bob", at: "paris")
            let alice = try await federation.logIn("alice", at: "paris")
            try edit(federation, #"login: "bob""#, #"login: "robert""#)
            #expect(try await ChildProgram.run(["reload", "-c", federation.file("paris")]).status == 0)
            #expect(await bob.waitForClose(within: 10))
            #expect(await bob.received.contains { $0["class"] == "disconnect" && $0["type"] == "force" })
            _ = try await alice.ask(["class": "keepalive"])
        }
    }

    @Test("a faulty file or a change that needs a restart changes nothing, and says why")
    func refusedReload() async throws {
        try await TestFederation.run(Self.alone) { federation in
            let before = try await federation.objects(of: "paris", at: "paris")
            let file = federation.file("paris")
            let good = try String(contentsOfFile: file, encoding: .utf8)
            try edit(federation, #"name: "Alice Martin", login"#, #"name: "Alice Moreau", login"#)
            try edit(federation, #"control: "tandem.sock""#, #"control: "other.sock""#)
            let fixed = try await ChildProgram.run(["reload", "-c", file, "--http", "127.0.0.1:1"])
            #expect(fixed.status == 70)
            let refused = try await admin(federation).request("/api/v1/reload", method: .POST)
            #expect(refused.status == 409)
            #expect(String(decoding: refused.body, as: UTF8.self).contains("control: cannot change"))
            try write(good + "\nlisen: {}\n", to: file)
            let faulty = try await admin(federation).request("/api/v1/reload", method: .POST)
            #expect(faulty.status == 409)
            #expect(String(decoding: faulty.body, as: UTF8.self).contains("lisen"))
            #expect(try await federation.objects(of: "paris", at: "paris") == before)
            try write(good, to: file)
            #expect(try await admin(federation).request("/api/v1/reload", method: .POST).status == 200)
            let lines = try await reloads(in: federation, count: 3)
            #expect(lines.map { $0["target"] } == ["nothing has changed", "", ""])
            #expect(lines.allSatisfy { $0["user"] == "" && $0["site"] == "paris" })
            #expect(lines[0]["outcome"] == "done")
            #expect(lines[1]["outcome"]?.stringValue?.hasPrefix("refused: ") == true)
            #expect(lines[1]["outcome"]?.stringValue?.contains("lisen") == true, "\(lines[1])")
            #expect(lines[2]["outcome"]?.stringValue?.hasPrefix("refused: control: cannot change") == true, "\(lines)")
        }
    }

    @Test("nobody reloads a node over its HTTP port, and no path answers the wrong method")
    func reloadOverHTTP() async throws {
        try await TestFederation.run(Self.alone) { federation in
            let http = try federation.http("paris")
            #expect(try await http.request("/api/v1/reload", method: .POST).status == 403)
            #expect(try await http.request("/api/v1/reload").status == 405)
            #expect(try await http.request("/status", method: .POST).status == 405)
            #expect(try await http.request("/livez").status == 200)
            #expect(try await http.request("/nowhere").status == 404)
        }
    }

    @Test("SIGHUP has the program read its file again; it goes on when the file is faulty")
    func hangup() async throws {
        try await TestFederation.run(Self.alone, logLevel: .info, except: ["paris"]) { federation in
            let program = try ChildProgram(["run", "-c", federation.file("paris")], folder: federation.folder)
            try await federation.eventually("the node is ready", within: 20) { program.complained.contains("ready: ") }
            try edit(federation, #"name: "Alice Martin", login"#, #"name: "Alice Moreau", login"#)
            program.signal(SIGHUP)
            try await federation.eventually("it has reloaded") {
                program.complained.contains("reload: users: 1 changed")
            }
            let users = try await federation.ask("paris", "/api/v1/objects?type=users&id=1")["objects"]?.arrayValue
            #expect(users?.first?["config"]?["fullname"] == "Alice Moreau")
            try write("site: [", to: federation.file("paris"))
            program.signal(SIGHUP)
            try await federation.eventually("it has refused") { program.complained.contains("reload refused") }
            #expect(try await federation.ask("paris", "/status")["site"] == "paris")
            let lines = try await reloads(in: federation, count: 2)
            #expect(lines[1]["target"] == "users: 1 changed" && lines[1]["outcome"] == "done")
            #expect(lines[0]["outcome"]?.stringValue?.hasPrefix("refused: ") == true)
            program.signal(SIGTERM)
            #expect(try await program.end() == 0)
        }
    }
}
