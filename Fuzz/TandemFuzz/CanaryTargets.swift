import CTIServer
import Federation

/// Planted faults: each target's own oracle judges the real thing with a fault before or behind it. A run that is too
/// short, a mutation that never happens or an oracle that says yes to all would leave them undiscovered; the smoke run
/// fails then.
extension FuzzTarget {
    static let canaries: [FuzzTarget] = [
        .canary("grammar", in: jsonTape, "a grammar in which numbers may begin with zeros") { input in
            JSONOracle.judge(input) { text in
                let isTaken = PlainJSON.accepts(text, depthLimit: 64, takesLeadingZeros: true)
                return isTaken && !PlainJSON.accepts(text, depthLimit: 64) ? [0x30] : text
            }
        },
        .canary("escape", in: jsonTape, "a writer that escapes twice") { input in
            JSONOracle.judge(input, writing: escapedTwice)
        },
        .canary("split", in: ctiLines, "a framer that loses the carriage return that ends a piece") { input in
            CTILinesOracle.judge(input, fault: losesReturn)
        },
        .canary("swallowed", in: ctiServer, "a server that does not answer one class") { input in
            CTIServerOracle.judge(input) { isAnswer($0, of: "getipbxlist") ? [] : [$0] }
        },
        .canary("repeated", in: ctiServer, "a server that answers one class twice") { input in
            CTIServerOracle.judge(input) { isAnswer($0, of: "getipbxlist") ? [$0, $0] : [$0] }
        },
        .canary("ami-split", in: ami, "a decoder that loses the carriage return that ends a piece") { input in
            AMIOracle.judge(input, fault: AMIFault(before: losesReturn))
        },
        .canary("ami-repeated", in: ami, "a decoder that always forgets a header that comes again") { input in
            let fault = AMIFault(behind: { message in
                var message = message
                for place in message.names.indices.reversed()
                where message.names[..<place].contains(message.names[place]) {
                    message.headers.remove(at: place)
                    message.names.remove(at: place)
                    message.texts.remove(at: place)
                }
                return message
            })
            return AMIOracle.judge(input, fault: fault)
        },
        .canary("ami-kept", in: ami, "a decoder that keeps two bytes more than it must") { input in
            AMIOracle.judge(input, fault: AMIFault(kept: { $0 > 40 ? $0 + 2 : $0 }))
        },
        .canary("rcti-escape", in: rctiFrames, "a frame writer that escapes twice") { input in
            RCTIOracle.judgeFrames(input, fault: escapedTwice)
        },
        .canary("rcti-field", in: rctiFrames, "a frame writer that counts all progress as the first") { input in
            RCTIOracle.judgeFrames(input, fault: countsNothing)
        },
        .canary("rcti-close", in: rctiLink, "a link whose close is swallowed") { input in
            RCTIOracle.judgeLink(input) { effects in
                effects.filter { if case .close = $0 { false } else { true } }
            }
        },
    ]

    private static func canary(
        _ name: String, in target: FuzzTarget, _ fault: String, check: @escaping @Sendable ([UInt8]) -> Verdict
    ) -> FuzzTarget {
        FuzzTarget(
            name: "canary-\(name)", promise: "planted: \(fault)", dictionary: target.dictionary, isCanary: true,
            smokeCases: target.smokeCases, corpusOf: target.name, check: check)
    }

    @Sendable private static func losesReturn(_ piece: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        piece.last == 13 ? piece.dropLast() : piece
    }

    @Sendable private static func escapedTwice(_ text: [UInt8]) -> [UInt8] {
        text.flatMap { $0 == UInt8(ascii: "\\") ? [$0, $0] : [$0] }
    }

    /// Agrees with itself however often a frame is read and written, so that only the documented fields tell.
    @Sendable private static func countsNothing(_ line: [UInt8]) -> [UInt8] {
        let name = Array(#""number":"#.utf8)
        guard line.starts(with: #"{"class":"rcti_progress""#.utf8),
            let place = line.indices.first(where: { line[$0...].starts(with: name) })
        else { return line }
        let digits = line[(place + name.count)...].prefix { (0x30...0x39).contains($0) }
        return line[..<digits.startIndex] + [0x30] + line[digits.endIndex...]
    }

    /// Whether the effect is an answer of this class to the client that speaks.
    private static func isAnswer(_ effect: CTIEffect, of name: String) -> Bool {
        guard case .send(let client, let bytes) = effect, client.number == 2 else { return false }
        return String(decoding: bytes, as: UTF8.self).contains(#""class":"\#(name)""#)
    }
}
