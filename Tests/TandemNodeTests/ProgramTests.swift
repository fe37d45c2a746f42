import Configuration
import Foundation
import SimulatedDriver
import TandemClient
import TandemCore
import TandemNode
import Testing

/// The program as people and scripts run it.
@Suite("The tandem program", .serialized)
struct ProgramTests {
    private static let project = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    private static func inFolder(_ body: (String) async throws -> Void) async throws {
        let folder = try TestFederation.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await body(folder)
    }

    @Test("status, links, routes, sync, objects and ping show a running node as tables and as JSON, with exit codes")
    func questions() async throws {
        try await TestFederation.run(.demo()) { federation in
            try await federation.settle()
            let file = federation.file("paris")
            let http = try #require(federation.configuration("paris").listen.http).description
            let expected: [(words: [String], table: [String], key: String)] = [
                (["status"], ["paris", "ok", "montreal", "fresh"], "health"),
                (["links"], ["PEER", "lyon", "established"], "links"),
                (["routes"], ["montreal", "lyon > montreal"], "routes"), (["sync"], ["montreal", "fresh"], "sync"),
                (["objects", "--site", "montreal", "--type", "phones"], ["phone:montreal/1", "fresh"], "objects"),
                (["ping", "montreal", "--count", "1"], ["montreal:", "lyon > montreal"], "answer"),
            ]
            for (words, table, key) in expected {
                for address in [
                    ["-c", file], ["-c", file, "--http", http],
                    ["--http", http, "--token", federation.folder + "/paris/http.token"],
                ] {
                    let plain = try await ChildProgram.run(words + address)
                    #expect(plain.status == 0, "\(words): \(plain)")
                    for part in table { #expect(plain.out.contains(part), "\(words): \(plain.out)") }
                    let json = try await ChildProgram.run(words + address + ["--json"])
                    #expect(json.status == 0, "\(words): \(json)")
                    #expect(try JSONValue(parsing: Array(json.out.utf8))[key] != nil, "\(json.out)")
                }
            }
            // Something is wrong: the exit code says so.
            try await federation.stop("lyon")
            try await federation.eventually("paris is degraded") {
                try await federation.ask("paris", "/status")["health"] == "degraded"
            }
            let degraded = try await ChildProgram.run(["status", "-c", file])
            #expect(degraded.status == 1)
            #expect(degraded.out.contains("stale"))
            let ping = try await ChildProgram.run(["ping", "montreal", "-c", file, "--count", "1"])
            #expect(ping.status == 1)
            #expect(ping.out.contains("no_route"))
            let links = try await ChildProgram.run(["links", "-c", file])
            #expect(links.out.contains("lyon"))

            #expect(
                try await ChildProgram.run(["objects", "--site", "nowhere", "-c", file]).err.contains("no site nowhere")
            )
            #expect(try await ChildProgram.run(["objects", "--type", "spoons", "-c", file]).err.contains("accepted:"))
            #expect(try await ChildProgram.run(["status", "--http", "nonsense"]).status == 64)
            #expect(try await ChildProgram.run(["flyaway"]).status == 64)
            let unknown = try await ChildProgram.run(["status", "--http", http])
            #expect(
                unknown.status == 70 && unknown.err.contains("http.token") && unknown.err.contains("--token"),
                "\(unknown)")
            try await federation.stop("paris")
            for address in [["-c", file], ["--http", http]] {
                let nobody = try await ChildProgram.run(["status"] + address)
                #expect(nobody.status == 70)
                #expect(nobody.err.contains("no node answers"), "\(nobody)")
            }
        }
    }

    @Test("Every topology of the project is checked, drawn, rendered, and its nodes' files pass the check")
    func topologies() async throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.project + "/Topology").filter {
            $0.hasSuffix(".yaml")
        }
        #expect(names.count >= 5)
        for name in names.sorted() {
            let file = Self.project + "/Topology/" + name
            let check = try await ChildProgram.run(["topology", "check", file])
            #expect(check.status == 0, "\(check)")
            #expect(check.out.contains("no errors"))
            let graph = try await ChildProgram.run(["topology", "graph", file])
            #expect(graph.status == 0)
            #expect(graph.out.hasPrefix("graph \"") && graph.out.hasSuffix("}\n"), "\(graph.out)")
            try await Self.inFolder { folder in
                let render = try await ChildProgram.run(["topology", "render", file, "--out", folder])
                #expect(render.status == 0, "\(render)")
                let nodes = render.out.split(separator: "\n").compactMap {
                    $0.hasPrefix("wrote ") ? String($0.dropFirst(6)) : nil
                }
                #expect(nodes.count >= 2)
                for node in nodes where node.hasSuffix("tandem.yaml") {
                    let checked = try await ChildProgram.run(["check", node])
                    #expect(checked.status == 0, "\(checked)")
                }
                let again = try await ChildProgram.run(["topology", "render", file, "--out", folder])
                #expect(again.status == 0, "\(again)")
                let certificates = try await ChildProgram.run(["pki", "list", folder])
                #expect(certificates.status == 0, "\(certificates)")
                #expect(certificates.out.contains("(CA)"))
            }
        }
    }

    @Test("A broken file is refused with file, line and column of every mistake")
    func brokenFiles() async throws {
        try await Self.inFolder { folder in
            let file = folder + "/broken.yaml"
            try """
            site: paris
            prefix: "81"
            phones:
              "1": { number: "101", endpoint: "PJSIP/101" }
            users:
              "1": { name: "Alice", login: alice, password: alice, phone: "9" }
            lisen: { cti: "127.0.0.1:5003" }
            """.write(toFile: file, atomically: true, encoding: .utf8)
            let check = try await ChildProgram.run(["check", file])
            #expect(check.status == 65)
            #expect(check.err.contains("\(file):6:"), "\(check.err)")
            #expect(check.err.contains("\(file):7:"), "\(check.err)")
            #expect(check.err.contains("\"9\""))
            let run = try await ChildProgram.run(["run", "-c", file])
            #expect(run.status == 65)
            try "sites: [".write(toFile: file, atomically: true, encoding: .utf8)
            for words in [["check", file], ["topology", "check", file], ["topology", "graph", file]] {
                let broken = try await ChildProgram.run(words)
                #expect(broken.status == 65, "\(broken)")
                #expect(broken.err.contains("\(file):"), "\(broken)")
            }
            for words in [
                ["check", folder + "/none"], ["check", folder],
                ["topology", "render", folder + "/none", "--out", folder],
            ] {
                let missing = try await ChildProgram.run(words)
                #expect(missing.status == 65, "\(words): \(missing)")
                #expect(missing.err.contains("cannot be read") || missing.err.contains("error"), "\(missing)")
            }
        }
    }

    @Test("The certificate commands make a CA and sites, refuse to overwrite the CA, and list what ends soon")
    func certificates() async throws {
        try await Self.inFolder { folder in
            let made = try await ChildProgram.run(["pki", "ca", "--out", folder + "/ca", "--name", "Test"])
            #expect(made.status == 0, "\(made)")
            #expect(try await ChildProgram.run(["pki", "ca", "--out", folder + "/ca"]).status == 73)
            let site = try await ChildProgram.run([
                "pki", "site", "paris", "--ca", folder + "/ca", "--out", folder + "/paris", "--host", "127.0.0.1",
            ])
            #expect(site.status == 0, "\(site)")
            let mode =
                try FileManager.default.attributesOfItem(atPath: folder + "/paris/key.pem")[.posixPermissions] as? Int
            #expect(mode == 0o600)
            let list = try await ChildProgram.run(["pki", "list", folder])
            #expect(list.status == 0)
            #expect(list.out.contains("paris") && list.out.contains("127.0.0.1"))
            let brief = try await ChildProgram.run([
                "pki", "site", "lyon", "--ca", folder + "/ca", "--out", folder + "/lyon", "--days", "10",
            ])
            #expect(brief.status == 0)
            #expect(try await ChildProgram.run(["pki", "list", folder]).status == 1)
            #expect(try await ChildProgram.run(["pki", "site", "pa ris", "--ca", folder + "/ca"]).status == 64)
            let noCA = try await ChildProgram.run(["pki", "site", "paris", "--ca", folder + "/none"])
            #expect(noCA.status == 73)
            #expect(!noCA.err.isEmpty)
        }
    }

    @Test("The demo takes its tour on free ports and ends with status 0")
    func tour() async throws {
        let demo = try await ChildProgram.run(["demo", "--tour", "--free-ports"], within: 60)
        #expect(demo.status == 0, "\(demo)")
        #expect(demo.out.contains("Tour finished"))
    }

    @Test("A tour through a federation that is not there ends with a sentence and status 1")
    func tourWithoutFederation() async throws {
        let tour = try await ChildProgram.run([
            "tour", "--from", "paris=a:b@127.0.0.1:1", "--to", "lyon=a:b@127.0.0.1:1",
        ])
        #expect(tour.status == 1)
        #expect(tour.err.contains("nobody answers"), "\(tour)")
    }

    @Test("The example client follows a call across the federation to its end")
    func followCall() async throws {
        var topology = Topology.demo()
        for index in topology.sites.indices {
            topology.sites[index].pbx = SimulatedDriverFactory.settings(ring: .milliseconds(200), talk: .seconds(60))
        }
        try await TestFederation.run(topology) { federation in
            try await federation.settle()
            let address = try #require(federation.configuration("paris").listen.cti)
            let result = try await ChildProgram.run(
                [
                    "--port", "\(address.port)", "--login", "alice", "--password", "alice", "--dial", "user:montreal/1",
                    "--talk", "1", "--timeout", "20",
                ], program: Self.project + "/Examples/follow-call.py", within: 40)
            #expect(result.status == 0, "\(result)")
            #expect(result.out.contains("the call is over"), "\(result.out)")
            let wrong = try await ChildProgram.run(
                ["--port", "\(address.port)", "--login", "alice", "--password", "no", "--timeout", "5"],
                program: Self.project + "/Examples/follow-call.py")
            #expect(wrong.status == 2)
        }
    }
}
