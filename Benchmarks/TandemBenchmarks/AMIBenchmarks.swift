import AMI
import AsteriskDriver
import Foundation
import PBX
import SiteModel
import TandemCore

/// The price of reading a manager's stream: bytes to tokens, to facts, and to changes of the site's model, over the
/// recordings of the tests
/// (whole life of a PBX with all event classes on, so about half of the events say nothing).
struct AMIBenchmarks {
    private static let now = Moment(instant: Instant(nanoseconds: 1_000_000_000), unixTime: 1.7e9)
    /// Runs all measurements; budgets are 5 million messages a second as tokens and 1.5 million as facts, per core.
    static func run() -> [BenchmarkRow] {
        let stream = recordings("22")
        guard let site = SiteID("paris") else { return [] }
        var messages: UInt64 = 0
        let tokens = bestOf {
            var decoder = AMIDecoder()
            var known = 0
            stream.withUnsafeBytes { bytes in
                // In pieces as a socket gives them.
                var index = 0
                while index < bytes.count {
                    let end = min(bytes.count, index + 65_536)
                    decoder.decode(UnsafeRawBufferPointer(rebasing: bytes[index..<end])) { message in
                        if message.event != .other { known &+= message.count }
                    }
                    index = end
                }
            }
            consume(known)
            messages = decoder.messageCount
        }
        var facts = 0
        let interpreted = bestOf {
            var decoder = AMIDecoder()
            var interpreter = AsteriskInterpreter()
            var events: [PBXEvent] = []
            var count = 0
            stream.withUnsafeBytes { bytes in
                var index = 0
                while index < bytes.count {
                    let end = min(bytes.count, index + 65_536)
                    decoder.decode(UnsafeRawBufferPointer(rebasing: bytes[index..<end])) { message in
                        if message.kind == .event { interpreter.apply(message, into: &events) }
                    }
                    index = end
                    count += events.count
                    events.removeAll(keepingCapacity: true)
                }
            }
            facts = count
        }
        var changes = 0
        let applied = bestOf {
            var decoder = AMIDecoder()
            var interpreter = AsteriskInterpreter()
            var model = SiteModel(configuration: SiteConfiguration(site: site, context: "internal"))
            var events: [PBXEvent] = []
            var emitted: [ObjectChange] = []
            var count = 0
            stream.withUnsafeBytes { bytes in
                var index = 0
                while index < bytes.count {
                    let end = min(bytes.count, index + 65_536)
                    decoder.decode(UnsafeRawBufferPointer(rebasing: bytes[index..<end])) { message in
                        if message.kind == .event { interpreter.apply(message, into: &events) }
                    }
                    index = end
                    for case .fact(let fact) in events { model.apply(fact, at: now, into: &emitted) }
                    count += emitted.count
                    events.removeAll(keepingCapacity: true)
                    emitted.removeAll(keepingCapacity: true)
                }
            }
            changes = count
        }
        guard messages > 0, facts > 0, changes > 0 else { return [] }
        let size = stream.count / Int(messages)
        return [
            BenchmarkRow(
                "AMI to tokens, \(size) B messages", perSecond: Double(messages) * 1e9 / tokens, "messages", bar: 5e6),
            BenchmarkRow(
                "AMI to facts (\(facts) of \(messages) messages)", perSecond: Double(messages) * 1e9 / interpreted,
                "messages", bar: 1.5e6),
            BenchmarkRow(
                "AMI to applied status (\(changes) changes)", perSecond: Double(messages) * 1e9 / applied, "messages",
                bar: 1.5e6),
        ]
    }

    /// Nanoseconds of the quietest of 30 runs; one run takes about a millisecond.
    private static func bestOf(_ body: () -> Void) -> Double {
        let clock = ContinuousClock()
        for _ in 0..<5 { body() }
        return (0..<30).map { _ in
            let spent = clock.measure(body).components
            return Double(spent.seconds) * 1e9 + Double(spent.attoseconds) / 1e9
        }.min() ?? 0
    }

    /// All recordings of a version, one greeting in front, as one stream.
    static func recordings(_ version: String) -> [UInt8] {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Tests/AsteriskDriverTests/Recordings/\(version)")
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        var stream: [UInt8] = []
        for file in files.sorted() where file.hasSuffix(".ami") {
            guard let bytes = try? Data(contentsOf: folder.appendingPathComponent(file)) else { continue }
            // Greetings in mid-stream would make one odd message each: leave them out.
            let greeting = bytes.firstIndex(of: 10).map { $0 + 1 } ?? 0
            stream.append(contentsOf: bytes[greeting...])
        }
        return stream
    }
}
