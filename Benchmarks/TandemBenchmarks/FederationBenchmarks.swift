import Federation
import Foundation
import TandemCore

/// Two federation cores joined in memory: encoding, decoding, applying and reporting on one core of the machine,
/// without sockets.
struct FederationBenchmarks {
    private static let objects = 200_000
    private static let changes = 300_000

    /// Runs all measurements.
    static func run() -> [BenchmarkRow] {
        let before = residentBytes()
        var pair = Pair()
        pair.fill(objects)
        let loaded = residentBytes()
        let sync = seconds { pair.connect() }
        guard pair.b.objectCount(of: pair.home) == objects else { return [] }
        // The home's own objects, before anything was sent: one representation for home and copies.
        let perObject = Double(loaded - before) / Double(objects)
        let deltas = seconds { pair.change(changes) }
        guard pair.b.digest(of: pair.home) == pair.a.digest(of: pair.home) else { return [] }
        return [
            BenchmarkRow("full sync between two nodes", perSecond: Double(objects) / sync, "objects", bar: 500_000),
            BenchmarkRow(
                "status changes, home to copy, both ends", perSecond: Double(changes) / deltas, "changes", bar: 300_000),
            BenchmarkRow("memory per object, 190 B of documents", bytes: perObject, budget: 300),
        ]
    }

    private static func seconds(_ body: () -> Void) -> Double {
        let spent = ContinuousClock().measure(body).components
        return Double(spent.seconds) + Double(spent.attoseconds) / 1e18
    }

    private static func residentBytes() -> Int {
        let statm = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
        let pages = statm.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * 4_096
    }

    struct Pair {
        let home = SiteID("paris") ?? fallback
        let other = SiteID("lyon") ?? fallback
        var a: Federation
        var b: Federation
        var time: Int64 = 1_000_000_000
        private let link = LinkID(1)

        private static var fallback: SiteID { preconditionFailure("a literal site name is valid") }

        init() {
            let now = Moment(instant: Instant(nanoseconds: 1_000_000_000), unixTime: 1.7e9)
            a = Federation(
                configuration: FederationConfiguration(site: home, links: [.init(peer: other)]), incarnation: 1,
                now: now)
            b = Federation(
                configuration: FederationConfiguration(site: other, links: [.init(peer: home, dials: false)]),
                incarnation: 1, now: now)
        }

        private var now: Moment { Moment(instant: Instant(nanoseconds: time), unixTime: 1.7e9) }

        mutating func fill(_ count: Int) {
            for start in stride(from: 0, to: count, by: 1_000) {
                a.localChanges(
                    (start..<start + 1_000).map { number in
                        .added(
                            ObjectKey(.phone, String(number)),
                            config: EncodedObject { writer in
                                writer.key("number")
                                writer.string(String(100_000 + number))
                                writer.key("identity")
                                writer.string("PJSIP/\(100_000 + number)")
                                writer.key("context")
                                writer.literal("default")
                                writer.key("protocol")
                                writer.literal("pjsip")
                                writer.key("allowtransfer")
                                writer.bool(true)
                            },
                            status: EncodedObject { writer in
                                writer.key("hintstatus")
                                writer.literal("0")
                                writer.key("reg")
                                writer.literal("OK")
                                writer.key("channels")
                                writer.beginArray()
                                writer.endArray()
                                writer.key("queues")
                                writer.beginArray()
                                writer.endArray()
                            })
                    }, now: now)
            }
            _ = a.takeEffects()
        }

        mutating func connect() {
            a.linkConnected(link, peer: other, dialed: true, now: now)
            b.linkConnected(link, peer: home, dialed: false, now: now)
            settle()
        }

        mutating func change(_ count: Int) {
            let patches = (0..<10).map { number in
                EncodedObject { writer in
                    writer.key("hintstatus")
                    writer.string(String(number))
                }
            }
            var done = 0
            while done < count {
                a.localChanges(
                    (done..<done + 100).map {
                        .status(
                            ObjectKey(.phone, String($0 &* 7_919 % FederationBenchmarks.objects)),
                            patch: patches[$0 / 200_000 + 1])
                    }, now: now)
                settle()
                done += 100
            }
        }

        private mutating func settle() {
            while true {
                let fromA = a.takeEffects()
                let fromB = b.takeEffects()
                if fromA.isEmpty, fromB.isEmpty { return }
                for case .send(let link, let bytes) in fromA {
                    bytes.withUnsafeBufferPointer {
                        b.linkReceived(link, line: UnsafeBufferPointer(rebasing: $0.dropLast()), now: now)
                    }
                }
                for case .send(let link, let bytes) in fromB {
                    bytes.withUnsafeBufferPointer {
                        a.linkReceived(link, line: UnsafeBufferPointer(rebasing: $0.dropLast()), now: now)
                    }
                }
            }
        }
    }
}
