import Configuration
import Foundation
import NIOCore
import SimulatedDriver
import TandemClient
import TandemCore
import TandemNode
import Testing

/// Commands over real links: what comes back when the way is gone, silent, or says no.
@Suite("Commands over real links", .serialized)
struct FederationCommandTests {
    /// The line with links in the clear through proxies, so that frames can be read and links cut.
    private static func run(
        except: Set<String> = [], _ body: (TestFederation, [String: CutProxy]) async throws -> Void
    ) async throws {
        var proxies: [String: CutProxy] = [:]
        var topology = Topology.demo()
        for index in topology.sites.indices {
            topology.sites[index].timings.commandDeadline = .seconds(2)
            topology.sites[index].timings.callDeadline = .seconds(4)
            topology.sites[index].pbx = SimulatedDriverFactory.settings(
                ring: .milliseconds(50), talk: .milliseconds(200))
            for user in ["1", "2"] { topology.sites[index].site.users[user]?.profile = "supervisor" }
        }
        try await TestFederation.run(topology, withTLS: false, except: except) { topology in
            for index in topology.links.indices {
                // The first name dials the second, through a proxy named after the second.
                let link = topology.links[index]
                let proxy = try await CutProxy.start(to: try #require(topology[link.second]?.listen.rcti))
                topology.links[index].addresses[link.second] = proxy.address
                topology.links[index].dials = [link.first]
                proxies[link.second.name] = proxy
            }
        } _: { federation in
            try await body(federation, proxies)
        }
    }

    private func originate(_ key: String? = nil, at site: String = "montreal") -> JSONObject {
        var object: JSONObject = [
            "class": "ipbxcommand", "command": "originate", "source": .string("phone:\(site)/1"),
            "destination": .string("exten:\(site)/102"),
        ]
        if let key { object["idempotencykey"] = .string(key) }
        return object
    }

    private func last(_ client: CTIClient, _ command: JSONObject, within seconds: Double = 10) async throws
        -> JSONObject
    {
        let (id, mark) = await client.send(command)
        return try await client.wait(from: mark, for: "the end", within: seconds) {
            $0["replyid"] == .integer(id)
                && ($0["exten"] != nil || $0["reason"] != nil || $0["ipbxreply"]?.stringValue != nil)
        }.object
    }

    private func calls(_ client: CTIClient, from mark: Int) async -> Int {
        await client.received.dropFirst(mark).reduce(0) { count, object in
            guard object["function"] == "addconfig", object["listname"] == "channels", object["tipbxid"] == "montreal"
            else { return count }
            return count + (object["list"]?.arrayValue ?? []).count { $0.idText?.hasPrefix("PJSIP/101-") ?? false }
        }
    }

    @Test("Refused, no route, and silence are three different answers, each with its reason")
    func threeAnswers() async throws {
        try await Self.run(except: ["montreal"]) { federation, _ in
            let child = try await CrashTests.start("montreal", federation)
            try await federation.settle()
            let alice = try await federation.logIn("alice", at: "paris")
            let refused = try await last(
                alice, ["class": "ipbxcommand", "command": "hangup", "channelids": "chan:montreal/PJSIP/101-0000dead"])
            #expect(refused["ipbxreply"] == "source")
            #expect(refused["reason"]?.stringValue?.contains("no channel") ?? false, "\(refused)")

            // Silent: the far node is stopped in its tracks. Its link is still up when the command leaves.
            child.signal(SIGSTOP)
            let silent = try await last(alice, originate())
            child.signal(SIGCONT)
            #expect(silent["ipbxreply"] == "unknown_outcome" || silent["ipbxreply"] == "timeout", "\(silent)")
            #expect(silent["reason"]?.stringValue?.isEmpty == false)
            try await federation.settle()

            try await child.kill9()
            try await federation.eventually("paris knows that montreal is gone") {
                try await federation.state(of: "montreal", at: "paris") != "fresh"
            }
            let gone = try await last(alice, originate())
            #expect(gone["ipbxreply"] == "noroute", "\(gone)")
            #expect(gone["reason"]?.stringValue?.contains("no path") ?? false, "\(gone)")
            #expect(Set([refused, silent, gone].map { $0["ipbxreply"]?.stringValue ?? "" }).count == 3)
        }
    }

    @Test("The time that a command has left shrinks from node to node")
    func deadlines() async throws {
        try await Self.run { federation, proxies in
            try await federation.settle()
            let alice = try await federation.logIn("alice", at: "paris")
            #expect(try await last(alice, originate("shrinks"))["exten"] == "102")
            func timeLeft(_ proxy: CutProxy?) throws -> (left: Int64, hops: Int) {
                let line = try #require(
                    proxy?.sent.split(separator: "\n").first { $0.contains("rcti_command") && $0.contains("shrinks") })
                let frame = try JSONValue(parsing: Array(line.utf8))
                let left = try #require(frame["deadline_ms"]?.integerValue, "\(line)")
                return (left, frame["hops"]?.arrayValue?.count ?? 0)
            }
            let first = try timeLeft(proxies["lyon"]), second = try timeLeft(proxies["montreal"])
            #expect(first.hops == 1)
            #expect(second.hops == 2)
            #expect(second.left < first.left)
            #expect(first.left <= 4_000 && first.left > 2_000)
        }
    }

    @Test("A key repeated over new connections and new links gets the first answer and does not run again")
    func repeatedKey() async throws {
        try await Self.run { federation, proxies in
            try await federation.settle()
            let karim = try await federation.logIn("karim", at: "montreal")
            let mark = await karim.mark
            var answers: [JSONValue?] = []
            for round in 0..<4 {
                let alice = try await federation.logIn("alice", at: "paris")
                answers.append(try await last(alice, originate("again"))["exten"])
                await alice.close()
                if round == 1 {
                    try await proxies["montreal"]?.cutByClosing()
                    try await proxies["montreal"]?.heal()
                }
                if round == 2 {
                    try await federation.stop("lyon")
                    try await federation.start("lyon")
                }
                try await federation.settle()
            }
            #expect(answers.allSatisfy { $0 == "102" })
            #expect(await calls(karim, from: mark) == 1)
            // The same key of someone else is another key.
            let bob = try await federation.logIn("bob", at: "paris")
            #expect(try await last(bob, originate("again"))["exten"] == "102")
            #expect(await calls(karim, from: mark) == 2)
        }
    }

    @Test(
        "A link that is lost while a command is under way leaves one true answer, and the command has run once at most")
    func lostMidway() async throws {
        try await Self.run { federation, proxies in
            try await federation.settle()
            let karim = try await federation.logIn("karim", at: "montreal")
            let alice = try await federation.logIn("alice", at: "paris")
            for round in 0..<6 {
                let mark = await karim.mark
                let key = "midway-\(round)"
                async let answer = last(alice, originate(key), within: 12)
                try await Task.sleep(for: .milliseconds(round * 12))
                try await proxies[round % 2 == 0 ? "montreal" : "lyon"]?.cutByClosing()
                try await Task.sleep(for: .milliseconds(300))
                try await proxies[round % 2 == 0 ? "montreal" : "lyon"]?.heal()
                let first = try await answer
                try await federation.settle()
                let runs = await calls(karim, from: mark)
                #expect(runs <= 1)
                if first["exten"] != nil { #expect(runs == 1) }
                if first["ipbxreply"] == "noroute" { #expect(runs == 0) }
                let second = try await last(alice, originate(key), within: 12)
                if first["exten"] != nil { #expect(second["exten"] == first["exten"]) }
                #expect(await calls(karim, from: mark) <= 1, "round \(round): \(first) then \(second)")
                try await federation.eventually("montreal has no call") {
                    try await alice.list("channels", site: "montreal").isEmpty
                }
            }
        }
    }
}
