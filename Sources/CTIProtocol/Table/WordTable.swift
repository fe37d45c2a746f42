import TandemCore

/// Finds a word of the protocol in a parsed text without making a `String` of it: a few dozen words of up to 16 bytes,
/// compared exactly, as two machine words each.
///
/// `AMI` has a table of its own kind (`FoldedNameTable`): its names have up to 32 bytes, compare without case, and are
/// looked for at the start of lines.
struct WordTable<Value: Sendable>: Sendable {
    /// Up to 16 bytes of a word as two machine words, filled with zeros.
    private struct Packed: Hashable, Sendable {
        var low: UInt64 = 0
        var high: UInt64 = 0

        @inline(__always)
        init(_ bytes: UnsafeBufferPointer<UInt8>) {
            var place = bytes.count
            while place > 8 {
                place &-= 1
                high = high &<< 8 | UInt64(bytes[place])
            }
            while place > 0 {
                place &-= 1
                low = low &<< 8 | UInt64(bytes[place])
            }
        }
    }

    private let words: [Packed]
    private let values: [Value]
    private let exact: [String: Value]

    /// A table of values by their words; those that are sought most come first.
    init(_ values: [Value], word: (Value) -> String) {
        self.values = values
        words = values.map { value in
            let utf8 = Array(word(value).utf8)
            precondition(utf8.count <= 16, "words of the table have up to 16 bytes")
            return utf8.withUnsafeBufferPointer { Packed($0) }
        }
        exact = Dictionary(values.map { (word($0), $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The value of the word that a JSON string holds; nil when it is another word or no string.
    func find(_ view: JSONView) -> Value? {
        guard let bytes = view.plainStringBytes else { return view.string.flatMap { exact[$0] } }
        return find(bytes)
    }

    /// The value of a word.
    @inline(__always)
    func find(_ bytes: UnsafeBufferPointer<UInt8>) -> Value? {
        // A zero byte cannot stand in a plain string, so the filling is unambiguous.
        guard bytes.count <= 16 else { return nil }
        let wanted = Packed(bytes)
        for place in words.indices where words[place] == wanted { return values[place] }
        return nil
    }
}
