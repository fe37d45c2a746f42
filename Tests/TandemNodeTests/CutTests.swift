import Configuration
import Federation
import SimulatedDriver
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
            topology.sites[index].pbx = SimulatedDriverFactory.settings(ring: .milliseconds(300), talk: .seconds(120))
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
        _ federation: TestFederation, _ clients: [CTIClient], _ marks: [Int]
    ) async throws {
        for (client, mark) in zip(clients, marks) {
            _ = try await told(client, "fresh", from: mark, within: 20)
        }
        try await federation.settle()
        for site in ["paris", "lyon", "montreal"] {
            for node in ["paris", "lyon", "montreal"] where node != site {
                try await federation.equal(site, at: node)
            }
        }
    }

    /// The age of a stale phone of montreal.
    private func age(_ client: CTIClient) async throws -> Double {
        try #require(
            try await client.half("updatestatus", list: "phones", site: "montreal", id: "1")["age"]?.doubleValue)
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

    /// How the link is lost.
    enum Cut: CaseIterable { case silently, byClosing }

    @Test(
        "A cut makes the site beyond it stale for everyone, with its age; healed, what happened meanwhile is seen",
        arguments: Cut.allCases)
    func cutAndHealed(_ cut: Cut) async throws {
        try await Self.run { federation, cable in
            let alice = try await federation.logIn("alice", at: "paris")
            let farid = try await federation.logIn("farid", at: "lyon")
            let karim = try await federation.logIn("karim", at: "montreal")
            for client in [alice, farid] {
                try await eventually("karim's login is known to \(client.name)") {
                    try await client.half("updatestatus", list: "users", site: "montreal", id: "1")["availstate"]
                        == "available"
                }
            }
            let marks = [await alice.mark, await farid.mark]
            switch cut {
            case .silently: try await cable.cutSilently()
            case .byClosing: try await cable.cutByClosing()
            }
            for (client, mark) in zip([alice, farid], marks) {
                let stale = try await told(client, "stale", from: mark, within: 20)
                let age = try #require(stale.object["age"]?.doubleValue)
                #expect(age > 0)
                for list in ["users", "phones", "queues"] {
                    _ = try await client.wait(from: mark, for: "stale \(list)", within: 20) {
                        $0["function"] == "updatestatus" && $0["listname"]?.stringValue == list
                            && $0["tipbxid"] == "montreal" && $0["status"]?["stale"] == true
                            && ($0["status"]?["age"]?.doubleValue ?? 0) > 0
                    }
                }
            }
            #expect(try await federation.link(from: "lyon", to: "montreal").state != "established")
            let before = try await age(alice)
            try await change(karim)
            #expect(try await age(alice) > before)
            #expect(
                try await alice.half("updatestatus", list: "users", site: "montreal", id: "1")["availstate"]
                    == "available")
            let healing = [await alice.mark, await farid.mark]
            try await cable.heal()
            try await checkHealed(federation, [alice, farid], healing)
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
