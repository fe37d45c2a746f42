/// The validating pass of `JSONTape`: strict RFC 8259, no recursion, no allocation.
///
/// It writes tokens into memory handed in by the tape. When that is too small it stops with `isFull`, and the tape
/// starts again with more; that happens only while a tape warms up. All state lives in local variables: fields of a
/// `self` that other functions could change would be written to memory at every step.
enum JSONParser {
    /// How a pass ended.
    struct Outcome {
        /// The fault at `position`; nil when the text is one valid value.
        var fault: JSONError.Reason?
        var position = 0
        var traits: JSONTraits = []
        /// The tokens' memory was too small.
        var isFull = false
    }

    /// What the parser does next.
    private enum Step {
        case value, key, afterValue
    }

    /// Parses the whole text.
    static func run(
        _ text: UnsafePointer<UInt8>, _ length: Int, into tokens: UnsafeMutablePointer<JSONToken>, capacity: Int,
        depthLimit: Int, acceptsNonFinite: Bool = false
    ) -> Outcome {
        var position = 0
        var count = 0
        var marks: UInt8 = 0
        var parent = -1
        var depth = 0
        var isObject = false
        var step = Step.value

        @inline(__always)
        func end(_ fault: JSONError.Reason?, at place: Int) -> Outcome {
            Outcome(fault: fault, position: place, traits: JSONTraits(rawValue: marks))
        }
        @inline(__always)
        func skipSpace() {
            while position < length, text[position] <= 0x20 {
                let byte = text[position]
                guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
                marks |= JSONTraits.whitespace.rawValue
                position &+= 1
            }
        }
        /// Closes the innermost container at `position`.
        @inline(__always)
        func close() {
            let above = Int(tokens[parent].next) &- 1
            position &+= 1
            tokens[parent].end = UInt32(truncatingIfNeeded: position)
            tokens[parent].next = UInt32(truncatingIfNeeded: count)
            parent = above
            depth &-= 1
            isObject = above >= 0 && tokens[above].isKind(.object)
        }

        while true {
            skipSpace()
            if step == .afterValue {
                guard parent >= 0 else { return end(position == length ? nil : .trailingData, at: position) }
                tokens[parent].meta &+= 1 << JSONToken.countShift
                guard position < length else { return end(.unexpectedEnd, at: position) }
                let byte = text[position]
                if byte == Byte.comma {
                    position &+= 1
                    step = isObject ? .key : .value
                } else if byte == (isObject ? Byte.closeBrace : Byte.closeBracket) {
                    close()
                } else {
                    return end(.expectedCommaOrEnd, at: position)
                }
                continue
            }
            guard position < length else { return end(.unexpectedEnd, at: position) }
            guard count < capacity else { return Outcome(fault: .unexpectedEnd, position: position, isFull: true) }
            let first = text[position]
            if first == Byte.quote {
                let scan = StringScan(text, position, length)
                if let fault = scan.fault { return end(fault, at: scan.end) }
                marks |= scan.marks
                tokens[count] = JSONToken(
                    .string, flag: scan.marks & JSONTraits.escapes.rawValue != 0, start: position, end: scan.end,
                    next: count &+ 1)
                count &+= 1
                position = scan.end
                guard step == .key else {
                    step = .afterValue
                    continue
                }
                skipSpace()
                guard position < length else { return end(.unexpectedEnd, at: position) }
                guard text[position] == Byte.colon else { return end(.expectedColon, at: position) }
                position &+= 1
                step = .value
            } else if step == .key {
                return end(.expectedKey, at: position)
            } else if first == Byte.openBrace || first == Byte.openBracket {
                guard depth < depthLimit else { return end(.tooDeep(limit: depthLimit), at: position) }
                isObject = first == Byte.openBrace
                tokens[count] = JSONToken(isObject ? .object : .array, start: position, end: 0, next: parent &+ 1)
                parent = count
                count &+= 1
                depth &+= 1
                position &+= 1
                skipSpace()
                guard position < length else { return end(.unexpectedEnd, at: position) }
                // '}' is '{' + 2 and ']' is '[' + 2.
                if text[position] == first &+ 2 {
                    close()
                    step = .afterValue
                } else {
                    step = isObject ? .key : .value
                }
            } else {
                var scan = ScalarScan(text, position, length, first)
                if scan.fault != nil, acceptsNonFinite { scan.retryAsNonFinite(text, position, length) }
                if let fault = scan.fault { return end(fault, at: position) }
                tokens[count] = JSONToken(
                    scan.kind, flag: scan.flag, start: position, end: scan.end, next: count &+ 1)
                count &+= 1
                position = scan.end
                step = .afterValue
            }
        }
    }
}

/// A string, scanned from its opening quote.
private struct StringScan {
    /// One past the closing quote; with a fault, its place.
    var end: Int
    /// Raw value of `JSONTraits`.
    var marks: UInt8 = 0
    var fault: JSONError.Reason?

    @inline(__always)
    init(_ text: UnsafePointer<UInt8>, _ start: Int, _ length: Int) {
        end = JSONScan.plainPrefix(text, start &+ 1, length)
        if end < length, text[end] == Byte.quote {
            end &+= 1
            return
        }
        finish(text, length)
    }

    /// The rest of a string in which something other than plain ASCII was met.
    @inline(never)
    private mutating func finish(_ text: UnsafePointer<UInt8>, _ length: Int) {
        while end < length {
            let byte = text[end]
            if byte == Byte.quote {
                end &+= 1
                return
            }
            if byte == Byte.backslash {
                marks |= JSONTraits.escapes.rawValue
                guard let after = JSONScan.endOfEscape(text, end, length) else {
                    fault = end &+ 1 < length ? .invalidEscape : .unexpectedEnd
                    if end &+ 1 >= length { end = length }
                    return
                }
                end = after
            } else if byte >= 0x80 {
                marks |= JSONTraits.nonASCII.rawValue
                let size = JSONScan.sizeOfScalar(text, end, length)
                guard size > 0 else {
                    fault = .invalidUTF8
                    return
                }
                end &+= size
            } else if byte < 0x20 {
                fault = .controlCharacter
                return
            }
            end = JSONScan.plainPrefix(text, end, length)
        }
        fault = .unexpectedEnd
        end = length
    }
}

/// A number or a word.
private struct ScalarScan {
    var end: Int
    var kind = JSONKind.number
    var flag = false
    var fault: JSONError.Reason?

    @inline(__always)
    init(_ text: UnsafePointer<UInt8>, _ start: Int, _ length: Int, _ first: UInt8) {
        end = start
        if first &- 0x30 <= 9 || first == UInt8(ascii: "-") {
            if let after = JSONScan.endOfNumber(text, start, length, &flag) {
                end = after
            } else {
                fault = .invalidNumber
            }
            return
        }
        switch first {
        case UInt8(ascii: "t"): word(text, length, "true", .bool, true)
        case UInt8(ascii: "f"): word(text, length, "false", .bool, false)
        case UInt8(ascii: "n"): word(text, length, "null", .null, false)
        default: fault = .unexpectedByte(first)
        }
    }

    /// The three words for numbers that RFC 8259 does not know; they are numbers with a fraction for the tape.
    @inline(never)
    mutating func retryAsNonFinite(_ text: UnsafePointer<UInt8>, _ start: Int, _ length: Int) {
        for candidate in ["NaN", "Infinity", "-Infinity"] as [StaticString] {
            end = start
            fault = nil
            word(text, length, candidate, .number, true)
            if fault == nil { return }
        }
    }

    @inline(__always)
    private mutating func word(
        _ text: UnsafePointer<UInt8>, _ length: Int, _ word: StaticString, _ kind: JSONKind, _ flag: Bool
    ) {
        let size = word.utf8CodeUnitCount
        guard end &+ size <= length, JSONScan.equals(text + end, size, word) else {
            fault = .invalidLiteral
            return
        }
        self.kind = kind
        self.flag = flag
        end &+= size
    }
}

/// The bytes with a meaning in JSON.
enum Byte {
    @inline(__always) static var quote: UInt8 { UInt8(ascii: "\"") }
    @inline(__always) static var backslash: UInt8 { UInt8(ascii: "\\") }
    @inline(__always) static var openBrace: UInt8 { UInt8(ascii: "{") }
    @inline(__always) static var closeBrace: UInt8 { UInt8(ascii: "}") }
    @inline(__always) static var openBracket: UInt8 { UInt8(ascii: "[") }
    @inline(__always) static var closeBracket: UInt8 { UInt8(ascii: "]") }
    @inline(__always) static var comma: UInt8 { UInt8(ascii: ",") }
    @inline(__always) static var colon: UInt8 { UInt8(ascii: ":") }
}
