/// Whether bytes are JSON (RFC 8259, UTF-8), written to be compared with the grammar line by line, not to be fast.
struct PlainJSON {
    private let bytes: [UInt8]
    private let depthLimit: Int
    private var at = 0
    /// A planted fault of the canary: numbers may begin with zeros.
    private var takesLeadingZeros = false

    private struct No: Error {}

    static func accepts(_ bytes: [UInt8], depthLimit: Int, takesLeadingZeros: Bool = false) -> Bool {
        var reader = PlainJSON(bytes: bytes, depthLimit: depthLimit, takesLeadingZeros: takesLeadingZeros)
        do {
            try reader.space()
            try reader.value(depth: 0)
            try reader.space()
            return reader.at == bytes.count
        } catch { return false }
    }

    private init(bytes: [UInt8], depthLimit: Int, takesLeadingZeros: Bool) {
        self.bytes = bytes
        self.depthLimit = depthLimit
        self.takesLeadingZeros = takesLeadingZeros
    }

    private var next: UInt8? { at < bytes.count ? bytes[at] : nil }

    private mutating func take(_ text: String) throws {
        for byte in text.utf8 {
            guard next == byte else { throw No() }
            at += 1
        }
    }

    private mutating func takes(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        at += 1
        return true
    }

    private mutating func space() throws {
        while let byte = next, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { at += 1 }
    }

    private mutating func value(depth: Int) throws {
        switch next {
        case UInt8(ascii: "{"):
            guard depth < depthLimit else { throw No() }
            at += 1
            try space()
            if takes("}") { return }
            repeat {
                try space()
                try string()
                try space()
                try take(":")
                try space()
                try value(depth: depth + 1)
                try space()
            } while takes(",")
            try take("}")
        case UInt8(ascii: "["):
            guard depth < depthLimit else { throw No() }
            at += 1
            try space()
            if takes("]") { return }
            repeat {
                try space()
                try value(depth: depth + 1)
                try space()
            } while takes(",")
            try take("]")
        case UInt8(ascii: "\""): try string()
        case UInt8(ascii: "t"): try take("true")
        case UInt8(ascii: "f"): try take("false")
        case UInt8(ascii: "n"): try take("null")
        default: try number()
        }
    }

    private mutating func string() throws {
        try take("\"")
        let start = at
        while true {
            guard let byte = next, byte >= 0x20 else { throw No() }
            if byte == UInt8(ascii: "\"") { break }
            at += 1
            guard byte == UInt8(ascii: "\\") else { continue }
            guard let escape = next else { throw No() }
            at += 1
            switch escape {
            case UInt8(ascii: "u"):
                for _ in 0..<4 {
                    guard let digit = next, Character(Unicode.Scalar(digit)).isHexDigit, digit < 0x80 else {
                        throw No()
                    }
                    at += 1
                }
            default: guard "\"\\/bfnrt".utf8.contains(escape) else { throw No() }
            }
        }
        guard String(validating: bytes[start..<at], as: UTF8.self) != nil else { throw No() }
        try take("\"")
    }

    private mutating func digits() throws {
        let start = at
        while let byte = next, (0x30...0x39).contains(byte) { at += 1 }
        guard at > start else { throw No() }
    }

    private mutating func number() throws {
        _ = takes("-")
        if takes("0") {
            if takesLeadingZeros { while let byte = next, (0x30...0x39).contains(byte) { at += 1 } }
        } else {
            try digits()
        }
        if takes(".") { try digits() }
        if takes("e") || takes("E") {
            if !takes("-") { _ = takes("+") }
            try digits()
        }
    }
}
