/// A YAML document under construction. Texts are always quoted, so no value can turn into another type or key.
indirect enum YAMLText {
    case text(String)
    /// A number, a flag or a word of ours, written bare.
    case bare(String)
    case list([YAMLText])
    case map([(String, YAMLText)])

    /// The document, with a line feed at its end.
    var document: String {
        var out = ""
        guard case .map(let pairs) = self else { return inline + "\n" }
        Self.write(pairs, indent: "", into: &out)
        return out
    }

    private static func write(_ pairs: [(String, YAMLText)], indent: String, into out: inout String) {
        for (key, value) in pairs {
            out += indent + quotedKey(key) + ":"
            switch value {
            case .map(let inner) where !value.isFlat && !inner.isEmpty:
                out += "\n"
                write(inner, indent: indent + "  ", into: &out)
            case .list(let elements) where !value.isFlat && !elements.isEmpty:
                out += "\n"
                for element in elements { out += indent + "  - " + element.inline + "\n" }
            default: out += " " + value.inline + "\n"
            }
        }
    }

    /// Whether it reads well on one line: scalars, or one level of them.
    private var isFlat: Bool {
        switch self {
        case .text, .bare: true
        case .list(let elements): elements.allSatisfy { $0.isScalar || $0.isFlat }
        case .map(let pairs):
            pairs.allSatisfy { _, value in
                if case .list(let inner) = value { return inner.allSatisfy(\.isScalar) }
                return value.isScalar
            }
        }
    }
    private var isScalar: Bool {
        switch self {
        case .text, .bare: true
        case .list, .map: false
        }
    }

    /// In flow style, on one line.
    private var inline: String {
        switch self {
        case .text(let text): Self.quoted(text)
        case .bare(let word): word
        case .list(let elements): "[" + elements.map(\.inline).joined(separator: ", ") + "]"
        case .map(let pairs):
            pairs.isEmpty
                ? "{}" : "{ " + pairs.map { Self.quotedKey($0) + ": " + $1.inline }.joined(separator: ", ") + " }"
        }
    }

    private static func quotedKey(_ key: String) -> String {
        let isPlain =
            key.utf8.first.map { (0x61...0x7A).contains($0) } == true
            && key.utf8.allSatisfy { (0x61...0x7A).contains($0) || $0 == UInt8(ascii: "_") }
            && !["null", "true", "false", "yes", "no", "on", "off", "y", "n"].contains(key)
        return isPlain ? key : quoted(key)
    }

    private static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            case _ where scalar.value < 0x20 || (0x7F...0xA0).contains(scalar.value):
                let digits = String(scalar.value, radix: 16, uppercase: true)
                out += "\\x" + (digits.count < 2 ? "0" : "") + digits
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }
}
