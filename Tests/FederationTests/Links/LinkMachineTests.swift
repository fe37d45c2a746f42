import TandemCore
import Testing

@testable import Federation

@Suite("Link machine") struct LinkMachineTests {
    /// Every legal transition, written out once more by hand: state, event, next state.
    static let legal: [(String, String, String)] = [
        ("idle", "dialing", "connecting"), ("idle", "socketOpened", "authenticating"), ("idle", "greeted", "syncing"),
        ("down", "dialing", "connecting"), ("down", "socketOpened", "authenticating"), ("down", "greeted", "syncing"),
        ("connecting", "socketOpened", "authenticating"), ("connecting", "greeted", "syncing"),
        ("connecting", "lost", "down"), ("authenticating", "socketOpened", "authenticating"),
        ("authenticating", "greeted", "syncing"), ("authenticating", "lost", "down"),
        ("syncing", "socketOpened", "syncing"), ("syncing", "replaced", "syncing"),
        ("syncing", "synced", "established"), ("syncing", "farewell", "draining"), ("syncing", "lost", "down"),
        ("established", "socketOpened", "established"), ("established", "replaced", "syncing"),
        ("established", "farewell", "draining"), ("established", "lost", "down"),
        ("draining", "socketOpened", "draining"), ("draining", "replaced", "syncing"), ("draining", "lost", "down"),
    ]
    static let states: [LinkState] = [
        .idle, .connecting, .authenticating, .syncing, .established, .draining, .down(reason: "x"),
    ]
    static let events: [(String, LinkMachine.Event)] = [
        ("dialing", .dialing), ("socketOpened", .socketOpened), ("greeted", .greeted), ("replaced", .replaced),
        ("synced", .synced), ("farewell", .farewell), ("lost", .lost(reason: "y")),
    ]

    @Test("allows exactly the transitions of its table, for all pairs of state and event") func allPairs() {
        for state in Self.states {
            for (name, event) in Self.events {
                let expected = Self.legal.first { $0.0 == state.word && $0.1 == name }?.2
                #expect(LinkMachine.next(state, event)?.word == expected, "\(state.word) + \(name)")
            }
        }
        #expect(Self.legal.count == 24)
    }

    @Test("keeps its state and time when an event has no meaning") func meaninglessEvents() {
        var machine = LinkMachine(now: moment(0).instant)
        let wasSynced = machine.apply(.synced, now: moment(5).instant)
        #expect(!wasSynced)
        #expect(machine.state == .idle)
        #expect(machine.since == moment(0).instant)
        let isDialing = machine.apply(.dialing, now: moment(7).instant)
        #expect(isDialing)
        #expect(machine.since == moment(7).instant)
    }
}
