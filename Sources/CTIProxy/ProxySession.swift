import TandemCore

/// What a session wrote: bytes for standard output or the client's file, and bytes for the server's file.
public struct ProxyOutput: Sendable {
    /// Standard output, or the client's file of `ctisave`.
    public var main: [UInt8] = []
    /// The server's file of `ctisave`.
    public var second: [UInt8] = []

    /// Nothing written yet.
    public init() {}
}

/// What one tool makes of one connection: bytes in, bytes for its output. It does no input or output itself.
public struct ProxySession {
    /// At most this many bytes count as one portion of `--raw` and one packet of the network report.
    static let portion = 4_096

    private let options: ToolOptions
    private let connection: Int
    private let filter: MessageFilter
    private var formatter: MessageFormatter
    private var tape = JSONTape()
    private var clientLines = LineCutter()
    private var serverLines = LineCutter()
    private var messages = MessageStatistics()
    private var network = NetworkStatistics()
    private var latency = LatencyStatistics()

    /// A session at its beginning; `connection` counts from 1.
    public init(_ options: ToolOptions, connection: Int = 1) {
        self.options = options
        self.connection = connection
        filter = MessageFilter(include: options.include, exclude: options.exclude)
        formatter = MessageFormatter(
            isIndented: (options.prettyPrints || options.tool == .save) && !options.json, strip: options.strip,
            masksSecrets: options.hidesSecrets)
    }

    /// How many lines were too long to be shown.
    public var droppedLines: Int { clientLines.dropped + serverLines.dropped }

    /// Both connections stand.
    public mutating func began(at stamp: Stamp) { network.began = stamp.instant }

    /// Bytes arrived from one side.
    public mutating func received(
        _ chunk: UnsafeBufferPointer<UInt8>, from side: Side, at stamp: Stamp, into output: inout ProxyOutput
    ) {
        guard !chunk.isEmpty else { return }
        if options.tool == .stat {
            network.count(chunk.count, from: side)
            if options.reportsNetwork, !options.reportsLatency { return }
        }
        if options.hides(side) { return }
        if options.isRaw { return showRaw(chunk, from: side, at: stamp, into: &output.main) }
        // Taken out while it lends its lines, so that the closure may use the rest of the session.
        var cutter = LineCutter()
        exchange(&cutter, side)
        cutter.cut(chunk) { line in received(line: line, from: side, at: stamp, into: &output) }
        exchange(&cutter, side)
    }

    private mutating func exchange(_ cutter: inout LineCutter, _ side: Side) {
        if side == .client { swap(&cutter, &clientLines) } else { swap(&cutter, &serverLines) }
    }

    /// A line arrived, without its line feed (also from a saved file).
    public mutating func received(
        line: UnsafeBufferPointer<UInt8>, from side: Side, at stamp: Stamp?, into output: inout ProxyOutput
    ) {
        defer { if line.count > 1 << 20 { tape.trim(toTokens: 1 << 16) } }
        do throws(JSONError) {
            try tape.parse(line, depthLimit: JSONTape.maximumLenientDepth, dialect: .lenient)
        } catch {
            return showUnreadable(line, from: side, at: stamp, into: &output)
        }
        // The tape is taken out while its view is lent, so that the rest of the session may change meanwhile.
        var parsed = JSONTape()
        swap(&parsed, &tape)
        parsed.withView(of: line) { message in show(message, from: side, at: stamp, into: &output) }
        swap(&parsed, &tape)
    }

    private mutating func show(
        _ message: JSONView, from side: Side, at stamp: Stamp?, into output: inout ProxyOutput
    ) {
        if options.tool == .stat {
            messages.count(message, from: side)
            if options.reportsLatency, let stamp { latency.note(message, from: side, at: stamp.instant) }
            return
        }
        guard !filter.isActive || filter.passes(message) else { return }
        switch (options.tool, side) {
        case (.save, .server): write(message, from: side, at: stamp, into: &output.second)
        default: write(message, from: side, at: stamp, into: &output.main)
        }
    }

    private mutating func write(
        _ message: JSONView, from side: Side, at stamp: Stamp?, into output: inout [UInt8]
    ) {
        if options.json {
            openRecord(from: side, into: &output)
            output.append(contentsOf: "\"message\": ".utf8)
            formatter.write(message, into: &output)
            closeRecord(at: stamp, into: &output)
        } else {
            if options.tool == .spy { writeHeader(from: side, at: stamp, into: &output) }
            formatter.write(message, into: &output)
            output.append(0x0A)
        }
    }

    /// A line that is no JSON is shown as it came.
    private func showUnreadable(
        _ line: UnsafeBufferPointer<UInt8>, from side: Side, at stamp: Stamp?, into output: inout ProxyOutput
    ) {
        guard options.tool != .stat, !filter.isActive else { return }
        if options.tool == .save, side == .server {
            writeUnreadable(line, from: side, at: stamp, into: &output.second)
        } else {
            writeUnreadable(line, from: side, at: stamp, into: &output.main)
        }
    }

    private func writeUnreadable(
        _ line: UnsafeBufferPointer<UInt8>, from side: Side, at stamp: Stamp?, into output: inout [UInt8]
    ) {
        // Nobody can tell where a secret stands in text that cannot be read.
        let isSecret = options.hidesSecrets && SecretKeys.contains(line)
        if options.json {
            openRecord(from: side, into: &output)
            if isSecret {
                output.append(contentsOf: "\"text\": ".utf8)
                output.append(contentsOf: SecretKeys.mask)
            } else {
                writeBytes(line, into: &output)
            }
            closeRecord(at: stamp, into: &output)
        } else {
            if options.tool == .spy { writeHeader(from: side, at: stamp, into: &output) }
            if isSecret { output.append(contentsOf: "***".utf8) } else { output.append(contentsOf: line) }
            output.append(0x0A)
        }
    }

    private func showRaw(
        _ chunk: UnsafeBufferPointer<UInt8>, from side: Side, at stamp: Stamp, into output: inout [UInt8]
    ) {
        var place = 0
        while place < chunk.count {
            let end = min(chunk.count, place + Self.portion)
            let piece = UnsafeBufferPointer(rebasing: chunk[place..<end])
            if options.json {
                openRecord(from: side, into: &output)
                writeBytes(piece, into: &output)
                closeRecord(at: stamp, into: &output)
            } else {
                writeHeader(from: side, at: stamp, into: &output)
                output.append(contentsOf: piece)
                output.append(0x0A)
            }
            place = end
        }
    }

    // MARK: Around a message

    private func writeHeader(from side: Side, at stamp: Stamp?, into output: inout [UInt8]) {
        output.append(contentsOf: "    ".utf8)
        if let stamp {
            stamp.writeTimeOfDay(into: &output)
        } else {
            output.append(contentsOf: "--:--:--.------".utf8)
        }
        output.append(contentsOf: (side == .client ? " Client > Server" : " Server > Client").utf8)
        if options.isConcurrent { output.append(contentsOf: " (\(connection))".utf8) }
        output.append(0x0A)
    }

    private func openRecord(from side: Side, into output: inout [UInt8]) {
        output.append(contentsOf: "{\"connection\": \(connection), \"direction\": \"\(side.word)\", ".utf8)
    }

    private func closeRecord(at stamp: Stamp?, into output: inout [UInt8]) {
        if let stamp {
            output.append(contentsOf: ", \"time\": ".utf8)
            stamp.writeUnixTime(into: &output)
        }
        output.append(UInt8(ascii: "}"))
        output.append(0x0A)
    }

    /// `"text"` when the bytes are UTF-8, `"base64"` otherwise.
    private func writeBytes(_ bytes: UnsafeBufferPointer<UInt8>, into output: inout [UInt8]) {
        if let text = String(validating: bytes, as: UTF8.self) {
            output.append(contentsOf: "\"text\": ".utf8)
            StringText.write(text: text, into: &output)
        } else {
            output.append(contentsOf: "\"base64\": \"".utf8)
            Base64.write(bytes, into: &output)
            output.append(UInt8(ascii: "\""))
        }
    }

    // MARK: The end

    /// The session ended (or never began): `ctistat` writes its report.
    public func ended(at stamp: Stamp, into output: inout ProxyOutput) {
        guard options.tool == .stat else { return }
        if options.json {
            writeReportObject(at: stamp.instant, into: &output.main)
            return
        }
        if options.reportsNetwork {
            network.write(at: stamp.instant, into: &output.main)
        } else {
            messages.write(into: &output.main)
        }
        if options.reportsLatency { latency.write(into: &output.main) }
    }

    private func writeReportObject(at now: Instant, into output: inout [UInt8]) {
        output.append(contentsOf: "{\"connection\": \(connection)".utf8)
        if options.reportsLatency {
            output.append(contentsOf: ", \"latency\": ".utf8)
            latency.writeObject(into: &output)
        }
        if options.reportsNetwork {
            output.append(contentsOf: ", \"network\": ".utf8)
            network.writeObject(at: now, into: &output)
        } else {
            output.append(contentsOf: ", \"messages\": ".utf8)
            messages.writeObject(into: &output)
        }
        output.append(contentsOf: "}\n".utf8)
    }
}

/// Bytes that are no text, in a JSON string.
enum Base64 {
    private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func write(_ bytes: UnsafeBufferPointer<UInt8>, into output: inout [UInt8]) {
        var place = 0
        while place < bytes.count {
            let left = bytes.count - place
            let word =
                UInt32(bytes[place]) << 16 | (left > 1 ? UInt32(bytes[place + 1]) << 8 : 0)
                | (left > 2 ? UInt32(bytes[place + 2]) : 0)
            output.append(letters[Int(word >> 18)])
            output.append(letters[Int(word >> 12 & 63)])
            output.append(left > 1 ? letters[Int(word >> 6 & 63)] : UInt8(ascii: "="))
            output.append(left > 2 ? letters[Int(word & 63)] : UInt8(ascii: "="))
            place += 3
        }
    }
}
