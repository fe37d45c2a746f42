import TandemCore

extension FuzzTarget {
    static let jsonTape = FuzzTarget(
        name: "json-tape",
        promise: "exactly RFC 8259 is accepted, views stay within the text, and what is written is read back the same",
        dictionary: [
            "null", "true", "false", "\"", "\\u0000", "\\ud83d\\ude00", "\\ud800", "\\udc00\\ud800", "\\\"", "\\/",
            "{}", "[]", "{\"a\":", "[[", "]]", "\u{FEFF}", "\u{1F600}", "é", "NaN", "Infinity", "// x", ",", ":",
            "\"class\":", "\"a\":1,\"a\":2",
        ]
    ) { JSONOracle.judge($0) }
}

enum JSONOracle {
    /// Canaries give a fault of the reader (the text that it takes the input for) or of the writer; the oracle is the
    /// same.
    static func judge(
        _ input: [UInt8], reading: ([UInt8]) -> [UInt8] = { $0 }, writing: ([UInt8]) -> [UInt8] = { $0 }
    ) -> Verdict {
        let expected = PlainJSON.accepts(input, depthLimit: 64)
        return GuardedBytes.with(reading(input)) { text in
            var tape = JSONTape()
            do throws(JSONError) {
                let problem = try tape.withParsed(text, depthLimit: 64) { JSONViews.problem(of: $0, in: text) }
                guard expected else { return .wrong("the tape accepts what is no JSON") }
                if let problem { return .wrong(problem) }
            } catch {
                guard !expected else { return .wrong("the tape refuses JSON: \(error)") }
                guard tape.kind(of: tape.root) == .null, tape.count(of: tape.root) == 0 else {
                    return .wrong("after a failed parse the tape does not hold a single null")
                }
                return .fine("refused: \(error.reason)")
            }
            guard let tree = try? JSONValue(parsing: text) else { return .wrong("a tape but no tree") }
            let written = writing(tree.encoded())
            guard PlainJSON.accepts(written, depthLimit: 64) else { return .wrong("what is written is no JSON") }
            guard let again = try? JSONValue(parsing: written) else { return .wrong("what is written is not read") }
            guard writing(again.encoded()) == written else {
                return .wrong("written, read and written again is something else")
            }
            return .fine("accepted: \(tape.kind(of: tape.root)) of \(min(4, tape.count(of: tape.root)))")
        }
    }
}

/// Walks all views of a text.
enum JSONViews {
    /// What is wrong with a view or one of those within it; nil when nothing is.
    static func problem(of view: JSONView, in text: UnsafeBufferPointer<UInt8>) -> String? {
        let range = view.rawRange
        guard range.lowerBound >= 0, range.upperBound <= text.count, !range.isEmpty else {
            return "a view of \(range) in a text of \(text.count) bytes"
        }
        switch view.kind {
        case .string:
            guard view.string != nil else { return "a string without a text" }
        case .number:
            guard view.double != nil else { return "a number without a value" }
        case .bool:
            guard view.bool != nil else { return "a flag without a value" }
        case .null: return view.isNull ? nil : "a null that is none"
        case .array:
            var last = range.lowerBound
            var count = 0
            for element in view.elements {
                guard element.rawRange.lowerBound > last, element.rawRange.upperBound < range.upperBound else {
                    return "an element at \(element.rawRange) of an array at \(range)"
                }
                if let problem = problem(of: element, in: text) { return problem }
                last = element.rawRange.upperBound - 1
                count += 1
            }
            guard count == view.count else { return "\(count) elements where \(view.count) are told" }
        case .object:
            var count = 0
            for (_, value) in view.members {
                guard value.rawRange.lowerBound > range.lowerBound, value.rawRange.upperBound < range.upperBound else {
                    return "a member at \(value.rawRange) of an object at \(range)"
                }
                if let problem = problem(of: value, in: text) { return problem }
                count += 1
            }
            guard count == view.count else { return "\(count) members where \(view.count) are told" }
        }
        return nil
    }
}
