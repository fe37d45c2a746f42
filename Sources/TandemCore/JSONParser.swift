/// The validating pass of `JSONTape`: strict RFC 8259, no recursion, no allocation.
///
/// It writes tokens into memory handed in by the tape. When that is too small it stops with `isFull`, and the tape
/// starts again with more; that happens only while a tape warms up.
struct JSONParser {
    private let text: UnsafePointer<UInt8>
    private let length: Int
    private let tokens: UnsafeMutablePointer<JSONToken>
    private let capacity: Int
    private let depthLimit: Int
    private(set) var position = 0
    private(set) var count = 0
    private(set) var traits: JSONTraits = []
    private(set) var isFull = false

    init(
        _ bytes: UnsafeBufferPointer<UInt8>, at text: UnsafePointer<UInt8>,
        into tokens: UnsafeMutablePointer<JSONToken>, capacity: Int, depthLimit: Int
    ) {
        self.text = text
        length = bytes.count
        self.tokens = tokens
        self.capacity = capacity
        self.depthLimit = depthLimit
    }

    /// Parses the whole text: nil when it is one valid value, else the fault at `position`.
    mutating func run() -> JSONError.Reason? {
        var parent = -1
        var depth = 0
        skipSpace()
        nextValue: while true {
            guard position < length else { return .unexpectedEnd }
            guard count < capacity else { return full() }
            let first = text[position]
            if first == Byte.quote {
                if let fault = string() { return fault }
            } else if first == Byte.openBrace || first == Byte.openBracket {
                guard depth < depthLimit else { return .tooDeep(limit: depthLimit) }
                let kind = first == Byte.openBrace ? JSONKind.object : .array
                tokens[count] = JSONToken(kind, start: position, end: 0, next: parent &+ 1)
                parent = count
                count &+= 1
                depth &+= 1
                position &+= 1
                skipSpace()
                guard position < length else { return .unexpectedEnd }
                // '}' is '{' + 2 and ']' is '[' + 2.
                if text[position] != first &+ 2 {
                    if kind == .object, let fault = key() { return fault }
                    continue nextValue
                }
                parent = close(parent)
                depth &-= 1
            } else if let fault = scalar(first) {
                return fault
            }
            while true {
                guard parent >= 0 else {
                    skipSpace()
                    return position == length ? nil : .trailingData
                }
                tokens[parent].meta &+= 1 << JSONToken.countShift
                skipSpace()
                guard position < length else { return .unexpectedEnd }
                let isObject = tokens[parent].kind == .object
                let byte = text[position]
                if byte == Byte.comma {
                    position &+= 1
                    skipSpace()
                    if isObject, let fault = key() { return fault }
                    continue nextValue
                }
                guard byte == (isObject ? Byte.closeBrace : Byte.closeBracket) else { return .expectedCommaOrEnd }
                parent = close(parent)
                depth &-= 1
            }
        }
    }

    private mutating func full() -> JSONError.Reason {
        isFull = true
        return .unexpectedEnd
    }

    /// Closes a container at `position` and returns its parent.
    @inline(__always)
    private mutating func close(_ container: Int) -> Int {
        let parent = Int(tokens[container].next) &- 1
        position &+= 1
        tokens[container].end = UInt32(truncatingIfNeeded: position)
        tokens[container].next = UInt32(truncatingIfNeeded: count)
        return parent
    }

    @inline(__always)
    private mutating func skipSpace() {
        while position < length {
            let byte = text[position]
            guard byte <= 0x20 else { return }
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
            traits.insert(.whitespace)
            position &+= 1
        }
    }

    /// Reads a key and its colon.
    @inline(__always)
    private mutating func key() -> JSONError.Reason? {
        guard position < length else { return .unexpectedEnd }
        guard text[position] == Byte.quote else { return .expectedKey }
        guard count < capacity else { return full() }
        if let fault = string() { return fault }
        skipSpace()
        guard position < length else { return .unexpectedEnd }
        guard text[position] == Byte.colon else { return .expectedColon }
        position &+= 1
        skipSpace()
        return nil
    }

    /// Reads a string from its opening quote.
    @inline(__always)
    private mutating func string() -> JSONError.Reason? {
        let start = position
        var place = position &+ 1
        var escaped = false
        while true {
            // Eight bytes at a time while they are plain.
            while place &+ 8 <= length {
                let word = JSONScan.load(text + place)
                let marks = JSONScan.marks(of: word)
                if marks == 0 {
                    place &+= 8
                    continue
                }
                place &+= marks.trailingZeroBitCount &>> 3
                break
            }
            guard place < length else {
                position = length
                return .unexpectedEnd
            }
            let byte = text[place]
            if byte == Byte.quote {
                place &+= 1
                break
            }
            if byte == Byte.backslash {
                escaped = true
                position = place
                guard let after = JSONScan.endOfEscape(text, place, length) else {
                    return place &+ 1 < length ? .invalidEscape : .unexpectedEnd
                }
                place = after
            } else if byte >= 0x80 {
                traits.insert(.nonASCII)
                let size = JSONScan.sizeOfScalar(text, place, length)
                guard size > 0 else {
                    position = place
                    return .invalidUTF8
                }
                place &+= size
            } else if byte < 0x20 {
                position = place
                return .controlCharacter
            } else {
                place &+= 1
            }
        }
        if escaped { traits.insert(.escapes) }
        position = place
        tokens[count] = JSONToken(.string, flag: escaped, start: start, end: place, next: count &+ 1)
        count &+= 1
        return nil
    }

    /// Reads a number or a word.
    @inline(__always)
    private mutating func scalar(_ first: UInt8) -> JSONError.Reason? {
        let start = position
        switch first {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
            var isDecimal = false
            guard let end = JSONScan.endOfNumber(text, start, length, &isDecimal) else { return .invalidNumber }
            position = end
            tokens[count] = JSONToken(.number, flag: isDecimal, start: start, end: end, next: count &+ 1)
        case UInt8(ascii: "t"): return word("true", .bool, true)
        case UInt8(ascii: "f"): return word("false", .bool, false)
        case UInt8(ascii: "n"): return word("null", .null, false)
        default: return .unexpectedByte(first)
        }
        count &+= 1
        return nil
    }

    private mutating func word(_ word: StaticString, _ kind: JSONKind, _ flag: Bool) -> JSONError.Reason? {
        let size = word.utf8CodeUnitCount
        guard JSONScan.equals(text + position, Swift.min(size, length - position), word) else {
            return .invalidLiteral
        }
        tokens[count] = JSONToken(kind, flag: flag, start: position, end: position + size, next: count + 1)
        position += size
        count += 1
        return nil
    }
}

/// The bytes with a meaning in JSON.
enum Byte {
    static let quote = UInt8(ascii: "\"")
    static let backslash = UInt8(ascii: "\\")
    static let openBrace = UInt8(ascii: "{")
    static let closeBrace = UInt8(ascii: "}")
    static let openBracket = UInt8(ascii: "[")
    static let closeBracket = UInt8(ascii: "]")
    static let comma = UInt8(ascii: ",")
    static let colon = UInt8(ascii: ":")
}
