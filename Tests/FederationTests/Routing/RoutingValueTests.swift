import TandemCore
import Testing

@testable import Federation

/// Routing alone, without a transport.
@Suite("Routing as a value") struct RoutingValueTests {
    private static let now = moment(1_000).instant

    private static func routing(_ change: (inout FederationConfiguration) -> Void = { _ in }) -> Routing {
        var configuration = FederationConfiguration(
            site: site("a"), links: [.init(peer: site("b"), cost: 7), .init(peer: site("c"))])
        change(&configuration)
        var routing = Routing(configuration, incarnation: 3, now: now)
        _ = routing.settle(now: now)
        _ = routing.outputs.take()
        return routing
    }

    private static func state(
        _ name: String, _ incarnation: UInt64, _ sequence: UInt64, _ neighbours: [(String, Int)] = []
    ) -> LinkStateAdvertisement {
        LinkStateAdvertisement(
            origin: site(name), incarnation: incarnation, sequence: sequence,
            neighbours: neighbours.map { .init(site: site($0.0), cost: $0.1) })
    }

    @Test("a neighbour is announced once it carries routes, with the configured cost, and no more when it does not")
    func announcing() {
        var routing = Self.routing()
        routing.neighbourUp(site("b"), now: Self.now)
        let said1 = routing.outputs.take()
        #expect(said1 == [.send(Self.state("a", 3, 1), to: site("b"))])
        routing.carriesRoutes(site("b"), true, now: Self.now)
        let said2 = routing.outputs.take()
        #expect(said2 == [.send(Self.state("a", 3, 2, [("b", 7)]), to: site("b"))])
        routing.carriesRoutes(site("b"), true, now: Self.now)
        #expect(routing.outputs.isEmpty, "nothing is said twice")
        routing.carriesRoutes(site("b"), false, now: Self.now)
        let said3 = routing.outputs.take()
        #expect(said3 == [.send(Self.state("a", 3, 3), to: site("b"))])
    }

    @Test("who stops announces no links") func draining() {
        var routing = Self.routing()
        routing.neighbourUp(site("b"), now: Self.now)
        routing.carriesRoutes(site("b"), true, now: Self.now)
        _ = routing.outputs.take()
        routing.beginDrain(now: Self.now)
        let said4 = routing.outputs.take()
        #expect(said4 == [.send(Self.state("a", 3, 3), to: site("b"))])
    }

    /// What comes from `b`, after `b` has sent state 2 of life 5 of `x` with no neighbours, and what follows.
    static let floods: [(String, LinkStateAdvertisement, [Routing.Output])] = [
        (
            "a newer one is passed to the others", state("x", 5, 3),
            [.life(site("x"), 5), .send(state("x", 5, 3), to: site("c"))]
        ),
        (
            "so is one of a newer life", state("x", 6, 1),
            [.life(site("x"), 6), .send(state("x", 6, 1), to: site("c"))]
        ),
        ("a known one is not", state("x", 5, 2), []),
        ("an older one is not passed on; its sender has said the newer one itself", state("x", 5, 1), []),
        ("our own is no news", state("a", 3, 1), []),
        ("a later life of ours is for the node to go beyond", state("a", 9, 1), [.ownLife(9, heardFrom: site("b"))]),
        (
            "so is another link state under our present number", state("a", 3, 1, [("z", 1)]),
            [.ownLife(3, heardFrom: site("b"))]
        ),
    ]

    @Test("link states are passed on once, or lead to what the table says", arguments: floods)
    func flooding(why: String, arriving: LinkStateAdvertisement, outputs: [Routing.Output]) {
        var routing = Self.routing()
        routing.neighbourUp(site("b"), now: Self.now)
        routing.neighbourUp(site("c"), now: Self.now)
        routing.receive(Self.state("x", 5, 2), from: site("b"), now: Self.now)
        _ = routing.outputs.take()
        routing.receive(arriving, from: site("b"), now: Self.now)
        let said5 = routing.outputs.take()
        #expect(said5 == outputs, "\(why)")
    }

    @Test("a neighbour that is behind is told the newer link state, once") func older() {
        var routing = Self.routing()
        routing.neighbourUp(site("b"), now: Self.now)
        routing.receive(Self.state("x", 5, 2), from: site("b"), now: Self.now)
        routing.neighbourUp(site("c"), now: Self.now)
        _ = routing.outputs.take()
        routing.receive(Self.state("x", 5, 1), from: site("c"), now: Self.now)
        #expect(routing.outputs.isEmpty, "c was told when it came up")
        #expect(routing.flooded == 1)
    }

    @Test("more links than a site can have are against the rules; more sites than fit are ignored, with one complaint")
    func limits() {
        var routing = Self.routing {
            $0.limits.linksPerSite = 1; $0.limits.sites = 2
        }
        routing.neighbourUp(site("b"), now: Self.now)
        _ = routing.outputs.take()
        routing.receive(Self.state("x", 1, 1, [("y", 1), ("z", 1)]), from: site("b"), now: Self.now)
        guard case .cut(site("b"), let reason)? = routing.outputs.take().first else {
            Issue.record("the neighbour is not cut")
            return
        }
        #expect(reason.contains("neighbours"))
        for name in ["x", "y", "z"] { routing.receive(Self.state(name, 1, 1), from: site("b"), now: Self.now) }
        let complaints = routing.outputs.take().count { if case .log(.error, _) = $0 { true } else { false } }
        #expect(complaints == 1)
        #expect(routing.topology.sites == [site("a"), site("x")])
    }

    @Test("routes are computed when a turn is through, and it says whether they have changed") func settling() {
        var routing = Self.routing()
        routing.neighbourUp(site("b"), now: Self.now)
        routing.carriesRoutes(site("b"), true, now: Self.now)
        routing.receive(Self.state("b", 1, 1, [("a", 7), ("x", 1)]), from: site("b"), now: Self.now)
        routing.receive(Self.state("x", 1, 1, [("b", 1)]), from: site("b"), now: Self.now)
        _ = routing.outputs.take()
        #expect(routing.routes.isEmpty)
        let isComputed = routing.settle(now: Self.now)
        #expect(isComputed)
        let said6 = routing.outputs.take()
        #expect(said6 == [.routes(haveChanged: true)])
        #expect(routing.routes[site("x")]?.path == [site("b"), site("x")])
        #expect(routing.routes[site("x")]?.cost == 8)
        let isComputedAgain = routing.settle(now: Self.now)
        #expect(!isComputedAgain)
        routing.reroute()
        _ = routing.settle(now: Self.now)
        let said7 = routing.outputs.take()
        #expect(said7 == [.routes(haveChanged: false)])
        #expect(routing.nextDeadline == nil)
    }
}
