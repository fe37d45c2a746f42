import CTIProtocol
import TandemCore

/// Planted faults. A run that is too short, a mutation that never happens or an oracle that says yes to all would leave
/// them undiscovered; the smoke run fails then.
extension FuzzTarget {
    /// A framer that forgets the carriage return when a piece ends between `\r` and `\n`.
    static let splitCanary = FuzzTarget(
        name: "canary-split", promise: "planted: a framer that is wrong when a piece ends inside a line end",
        dictionary: ["\r\n", "\n"], isCanary: true, corpusOf: "cti-lines"
    ) { input in
        func lines(_ pieces: [ArraySlice<UInt8>]) -> [[UInt8]] {
            var lines: [[UInt8]] = []
            var line: [UInt8] = []
            for piece in pieces {
                for (index, byte) in zip(piece.indices, piece) {
                    if byte == 10 {
                        if index > piece.startIndex, line.last == 13 { line.removeLast() }
                        lines.append(line)
                        line = []
                    } else {
                        line.append(byte)
                    }
                }
            }
            return lines
        }
        var random = FuzzRandom(of: input)
        for _ in 0..<2 where lines(input.pieces(&random)) != lines([input[...]]) {
            return .wrong("cut otherwise, other lines come out")
        }
        return .fine("\(input.contains(13))")
    }

    /// A grammar that takes `01` for a number.
    static let grammarCanary = FuzzTarget(
        name: "canary-grammar", promise: "planted: a grammar in which numbers may begin with zeros",
        dictionary: FuzzTarget.jsonTape.dictionary, isCanary: true, corpusOf: "json-tape"
    ) { input in
        let isAccepted = (try? JSONValue(parsing: input)) != nil
        guard isAccepted == PlainJSON.accepts(input, depthLimit: 64, takesLeadingZeros: true) else {
            return .wrong("two readers disagree")
        }
        return .fine("\(isAccepted)")
    }
}
