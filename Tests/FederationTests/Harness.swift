import TandemCore
import Testing

@testable import Federation

func site(_ name: String) -> SiteID { SiteID(name)! }
func key(_ text: String) -> IdempotencyKey { IdempotencyKey(text)! }
func moment(_ milliseconds: Int64) -> Moment {
    Moment(
        instant: Instant(nanoseconds: milliseconds * 1_000_000), unixTime: 1_700_000_000 + Double(milliseconds) / 1e3)
}
func phone(_ id: String) -> ObjectKey { ObjectKey(.phone, id) }
func document(_ key: String, _ value: String) -> EncodedObject { EncodedObject([key: .string(value)] as JSONObject) }
func added(_ id: String, _ status: String = "0") -> ObjectChange {
    .added(phone(id), config: document("name", id), status: document("hintstatus", status))
}
func status(_ id: String, _ status: String) -> ObjectChange {
    .status(phone(id), patch: document("hintstatus", status))
}
func line(_ text: String) -> [UInt8] { Array(text.utf8) }

/// A core with one configured peer, spoken to by hand.
struct Hand {
    var core: Federation
    let link = LinkID(1)
    var time: Int64 = 1_000

    init(
        peer: FederationConfiguration.Link = .init(peer: SiteID("b")!, dials: false),
        and others: [FederationConfiguration.Link] = [], incarnation: UInt64 = 1
    ) {
        core = Federation(
            configuration: FederationConfiguration(site: site("a"), links: [peer] + others), incarnation: incarnation,
            now: moment(1_000))
        _ = core.takeEffects()
    }

    mutating func open(certificate: String? = "b", dialed: Bool = false) {
        core.linkConnected(link, peer: certificate.map { site($0) }, dialed: dialed, now: moment(time))
    }

    mutating func send(_ text: String) { core.linkReceived(link, line: line(text), now: moment(time)) }

    /// Opens and greets, so that the link is established.
    mutating func establish() {
        open()
        send(Self.hello)
        send(#"{"class":"rcti_linkstate","origin":"b","incarnation":1,"sequence":1,"neighbours":[["a",10]]}"#)
        beat(number: 1, sequence: 0)
        _ = core.takeEffects()
    }

    /// A heartbeat of b that echoes the present.
    mutating func beat(number: Int, sequence: Int, incarnation: Int = 1) {
        send(
            #"{"class":"rcti_heartbeat","t":5000000,"echo":[\#(time * 1_000),0],"#
                + #""clocks":[["b",\#(incarnation),\#(sequence),\#(number),0]]}"#)
    }

    static let hello =
        #"{"class":"rcti_hello","version":[1,1],"site":"b","incarnation":1,"features":[],"nonce":1,"t":5000000}"#

    mutating func effects() -> [FederationEffect] { core.takeEffects() }

    /// The lines sent since the last look.
    mutating func sent() -> [String] { lines(core.takeEffects()) }
}

func lines(_ effects: [FederationEffect]) -> [String] {
    effects.flatMap { effect -> [String] in
        guard case .send(_, let bytes) = effect else { return [] }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}

func closeReason(_ effects: [FederationEffect]) -> String? {
    for case .close(_, let reason) in effects { return reason }
    return nil
}

/// Two cores joined in memory: every byte arrives at once.
struct Two {
    var a: Federation
    var b: Federation
    var time: Int64 = 1_000
    var seenByA: [FederationEffect] = []
    var seenByB: [FederationEffect] = []
    /// Lines that match are lost on the way.
    var loses: (String) -> Bool = { _ in false }

    init(_ change: (inout FederationConfiguration) -> Void = { _ in }) {
        var left = FederationConfiguration(site: site("a"), links: [.init(peer: site("b"))])
        var right = FederationConfiguration(site: site("b"), links: [.init(peer: site("a"), dials: false)])
        change(&left)
        change(&right)
        a = Federation(configuration: left, incarnation: 1, now: moment(1_000))
        b = Federation(configuration: right, incarnation: 1, now: moment(1_000))
    }

    mutating func connect(_ number: UInt64 = 1) {
        a.linkConnected(LinkID(number), peer: site("b"), dialed: true, now: moment(time))
        b.linkConnected(LinkID(number), peer: site("a"), dialed: false, now: moment(time))
        settle()
    }

    /// Carries everything over until nobody says anything.
    mutating func settle() {
        for _ in 0..<10_000 {
            let fromA = a.takeEffects()
            let fromB = b.takeEffects()
            if fromA.isEmpty, fromB.isEmpty { return }
            for effect in fromA { deliver(effect, toB: true) }
            for effect in fromB { deliver(effect, toB: false) }
        }
        Issue.record("the two nodes never come to rest")
    }

    private mutating func deliver(_ effect: FederationEffect, toB: Bool) {
        switch effect {
        case .send(let link, let bytes):
            for part in bytes.split(separator: 0x0A) where !loses(String(decoding: part, as: UTF8.self)) {
                if toB {
                    b.linkReceived(link, line: Array(part), now: moment(time))
                } else {
                    a.linkReceived(link, line: Array(part), now: moment(time))
                }
            }
        case .close(let link, let reason):
            if toB {
                b.linkClosed(link, reason: reason, now: moment(time))
            } else {
                a.linkClosed(link, reason: reason, now: moment(time))
            }
        default: if toB { seenByA.append(effect) } else { seenByB.append(effect) }
        }
    }

    /// Lets time pass in steps of 100 ms.
    mutating func pass(_ milliseconds: Int64) {
        let end = time + milliseconds
        while time < end {
            time = min(time + 100, end)
            a.tick(now: moment(time))
            b.tick(now: moment(time))
            settle()
        }
    }
}
