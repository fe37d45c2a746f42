import Configuration
import Federation
import NIOCore
import TandemClient
import TandemCore
import TandemNode
import Testing

/// Real sockets with a proxy in the link between lyon and montreal, under the default timings for wide areas.
@Suite("A link that is cut", .serialized)
struct CutTests {
    /// The two directions of the link: both nodes dial, so each address is a proxy.
    struct Cable: Sendable {
        var proxies: [CutProxy] = []
        func cutSilently() async throws { for proxy in proxies { try await proxy.cutSilently() } }
        func cutByClosing() async throws { for proxy in proxies { try await proxy.cutByClosing() } }
        func heal() async throws { for proxy in proxies { try await proxy.heal() } }
    }

    static func run(_ body: (TestFederation, Cable) async throws -> Void) async throws {
        var topology = Topology.demo()
        for index in topology.sites.indices {
            topology.sites[index].timings = .wan
            topology.sites[index].pbx = .simulated(.init(ring: .milliseconds(300), talk: .seconds(120)))
        }
        var cable = Cable()
        try await TestFederation.run(topology) { topology in
            cable = Cable()
            for index in topology.links.indices where topology.links[index].second.name == "montreal" {
                for site in [topology.links[index].first, topology.links[index].second] {
                    let proxy = try await CutProxy.start(to: try #require(topology[site]?.listen.rcti))
                    topology.links[index].addresses[site] = proxy.address
                    cable.proxies.append(proxy)
                }
            }
        } _: { federation in
            #expect(cable.proxies.count == 2)
            try await federation.settle()
            try await body(federation, cable)
        }
    }

    /// When a client was told that montreal is in a state.
    private func told(_ client: CTIClient, _ state: String, from mark: Int, within seconds: Double) async throws
        -> CTIClient.Received
    {
        try await client.wait(from: mark, for: "montreal \(state)", within: seconds) {
            $0["class"] == "sitestatus" && $0["ipbxid"] == "montreal" && $0["state"]?.stringValue == state
        }
    }

    private func change(_ karim: CTIClient) async throws {
        _ = try await karim.ask(["class": "availstate", "availstate": "away"])
        let mark = await karim.mark
        await karim.send(["class": "ipbxcommand", "command": "dial", "destination": "user:montreal/2"])
        _ = try await karim.wait(from: mark, for: "lea's phone talks", within: 10) {
            $0["listname"] == "phones" && $0["tipbxid"] == "montreal" && $0["tid"] == "2"
                && $0["status"]?["hintstatus"] == "1"
        }
    }

    private func checkHealed(
        _ federation: TestFederation, _ clients: [CTIClient], _ marks: [Int], began: NIODeadline
    ) async throws {
        for (client, mark) in zip(clients, marks) {
            let fresh = try await told(client, "fresh", from: mark, within: 20)
            print("FIGURE \(client.name): fresh \(Double((fresh.at - began).nanoseconds) / 1e9) s after healing")
        }
        try await federation.settle()
        for site in ["paris", "lyon", "montreal"] {
            for node in ["paris", "lyon", "montreal"] where node != site {
                try await federation.equal(site, at: node)
            }
        }
    }

    /// What a client sees of montreal when it asks: presence of karim, hint of lea's phone, both fresh.
    private func checkChanges(_ client: CTIClient) async throws {
        let karim = try await client.half("updatestatus", list: "users", site: "montreal", id: "1")
        #expect(karim["availstate"] == "away")
        #expect(karim["stale"] != true)
        let phone = try await client.half("updatestatus", list: "phones", site: "montreal", id: "2")
        #expect(phone["hintstatus"] == "1")
        #expect(try await client.list("channels", site: "montreal").count == 2)
    }

    @Test(
        "Five seconds after a silent cut at most, everyone beyond it sees the site stale with its age; healed, all is equal again"
    )
    func silentCut() async throws {
        try await Self.run { federation, cable in
            let alice = try await federation.logIn("alice", at: "paris")
            let farid = try await federation.logIn("farid", at: "lyon")
            let karim = try await federation.logIn("karim", at: "montreal")
            let marks = [await alice.mark, await farid.mark]
            let cut = NIODeadline.now()
            try await cable.cutSilently()
            for (client, mark) in zip([alice, farid], marks) {
                let stale = try await told(client, "stale", from: mark, within: 8)
                let seconds = Double((stale.at - cut).nanoseconds) / 1e9
                print(
                    "FIGURE \(client.name): stale \(seconds) s after the silent cut, age \(stale.object["age"]?.doubleValue ?? -1)"
                )
                #expect(seconds <= 5.0)
                #expect(try #require(stale.object["age"]?.doubleValue) > 0)
                for list in ["users", "phones", "queues"] {
                    let object = try await client.wait(from: mark, for: "stale \(list)", within: 5) {
                        $0["function"] == "updatestatus" && $0["listname"]?.stringValue == list
                            && $0["tipbxid"] == "montreal" && $0["status"]?["stale"] == true
                            && ($0["status"]?["age"]?.doubleValue ?? 0) > 0
                    }
                    #expect(Double((object.at - cut).nanoseconds) / 1e9 <= 5.0)
                }
            }
            // The age grows.
            let one = try await alice.half("updatestatus", list: "phones", site: "montreal", id: "1")["age"]?
                .doubleValue
            try await change(karim)
            let two = try await alice.half("updatestatus", list: "phones", site: "montreal", id: "1")["age"]?
                .doubleValue
            #expect(try #require(two) > #require(one))
            #expect(
                try await alice.half("updatestatus", list: "users", site: "montreal", id: "1")["availstate"]
                    == "available")
            let healing = [await alice.mark, await farid.mark]
            let healed = NIODeadline.now()
            try await cable.heal()
            try await checkHealed(federation, [alice, farid], healing, began: healed)
            for client in [alice, farid] { try await checkChanges(client) }
        }
    }

    @Test("A cut that closes connections is noticed at once and heals as well")
    func closingCut() async throws {
        try await Self.run { federation, cable in
            let alice = try await federation.logIn("alice", at: "paris")
            let farid = try await federation.logIn("farid", at: "lyon")
            let karim = try await federation.logIn("karim", at: "montreal")
            let marks = [await alice.mark, await farid.mark]
            let cut = NIODeadline.now()
            try await cable.cutByClosing()
            for (client, mark) in zip([alice, farid], marks) {
                let stale = try await told(client, "stale", from: mark, within: 5)
                let seconds = Double((stale.at - cut).nanoseconds) / 1e9
                print("FIGURE \(client.name): stale \(seconds) s after the closing cut")
                #expect(seconds <= 2)
            }
            let links = try await federation.link(from: "lyon", to: "montreal")
            #expect(links.state != "established")
            try await change(karim)
            let healing = [await alice.mark, await farid.mark]
            let healed = NIODeadline.now()
            try await cable.heal()
            try await checkHealed(federation, [alice, farid], healing, began: healed)
            for client in [alice, farid] { try await checkChanges(client) }
        }
    }

    @Test("Commands given during a silent cut end with an answer, and after it run again")
    func commandsDuringACut() async throws {
        try await Self.run { federation, cable in
            let alice = try await federation.logIn("alice", at: "paris")
            try await cable.cutSilently()
            let chat = try await alice.ask(["class": "chitchat", "to": "montreal/1", "text": "lost?"], within: 14)
            #expect(["unknown_outcome", "noroute", "timeout"].contains(chat["warning_string"]?.stringValue))
            try await federation.eventually("no route to montreal") {
                try await federation.ask("paris", "/api/v1/ping?site=montreal")["reason"] == "no_route"
            }
            try await cable.heal()
            try await federation.settle()
            #expect(try await federation.ask("paris", "/api/v1/ping?site=montreal")["answer"] == "done")
        }
    }
}
