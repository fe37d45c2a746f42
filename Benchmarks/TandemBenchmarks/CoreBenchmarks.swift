import CTIServer
import Federation
import NodeCore
import PBX
import SiteModel
import TandemCore

/// Whole commands of a client through a node's core, without sockets: a CTI line in, the ledger's line, the PBX's action,
/// what the PBX says of it, the reply lines out. This is what a command costs a node beside its system calls.
struct CoreBenchmarks {
    /// Measures everything.
    static func run() -> [BenchmarkRow] {
        guard let node = BenchmarkNode() else { return [] }
        func line(_ fields: String) -> [UInt8] { Array("{\"class\":\"ipbxcommand\",\"commandid\":77,\(fields)}".utf8) }
        let dial = line(#""command":"dial","destination":"exten:paris/1002""#)
        let pause = line(#""command":"queuepause","member":"phone:paris/17","queue":"queue:paris/1""#)
        return [
            BenchmarkRow(
                "dial through the core: line to action to replies",
                nanoseconds: bestNanoseconds { node.send(dial, lines: 5) }, budget: 12_000),
            BenchmarkRow(
                "queuepause through the core: line to action to replies",
                nanoseconds: bestNanoseconds { node.send(pause, lines: 2) }, budget: 10_000),
        ]
    }
}

/// A node of 1,000 phones whose store is durable and whose PBX does everything at once.
private final class BenchmarkNode {
    private let core: NodeCore
    private let client = ClientID(1)
    private let now = Moment(instant: Instant(nanoseconds: 0), unixTime: 1_315_310_000.123)
    private var linesRead = 0

    init?() {
        guard let paris = SiteID("paris") else { return nil }
        var site = SiteConfiguration(site: paris, prefix: "81")
        for id in 1...1_000 {
            site.phones["\(id)"] = .init(number: String(1_000 + id), endpoint: "PJSIP/\(1_000 + id)")
            site.users["\(id)"] = .init(
                name: "User \(id)", login: "user\(id)", password: Secret("x"), phone: "\(id)", profile: "supervisor")
        }
        site.queues["1"] = .init(name: "support", number: "500")
        core = NodeCore(
            configuration: NodeCoreConfiguration(
                site: site,
                federation: FederationConfiguration(site: paris, unledgeredVerbs: NodeCore.unledgeredVerbs),
                cti: CTIServerConfiguration(), hasPBX: true,
                capabilities: [.originate, .queuePause]),
            registry: .standard(), incarnation: 1, sha1Hex: { _ in "proof" }, now: now)
        core.pbxSaw([.fact(.resyncBegan), .fact(.resyncEnded)], now: now)
        core.clientConnected(client, secure: false, address: "127.0.0.1", sessionID: "abcdefghij", now: now)
        for line in [
            #"{"class":"login_id","company":"c","userlogin":"user5","ident":"x11-1","xivoversion":"1.2"}"#,
            #"{"class":"login_pass","hashedpassword":"proof"}"#,
            #"{"class":"login_capas","capaid":"supervisor","state":"available"}"#,
        ] { read(Array(line.utf8)) }
    }

    /// One command with all that follows of it.
    @inline(never)
    func send(_ line: [UInt8], lines expected: Int) {
        linesRead = 0
        read(line)
        precondition(linesRead == expected, "\(linesRead) lines")
    }

    private func read(_ line: [UInt8]) {
        line.withUnsafeBufferPointer { core.clientSent(client, line: $0, now: now) }
        while true {
            let effects = core.takeEffects()
            if effects.isEmpty { return }
            for effect in effects { carryOut(effect) }
        }
    }

    private func carryOut(_ effect: NodeEffect) {
        switch effect {
        case .cti(.send(_, let bytes)):
            linesRead += 1
            consume(bytes)
        case .storeLedger(let entry, let callBack): if callBack { core.ledgerStored(entry.key, now: now) }
        case .storeBarrier(let number): core.stored(barrier: number, now: now)
        case .perform(let action, let token): core.pbxSaw(reports(of: action).map { .action(token, $0) }, now: now)
        default: break
        }
    }

    private func reports(of action: PBXAction) -> [PBXActionEvent] {
        guard case .originate = action else { return [.written, .accepted(final: true)] }
        return [.written, .accepted(final: false), .originated(channel: "PJSIP/1005-00000007", end: .answered)]
    }
}
