import TandemCore
import Testing

@testable import Federation

@Suite("Forgetting and going back") struct ForgettingTests {
    @Test("a forgotten site's position is forgotten with its objects, so that it is fetched whole when it returns")
    func forgotten() {
        var core = Federation(
            configuration: FederationConfiguration(site: site("a"), links: [.init(peer: site("b"))]), incarnation: 1,
            now: moment(1_000))
        core.restore(
            site: site("b"), incarnation: 3, sequence: 70,
            objects: [(phone("1"), document("name", "1"), .empty)], age: .seconds(8 * 86_400), now: moment(1_000))
        _ = core.takeEffects()
        core.tick(now: moment(2_000))
        var positions: [UInt64] = []
        var removed = 0
        for effect in core.takeEffects() {
            if case .position(_, let incarnation, let sequence) = effect { positions += [incarnation, sequence] }
            if case .changed(_, let changes) = effect { removed += changes.count }
        }
        #expect(positions == [0, 0])
        #expect(removed == 1)
        #expect(core.objectCount(of: site("b")) == 0)
    }

    @Test("a repair that leads back to an earlier position is not shown as fresh on the proof of a later one")
    func repairBackwards() {
        var hand = Hand()
        hand.establish()
        func snapshot(_ sequence: Int, pull: Int) {
            hand.send(
                #"{"class":"rcti_snapshot","site":"b","pull":\#(pull),"incarnation":1,"sequence":\#(sequence),"#
                    + #""chunk":0,"objects":[["phone","1",{},{}]],"last":true}"#)
        }
        snapshot(9, pull: 1)
        hand.beat(number: 2, sequence: 9)
        #expect(hand.core.freshness(of: site("b")) == .fresh)
        hand.send(#"{"class":"rcti_digest","site":"b","pull":1,"incarnation":1,"sequence":9,"digest":12345}"#)
        snapshot(4, pull: 2)
        hand.core.tick(now: moment(hand.time))
        #expect(hand.core.position(of: site("b"))?.sequence == 4)
        #expect(hand.core.freshness(of: site("b")) != .fresh)
    }

    @Test("a dial that ends with another site's certificate is refused, and the right one is dialled again soon")
    func wrongAnswerer() {
        var core = Federation(
            configuration: FederationConfiguration(
                site: site("a"), links: [.init(peer: site("b")), .init(peer: site("c"), dials: false)]),
            incarnation: 1, now: moment(1_000))
        core.tick(now: moment(1_000))
        _ = core.takeEffects()
        core.linkConnected(LinkID(1), peer: site("c"), dialed: true, target: site("b"), now: moment(1_010))
        core.linkReceived(
            LinkID(1),
            line: line(
                #"{"class":"rcti_hello","version":[1,1],"site":"c","incarnation":1,"features":[],"nonce":1,"t":0}"#),
            now: moment(1_020))
        #expect(lines(core.takeEffects()).contains { $0.contains("b was dialled, c answers") })
        var redials = 0
        for time in stride(from: Int64(1_100), through: 3_000, by: 100) {
            core.tick(now: moment(time))
            for case .dial in core.takeEffects() { redials += 1 }
        }
        #expect(redials >= 1)
    }

    @Test("in a large federation many link states are one computation of routes") func routesAreGathered() {
        var hand = Hand()
        hand.establish()
        func announce(_ name: String) {
            hand.send(
                #"{"class":"rcti_linkstate","origin":"\#(name)","incarnation":1,"sequence":1,"neighbours":[["b",1]]}"#)
        }
        for number in 0..<200 { announce("s\(number)") }
        hand.time += 20
        hand.core.tick(now: moment(hand.time))
        _ = hand.effects()
        let before = hand.core.core.routing.nextRoutes
        for number in 200..<300 { announce("s\(number)") }
        #expect(hand.core.core.routing.nextRoutes == before || hand.core.core.routing.routesAreOld)
        #expect(hand.core.nextDeadline.map { $0 <= hand.core.core.routing.nextRoutes } == true)
        hand.time += 25
        hand.core.tick(now: moment(hand.time))
        #expect(!hand.core.core.routing.routesAreOld)
    }
}
