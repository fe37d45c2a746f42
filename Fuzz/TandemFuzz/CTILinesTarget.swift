import CTIProtocol

extension FuzzTarget {
    static let ctiLines = FuzzTarget(
        name: "cti-lines", promise: "however a stream is cut, the same lines come out, and a line too long ends it",
        dictionary: [
            "\r\n", "\n", "\r", "\n\n", "\r\r\n", "{\"class\":\"keepalive\"}\n", String(repeating: "x", count: 64),
        ],
        smokeCases: 2_000
    ) { CTILinesOracle.judge($0) }
}

enum CTILinesOracle {
    /// A canary gives a fault of what comes before the framer; the oracle is the same.
    static func judge(
        _ input: [UInt8], fault: (ArraySlice<UInt8>) -> ArraySlice<UInt8> = { $0 }
    ) -> Verdict {
        for isExact in [false, true] {
            let expected = PlainLines.cut(input, limit: 48, isExact: isExact)
            var random = FuzzRandom(of: input)
            for round in 0..<4 {
                var framer = LineFramer(limit: 48, isExact: isExact)
                let pieces = round == 0 ? [input[...]] : input.pieces(&random)
                var lines: [[UInt8]] = []
                for piece in pieces {
                    GuardedBytes.with(fault(piece)) { bytes in
                        var position = 0
                        while case .line = framer.next(in: bytes, at: &position, { lines.append(Array($0)) }) {}
                    }
                }
                guard lines == expected.lines else {
                    return .wrong("\(pieces.count) pieces give \(lines.count) lines, not \(expected.lines.count)")
                }
                guard framer.hasFailed == expected.isTooLong else { return .wrong("too long: \(framer.hasFailed)") }
                guard framer.pendingBytes <= 49 else { return .wrong("\(framer.pendingBytes) bytes are kept") }
            }
        }
        return .fine("\(min(9, input.split(separator: 10).count)) lines")
    }
}

/// The lines of a whole stream, cut in the plainest way.
enum PlainLines {
    static func cut(_ input: [UInt8], limit: Int, isExact: Bool) -> (lines: [[UInt8]], isTooLong: Bool) {
        var parts = input.split(separator: 10, omittingEmptySubsequences: false).map(Array.init)
        let rest = parts.removeLast()
        var lines: [[UInt8]] = []
        for part in parts {
            let line = !isExact && part.last == 13 ? Array(part.dropLast()) : part
            guard line.count <= limit else { return (lines, true) }
            if isExact || !line.isEmpty { lines.append(line) }
        }
        // One byte more than the limit may still be the carriage return before a line feed.
        return (lines, rest.count > limit + (rest.last == 13 ? 1 : 0))
    }
}
