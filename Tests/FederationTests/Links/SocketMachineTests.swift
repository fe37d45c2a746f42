import TandemCore
import Testing

@testable import Federation

@Suite("Socket machine") struct SocketMachineTests {
    private static let now = moment(1_000).instant

    private static func session() -> SocketMachine.Session {
        SocketMachine.Session(
            neighbour: Neighbour(site: site("b"), incarnation: 1), nonce: 1, lastStamp: (0, now))
    }

    /// A machine in a state of that name.
    private static func machine(_ state: String) -> SocketMachine {
        var machine = SocketMachine(opened: now)
        if state == "greeting" { return machine }
        machine.apply(.greeted(session()))
        if state == "leaving" { machine.apply(.farewell(until: moment(3_000).instant)) }
        if state == "closed" { machine.apply(.closed) }
        return machine
    }

    private static func word(_ machine: SocketMachine) -> String {
        switch machine.state {
        case .greeting: "greeting"
        case .live: "live"
        case .leaving: "leaving"
        case .closed: "closed"
        }
    }

    private static let beat = HeartbeatFrame(stamp: 5, echo: nil, clocks: [])
    private static let events: [String: SocketMachine.Event] = [
        "greeted": .greeted(session()), "heard": .heard(now), "stamped": .stamped(beat, now),
        "farewell": .farewell(until: now), "closed": .closed,
    ]

    @Test(
        "each event leads to the state of its table",
        arguments: [
            ("greeting", "greeted", "live"), ("greeting", "heard", "greeting"), ("greeting", "closed", "closed"),
            ("live", "heard", "live"), ("live", "stamped", "live"), ("live", "farewell", "leaving"),
            ("live", "closed", "closed"), ("leaving", "heard", "leaving"), ("leaving", "stamped", "leaving"),
            ("leaving", "farewell", "leaving"), ("leaving", "closed", "closed"),
        ])
    func transitions(state: String, event: String, next: String) throws {
        var machine = Self.machine(state)
        machine.apply(try #require(Self.events[event]))
        #expect(Self.word(machine) == next)
    }

    @Test("what our own code may not do stops the program") func illegalCalls() async {
        await #expect(processExitsWith: .failure) {
            var machine = SocketMachine(opened: Instant(nanoseconds: 0))
            machine.apply(.farewell(until: Instant(nanoseconds: 1)))
        }
        await #expect(processExitsWith: .failure) {
            var machine = SocketMachine(opened: Instant(nanoseconds: 0))
            machine.apply(.closed)
            machine.apply(.closed)
        }
    }

    private static let hello = Frame.hello(
        HelloFrame(versions: 1...1, site: site("b"), incarnation: 1, features: [], nonce: 1, stamp: 0))

    @Test(
        "a frame that may not come is a reason to close, never a trap",
        arguments: [
            ("greeting", hello, nil), ("greeting", .refused(reason: "x"), nil), ("greeting", .bye(reason: "x"), nil),
            ("greeting", .heartbeat(beat), "the greeting must come first"),
            ("greeting", .unpull(site("a")), "the greeting must come first"),
            ("greeting", .other("rcti_later"), "rcti_later: the greeting must come first"),
            ("live", hello, "rcti_hello: sent twice"), ("leaving", hello, "rcti_hello: sent twice"),
            ("live", .heartbeat(beat), nil), ("leaving", .heartbeat(beat), nil), ("leaving", .bye(reason: "x"), nil),
            ("live", .other("rcti_later"), nil), ("closed", .heartbeat(beat), "the socket is closed"),
        ] as [(String, Frame, String?)])
    func objections(state: String, frame: Frame, objection: String?) {
        #expect(Self.machine(state).objection(to: frame) == objection)
    }

    @Test(
        "a socket ends by itself when its time is up",
        arguments: [
            ("greeting", 5_999, nil), ("greeting", 6_000, .noGreeting), ("live", 4_499, nil),
            ("live", 4_500, .silence), ("leaving", 2_999, nil), ("leaving", 3_000, .drained), ("closed", 99_999, nil),
        ] as [(String, Int64, SocketMachine.Ending?)])
    func endings(state: String, time: Int64, ending: SocketMachine.Ending?) {
        #expect(Self.machine(state).ending(at: moment(time).instant, .wan) == ending)
    }

    @Test("of two farewells the earlier end counts; silence ends a leaving socket too") func farewells() {
        var machine = Self.machine("leaving")
        machine.apply(.farewell(until: moment(2_000).instant))
        machine.apply(.farewell(until: moment(9_000).instant))
        #expect(machine.deadline(.wan) == moment(2_000).instant)
        var silent = Self.machine("live")
        silent.apply(.farewell(until: moment(60_000).instant))
        #expect(silent.ending(at: moment(4_500).instant, .wan) == .silence)
    }

    @Test("a heartbeat's echo gives the round trip, smoothed; impossible ones change nothing") func roundTrips() {
        var machine = Self.machine("live")
        func beat(_ echo: HeartbeatFrame.Echo?, at time: Int64) {
            machine.apply(.stamped(HeartbeatFrame(stamp: 7, echo: echo, clocks: []), moment(time).instant))
        }
        beat(nil, at: 1_100)
        #expect(machine.session?.roundTrip == nil)
        beat(.init(stamp: 1_000_000, held: 60_000), at: 1_100)
        #expect(machine.session?.roundTrip == .milliseconds(40))
        beat(.init(stamp: 1_100_000, held: 0), at: 1_220)
        #expect(machine.session?.roundTrip == .milliseconds(50))
        for echo in [
            HeartbeatFrame.Echo(stamp: .min, held: 0), .init(stamp: 9_000_000, held: 0), .init(stamp: 999_999, held: 0),
        ] {
            beat(echo, at: 1_300)
            #expect(machine.session?.roundTrip == .milliseconds(50))
        }
    }
}
