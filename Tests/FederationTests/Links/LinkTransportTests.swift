import TandemCore
import Testing

@testable import Federation

/// The link transport alone, without the parts above it.
@Suite("Link transport") struct LinkTransportTests {
    private struct Bench {
        var transport: LinkTransport
        var time: Int64 = 1_000
        private var writer = FrameWriter()

        init(_ links: [FederationConfiguration.Link] = [.init(peer: site("b"))], at time: Int64 = 1_000) {
            let configuration = FederationConfiguration(site: site("a"), links: links)
            transport = LinkTransport(configuration, now: moment(time).instant)
            self.time = time
        }

        var now: Instant { moment(time).instant }

        mutating func open(_ number: UInt64, dialed: Bool = false, certificate: String? = "b", target: String? = nil) {
            transport.opened(
                LinkID(number), certificate: certificate.map { site($0) }, dialed: dialed,
                target: target.map { site($0) }, incarnation: 1, now: now)
        }

        mutating func receive(_ frame: Frame, on number: UInt64) {
            let line = Array(writer.line(frame).dropLast())
            line.withUnsafeBufferPointer { transport.received(LinkID(number), line: $0, now: now) }
        }

        mutating func greet(_ number: UInt64, incarnation: UInt64 = 1, nonce: UInt64 = 1, from name: String = "b") {
            receive(
                .hello(
                    HelloFrame(
                        versions: 1...1, site: site(name), incarnation: incarnation, features: ["x"], nonce: nonce,
                        stamp: 0)), on: number)
        }

        mutating func beat(_ number: UInt64) {
            receive(
                .heartbeat(
                    HeartbeatFrame(stamp: 1, echo: .init(stamp: LinkTransport.stamp(now), held: 0), clocks: [])),
                on: number)
        }

        mutating func events() -> [TransportEvent] {
            var list: [TransportEvent] = []
            transport.takeEvents(into: &list)
            return list
        }

        /// The events of the seam in short words.
        mutating func words() -> [String] {
            events().compactMap { event in
                switch event {
                case .up(let neighbour): "up \(neighbour.site) \(neighbour.incarnation)"
                case .carriesRoutes(let site, let carries): "\(site) \(carries ? "carries" : "does not carry") routes"
                case .message(.beats, let site, _): "beats of \(site)"
                case .message(_, let site, _): "message of \(site)"
                case .room(let site, let hasRoom): "\(hasRoom ? "room" : "no room") to \(site)"
                case .roundTrip: nil
                case .down(let site, _): "down \(site)"
                case .effect(.dial(let site)): "dial \(site)"
                case .effect(.close(let link, _)): "close \(link.number)"
                case .effect: nil
                }
            }
        }
    }

    @Test("a neighbour is up with its greeting, carries routes with its first heartbeat, and is down with its socket")
    func life() {
        var bench = Bench()
        bench.open(1)
        bench.greet(1, incarnation: 4)
        let said1 = bench.words()
        #expect(said1 == ["up b 4"])
        bench.beat(1)
        let said2 = bench.words()
        #expect(said2 == ["beats of b", "b carries routes"])
        bench.transport.writability(LinkID(1), false)
        bench.receive(.bye(reason: "x"), on: 1)
        let said3 = bench.words()
        #expect(said3 == ["no room to b", "b does not carry routes"])
        bench.transport.closed(LinkID(1), reason: "reset", now: bench.now)
        let said4 = bench.words()
        #expect(said4 == ["down b"])
    }

    /// Which of two sockets survives, at the site `a` whose peer is `b`.
    struct Choice: CustomTestStringConvertible, Sendable {
        let old: (dialed: Bool, incarnation: UInt64, nonce: UInt64)
        let new: (dialed: Bool, incarnation: UInt64, nonce: UInt64)
        let newWins: Bool
        let testDescription: String

        init(
            _ old: (Bool, UInt64, UInt64), _ new: (Bool, UInt64, UInt64), _ newWins: Bool, _ why: String
        ) {
            self.old = old
            self.new = new
            self.newWins = newWins
            testDescription = why
        }
    }

    static let choices: [Choice] = [
        Choice((false, 1, 1), (false, 2, 1), true, "a newer life wins at once"),
        Choice((true, 2, 1), (true, 1, 9), false, "an older life does not"),
        Choice((false, 1, 1), (true, 1, 1), true, "the socket that the smaller name dialled survives"),
        Choice((true, 1, 1), (false, 1, 9), false, "whichever is greeted first"),
        Choice((false, 1, 1), (false, 1, 2), true, "of two dialled by the peer, its later one"),
        Choice((false, 1, 2), (false, 1, 1), false, "of two dialled by the peer, not its earlier one"),
        Choice((true, 1, 9), (true, 1, 1), true, "of two dialled by us, our later one, whatever the peer's numbers"),
    ]

    @Test("of two sockets one survives, by a rule", arguments: choices) func twoSockets(choice: Choice) {
        var bench = Bench()
        bench.open(1, dialed: choice.old.dialed)
        bench.greet(1, incarnation: choice.old.incarnation, nonce: choice.old.nonce)
        bench.open(2, dialed: choice.new.dialed)
        _ = bench.events()
        bench.greet(2, incarnation: choice.new.incarnation, nonce: choice.new.nonce)
        let said5 = bench.words()
        #expect(said5 == (choice.newWins ? ["close 1", "down b", "up b \(choice.new.incarnation)"] : ["close 2"]))
        #expect(bench.transport.peers[site("b")]?.active == LinkID(choice.newWins ? 2 : 1))
        #expect(bench.transport.sockets.count == 1)
    }

    @Test("the pauses between dials double up to the cap, and begin anew after a link that held") func schedule() {
        var bench = Bench(at: 0)
        func dialAfter() -> Int64? {
            let start = bench.time
            while bench.time < start + 60_000 {
                bench.transport.tick(now: bench.now)
                if bench.words().contains("dial b") { return bench.time - start }
                guard let due = bench.transport.nextDeadline else { return nil }
                bench.time = max(bench.time + 1, (due.nanoseconds + 999_999) / 1_000_000)
            }
            return nil
        }
        #expect(dialAfter() == 0)
        for cap: Int64 in [250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000] {
            bench.transport.dialFailed(site("b"), reason: "refused", now: bench.now)
            let pause = dialAfter()
            #expect(pause.map { (cap / 2...cap + 1).contains($0) } == true, "\(String(describing: pause)) of \(cap)")
        }
        bench.open(1, dialed: true)
        bench.greet(1)
        bench.beat(1)
        for _ in 0..<12 {
            bench.time += 1_000
            bench.beat(1)
        }
        bench.transport.closed(LinkID(1), reason: "reset", now: bench.now)
        let pause = dialAfter()
        #expect(pause.map { (125...251).contains($0) } == true)
    }

    @Test("a dial that is never answered is given up") func endlessDial() {
        var bench = Bench()
        bench.transport.tick(now: bench.now)
        let said6 = bench.words()
        #expect(said6 == ["dial b"])
        bench.time += 30_000
        bench.transport.tick(now: bench.now)
        #expect(bench.transport.statuses[0].state == .down(reason: "dialling took too long"))
    }

    @Test("a dial that fails after an incoming socket came and went does not leave the link waiting for ever")
    func dialBesideIncoming() {
        var bench = Bench()
        bench.transport.tick(now: bench.now)
        bench.open(1)
        bench.transport.closed(LinkID(1), reason: "reset", now: bench.now)
        bench.transport.dialFailed(site("b"), reason: "refused", now: bench.now)
        #expect(bench.transport.statuses[0].state == .down(reason: "refused"))
        _ = bench.events()
        bench.time += 300
        bench.transport.tick(now: bench.now)
        let said7 = bench.words()
        #expect(said7 == ["dial b"])
    }

    @Test("a dial that fails after the peer's own socket came and went does not hold up the next one")
    func dialBesideGreeted() {
        for fails in [true, false] {
            var bench = Bench()
            bench.transport.tick(now: bench.now)
            bench.open(1)
            bench.greet(1)
            bench.transport.closed(LinkID(1), reason: "reset", now: bench.now)
            bench.time += 4_000
            bench.transport.tick(now: bench.now)
            _ = bench.events()
            if fails {
                bench.transport.dialFailed(site("b"), reason: "refused", now: bench.now)
            } else {
                bench.time += 26_000
            }
            bench.transport.tick(now: bench.now)
            // The entry of a dial that has taken too long is followed by another, due at once.
            bench.transport.tick(now: bench.now)
            #expect(bench.words() == ["dial b"])
        }
    }

    @Test("the queue of deadlines never misses a silent socket, and does not grow with the lines that come")
    func deadlines() {
        var bench = Bench([.init(peer: site("b"), dials: false)])
        bench.open(1)
        bench.greet(1)
        for _ in 0..<600 {
            bench.time += 100
            bench.transport.tick(now: bench.now)
            bench.beat(1)
        }
        #expect(bench.transport.sockets.count == 1)
        _ = bench.events()
        let heard = bench.time
        while let due = bench.transport.nextDeadline, bench.time < heard + 10_000 {
            bench.time = due.nanoseconds / 1_000_000
            bench.transport.tick(now: bench.now)
            if bench.transport.sockets.isEmpty { break }
        }
        #expect(bench.time == heard + 3_500)
        let said8 = bench.words()
        #expect(said8 == ["close 1", "down b"])
    }

    @Test("a link whose configuration goes is closed; one whose policy changes begins anew; a new one is dialled")
    func reconfigure() {
        var bench = Bench([.init(peer: site("b")), .init(peer: site("c"))])
        bench.open(1)
        bench.greet(1)
        bench.open(2, certificate: "c")
        bench.greet(2, from: "c")
        _ = bench.events()
        let policy = LinkPolicy(export: [.user], accept: nil, verbs: nil)
        bench.transport.reconfigure(
            FederationConfiguration(
                site: site("a"), links: [.init(peer: site("c"), policy: policy), .init(peer: site("d"))]),
            now: bench.now)
        let said9 = bench.words()
        #expect(said9 == ["close 1", "down b", "close 2", "down c", "dial d"])
        #expect(bench.transport.peers.keys == [site("c"), site("d")])
    }

    @Test("who stops says goodbye to those it knows, and closes the others") func drain() {
        var bench = Bench()
        bench.open(1)
        bench.greet(1)
        bench.beat(1)
        bench.open(2)
        _ = bench.events()
        bench.transport.beginDrain(now: bench.now)
        let said10 = bench.words()
        #expect(said10 == ["b does not carry routes", "close 2"])
        bench.time += 1_000
        bench.transport.tick(now: bench.now)
        let said11 = bench.words()
        #expect(said11 == ["close 1", "down b"])
        bench.time += 60_000
        bench.transport.tick(now: bench.now)
        let said12 = bench.words()
        #expect(said12.isEmpty, "nobody is dialled any more")
    }
}
