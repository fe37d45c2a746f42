/// Writes compact, ASCII-escaped JSON into memory that is used again and again.
///
/// Commas are set automatically. The writer does not check that objects and arrays are closed: balanced calls are the
/// caller's duty. A writer that has grown to its usual size does not allocate.
public struct JSONWriter: Sendable {
    /// Memory, of which the first `count` bytes are text. Kept filled with zeros so that it can be written in place.
    @usableFromInline var storage: [UInt8]
    /// How many bytes have been written.
    public private(set) var count = 0
    private var needsComma = false

    /// A writer with room for this many bytes; it grows when needed.
    public init(capacity: Int = 256) { storage = Array(repeating: 0, count: Swift.max(16, capacity)) }

    /// A copy of the text in memory of exactly its size.
    public var bytes: [UInt8] { Array(storage[..<count]) }

    /// Whether nothing has been written.
    public var isEmpty: Bool { count == 0 }

    /// Lends the text, for copying it into a socket's buffer.
    @inlinable
    public func withBytes<Result, Failure: Error>(
        _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try storage.withUnsafeBufferPointer { (memory) throws(Failure) -> Result in
            try body(UnsafeBufferPointer(rebasing: memory[..<count]))
        }
    }

    /// Forgets the text and keeps the memory.
    public mutating func reset() {
        count = 0
        needsComma = false
    }

    /// Drops what was written after the text had this many bytes. The next value gets its comma if the text then ends
    /// in a value.
    public mutating func truncate(to length: Int) {
        guard length >= 0, length < count else { return }
        count = length
        needsComma = length > 0 && !Self.opens(storage[length - 1])
    }

    private static func opens(_ byte: UInt8) -> Bool {
        byte == Byte.openBrace || byte == Byte.openBracket || byte == Byte.colon || byte == Byte.comma
            || byte == UInt8(ascii: "\n")
    }

    // MARK: Structure

    /// `{`
    public mutating func beginObject() { open(Byte.openBrace) }
    /// `}`
    public mutating func endObject() { close(Byte.closeBrace) }
    /// `[`
    public mutating func beginArray() { open(Byte.openBracket) }
    /// `]`
    public mutating func endArray() { close(Byte.closeBracket) }

    /// A line's end; the next value begins anew.
    public mutating func newline() {
        put(UInt8(ascii: "\n"))
        needsComma = false
    }

    /// A member's key.
    public mutating func key(_ key: StaticString) {
        key.withUTF8Buffer { quoted($0, thenColon: true) }
        needsComma = false
    }

    /// A member's key.
    @_disfavoredOverload
    public mutating func key(_ key: String) {
        quoted(key, thenColon: true)
        needsComma = false
    }

    // MARK: Values

    /// A string; everything outside ASCII is written as `\uXXXX`.
    public mutating func string(_ text: String) {
        quoted(text, thenColon: false)
        needsComma = true
    }

    /// A string that is known at compile time.
    public mutating func literal(_ text: StaticString) {
        text.withUTF8Buffer { quoted($0, thenColon: false) }
        needsComma = true
    }

    /// A whole number.
    public mutating func integer(_ number: some FixedWidthInteger) {
        if let small = Int64(exactly: number) {
            digits(small)
        } else {
            ascii(String(number))
        }
    }

    /// A number with fraction: the shortest text that reads back as the same number (`1.0`, `0.1`, `1e+300`). Not a
    /// number and infinity become `null`.
    public mutating func double(_ number: Double) {
        guard number.isFinite else { return null() }
        ascii(number.description)
    }

    /// Unix seconds with one to six decimals (`1315310000.12`): a `Double` of today's date has no more to tell.
    public mutating func unixSeconds(_ seconds: Double) {
        guard seconds.isFinite, seconds >= 0, seconds < 9e9 else { return double(seconds) }
        // Not `rounded()`: in debug builds it needs the C mathematics library, which a pure module does not link.
        let micros = Int64(seconds * 1e6 + 0.5)
        var fraction = UInt32(truncatingIfNeeded: micros % 1_000_000)
        digits(micros / 1_000_000, extra: 7) { place in
            var places = 6
            while places > 1, fraction % 10 == 0 {
                fraction /= 10
                places &-= 1
            }
            place[0] = UInt8(ascii: ".")
            for digit in stride(from: places, to: 0, by: -1) {
                place[digit] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: fraction % 10)
                fraction /= 10
            }
            return places &+ 1
        }
    }

    /// `true` or `false`.
    public mutating func bool(_ flag: Bool) {
        raw(flag ? "true" : "false")
    }

    /// `null`
    public mutating func null() { raw("null") }

    /// A value that is already JSON. It MUST be valid and complete.
    public mutating func raw(_ json: UnsafeBufferPointer<UInt8>) {
        let comma = needsComma ? 1 : 0
        write(json.count &+ 1) { place in
            place[0] = Byte.comma
            if let from = json.baseAddress { (place + comma).update(from: from, count: json.count) }
            return json.count &+ comma
        }
        needsComma = true
    }

    /// A value that is already JSON. It MUST be valid and complete.
    public mutating func raw(_ json: [UInt8]) { json.withUnsafeBufferPointer { raw($0) } }

    /// A value that is already JSON. It MUST be valid and complete.
    public mutating func raw(_ json: ArraySlice<UInt8>) { json.withUnsafeBufferPointer { raw($0) } }

    /// A value that is already JSON and known at compile time.
    public mutating func raw(_ json: StaticString) { json.withUTF8Buffer { raw($0) } }

    /// A document that is already encoded.
    public mutating func object(_ document: EncodedObject) { raw(document.bytes) }

    /// The members of a document, into the object that is open.
    public mutating func members(of document: EncodedObject) {
        guard !document.isEmpty else { return }
        raw(document.bytes[1..<(document.bytes.count - 1)])
    }

    /// A tree.
    public mutating func value(_ value: JSONValue) {
        switch value {
        case .null: null()
        case .bool(let flag): bool(flag)
        case .integer(let number): digits(number)
        case .double(let number): double(number)
        case .numeral(let text): numeral(text)
        case .string(let text): string(text)
        case .array(let elements):
            beginArray()
            for element in elements { self.value(element) }
            endArray()
        case .object(let object): self.value(object)
        }
    }

    /// A tree's members as an object.
    @_disfavoredOverload
    public mutating func value(_ object: JSONObject) {
        beginObject()
        // By index: the iterator of a `Sequence` retains and releases more.
        let members = object.members
        for place in members.indices {
            key(members[place].key)
            value(members[place].value)
        }
        endObject()
    }

    /// A number as written; anything that is no JSON number is written as a string, so the output stays valid.
    private mutating func numeral(_ text: String) {
        var isDecimal = false
        let utf8 = Array(text.utf8)
        let isNumber = utf8.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress, !buffer.isEmpty else { return false }
            return JSONScan.endOfNumber(base, 0, buffer.count, &isDecimal) == buffer.count
        }
        if isNumber { raw(utf8) } else { string(text) }
    }

    // MARK: Bytes

    /// Writes up to `room` bytes in one step: the array's checks cost more than the bytes. The closure gets the place
    /// and says how many bytes it wrote.
    @inline(__always)
    private mutating func write(_ room: Int, _ body: (UnsafeMutablePointer<UInt8>) -> Int) {
        if count &+ room > storage.count { grow(room) }
        let start = count
        let written = storage.withUnsafeMutableBufferPointer { memory in
            memory.baseAddress.map { body($0 + start) } ?? 0
        }
        count = start &+ written
    }

    @inline(never)
    private mutating func grow(_ more: Int) {
        storage.append(contentsOf: repeatElement(0, count: Swift.max(more, storage.count)))
    }

    @inline(__always)
    private mutating func put(_ byte: UInt8) {
        write(1) { place in
            place[0] = byte
            return 1
        }
    }

    @inline(__always)
    private mutating func open(_ bracket: UInt8) {
        let comma = needsComma ? 1 : 0
        write(2) { place in
            place[0] = Byte.comma
            place[comma] = bracket
            return comma &+ 1
        }
        needsComma = false
    }

    @inline(__always)
    private mutating func close(_ bracket: UInt8) {
        put(bracket)
        needsComma = true
    }

    private mutating func ascii(_ text: String) {
        var text = text
        text.withUTF8 { raw($0) }
    }

    /// A whole number with the comma that is due; up to `extra` bytes more by `then`, which is told the place.
    @inline(__always)
    private mutating func digits(
        _ number: Int64, extra: Int = 0, then: (UnsafeMutablePointer<UInt8>) -> Int = { _ in 0 }
    ) {
        let needsComma = needsComma
        write(21 &+ extra) { start in
            var place = start
            if needsComma {
                place[0] = Byte.comma
                place += 1
            }
            if number < 0 {
                place[0] = UInt8(ascii: "-")
                place += 1
            }
            var rest = number.magnitude
            var size = 1
            var bound: UInt64 = 10
            while rest >= bound, size < 19 {
                bound &*= 10
                size &+= 1
            }
            // Two digits per division: divisions in a row are what takes time here.
            var digit = size
            while digit >= 2 {
                let pair = UInt32(truncatingIfNeeded: rest % 100)
                rest /= 100
                digit &-= 2
                place[digit] = 0x30 &+ UInt8(truncatingIfNeeded: pair / 10)
                place[digit &+ 1] = 0x30 &+ UInt8(truncatingIfNeeded: pair % 10)
            }
            if digit == 1 { place[0] = 0x30 &+ UInt8(truncatingIfNeeded: rest) }
            place += size
            return (place - start) &+ then(place)
        }
        self.needsComma = true
    }

    @inline(__always)
    private mutating func quoted(_ text: String, thenColon: Bool) {
        if text.utf8.withContiguousStorageIfAvailable({ quoted($0, thenColon: thenColon) }) != nil { return }
        var text = text
        text.withUTF8 { quoted($0, thenColon: thenColon) }
    }

    private mutating func quoted(_ text: UnsafeBufferPointer<UInt8>, thenColon: Bool) {
        let size = text.count
        let needsComma = needsComma
        var isPlain = true
        write(size &+ 4) { start in
            var place = start
            if needsComma {
                place[0] = Byte.comma
                place += 1
            }
            place[0] = Byte.quote
            place += 1
            if let from = text.baseAddress {
                guard JSONScan.plainPrefix(from, 0, size) == size else {
                    isPlain = false
                    return place - start
                }
                if size <= 32 {
                    // Short texts are the rule, and a call of `memmove` costs more than they do.
                    JSONScan.copyShort(from, to: place, size)
                } else {
                    place.update(from: from, count: size)
                }
                place += size
            }
            place[0] = Byte.quote
            if thenColon {
                place[1] = Byte.colon
                place += 1
            }
            return place - start &+ 1
        }
        if isPlain { return }
        escaped(text)
        put(Byte.quote)
        if thenColon { put(Byte.colon) }
    }

    /// The inside of a string that needs escapes.
    private mutating func escaped(_ text: UnsafeBufferPointer<UInt8>) {
        guard let base = text.baseAddress else { return }
        var place = 0
        while place < text.count {
            let end = JSONScan.plainPrefix(base, place, text.count)
            if end > place {
                let size = end &- place
                write(size) { target in
                    target.update(from: base + place, count: size)
                    return size
                }
                place = end
                continue
            }
            let byte = base[place]
            switch byte {
            case Byte.quote, Byte.backslash: escape(byte)
            case 0x0A: escape(UInt8(ascii: "n"))
            case 0x0D: escape(UInt8(ascii: "r"))
            case 0x09: escape(UInt8(ascii: "t"))
            case 0x08: escape(UInt8(ascii: "b"))
            case 0x0C: escape(UInt8(ascii: "f"))
            case 0x00..<0x20: hex(UInt32(byte))
            default:
                let size = JSONScan.sizeOfScalar(base, place, text.count)
                scalar(base + place, size)
                place &+= Swift.max(1, size)
                continue
            }
            place &+= 1
        }
    }

    private mutating func escape(_ byte: UInt8) {
        write(2) { place in
            place[0] = Byte.backslash
            place[1] = byte
            return 2
        }
    }

    private mutating func hex(_ code: UInt32) {
        write(6) { place in
            place[0] = Byte.backslash
            place[1] = UInt8(ascii: "u")
            for offset in 0..<4 {
                let nibble = UInt8(truncatingIfNeeded: code >> UInt32(12 &- 4 &* offset)) & 15
                place[2 &+ offset] = nibble < 10 ? 0x30 &+ nibble : 0x57 &+ nibble
            }
            return 6
        }
    }

    /// Writes one scalar beyond ASCII; an invalid one (size 0) becomes U+FFFD.
    private mutating func scalar(_ bytes: UnsafePointer<UInt8>, _ size: Int) {
        func tail(_ offset: Int) -> UInt32 { UInt32(bytes[offset] & 0x3F) }
        switch size {
        case 2: hex(UInt32(bytes[0] & 0x1F) << 6 | tail(1))
        case 3: hex(UInt32(bytes[0] & 0x0F) << 12 | tail(1) << 6 | tail(2))
        case 4:
            let code = (UInt32(bytes[0] & 0x07) << 18 | tail(1) << 12 | tail(2) << 6 | tail(3)) - 0x10000
            hex(0xD800 + (code >> 10))
            hex(0xDC00 + (code & 0x3FF))
        default: hex(0xFFFD)
        }
    }
}
