/// The kinds of JSON values.
public enum JSONKind: UInt8, Hashable, Sendable {
    case null, bool, number, string, array, object
}

/// One value or key on a tape: 16 bytes, no reference.
@usableFromInline
struct JSONToken: Sendable {
    /// The first byte of the value (a string's opening quote).
    var start: UInt32
    /// One past the last byte of the value.
    var end: UInt32
    /// The index of the token after this value and all that is inside it. While a container is still open: the index
    /// of its parent plus one, so that the parser needs no stack.
    var next: UInt32
    /// Bits 0-2 kind, bit 3 `flag`, the rest the number of elements or members.
    var meta: UInt32

    @inline(__always) static var flagBit: UInt32 { 8 }
    @inline(__always) static var countShift: UInt32 { 4 }

    @inline(__always)
    init(_ kind: JSONKind, flag: Bool = false, start: Int, end: Int, next: Int) {
        self.start = UInt32(truncatingIfNeeded: start)
        self.end = UInt32(truncatingIfNeeded: end)
        self.next = UInt32(truncatingIfNeeded: next)
        meta = UInt32(kind.rawValue) | (flag ? Self.flagBit : 0)
    }

    @inline(__always) var kind: JSONKind { JSONKind(rawValue: UInt8(truncatingIfNeeded: meta & 7)) ?? .null }
    /// Whether the value is of a kind.
    @inline(__always) func isKind(_ kind: JSONKind) -> Bool { meta & 7 == UInt32(kind.rawValue) }
    /// A string has escapes; a number has a fraction or an exponent; a boolean is true.
    @inline(__always) var flag: Bool { meta & Self.flagBit != 0 }
    @inline(__always) var count: Int { Int(meta >> Self.countShift) }
}

/// What a text contains that our own writer would have written otherwise.
@usableFromInline
struct JSONTraits: OptionSet, Sendable {
    @usableFromInline let rawValue: UInt8
    @usableFromInline init(rawValue: UInt8) { self.rawValue = rawValue }

    @inline(__always) static var whitespace: JSONTraits { JSONTraits(rawValue: 1) }
    @inline(__always) static var nonASCII: JSONTraits { JSONTraits(rawValue: 2) }
    @inline(__always) static var escapes: JSONTraits { JSONTraits(rawValue: 4) }
}
