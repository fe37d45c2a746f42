import ClientTLS
import Configuration
import NIOCore
import NIOPosix
import TandemClient
import TandemCore
import Testing

@testable import TandemNode

/// Silence at the doors, and guesses at the locks: real sockets.
@Suite("Strangers at a node's doors", .serialized, .timeLimit(.minutes(2))) struct StrangerDoorTests {
    /// Sockets that say nothing.
    private func silence(_ address: ListenAddress, _ count: Int) async throws -> [any Channel] {
        var channels: [any Channel] = []
        for _ in 0..<count {
            channels.append(
                try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                    .connect(host: address.host, port: address.port).get())
        }
        return channels
    }

    private func close(_ channels: [any Channel]) async { for channel in channels { try? await channel.close().get() } }

    @Test("120 silent sockets at the rcti port keep no peer out", arguments: [true, false])
    func rcti(withTLS: Bool) async throws {
        var topology = Topology.demo()
        let gone = topology.sites.removeLast().name
        topology.links.removeAll { $0.first == gone || $0.second == gone }
        for index in topology.sites.indices { topology.sites[index].site.trunks = [:] }
        try await TestFederation.run(topology, withTLS: withTLS, except: ["lyon"]) { federation in
            let door = try #require(federation.configuration("paris").listen.rcti)
            let silent = try await silence(door, 120)
            // The handshake's time is not over: they are cut because others came.
            try await federation.eventually("most of them are cut") {
                silent.filter(\.isActive).count <= Limits.strangePeersPerAddress
            }
            try await federation.start("lyon")
            try await federation.settle()
            await close(silent)
        }
    }

    @Test("Silent sockets at the CTI ports, more than there are places, keep no client out", arguments: [false, true])
    func cti(isSecure: Bool) async throws {
        var topology = Topology.lonely
        topology.sites[0].cti.maximumClients = 40
        try await TestFederation.run(topology) { federation in
            let listen = try federation.configuration("paris").listen
            let door = try #require(isSecure ? listen.ctis : listen.cti)
            let alice = try await federation.logIn("alice", at: "paris")
            let silent = try await silence(door, 60)
            let bob = try await federation.logIn("bob", at: "paris")
            _ = try await alice.ask(["class": "keepalive"])
            _ = try await bob.ask(["class": "keepalive"])
            await close(silent)
        }
    }

    @Test(
        "Guesses at one account stop at a handful; a colleague behind the same address logs in",
        arguments: [false, true])
    func guesses(isSecure: Bool) async throws {
        try await TestFederation.run(.lonely) { federation in
            let listen = try federation.configuration("paris").listen
            let door = try #require(isSecure ? listen.ctis : listen.cti)
            let trust = isSecure ? try ServerTrust(authority: federation.folder + "/ca/ca.pem", name: "paris") : nil
            // All at once: those that have to wait are still waiting when the last is turned away.
            let words = try await withThrowingTaskGroup(of: [String].self) { group in
                for number in 0..<12 {
                    group.addTask {
                        let guesser = try await CTIClient.connect(
                            name: "guesser \(number)", host: door.host, port: door.port, tls: trust)
                        try? await guesser.logIn(user: "alice", password: "guess \(number)")
                        let words = await guesser.received.compactMap { $0["error_string"]?.stringValue }
                        await guesser.close()
                        return words
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(words.count == 12 && words.filter { $0 == "login_password" }.count <= 8, "\(words)")
            #expect(words.contains("login_throttled"))
            let bob = try await CTIClient.connect(name: "bob", host: door.host, port: door.port, tls: trust)
            try await bob.logIn(user: "bob", password: "bob")
        }
    }
}
