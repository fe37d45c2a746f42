import Configuration
import Foundation
import SimulatedDriver
import TandemClient
import TandemCore
import TandemNode
import Testing

/// The built program as a child process that is killed; its peers are nodes of the test.
@Suite("A node that is killed or told to stop", .serialized)
struct CrashTests {
    /// Numbers that repeat from a seed.
    struct Dice: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ (state >> 29)
        }
    }

    private static let topology: Topology = {
        var topology = Topology.demo()
        for index in topology.sites.indices {
            topology.sites[index].pbx = SimulatedDriverFactory.settings(
                ring: .milliseconds(150), talk: .milliseconds(100))
            // They call from others' phones.
            for user in ["1", "2"] { topology.sites[index].site.users[user]?.profile = "supervisor" }
        }
        return topology
    }()

    /// Starts a node's program and waits until it is ready.
    static func start(_ site: String, _ federation: TestFederation, blockingSignals: Bool = false) async throws
        -> ChildProgram
    {
        let child = try ChildProgram(
            ["run", "-c", federation.file(site)], folder: federation.folder, blockingSignals: blockingSignals)
        do {
            try await eventually("\(site) is ready") {
                let answer = try? await AdminClient(.socket(path: "\(federation.folder)/\(site)/tandem.sock"))
                    .request("/readyz")
                return answer?.status == 200
            }
        } catch {
            try? await child.kill9()
            throw CTIClientError(description: "\(error): \(child.complained)")
        }
        return child
    }

    /// The lines that answer a command, up to the one with its outcome.
    private static func outcome(_ client: CTIClient, _ command: JSONObject) async throws -> JSONObject {
        let (id, mark) = await client.send(command)
        return try await client.wait(from: mark, for: "the outcome", within: 15) {
            $0["replyid"] == .integer(id)
                && ($0["exten"] != nil || $0["reason"] != nil || $0["warning_string"] != nil
                    || $0["ipbxreply"]?.stringValue != nil)
        }.object
    }

    private static func originate(at site: String, key: String) -> JSONObject {
        [
            "class": "ipbxcommand", "command": "originate", "source": .string("phone:\(site)/1"),
            "destination": .string("exten:\(site)/102"), "idempotencykey": .string(key),
        ]
    }

    /// How many calls the phone 101 of a site has begun, as a client there was told.
    private static func calls(_ client: CTIClient, at site: String, since mark: Int = 0) async -> Int {
        await client.received.dropFirst(mark).reduce(0) { count, object in
            guard object["function"] == "addconfig", object["listname"] == "channels",
                object["tipbxid"]?.stringValue == site
            else { return count }
            return count + (object["list"]?.arrayValue ?? []).count { $0.idText?.hasPrefix("PJSIP/101-") ?? false }
        }
    }

    private static func presence(_ federation: TestFederation) async throws -> String {
        let rows = try await federation.ask("paris", "/api/v1/objects?site=paris&type=users&id=2")["objects"]
        return rows?.arrayValue?.first?["status"]?["availstate"]?.stringValue ?? "?"
    }

    @Test(
        "Killed at random moments, it loses no acknowledged presence and runs no command twice", arguments: [UInt64(7)])
    func kills(seed: UInt64) async throws {
        try await TestFederation.run(Self.topology, except: ["paris"]) { federation in
            var dice = Dice(state: seed)
            let witness = try await federation.logIn("karim", at: "montreal")
            var child = try await Self.start("paris", federation)
            for round in 0..<12 {
                try await federation.eventually("paris has a route to montreal") {
                    try await federation.ask("paris", "/api/v1/ping?site=montreal")["answer"] == "done"
                }
                let alice = try await federation.logIn("alice", at: "paris")
                let bob = try await federation.logIn("bob", at: "paris")
                // Bob's presence goes back and forth as fast as it is acknowledged.
                let states = ["away", "donotdisturb", "outtolunch", "berightback", "available"]
                let work = Task { () -> (acknowledged: String, sent: String) in
                    var acknowledged = "available", sent = "available"
                    for number in 0... {
                        sent = states[number % states.count]
                        let answer = try? await bob.ask(
                            ["class": "availstate", "availstate": .string(sent)], within: 10)
                        guard answer?["class"] == "availstate" else { break }
                        acknowledged = sent
                    }
                    return (acknowledged, sent)
                }
                let far = Self.originate(at: "montreal", key: "far-\(seed)-\(round)")
                let near = Self.originate(at: "paris", key: "near-\(seed)-\(round)")
                let mark = await witness.mark
                let asked = [far, near].map { command in
                    Task { try? await Self.outcome(alice, command) }
                }
                // Some while the commands are under way, some after their answers.
                let longest = round % 3 == 2 ? 400 : 160
                try await Task.sleep(for: .milliseconds(Int.random(in: 0...longest, using: &dice)))
                try await child.kill9()
                let (acknowledged, sent) = await work.value
                let before = [await asked[0].value, await asked[1].value]

                child = try await Self.start("paris", federation)
                let kept = try await Self.presence(federation)
                #expect(
                    [acknowledged, sent].contains(kept), "round \(round): acknowledged \(acknowledged), kept \(kept)")

                try await federation.eventually("paris has a route to montreal") {
                    try await federation.ask("paris", "/api/v1/ping?site=montreal")["answer"] == "done"
                }
                let again = try await federation.logIn("alice", at: "paris")
                let nearMark = await again.mark
                var wasBegun = false
                for (command, before) in zip([far, near], before) {
                    let after = try await Self.outcome(again, command)
                    if let before {
                        // The keys of the last line are the same again; those of the lines before it come with them.
                        for key in ["exten", "reason", "response"] where before[key] != nil {
                            #expect(after[key] == before[key], "\(before) then \(after)")
                        }
                    } else if after["ipbxreply"] == "unknown_outcome" {
                        if command["source"] == "phone:paris/1" { wasBegun = true }
                    } else {
                        #expect(after["exten"] == "102", "\(after)")
                    }
                }
                // Whatever became of it, the far command has run once at most, and once if it is said to be done.
                try await Task.sleep(for: .milliseconds(100))
                let runs = await Self.calls(witness, at: "montreal", since: mark)
                #expect(runs <= 1)
                if before[0]?["exten"] != nil { #expect(runs == 1) }
                // A key that was begun before the kill starts no new call; nor does one whose answer was kept already
                // and had only not been read.
                let nearRuns = await Self.calls(again, at: "paris", since: nearMark)
                #expect(nearRuns <= (before[1] == nil && !wasBegun ? 1 : 0))
                await again.close()
            }
            try await child.kill9()
        }
    }

    @Test("After a kill the peers' last known state is shown as stale with its age until they are back, then fresh")
    func staleAfterRestart() async throws {
        try await TestFederation.run(Self.topology, except: ["paris"]) { federation in
            var child = try await Self.start("paris", federation)
            try await federation.settle()
            let karim = try await federation.logIn("karim", at: "montreal")
            _ = try await karim.ask(["class": "availstate", "availstate": "away"])
            try await federation.eventually("paris knows that karim is away") {
                try await federation.objects(of: "montreal", at: "paris")["user:montreal/1"]?.contains("\"away\"")
                    ?? false
            }
            let known = try await federation.objects(of: "montreal", at: "paris")
            try await Task.sleep(for: .milliseconds(200))
            try await child.kill9()
            try await federation.stop("lyon")
            child = try await Self.start("paris", federation)
            for site in ["lyon", "montreal"] {
                let rows =
                    try await federation.ask("paris", "/api/v1/objects?site=\(site)")["objects"]?.arrayValue ?? []
                #expect(!rows.isEmpty)
                #expect(rows.allSatisfy { $0["state"] == "stale" && ($0["age"]?.doubleValue ?? 0) > 0 })
            }
            let restored = try await federation.objects(of: "montreal", at: "paris")
            #expect(restored == known)
            let alice = try await federation.logIn("alice", at: "paris")
            let shown = try await alice.half("updatestatus", list: "users", site: "montreal", id: "1")
            #expect(shown["availstate"] == "away")
            #expect(shown["stale"] == true)
            #expect((shown["age"]?.doubleValue ?? 0) > 0)
            try await federation.start("lyon")
            try await federation.settle()
            try await federation.equal("montreal", at: "paris")
            try await child.kill9()
        }
    }

    @Test(
        "SIGTERM and Ctrl-C end it with status 0, and clients are told", arguments: [true, false],
        [SIGTERM, SIGINT])
    func terminates(blockingSignals: Bool, number: Int32) async throws {
        try await TestFederation.run(Self.topology, except: ["paris"]) { federation in
            let child = try await Self.start("paris", federation, blockingSignals: blockingSignals)
            let alice = try await federation.logIn("alice", at: "paris")
            let farid = try await federation.logIn("farid", at: "lyon")
            try await federation.settle()
            let mark = await alice.mark
            let far = await farid.mark
            child.signal(number)
            #expect(try await child.end() == 0)
            _ = try await alice.wait(from: mark, for: "the notice", within: 10) {
                $0["class"] == "disconnect" && $0["type"] == "server_stopped"
            }
            _ = try await farid.wait(from: far, for: "paris stale at lyon", within: 20) {
                $0["class"] == "sitestatus" && $0["ipbxid"] == "paris" && $0["state"] == "stale"
            }
            #expect(!FileManager.default.fileExists(atPath: "\(federation.folder)/paris/tandem.sock"))
        }
    }

    @Test("SIGTERM ends it although a client takes nothing and a peer is frozen")
    func terminatesAmongTheDeaf() async throws {
        try await TestFederation.run(Self.topology, except: ["paris", "lyon"]) { federation in
            let lyon = try await Self.start("lyon", federation)
            let paris = try await Self.start("paris", federation)
            try await federation.settle()
            let address = try #require(federation.configuration("paris").listen.cti)
            let deaf = try await PushTests.ReluctantClient.connect(address)
            try await deaf.logIn("chloe")
            try await deaf.read(false)
            let question = #"{"class":"getlist","function":"listid","listname":"users","tipbxid":"paris"}"# + "\n"
            for _ in 0..<200 { deaf.send(String(repeating: question, count: 500)) }
            let alice = try await federation.logIn("alice", at: "paris")
            try await Task.sleep(for: .seconds(1))
            lyon.signal(SIGSTOP)
            paris.signal(SIGTERM)
            #expect(try await paris.end() == 0)
            _ = try await alice.wait(from: 0, for: "the notice", within: 10) { $0["type"] == "server_stopped" }
            deaf.close()
            try await lyon.kill9()
        }
    }

    // MARK: What a critical user tries

    @Test(
        "A second node on the same store, a busy port, a missing or unreadable file: a sentence, a status, nothing disturbed"
    )
    func cannotStart() async throws {
        try await TestFederation.run(Self.topology) { federation in
            let folder = federation.folder
            func refused(_ file: String, _ status: Int32, saying parts: String..., line: Int = #line) async throws {
                chmod(file, 0o600)
                let result = try await ChildProgram.run(["run", "-c", file])
                #expect(result.status == status, "line \(line): \(result)")
                for part in parts { #expect(result.err.contains(part), "line \(line): \(result)") }
                #expect(!result.err.contains("Fatal"), "line \(line)")
                print("SAYS", String(result.err.split(separator: "\n").last ?? ""))
            }
            try await refused(federation.file("paris"), 69, saying: "tandem.sqlite", "in use")
            let original = try String(contentsOfFile: federation.file("paris"), encoding: .utf8)
            let other = folder + "/paris/other.yaml"
            // A store of its own, but the ports of the one that runs: the first node keeps its control socket.
            try original.replacingOccurrences(of: "tandem.sqlite", with: "other.sqlite").write(
                toFile: other, atomically: true, encoding: .utf8)
            try await refused(other, 69, saying: "listen.", "cannot be opened")
            #expect(try await federation.ask("paris", "/status")["site"] == "paris")
            try await refused(folder + "/nowhere.yaml", 65, saying: "nowhere.yaml")
            // A store where none can be.
            let lost = original.replacingOccurrences(of: "tandem.sqlite", with: "nowhere/tandem.sqlite")
            try lost.write(toFile: other, atomically: true, encoding: .utf8)
            try await refused(other, 69, saying: "nowhere/tandem.sqlite")
            try "this is no database, and long enough to be looked at".write(
                toFile: folder + "/paris/text.sqlite", atomically: true, encoding: .utf8)
            try original.replacingOccurrences(of: "tandem.sqlite", with: "text.sqlite").write(
                toFile: other, atomically: true, encoding: .utf8)
            try await refused(other, 69, saying: "text.sqlite")
            try FileManager.default.removeItem(atPath: folder + "/paris/cert.pem")
            try await refused(federation.file("paris"), 65, saying: "rcti.certificate", "cert.pem")
            try "no certificate".write(toFile: folder + "/paris/cert.pem", atomically: true, encoding: .utf8)
            try await refused(federation.file("paris"), 69, saying: "cert.pem", "tandem pki site")
        }
    }
}
