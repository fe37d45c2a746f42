@testable import CTIProxy
import TandemCore
import Testing

/// Runs a tool's core over bytes, as its arguments say.
struct Golden {
    let options: ToolOptions
    private(set) var output = ProxyOutput()
    private var session: ProxySession
    /// 14:03:59.012345 in a zone that is an hour ahead of UTC.
    private var stamp = Stamp(
        instant: Instant(nanoseconds: 5_000_000_000), unixMicroseconds: 1_330_952_639_012_345, offset: 3_600)

    init(_ tool: ProxyTool, _ arguments: [String]) throws {
        let words = arguments + (tool == .save ? ["host", "a.client", "a.server"] : ["host"])
        guard case .run(let options) = OptionParser(tool).parse(words) else {
            throw GoldenError(text: "\(OptionParser(tool).parse(words))")
        }
        self.options = options
        session = ProxySession(options)
        session.began(at: stamp)
    }

    struct GoldenError: Error { var text: String }

    mutating func receive(_ bytes: [UInt8], from side: Side) {
        bytes.withUnsafeBufferPointer { session.received($0, from: side, at: stamp, into: &output) }
    }

    mutating func client(_ text: String) { receive(Array(text.utf8), from: .client) }
    mutating func server(_ text: String) { receive(Array(text.utf8), from: .server) }
    mutating func pass(_ duration: Duration) { stamp.instant = stamp.instant + duration }
    mutating func end() { session.ended(at: stamp, into: &output) }

    var text: String { String(decoding: output.main, as: UTF8.self) }
    var second: String { String(decoding: output.second, as: UTF8.self) }
    /// What is shown without the header lines.
    var bodies: [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            .filter { !$0.hasSuffix(" Client > Server") && !$0.hasSuffix(" Server > Client") }.dropLast()
    }

    static let clientHeader = "    14:03:59.012345 Client > Server\n"
    static let serverHeader = "    14:03:59.012345 Server > Client\n"

    /// How one line of a client looks in ctispy, without its header.
    static func spied(_ line: String, _ arguments: String...) throws -> String {
        var golden = try Golden(.spy, arguments)
        golden.client(line + "\n")
        // Bytes, not characters: a carriage return before the line feed would make one character of both.
        let shown = golden.output.main
        guard shown.starts(with: clientHeader.utf8), shown.last == 0x0A else { return golden.text }
        return String(decoding: shown.dropFirst(clientHeader.utf8.count).dropLast(), as: UTF8.self)
    }
}
