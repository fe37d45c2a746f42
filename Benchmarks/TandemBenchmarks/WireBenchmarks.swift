import CTIProtocol
import TandemCore

/// The price of reading, writing and framing lines, without any socket.
struct WireBenchmarks {
    private static let dial = Array(
        (#"{"class":"ipbxcommand","command":"dial","commandid":1840214077,"#
            + #""destination":"exten:paris/1002","source":"user:special:me"}"#).utf8)
    private static let status = Array(
        (#"{"class":"getlist","function":"updatestatus","listname":"phones","tipbxid":"paris","tid":"12","#
            + #""status":{"hintstatus":"8","reg":"OK","channels":["SIP/abc-00000003","SIP/abc-00000004"],"#
            + #""queues":["2"],"groups":[]},"timenow":1315310000.12}"#).utf8)
    private static let large: [UInt8] = {
        var writer = JSONWriter()
        writer.beginArray()
        for number in 0..<8 {
            writer.value([
                "id": .integer(Int64(number)), "fullname": "Jean Dupont", "context": "default", "enablednd": false,
                "linelist": ["12", "13"], "destunc": "", "number": .string(String(1_000 + number)), "simultcalls": 5,
                "mobilephonenumber": nil, "identity": "SIP/abcdefgh", "ringseconds": 30.5, "language": "fr_FR",
            ])
        }
        writer.endArray()
        return writer.bytes
    }()

    /// Runs all measurements.
    static func run() -> [BenchmarkRow] { reading() + writing() + documents() + framing() }

    private static func reading() -> [BenchmarkRow] {
        guard let paris = SiteID("paris") else { return [] }
        let alice = CTIRequester(home: paris, user: "5", agent: "3", voicemail: "9")
        var rows: [BenchmarkRow] = []
        var tape = JSONTape()
        for bytes in [dial, status, large] {
            bytes.withUnsafeBufferPointer { buffer in
                let size = Double(buffer.count)
                let parse = bestNanoseconds {
                    try? tape.parse(buffer)
                    consume(tape.root)
                }
                rows.append(
                    BenchmarkRow("JSON tape, \(buffer.count) B", nanoseconds: parse, budget: 0.6 * size + 10))
                let tree = bestNanoseconds { consume(try? JSONValue(parsing: buffer)) }
                rows.append(BenchmarkRow("JSON tree, \(buffer.count) B", nanoseconds: tree, budget: 2.5 * size))
            }
        }
        dial.withUnsafeBufferPointer { buffer in
            // What the server does with the line before anybody executes it: tape, class, reply id, and the command with
            // its arguments checked, resolved and routed.
            let reader = CTILineReader()
            let decode = bestNanoseconds {
                let command = try? reader.read(buffer) { request -> IPBXCommand? in
                    consume(request.replyID)
                    guard request.messageClass == .ipbxCommand, let verb = request.fields.verb else { return nil }
                    return try? IPBXCommand(verb, request.fields, from: alice) { _ in true }
                }
                consume(command)
            }
            // The bar of 250 ns was for reading two fields, which no server ran.
            rows.append(
                BenchmarkRow("dial decoded and resolved, \(buffer.count) B", nanoseconds: decode, budget: 800))
        }
        return rows
    }

    private static func writing() -> [BenchmarkRow] {
        var rows: [BenchmarkRow] = []
        guard let paris = SiteID("paris") else { return [] }
        var writer = JSONWriter(capacity: 4_096)
        func add(_ name: String, _ budget: (Int) -> Double, _ write: (inout JSONWriter) -> Void) {
            let time = bestNanoseconds {
                writer.reset()
                write(&writer)
                consume(writer.count)
            }
            rows.append(BenchmarkRow("\(name), \(writer.count) B", nanoseconds: time, budget: budget(writer.count)))
        }
        let patch = EncodedObject(["hintstatus": "8", "channels": ["SIP/abc-00000003"]])
        add("status push encoded", { 0.85 * Double($0) }) {
            CTIPush.status(list: "phones", site: paris, id: "12", patch, now: 1_315_310_000.12, into: &$0)
        }
        let tree = (try? JSONValue(parsing: large)) ?? .null
        // Trees are not for hot paths: they may cost as much to write as to read.
        add("JSON tree encoded", { 2.5 * Double($0) }) { $0.value(tree) }
        return rows
    }

    private static func documents() -> [BenchmarkRow] {
        let base = EncodedObject([
            "hintstatus": "0", "reg": "OK (12 ms)", "channels": ["SIP/abc-00000003", "SIP/abc-00000004"],
            "queues": ["2", "3"], "groups": [], "peer": "SIP/def-00000009", "identity": "SIP/abcdefgh",
            "callerid": "Jean Dupont <1002>", "timestamp": 1_315_310_000.5,
        ])
        let patch = EncodedObject(["hintstatus": "8", "channels": []])
        let merge = bestNanoseconds { consume(base.merging(patch)) }
        return [BenchmarkRow("document merged, \(base.bytes.count) B", nanoseconds: merge, budget: 400)]
    }

    private static func framing() -> [BenchmarkRow] {
        let lines = 16
        var chunk: [UInt8] = []
        for _ in 0..<lines { chunk += dial + [10] }
        var framer = LineFramer(limit: 65_536)
        let whole = bestNanoseconds {
            chunk.withUnsafeBytes { bytes in
                do throws(LineTooLong) { try framer.append(bytes) { consume($0.count) } } catch { consume(error) }
            }
        }
        // No budget of its own: a tenth of what a whole line may cost in the pipeline.
        return [BenchmarkRow("line framed, 16 per chunk", nanoseconds: whole / Double(lines), budget: 75)]
    }
}
