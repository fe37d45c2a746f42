import AMI
import AsteriskDriver
import CMallocCount
import CTIProtocol
import Federation
import Foundation
import PBX
import SiteModel
import TandemCore

/// Allocations on the hot paths, beside the thresholds in `Benchmarks/allocations.json`. They are counted, not timed: the
/// same build gives the same numbers on a busy machine.
struct AllocationBenchmarks {
    /// One path: what runs once per operation, and how many operations one run of it is.
    struct Path {
        let name: String
        var operations = 1
        let body: () -> Void
    }

    /// All paths. Each is one entry; its threshold has its name.
    static func paths() -> [Path] { wire() + cti() + federation() + ami() }

    // MARK: Paths

    private static func wire() -> [Path] {
        let dial = Memory(
            #"{"class":"ipbxcommand","command":"dial","commandid":1840214077,"destination":"exten:paris/1002"}"#)
        let tape = Box(JSONTape())
        let writer = Box(JSONWriter(capacity: 4_096))
        let base = EncodedObject([
            "hintstatus": "0", "reg": "OK (12 ms)", "channels": ["SIP/abc-00000003"], "queues": ["2", "3"],
            "callerid": "Jean Dupont <1002>",
        ])
        let patch = EncodedObject(["hintstatus": "8", "channels": ["SIP/abc-00000004"]])
        let paris = site("paris")
        return [
            Path(name: "JSON tape parsed") {
                try? tape.value.parse(dial.bytes)
                consume(tape.value.root)
            },
            Path(name: "status push encoded") {
                writer.value.reset()
                CTIPush.status(list: "phones", site: paris, id: "12", patch, now: 1.3e9, into: &writer.value)
                consume(writer.value.count)
            },
            Path(name: "object patched") { consume(base.merging(patch)) },
        ]
    }

    private static func cti() -> [Path] {
        let port = BenchmarkPort()
        let client = port.logIn()
        func line(_ text: String) -> [UInt8] { Array(text.utf8) }
        let keepalive = line(#"{"class":"keepalive","commandid":812345}"#)
        let status = line(
            #"{"class":"getlist","function":"updatestatus","listname":"phones","tipbxid":"lyon","tid":"17","commandid":9}"#
        )
        let dial = line(
            #"{"class":"ipbxcommand","command":"dial","commandid":77,"destination":"exten:lyon/1002"}"#)
        let batch = (0..<100).map { number in
            ObjectChange.status(ObjectKey(.phone, String(number)), patch: EncodedObject(["hintstatus": "8"]))
        }
        return [
            Path(name: "CTI keepalive through the core") { port.send(client, keepalive) },
            Path(name: "CTI getlist updatestatus through the core") { port.send(client, status) },
            Path(name: "CTI dial: request, submission and four reply lines") { port.send(client, dial) },
            Path(name: "CTI fan-out: per change in a batch of 100", operations: 100) { port.push(batch) },
        ]
    }

    private static func federation() -> [Path] {
        let pair = Box(FederationBenchmarks.Pair())
        pair.value.fill(1_000)
        pair.value.connect()
        let frame = Memory(
            #"{"class":"rcti_changes","site":"paris","pull":4,"incarnation":7,"from":1043,"list":[["status","phone","12","#
                + #"{"hintstatus":"8"}],2,["removed","chan","PJSIP/101-00000001"]],"to":1046}"#)
        let wire = Box((reader: FrameReader(), writer: FrameWriter()))
        return [
            Path(name: "status change, home to copy, both ends", operations: 100) { pair.value.change(100) },
            Path(name: "frame of two changes, read and written") {
                if let read = try? wire.value.reader.read(frame.bytes) { consume(wire.value.writer.line(read)) }
            },
        ]
    }

    private static func ami() -> [Path] {
        let stream = AMIBenchmarks.recordings("22")
        let decoder = AMIStream()
        return [
            Path(name: "AMI message decoded", operations: max(1, decoder.count(stream))) { decoder.decode(stream) },
            Path(name: "AMI message to facts", operations: max(1, decoder.count(stream))) { decoder.interpret(stream) },
        ]
    }

    private final class AMIStream {
        private var decoder = AMIDecoder()

        func count(_ stream: [UInt8]) -> Int {
            let before = decoder.messageCount
            decode(stream)
            return Int(decoder.messageCount - before)
        }

        func decode(_ stream: [UInt8]) {
            var known = 0
            stream.withUnsafeBytes { bytes in
                decoder.decode(bytes) { if $0.event != .other { known &+= $0.count } }
            }
            consume(known)
        }

        func interpret(_ stream: [UInt8]) {
            var interpreter = AsteriskInterpreter()
            var events: [PBXEvent] = []
            stream.withUnsafeBytes { bytes in
                decoder.decode(bytes) { if $0.kind == .event { interpreter.apply($0, into: &events) } }
            }
            consume(events.count)
        }
    }

    // MARK: Counting

    /// Allocations of one operation, after some that warm up; nil where they cannot be counted.
    static func count(_ path: Path) -> Double? {
        for _ in 0..<20 { path.body() }
        let runs = max(3, 200 / path.operations)
        let before = tandem_malloc_count()
        guard before >= 0 else { return nil }
        for _ in 0..<runs { path.body() }
        return Double(tandem_malloc_count() - before) / Double(runs * path.operations)
    }

    /// Thresholds by name for a kind of build.
    typealias Thresholds = [String: Double]

    static let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("allocations.json")

    #if DEBUG
        static let build = "debug"
    #else
        static let build = "release"
    #endif

    /// Counts all paths and reports them; what exceeds its threshold, has none or is no path any more is given back.
    static func run(wants: (String) -> Bool, report: (String) -> Void) throws -> [String] {
        let all = try JSONDecoder().decode([String: Thresholds].self, from: Data(contentsOf: file))
        let thresholds = all[build] ?? [:]
        let paths = paths()
        var faults: [String] = []
        for path in paths where wants(path.name) {
            guard let count = count(path) else {
                report("allocations cannot be counted here: no glibc")
                return []
            }
            let threshold = thresholds[path.name]
            let isFine = threshold.map { count <= $0 + 0.005 } ?? false
            report(
                pad(path.name, 60) + padLeft(text(count), 12) + padLeft(threshold.map { "≤ " + text($0) } ?? "none", 14)
                    + (isFine ? "  met" : "  exceeded"))
            if !isFine {
                faults.append(
                    "\(path.name): \(text(count)) allocations, "
                        + (threshold.map { "threshold \(text($0))" } ?? "no threshold for a \(build) build"))
            }
        }
        for name in thresholds.keys.sorted() where !paths.contains(where: { $0.name == name }) {
            faults.append("\(name): a threshold in allocations.json for a path that is no more")
        }
        return faults
    }

    /// Writes what is counted now as the thresholds of this kind of build.
    static func record() throws {
        var all = (try? JSONDecoder().decode([String: Thresholds].self, from: Data(contentsOf: file))) ?? [:]
        var thresholds: Thresholds = [:]
        for path in paths() { thresholds[path.name] = count(path).map { ($0 * 100).rounded(.up) / 100 } }
        all[build] = thresholds
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try (encoder.encode(all) + Data("\n".utf8)).write(to: file)
    }

    private static func text(_ number: Double) -> String { "\((number * 100).rounded() / 100)" }
    private static func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
    private static func padLeft(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(1, width - text.count)) + text
    }

    private static func site(_ name: String) -> SiteID {
        guard let site = SiteID(name) else { preconditionFailure("a literal site name is valid") }
        return site
    }
}

/// A value that closures share.
private final class Box<Value> {
    var value: Value
    init(_ value: Value) { self.value = value }
}

/// Bytes that stay where they are.
private final class Memory {
    let bytes: UnsafeBufferPointer<UInt8>

    init(_ text: String) {
        let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: text.utf8.count)
        _ = copy.initialize(from: text.utf8)
        bytes = UnsafeBufferPointer(copy)
    }

    deinit { bytes.deallocate() }
}
