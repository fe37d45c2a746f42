/// One header of a message: where its name and value are, as offsets from the message's first byte.
struct AMIField {
    var nameStart: UInt32
    var valueStart: UInt32
    var valueEnd: UInt32
    var nameLength: UInt16
    /// The raw value of the header, kept raw for speed.
    var identifier: UInt8

    var header: AMIHeader { AMIHeader(rawValue: identifier) ?? .other }
}

/// One message as it lies in the receive buffer. It is lent to a reader for the time of one call and cannot be kept
/// (not copyable, only borrowed): nothing is copied or allocated until a value is asked for as `String`.
///
/// A header may occur several times and may be empty. Values hold any bytes but CR LF; invalid UTF-8 becomes U+FFFD.
public struct AMIMessage: ~Copyable {
    /// What a message is, by its first header.
    public enum Kind: Hashable, Sendable {
        /// The greeting line, `Asterisk Call Manager/<version>`.
        case banner
        /// The answer to an action.
        case response
        /// Something that happened, or one item of a list.
        case event
        /// Neither (an action of a client, or noise).
        case other
    }

    let base: UnsafeRawPointer
    let fields: UnsafePointer<AMIField>
    /// How many headers the message has.
    public let count: Int
    /// What the message is.
    public let kind: Kind
    /// Which event it is; `other` for responses and unknown events.
    public let event: AMIEventName
    /// Bytes of the message, with its closing empty line.
    public let byteCount: Int

    @inline(__always)
    init(
        base: UnsafeRawPointer, fields: UnsafePointer<AMIField>, count: Int, kind: Kind, event: AMIEventName,
        byteCount: Int
    ) {
        self.base = base
        self.fields = fields
        self.count = count
        self.kind = kind
        self.event = event
        self.byteCount = byteCount
    }

    // MARK: By header

    @inline(__always)
    private func find(_ header: AMIHeader) -> UnsafePointer<AMIField>? {
        var field = fields
        let end = fields + count
        let wanted = header.rawValue
        while field < end {
            if field.pointee.identifier == wanted { return field }
            field += 1
        }
        return nil
    }

    @inline(__always)
    private func bytes(_ field: UnsafePointer<AMIField>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(
            start: base + Int(field.pointee.valueStart),
            count: Int(field.pointee.valueEnd) - Int(field.pointee.valueStart))
    }

    /// Whether the header is there, empty or not.
    public func has(_ header: AMIHeader) -> Bool { find(header) != nil }

    /// The first value of a header as sent (invalid UTF-8 repaired), nil when it is absent.
    public func raw(_ header: AMIHeader) -> String? {
        guard let field = find(header) else { return nil }
        return String(decoding: bytes(field), as: UTF8.self)
    }

    /// The first value of a header; empty when it is absent or one of Asterisk's words for nothing: `<unknown>`,
    /// `(null)`, `<none>`.
    public func text(_ header: AMIHeader) -> String {
        guard let field = find(header) else { return "" }
        let value = bytes(field)
        if Self.isNothing(value) { return "" }
        return String(decoding: value, as: UTF8.self)
    }

    /// Whether the value is absent, empty or one of Asterisk's words for nothing.
    public func isEmpty(_ header: AMIHeader) -> Bool {
        guard let field = find(header) else { return true }
        let value = bytes(field)
        return value.isEmpty || Self.isNothing(value)
    }

    /// The first value as a decimal whole number, nil when absent or not one.
    public func integer(_ header: AMIHeader) -> Int? {
        guard let field = find(header) else { return nil }
        return Self.integer(bytes(field))
    }

    /// Whether the first value equals a text, byte by byte.
    public func equals(_ header: AMIHeader, _ text: StaticString) -> Bool {
        guard let field = find(header) else { return false }
        return Self.equal(bytes(field), text)
    }

    /// Whether the first value begins with a text.
    public func begins(_ header: AMIHeader, _ text: StaticString) -> Bool {
        guard let field = find(header) else { return false }
        let value = bytes(field)
        guard value.count >= text.utf8CodeUnitCount else { return false }
        return Self.equal(UnsafeRawBufferPointer(rebasing: value[..<text.utf8CodeUnitCount]), text)
    }

    /// Whether the first value is `Yes`, `yes`, `true`, `True`, `On`, `on` or `1`.
    public func isTrue(_ header: AMIHeader) -> Bool {
        guard let field = find(header), let first = bytes(field).first else { return false }
        switch first | 0x20 {
        case UInt8(ascii: "y"), UInt8(ascii: "t"), UInt8(ascii: "1"): return true
        case UInt8(ascii: "o"): return bytes(field).count == 2
        default: return false
        }
    }

    /// Reads the first value's bytes in place; nil when the header is absent. The pointer ends with the call.
    public func withBytes<R>(_ header: AMIHeader, _ body: (UnsafeRawBufferPointer) -> R) -> R? {
        guard let field = find(header) else { return nil }
        return body(bytes(field))
    }

    // MARK: In order

    /// The header at an index (0 is the first); `other` if its name is not a known one.
    public func header(at index: Int) -> AMIHeader {
        precondition(index >= 0 && index < count, "header index out of range")
        return fields[index].header
    }

    /// The name at an index as it was sent; empty for a line without `:`.
    public func name(at index: Int) -> String {
        precondition(index >= 0 && index < count, "header index out of range")
        let field = fields[index]
        return String(
            decoding: UnsafeRawBufferPointer(
                start: base + Int(field.nameStart), count: Int(field.nameLength)), as: UTF8.self)
    }

    /// The value at an index as it was sent; the whole line when it has no `:`.
    public func value(at index: Int) -> String {
        precondition(index >= 0 && index < count, "header index out of range")
        return String(decoding: bytes(fields + index), as: UTF8.self)
    }

    // MARK: Bytes

    @inline(__always)
    private static func isNothing(_ value: UnsafeRawBufferPointer) -> Bool {
        guard let first = value.first else { return false }
        switch first {
        case UInt8(ascii: "<"): return equal(value, "<unknown>") || equal(value, "<none>")
        case UInt8(ascii: "("): return equal(value, "(null)")
        default: return false
        }
    }

    private static func integer(_ value: UnsafeRawBufferPointer) -> Int? {
        var bytes = value
        var negative = false
        if bytes.first == UInt8(ascii: "-") {
            negative = true
            bytes = UnsafeRawBufferPointer(rebasing: bytes.dropFirst())
        }
        guard (1...18).contains(bytes.count) else { return nil }
        var number = 0
        for byte in bytes {
            let digit = Int(byte) - 48
            guard digit >= 0, digit <= 9 else { return nil }
            number = number * 10 + digit
        }
        return negative ? -number : number
    }

    @inline(__always)
    static func equal(_ value: UnsafeRawBufferPointer, _ text: StaticString) -> Bool {
        guard value.count == text.utf8CodeUnitCount else { return false }
        let start = text.utf8Start
        for index in 0..<value.count where value[index] != start[index] { return false }
        return true
    }
}
