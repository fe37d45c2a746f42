extension JSONView {
    /// Whether an object stands in the text exactly as our writer would write it, so that its bytes can be copied:
    /// compact, plain ASCII, no escape that we would spell otherwise, no key twice at the outermost level.
    ///
    /// Nearly every text is plain as a whole, which parsing has found out; only the others are looked at value by value.
    var isWrittenAsOurs: Bool {
        if !traits.isEmpty {
            if traits.contains(.whitespace), !isCompact { return false }
            if !traits.isDisjoint(with: [.nonASCII, .escapes]), !Self.hasOurEscapes(rawBytes) { return false }
        }
        return hasDistinctPlainKeys || (count > 24 && hasDistinctKeys)
    }

    /// Without white space a container is exactly as long as its parts and their separators.
    private var isCompact: Bool {
        var length = 1 + Swift.max(1, count)
        switch kind {
        case .object:
            for (key, value) in members {
                guard value.isCompact else { return false }
                length += key.rawRange.count + 1 + value.rawRange.count
            }
        case .array:
            for value in elements {
                guard value.isCompact else { return false }
                length += value.rawRange.count
            }
        default: return true
        }
        return length == rawRange.count
    }

    /// The same as `hasDistinctPlainKeys` for objects of many members. A key with an escape counts as repeated: it may
    /// be another spelling of an earlier one.
    private var hasDistinctKeys: Bool {
        var seen = Set<String>(minimumCapacity: count)
        for (key, _) in members {
            guard key.plainStringBytes != nil, let text = key.string, seen.insert(text).inserted else { return false }
        }
        return true
    }

    /// Whether every byte is ASCII and every escape is the one that our writer chooses.
    private static func hasOurEscapes(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let text = bytes.baseAddress else { return true }
        let length = bytes.count
        var place = 0
        while place < length {
            place = JSONScan.plainPrefix(text, place, length)
            guard place < length else { return true }
            switch text[place] {
            case Byte.backslash:
                guard let end = endOfOurEscape(text, place, length) else { return false }
                place = end
            case Byte.quote: place &+= 1
            default: return false
            }
        }
        return true
    }

    /// The end of the escape at a backslash; nil when our writer would spell the character otherwise.
    private static func endOfOurEscape(_ text: UnsafePointer<UInt8>, _ place: Int, _ length: Int) -> Int? {
        guard place + 1 < length else { return nil }
        switch text[place + 1] {
        case Byte.quote, Byte.backslash, UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"), UInt8(ascii: "b"),
            UInt8(ascii: "f"):
            return place + 2
        case UInt8(ascii: "u"):
            guard let code = ourHexQuad(text, place + 2, length) else { return nil }
            switch code {
            case 0x08, 0x09, 0x0A, 0x0C, 0x0D, 0x20..<0x80: return nil
            case 0xD800..<0xDC00:
                guard place + 7 < length, text[place + 6] == Byte.backslash, text[place + 7] == UInt8(ascii: "u"),
                    let low = ourHexQuad(text, place + 8, length), (0xDC00..<0xE000).contains(low)
                else { return nil }
                return place + 12
            case 0xDC00..<0xE000: return nil
            default: return place + 6
            }
        default: return nil
        }
    }

    /// Four hexadecimal digits as we write them: in small letters.
    private static func ourHexQuad(_ text: UnsafePointer<UInt8>, _ place: Int, _ length: Int) -> UInt32? {
        guard let code = JSONScan.hexQuad(text, place, length) else { return nil }
        for offset in 0..<4 where (UInt8(ascii: "A")...UInt8(ascii: "F")).contains(text[place + offset]) { return nil }
        return code
    }
}
