/// Small scanners over raw bytes that the parser, the writer and the splicer share. None reads beyond `length`.
enum JSONScan {
    /// Eight bytes as a little-endian word, so that the lowest marked byte is the first one in the text.
    @inline(__always)
    static func load(_ bytes: UnsafePointer<UInt8>) -> UInt64 {
        UInt64(littleEndian: UnsafeRawPointer(bytes).loadUnaligned(as: UInt64.self))
    }

    /// The top bit of each byte that ends plain text in a string: `"`, `\`, a control character or non-ASCII. Bytes
    /// above the first marked one may be marked wrongly (borrows), so only the first one counts.
    @inline(__always)
    static func marks(of word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quotes = word ^ (ones &* 0x22)
        let slashes = word ^ (ones &* 0x5C)
        let found =
            ((quotes &- ones) & ~quotes) | ((slashes &- ones) & ~slashes) | ((word &- (ones &* 0x20)) & ~word) | word
        return found & (ones &* 0x80)
    }

    /// How many bytes from the start need no escape in our output.
    @inline(__always)
    static func plainPrefix(_ text: UnsafePointer<UInt8>, _ from: Int, _ length: Int) -> Int {
        var place = from
        while place &+ 8 <= length {
            let marks = marks(of: load(text + place))
            if marks != 0 { return place &+ (marks.trailingZeroBitCount &>> 3) }
            place &+= 8
        }
        while place < length {
            let byte = text[place]
            if byte < 0x20 || byte >= 0x80 || byte == Byte.quote || byte == Byte.backslash { break }
            place &+= 1
        }
        return place
    }

    /// The end of the escape that begins with the backslash at `place`, or nil when it is none.
    static func endOfEscape(_ text: UnsafePointer<UInt8>, _ place: Int, _ length: Int) -> Int? {
        guard place + 1 < length else { return nil }
        switch text[place + 1] {
        case Byte.quote, Byte.backslash, UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"),
            UInt8(ascii: "r"), UInt8(ascii: "t"):
            return place + 2
        case UInt8(ascii: "u"):
            return hexQuad(text, place + 2, length) == nil ? nil : place + 6
        default:
            return nil
        }
    }

    /// The value of four hexadecimal digits.
    static func hexQuad(_ text: UnsafePointer<UInt8>, _ place: Int, _ length: Int) -> UInt32? {
        guard place + 4 <= length else { return nil }
        var value: UInt32 = 0
        for offset in 0..<4 {
            let byte = text[place + offset]
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt32(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt32(byte - UInt8(ascii: "a") + 10)
            case UInt8(ascii: "A")...UInt8(ascii: "F"): value = value << 4 | UInt32(byte - UInt8(ascii: "A") + 10)
            default: return nil
            }
        }
        return value
    }

    /// The size of the UTF-8 scalar that begins with a byte of 0x80 or more: 2 to 4, or 0 when it is not valid
    /// (Unicode table 3-7: no overlong forms, no surrogates, nothing beyond U+10FFFF).
    static func sizeOfScalar(_ text: UnsafePointer<UInt8>, _ place: Int, _ length: Int) -> Int {
        func isTail(_ offset: Int) -> Bool { text[place + offset] & 0xC0 == 0x80 }
        let room = length - place
        switch text[place] {
        case 0xC2...0xDF:
            return room >= 2 && isTail(1) ? 2 : 0
        case 0xE0...0xEF:
            guard room >= 3, isTail(1), isTail(2) else { return 0 }
            if text[place] == 0xE0, text[place + 1] < 0xA0 { return 0 }
            if text[place] == 0xED, text[place + 1] > 0x9F { return 0 }
            return 3
        case 0xF0...0xF4:
            guard room >= 4, isTail(1), isTail(2), isTail(3) else { return 0 }
            if text[place] == 0xF0, text[place + 1] < 0x90 { return 0 }
            if text[place] == 0xF4, text[place + 1] > 0x8F { return 0 }
            return 4
        default:
            return 0
        }
    }

    /// The end of the number at `start`, or nil when it is not written as RFC 8259 demands.
    @inline(__always)
    static func endOfNumber(
        _ text: UnsafePointer<UInt8>, _ start: Int, _ length: Int, _ isDecimal: inout Bool
    ) -> Int? {
        @inline(__always) func isDigit(_ place: Int) -> Bool { place < length && text[place] &- 0x30 <= 9 }
        var place = start
        if text[place] == UInt8(ascii: "-") { place &+= 1 }
        guard isDigit(place) else { return nil }
        if text[place] == 0x30 { place &+= 1 } else { while isDigit(place) { place &+= 1 } }
        if place < length, text[place] == UInt8(ascii: ".") {
            isDecimal = true
            place &+= 1
            guard isDigit(place) else { return nil }
            while isDigit(place) { place &+= 1 }
        }
        if place < length, text[place] | 0x20 == UInt8(ascii: "e") {
            isDecimal = true
            place &+= 1
            if place < length, text[place] == UInt8(ascii: "+") || text[place] == UInt8(ascii: "-") { place &+= 1 }
            guard isDigit(place) else { return nil }
            while isDigit(place) { place &+= 1 }
        }
        return place
    }

    /// The whole number in bytes that hold a sign and digits only, or nil beyond 64 bits.
    @inline(__always)
    static func integer(_ text: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> Int64? {
        let isNegative = text[start] == UInt8(ascii: "-")
        var place = isNegative ? start &+ 1 : start
        if end &- place < 19 {
            var value: Int64 = 0
            while place < end {
                value = value &* 10 &+ Int64(text[place] &- 0x30)
                place &+= 1
            }
            return isNegative ? 0 &- value : value
        }
        var value: Int64 = 0
        while place < end {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let digit = Int64(text[place] &- 0x30)
            let (sum, carried) =
                isNegative ? product.subtractingReportingOverflow(digit) : product.addingReportingOverflow(digit)
            if overflow || carried { return nil }
            value = sum
            place &+= 1
        }
        return value
    }

    /// Copies up to 32 bytes (more is correct, but slow) in words; the last word overlaps the one before it.
    @inline(__always)
    static func copyShort(_ from: UnsafePointer<UInt8>, to: UnsafeMutablePointer<UInt8>, _ size: Int) {
        let source = UnsafeRawPointer(from)
        let target = UnsafeMutableRawPointer(to)
        if size >= 8 {
            var place = 0
            while place &+ 8 <= size {
                target.storeBytes(
                    of: source.loadUnaligned(fromByteOffset: place, as: UInt64.self), toByteOffset: place,
                    as: UInt64.self)
                place &+= 8
            }
            target.storeBytes(
                of: source.loadUnaligned(fromByteOffset: size &- 8, as: UInt64.self), toByteOffset: size &- 8,
                as: UInt64.self)
        } else {
            for place in 0..<size { to[place] = from[place] }
        }
    }

    /// Whether `size` bytes are exactly this literal.
    @inline(__always)
    static func equals(_ bytes: UnsafePointer<UInt8>, _ size: Int, _ literal: StaticString) -> Bool {
        // Literals always have a pointer; only a scalar wrapped by hand has none.
        guard literal.hasPointerRepresentation else { return false }
        return literal.utf8CodeUnitCount == size && equals(bytes, literal.utf8Start, size)
    }

    /// Whether two stretches of `size` bytes are alike.
    @inline(__always)
    static func equals(_ left: UnsafePointer<UInt8>, _ right: UnsafePointer<UInt8>, _ size: Int) -> Bool {
        var place = 0
        while place &+ 8 <= size {
            if load(left + place) != load(right + place) { return false }
            place &+= 8
        }
        while place < size {
            if left[place] != right[place] { return false }
            place &+= 1
        }
        return true
    }

    /// The text inside the quotes of a valid string with escapes; a lone surrogate becomes U+FFFD.
    static func unescaped(_ text: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> String {
        String(unsafeUninitializedCapacity: end - start) { output in
            var used = 0
            var place = start
            func put(_ byte: UInt8) {
                output[used] = byte
                used += 1
            }
            while place < end {
                let byte = text[place]
                guard byte == Byte.backslash else {
                    put(byte)
                    place += 1
                    continue
                }
                place += 2
                switch text[place - 1] {
                case UInt8(ascii: "b"): put(0x08)
                case UInt8(ascii: "f"): put(0x0C)
                case UInt8(ascii: "n"): put(0x0A)
                case UInt8(ascii: "r"): put(0x0D)
                case UInt8(ascii: "t"): put(0x09)
                case UInt8(ascii: "u"):
                    var code = hexQuad(text, place, end) ?? 0xFFFD
                    place += 4
                    if code & 0xFC00 == 0xD800, place + 6 <= end, text[place] == Byte.backslash,
                        text[place + 1] == UInt8(ascii: "u"), let low = hexQuad(text, place + 2, end),
                        low & 0xFC00 == 0xDC00
                    {
                        code = 0x10000 + ((code & 0x3FF) << 10 | (low & 0x3FF))
                        place += 6
                    }
                    let scalar = Unicode.Scalar(code) ?? "\u{FFFD}"
                    for unit in Character(scalar).utf8 { put(unit) }
                default: put(text[place - 1])
                }
            }
            return used
        }
    }
}
