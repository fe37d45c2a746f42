/// Strings as the tools print them, in pure ASCII, and as they compare them, in UTF-8.
///
/// All functions read the inside of a string that a tape has validated. A surrogate that stands alone keeps its place:
/// it is printed as the escape it was, and compares by its code.
enum StringText {
    private static let hex = Array("0123456789abcdef".utf8)

    /// How many bytes from `from` on are printed as they are.
    @inline(__always)
    static func plainPrefix(_ text: UnsafePointer<UInt8>, _ from: Int, _ length: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        var place = from
        while place &+ 8 <= length {
            let word = UInt64(littleEndian: UnsafeRawPointer(text + place).loadUnaligned(as: UInt64.self))
            let slashes = word ^ (ones &* 0x5C)
            let quotes = word ^ (ones &* 0x22)
            // 0x7F and above, a backslash, a quote, a control character. Only the first mark counts: carries and
            // borrows spoil those after it.
            let found =
                (word &+ ones) | word | ((slashes &- ones) & ~slashes) | ((quotes &- ones) & ~quotes)
                | ((word &- (ones &* 0x20)) & ~word)
            let marks = found & (ones &* 0x80)
            if marks != 0 { return place &+ (marks.trailingZeroBitCount &>> 3) }
            place &+= 8
        }
        while place < length {
            let byte = text[place]
            if byte < 0x20 || byte >= 0x7F || byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "\"") { break }
            place &+= 1
        }
        return place
    }

    /// Writes a string token (with its quotes) in ASCII.
    @inline(__always)
    static func write(token: UnsafeBufferPointer<UInt8>, into output: inout [UInt8]) {
        guard let text = token.baseAddress else { return }
        let end = token.count &- 1
        if plainPrefix(text, 1, end) >= end {
            output.append(contentsOf: token)
        } else {
            escape(text, end, into: &output)
        }
    }

    private static func escape(_ text: UnsafePointer<UInt8>, _ end: Int, into output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        var place = 1
        while place < end {
            let next = plainPrefix(text, place, end)
            if next > place {
                output.append(contentsOf: UnsafeBufferPointer(start: text + place, count: next &- place))
                place = next
                continue
            }
            let unit = nextUnit(text, &place, end)
            writeScalar(unit, into: &output)
        }
        output.append(UInt8(ascii: "\""))
    }

    /// Writes any UTF-8 text as a quoted ASCII string; invalid bytes become U+FFFD.
    static func write(text: String, into output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        for scalar in text.unicodeScalars { writeScalar(scalar.value, into: &output) }
        output.append(UInt8(ascii: "\""))
    }

    private static func writeScalar(_ code: UInt32, into output: inout [UInt8]) {
        func pair(_ letter: Unicode.Scalar) {
            output.append(UInt8(ascii: "\\"))
            output.append(UInt8(ascii: letter))
        }
        func unit(_ code: UInt32) {
            output.append(UInt8(ascii: "\\"))
            output.append(UInt8(ascii: "u"))
            for shift in [12, 8, 4, 0] as [UInt32] { output.append(hex[Int(code >> shift & 15)]) }
        }
        switch code {
        case 0x22: pair("\"")
        case 0x5C: pair("\\")
        case 0x0A: pair("n")
        case 0x0D: pair("r")
        case 0x09: pair("t")
        case 0x08: pair("b")
        case 0x0C: pair("f")
        case 0x20..<0x7F: output.append(UInt8(truncatingIfNeeded: code))
        case 0x10000...:
            unit(0xD800 + (code - 0x10000) >> 10)
            unit(0xDC00 + (code - 0x10000) & 0x3FF)
        default: unit(code)
        }
    }

    /// The scalar (or lone surrogate) at `place`, escape or UTF-8.
    private static func nextUnit(_ text: UnsafePointer<UInt8>, _ place: inout Int, _ end: Int) -> UInt32 {
        let byte = text[place]
        guard byte == UInt8(ascii: "\\") else {
            func tail(_ offset: Int) -> UInt32 { place + offset < end ? UInt32(text[place + offset] & 0x3F) : 0 }
            let code: UInt32
            switch byte {
            case 0..<0x80:
                code = UInt32(byte)
                place += 1
            case 0..<0xE0:
                code = UInt32(byte & 0x1F) << 6 | tail(1)
                place += 2
            case 0..<0xF0:
                code = UInt32(byte & 0x0F) << 12 | tail(1) << 6 | tail(2)
                place += 3
            default:
                code = UInt32(byte & 0x07) << 18 | tail(1) << 12 | tail(2) << 6 | tail(3)
                place += 4
            }
            return code
        }
        let letter = text[place + 1]
        place += 2
        switch letter {
        case UInt8(ascii: "n"): return 0x0A
        case UInt8(ascii: "r"): return 0x0D
        case UInt8(ascii: "t"): return 0x09
        case UInt8(ascii: "b"): return 0x08
        case UInt8(ascii: "f"): return 0x0C
        case UInt8(ascii: "u"):
            let high = quad(text, place, end)
            place += 4
            guard high & 0xFC00 == 0xD800, place + 6 <= end, text[place] == UInt8(ascii: "\\"),
                text[place + 1] == UInt8(ascii: "u")
            else { return high }
            let low = quad(text, place + 2, end)
            guard low & 0xFC00 == 0xDC00 else { return high }
            place += 6
            return 0x10000 + ((high & 0x3FF) << 10 | low & 0x3FF)
        default: return UInt32(letter)
        }
    }

    private static func quad(_ text: UnsafePointer<UInt8>, _ place: Int, _ end: Int) -> UInt32 {
        var code: UInt32 = 0
        for offset in place..<min(place + 4, end) {
            let byte = text[offset]
            code = code << 4 | UInt32(byte < 0x40 ? byte &- 0x30 : (byte | 0x20) &- 0x57)
        }
        return code
    }

    /// Appends what a string token means, in UTF-8 (lone surrogates in the same scheme), whose byte order is the order
    /// of code points.
    static func decode(token: UnsafeBufferPointer<UInt8>, into output: inout [UInt8]) {
        guard let text = token.baseAddress else { return }
        let end = token.count - 1
        var place = 1
        while place < end {
            guard text[place] == UInt8(ascii: "\\") else {
                output.append(text[place])
                place += 1
                continue
            }
            let code = nextUnit(text, &place, end)
            switch code {
            case 0..<0x80: output.append(UInt8(code))
            case 0..<0x800:
                output.append(0xC0 | UInt8(code >> 6))
                output.append(0x80 | UInt8(code & 0x3F))
            case 0..<0x10000:
                output.append(0xE0 | UInt8(code >> 12))
                output.append(0x80 | UInt8(code >> 6 & 0x3F))
                output.append(0x80 | UInt8(code & 0x3F))
            default:
                output.append(0xF0 | UInt8(code >> 18))
                output.append(0x80 | UInt8(code >> 12 & 0x3F))
                output.append(0x80 | UInt8(code >> 6 & 0x3F))
                output.append(0x80 | UInt8(code & 0x3F))
            }
        }
    }
}
