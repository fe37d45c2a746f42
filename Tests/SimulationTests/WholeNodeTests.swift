import CTIServer
import Federation
import NodeCore
import TandemCore
import Testing

@testable import Simulation

/// Whole nodes under the seed: client at a, call to b through a relay, cut, heal. The world's checkers watch as well.
@Suite("Whole nodes in the simulated world") struct WholeNodeTests {
    private let a = SiteID("a")!
    private let b = SiteID("b")!
    private let c = SiteID("c")!

    /// a and b have no line between them; c relays.
    private func line(seed: UInt64) -> World<WholeNode> {
        let world = World<WholeNode>(seed: seed)
        for (place, site) in [a, b, c].enumerated() {
            world.addSite(
                site, clockOffset: .seconds(1_000 * (place + 1)), partsPerMillion: Int64(place * 60) - 60)
        }
        var cable = Cable()
        cable.jitter = .milliseconds(5)
        cable.splits = true
        world.link(a, c, cable: cable)
        world.link(c, b, cable: cable)
        return world
    }

    private func say(_ world: World<WholeNode>, _ client: ClientID, _ line: String) {
        world.act(a) { $0.say(client, line, now: $1) }
    }

    /// What the client has read since the last look.
    private func read(_ world: World<WholeNode>, _ client: ClientID) -> [JSONObject] {
        let parts = world.sites[a]?.node?.parts
        defer { parts?.inbox[client] = [] }
        return parts?.inbox[client] ?? []
    }

    private func status(_ world: World<WholeNode>, _ id: String, at site: SiteID, _ key: String) -> JSONValue? {
        world.core(site)?.object(ObjectID(id)!)?.status.value(of: key)
    }

    @Test(
        "a call through a relay rings, is cut, ends at both sides, and everything agrees after healing",
        arguments: 1...12)
    func callCutHeal(seed: UInt64) throws {
        let world = line(seed: seed)
        try world.run(for: .seconds(4))
        #expect(world.core(a)?.freshness(of: b) == .fresh)
        var client = ClientID(0)
        world.act(a) { client = $0.logIn("user1", now: $1) }
        _ = read(world, client)

        // user 1 of a calls user 2 of b: their own phone rings first, then the trunk leads to b.
        say(world, client, #"{"class":"ipbxcommand","command":"dial","commandid":7,"destination":"user:b/2"}"#)
        try world.run(for: .milliseconds(1_700))
        #expect(status(world, "phone:b/2", at: b, "hintstatus") == "8", "b's phone rings")
        try world.run(for: .milliseconds(1_500))
        let replies = read(world, client).filter { $0["replyid"] == 7 }
        #expect(replies.first?["ipbxreply"] == true)
        #expect(replies.contains { $0["originatereason"] == "4" })
        #expect(replies.contains { $0["class"] == "dial_success" })
        #expect(status(world, "phone:b/2", at: a, "hintstatus") == "1", "a sees the talk at b")

        // The relay's line goes silent: a must notice, the call must end at both sides.
        world.cut(c, b, silently: true)
        try world.run(for: .seconds(6))
        #expect(world.core(a)?.freshness(of: b) != .fresh)
        let told = read(world, client)
        #expect(told.contains { $0["class"] == "sitestatus" && $0["ipbxid"] == "b" && $0["state"] == "stale" })
        #expect(status(world, "phone:a/1", at: a, "hintstatus") == "0", "the call is over at a")
        #expect(status(world, "phone:b/2", at: b, "hintstatus") == "0", "and at b")
        say(world, client, #"{"class":"chitchat","to":"b/2","text":"salut","commandid":8}"#)
        try world.run(for: .seconds(1))
        #expect(read(world, client).contains { $0["replyid"] == 8 && $0["warning_string"] == "noroute" })

        world.heal(c, b)
        try world.run(for: .seconds(15))
        for site in [a, b, c] {
            for home in [a, b, c] where home != site {
                #expect(world.core(site)?.freshness(of: home) == .fresh)
                #expect(world.core(site)?.digest(of: home) == world.core(home)?.digest(of: home))
            }
            #expect(world.core(site)?.commandsInProgress == 0)
        }
        say(world, client, #"{"class":"ipbxcommand","command":"dial","commandid":9,"destination":"user:b/3"}"#)
        try world.run(for: .seconds(4))
        #expect(read(world, client).contains { $0["class"] == "dial_success" && $0["replyid"] == 9 })
    }

    @Test("a command whose link is cut while it runs is answered once, and its call is made once", arguments: 1...12)
    func cutWhileRunning(seed: UInt64) throws {
        let world = line(seed: seed)
        try world.run(for: .seconds(4))
        var client = ClientID(0)
        world.act(a) { client = $0.logIn("user1", now: $1) }
        _ = read(world, client)
        say(
            world, client,
            #"{"class":"ipbxcommand","command":"originate","commandid":7,"source":"user:b/1","destination":"user:b/2"}"#
        )
        try world.run(for: .milliseconds(Int64(20 + seed * 40)))
        world.cut(a, c, silently: seed % 2 == 0)
        try world.run(for: .seconds(8))
        world.heal(a, c)
        try world.run(for: .seconds(60))
        let calls = world.sites[b]?.node?.parts.performed.count { $0.capability == .originate }
        #expect((calls ?? 0) <= 1)
        // What ran is audited where it ran, once, however often it was asked for.
        let audited = world.sites[b]?.node?.parts.audit.filter { $0.action == "originate" && $0.site == a }
        #expect(audited?.count == calls, "\(audited ?? [])")
        let final = read(world, client).filter {
            $0["replyid"] == 7 && ($0["exten"] != nil || $0["response"] == "ko" || $0["reason"] != nil)
        }
        #expect(final.count == 1, "\(final)")
        for site in [a, b, c] { #expect(world.core(site)?.commandsInProgress == 0) }
    }

    @Test("a node that crashes and returns shows its last copies with an age, then fresh", arguments: 1...6)
    func crash(seed: UInt64) throws {
        let world = line(seed: seed)
        try world.run(for: .seconds(4))
        world.cut(a, c, silently: false)
        world.crash(a)
        try world.run(for: .seconds(2))
        world.restart(a)
        guard case .stale? = world.core(a)?.freshness(of: b) else {
            Issue.record("the stored copy of b is not stale")
            return
        }
        #expect(world.core(a)?.objectCount(of: b) ?? 0 > 5)
        world.heal(a, c)
        try world.run(for: .seconds(12))
        #expect(world.core(a)?.freshness(of: b) == .fresh)
        #expect(world.core(b)?.freshness(of: a) == .fresh)
    }
}
