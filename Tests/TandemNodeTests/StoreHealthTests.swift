import Configuration
import Foundation
import GRDB
import SimulatedDriver
import TandemClient
import TandemCore
import Testing

@testable import TandemNode

/// A node whose store cannot be written says so, and answers.
@Suite("A store that cannot be written", .serialized, .timeLimit(.minutes(2)))
struct StoreHealthTests {
    private static let alone: Topology = {
        var topology = Topology.lonely
        topology.sites[0].pbx = SimulatedDriverFactory.settings(ring: .milliseconds(10), talk: .milliseconds(50))
        return topology
    }()

    private func ready(_ federation: TestFederation) async throws -> (status: Int, text: String) {
        let answer = try await AdminClient(.socket(path: "\(federation.folder)/paris/tandem.sock")).request("/readyz")
        return (answer.status, String(decoding: answer.body, as: UTF8.self))
    }

    /// The last line of a dial: with a reason when it was refused.
    private func dial(_ client: CTIClient) async throws -> JSONObject {
        let (id, mark) = await client.send([
            "class": "ipbxcommand", "command": "dial", "destination": "user:paris/2",
        ])
        return try await client.wait(from: mark, for: "the outcome", within: 10) {
            $0["replyid"] == .integer(id) && ($0["exten"] != nil || $0["reason"] != nil)
        }.object
    }

    /// Not asynchronous: GRDB would end the transaction.
    private func begin(_ database: DatabaseQueue) throws {
        try database.inDatabase { try $0.execute(sql: "BEGIN IMMEDIATE") }
    }

    /// What must hold while the store cannot be written, and afterwards.
    private func tell(
        _ federation: TestFederation, _ alice: CTIClient, reason: String, mend: () throws -> Void
    ) async throws {
        try await federation.eventually("the node is not ready") { try await ready(federation).status == 503 }
        let text = try await ready(federation).text
        #expect(text.contains(reason), "\(text)")
        let status = try await federation.ask("paris", "/status")
        #expect(status["health"] == "degraded")
        #expect(status["reasons"]?.arrayValue?.first?.stringValue?.contains(reason) == true, "\(status)")
        #expect(status["store"]?["error"]?.stringValue?.contains(reason) == true)
        #expect(try await federation.metric("tandem_store_up") == 0)
        let shown = try await ChildProgram.run(["status", "-c", federation.file("paris")])
        #expect(shown.status == 1 && shown.out.contains(reason), "\(shown)")
        let refused = try await dial(alice)
        #expect(refused["reason"] == "store_unavailable" && refused["ipbxreply"] == false, "\(refused)")
        let presence = try await alice.ask(["class": "availstate", "availstate": "away"])
        #expect(presence["warning_string"] == "store_unavailable")
        // What needs no write goes on.
        let bob = try await federation.logIn("bob", at: "paris")
        #expect(try await bob.ask(["class": "keepalive"])["class"] == "keepalive")
        let list = try await bob.ask([
            "class": "getlist", "function": "listid", "listname": "phones", "tipbxid": "paris",
        ])
        #expect(list["list"]?.arrayValue?.isEmpty == false)
        try mend()
        try await federation.eventually("the node is ready again", within: 20) {
            try await ready(federation).status == 200
        }
        #expect(try await federation.metric("tandem_store_up") == 1)
        #expect(try await dial(alice)["exten"] != nil)
        #expect(try await alice.ask(["class": "availstate", "availstate": "away"])["warning_string"] == nil)
    }

    @Test("another program holds it: commands are refused, logins and lists go on, health says so until it is free")
    func held() async throws {
        try await TestFederation.run(Self.alone) { federation in
            let alice = try await federation.logIn("alice", at: "paris")
            #expect(try await dial(alice)["exten"] != nil)
            var open = GRDB.Configuration()
            open.allowsUnsafeTransactions = true
            let other = try DatabaseQueue(path: federation.folder + "/paris/tandem.sqlite", configuration: open)
            try begin(other)
            // One that is caught in flight is answered as well.
            let caught = try await dial(alice)
            #expect(caught["reason"] == "store_unavailable", "\(caught)")
            try await tell(federation, alice, reason: "tandem.sqlite") {
                try other.inDatabase { try $0.execute(sql: "ROLLBACK") }
            }
            try other.close()
        }
    }

    /// Whether a process of ours can have a disk of its own, as root can.
    private static let canMount: Bool = {
        let status = try? Process.run(
            URL(fileURLWithPath: "/usr/bin/env"),
            arguments: ["sh", "-c", "unshare -m mount -t tmpfs -o size=64k tmpfs /mnt 2>/dev/null"])
        status?.waitUntilExit()
        return status?.terminationStatus == 0
    }()

    @Test("its disk is full: the same, until there is room", .enabled(if: canMount))
    func full() async throws {
        try await TestFederation.run(
            Self.alone, except: ["paris"],
            prepare: { topology in topology.sites[0].store.path = "disk/tandem.sqlite" },
            { federation in
                let disk = federation.folder + "/paris/disk"
                try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
                // The mount is the child's own and goes with it.
                let script =
                    "mount -t tmpfs -o size=1m tmpfs '\(disk)' && exec '\(ChildProgram.tandem)' run -c '\(federation.file("paris"))'"
                let child = try ChildProgram(
                    ["unshare", "-m", "sh", "-c", script], program: "/usr/bin/env", folder: federation.folder)
                defer { child.signal(SIGKILL) }
                try await federation.eventually("the node is ready", within: 20) {
                    (try? await ready(federation).status) == 200
                }
                let alice = try await federation.logIn("alice", at: "paris")
                let filler = "/proc/\(child.pid)/root\(disk)/filler"
                #expect(FileManager.default.createFile(atPath: filler, contents: nil))
                let handle = try #require(FileHandle(forWritingAtPath: filler))
                for size in [4_096, 1] { while (try? handle.write(contentsOf: Data(count: size))) != nil {} }
                // What is in the log already is written over for a while.
                try await federation.eventually("a command is refused", within: 30) {
                    try await dial(alice)["reason"] == "store_unavailable"
                }
                try await tell(federation, alice, reason: "is full") {
                    try FileManager.default.removeItem(atPath: filler)
                    try handle.close()
                }
                child.signal(SIGTERM)
                #expect(try await child.end() == 0)
            })
    }
}
