import TandemCore
import Testing

@testable import Federation

/// The transports that every story is told on.
enum TransportKind: CaseIterable, CustomTestStringConvertible {
    case links, bus

    var testDescription: String { self == .links ? "links over sockets" : "a bus in memory" }

    func port(_ configuration: FederationConfiguration, now: Moment) -> any TestPort {
        switch self {
        case .links: LinkTransport(configuration, now: now.instant)
        case .bus: Bus(site: configuration.site)
        }
    }
}

/// Nodes without sockets: the parts of each behind some transport. Ledgers are durable at once.
struct Stage {
    struct Node {
        var core: FederationCore
        var port: any TestPort
        var seen: [FederationEffect] = []
        /// Whether commands end as soon as they run.
        var finishes = true
    }

    var nodes: [SiteID: Node] = [:]
    private(set) var time: Int64 = 1_000
    private var connections: [UInt64: (SiteID, SiteID)] = [:]
    private var nextConnection: UInt64 = 1
    /// The parcels to these sites are lost.
    var deaf: Set<SiteID> = []

    /// Sites that are all configured as each other's peers.
    init(_ kind: TransportKind, _ names: [String], _ change: (inout FederationConfiguration) -> Void = { _ in }) {
        for name in names {
            var configuration = FederationConfiguration(
                site: site(name), links: names.filter { $0 != name }.map { .init(peer: site($0)) })
            change(&configuration)
            let core = FederationCore(configuration, incarnation: 1, now: moment(time))
            nodes[site(name)] = Node(core: core, port: kind.port(configuration, now: moment(time)))
        }
    }

    func core(_ name: String) -> FederationCore { nodes[site(name)]!.core }

    /// Lets a node do something, and everyone answer.
    mutating func act(_ name: String, _ body: (inout FederationCore, Moment) -> Void) {
        body(&nodes[site(name)]!.core, moment(time))
        settle()
    }

    mutating func connect(_ one: String, _ other: String) {
        let number = nextConnection
        nextConnection += 1
        connections[number] = (site(one), site(other))
        for (from, to) in [(site(one), site(other)), (site(other), site(one))] {
            let own = nodes[from]!.core.incarnation
            let neighbour = Neighbour(site: to, incarnation: nodes[to]!.core.incarnation)
            nodes[from]!.port.connected(
                number, to: neighbour, dialed: from.name == one, ownIncarnation: own, now: moment(time).instant)
        }
        settle()
    }

    mutating func disconnect(_ one: String, _ other: String) {
        for (number, ends) in connections where Set([ends.0, ends.1]) == Set([site(one), site(other)]) {
            connections[number] = nil
            nodes[ends.0]!.port.disconnected(number, now: moment(time).instant)
            nodes[ends.1]!.port.disconnected(number, now: moment(time).instant)
        }
        settle()
    }

    mutating func room(from one: String, to other: String, _ hasRoom: Bool) {
        for (number, ends) in connections where Set([ends.0, ends.1]) == Set([site(one), site(other)]) {
            nodes[site(one)]!.port.room(on: number, hasRoom)
        }
        settle()
    }

    mutating func pass(_ milliseconds: Int64) {
        let end = time + milliseconds
        while time < end {
            time = min(time + 100, end)
            for name in nodes.keys.sorted() {
                nodes[name]!.port.tick(now: moment(time).instant)
                nodes[name]!.core.tick(now: moment(time))
            }
            settle()
        }
    }

    private mutating func settle() {
        for _ in 0..<10_000 {
            var isQuiet = true
            for name in nodes.keys.sorted() where run(name) { isQuiet = false }
            if isQuiet { return }
        }
        Issue.record("the nodes never come to rest")
    }

    private mutating func run(_ name: SiteID) -> Bool {
        guard var node = nodes[name] else { return false }
        node.core.exchange(with: &node.port, now: moment(time))
        var effects = node.core.effects.take()
        let parcels = node.port.outgoing(&effects)
        nodes[name] = node
        for (number, parcel) in parcels {
            guard let ends = connections[number] else { continue }
            let other = ends.0 == name ? ends.1 : ends.0
            if case .end = parcel { connections[number] = nil } else if deaf.contains(other) { continue }
            nodes[other]!.port.deliver(parcel, on: number, now: moment(time).instant)
        }
        for effect in effects {
            nodes[name]!.seen.append(effect)
            switch effect {
            case .storeLedger(let entry, callBack: true):
                nodes[name]!.core.commands.ledgerStored(key: entry.key, now: moment(time))
            case .execute(let request) where nodes[name]!.finishes:
                nodes[name]!.core.commands.finish(key: request.key, .done(.empty), now: moment(time))
            default: break
            }
        }
        return !effects.isEmpty || !parcels.isEmpty
    }

    // MARK: What was seen

    mutating func submit(_ text: String, from: String, to target: String, verb: String = "dial") {
        act(from) { core, now in
            _ = core.commands.submit(
                CommandRequest(
                    key: key(text), target: site(target), origin: CommandOrigin(site: site(from), user: "5"),
                    verb: verb, body: document("class", "ipbxcommand"), timeLeft: .seconds(8)), now: now)
        }
    }

    func answers(_ name: String) -> [CommandAnswer] {
        nodes[site(name)]!.seen.compactMap { if case .answered(_, let answer) = $0 { answer } else { nil } }
    }

    func executions(_ name: String) -> [String] {
        nodes[site(name)]!.seen.compactMap { if case .execute(let request) = $0 { request.key.text } else { nil } }
    }

    func copy(_ name: String, at place: String) -> SiteCopy? {
        core(place).replication.origins[site(name)]?.copy
    }

    func freshness(_ name: String, at place: String) -> Freshness? {
        core(place).replication.origins[site(name)]?.reported
    }

    /// Whether a copy is the home's state, byte for byte.
    func isEqual(_ name: String, at place: String) -> Bool {
        guard let mine = copy(name, at: name), let theirs = copy(name, at: place) else { return false }
        return mine.digest == theirs.digest && mine.sequence == theirs.sequence && mine.count == theirs.count
    }
}
