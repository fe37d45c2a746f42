import TandemCore
import Testing

@testable import Federation

@Suite("Routing") struct RoutingTests {
    private func database(_ links: [(String, String, Int)], oneWay: [(String, String)] = []) -> LinkStateDatabase {
        var neighbours: [String: [LinkStateAdvertisement.Neighbour]] = [:]
        for (one, other, cost) in links {
            neighbours[one, default: []].append(.init(site: site(other), cost: cost))
            if !oneWay.contains(where: { $0 == (one, other) }) {
                neighbours[other, default: []].append(.init(site: site(one), cost: cost))
            }
        }
        var database = LinkStateDatabase(limit: 100)
        for (name, list) in neighbours {
            let state = LinkStateAdvertisement(origin: site(name), incarnation: 1, sequence: 1, neighbours: list)
            _ = database.accept(state, now: moment(0).instant)
        }
        return database
    }

    private func path(_ database: LinkStateDatabase, _ from: String, _ to: String) -> String? {
        ShortestPaths.routes(from: site(from), over: database)[site(to)].map {
            $0.path.map(\.name).joined(separator: ">") + " \($0.cost)"
        }
    }

    @Test("the cheapest path wins, not the shortest") func cheapest() {
        let net = database([("a", "b", 1), ("b", "c", 1), ("a", "c", 5)])
        #expect(path(net, "a", "c") == "b>c 2")
    }

    @Test("equal costs are decided by fewer hops, then by the smaller name, at every node alike") func ties() {
        let net = database([("a", "b", 1), ("b", "d", 1), ("a", "c", 1), ("c", "d", 1), ("a", "e", 2)])
        #expect(path(net, "a", "d") == "b>d 2")
        #expect(path(net, "d", "a") == "b>a 2")
        let hops = database([("a", "b", 1), ("b", "d", 1), ("a", "d", 2)])
        #expect(path(hops, "a", "d") == "d 2")
    }

    @Test("a link that only one end announces does not count") func twoWayCheck() {
        let net = database([("a", "b", 1), ("b", "c", 1)], oneWay: [("b", "c")])
        #expect(path(net, "a", "b") == "b 1")
        #expect(path(net, "a", "c") == nil)
    }

    @Test("the newer life supersedes, whatever its sequence; the older is told the newer") func supersession() {
        var net = LinkStateDatabase(limit: 2)
        func state(_ name: String, _ incarnation: UInt64, _ sequence: UInt64) -> LinkStateAdvertisement {
            LinkStateAdvertisement(origin: site(name), incarnation: incarnation, sequence: sequence, neighbours: [])
        }
        func accept(_ state: LinkStateAdvertisement) -> LinkStateDatabase.Acceptance {
            net.accept(state, now: moment(0).instant)
        }
        func expect(_ real: LinkStateDatabase.Acceptance, _ expected: LinkStateDatabase.Acceptance) {
            #expect(real == expected)
        }
        expect(accept(state("a", 1, 50)), .newer)
        expect(accept(state("a", 2, 1)), .newer)
        expect(accept(state("a", 2, 1)), .same)
        expect(accept(state("a", 1, 99)), .older(state("a", 2, 1)))
        expect(accept(state("b", 1, 1)), .newer)
        expect(accept(state("c", 1, 1)), .full)
    }

    @Test("link states of nodes that nobody reaches age out") func ageing() {
        var net = database([("a", "b", 1)])
        net.note(reachable: { _ in true }, now: moment(500).instant)
        net.note(reachable: { $0 == site("a") }, now: moment(1_000).instant)
        let early = net.age(out: .seconds(10), now: moment(10_900).instant)
        #expect(early.isEmpty)
        let late = net.age(out: .seconds(10), now: moment(11_000).instant)
        #expect(late == [site("b")])
        #expect(net[site("b")] == nil && net[site("a")] != nil)
    }
}
