/// Text for the log, which may quote what a stranger sent.
enum LogText {
    /// Bytes of one line of the log.
    private static let limit = 1_000

    /// The text on one line: control characters are escaped, so that nobody writes lines of their own into the log, and
    /// what is too long is cut.
    static func line(_ text: String) -> String {
        if text.utf8.count <= limit, text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F && $0 != 0xC2 }) { return text }
        var line = ""
        for scalar in text.unicodeScalars {
            guard line.utf8.count < limit else { return line + "…" }
            switch scalar.value {
            case 0..<0x20, 0x7F..<0xA0: line += scalar.escaped(asASCII: true)
            default: line.unicodeScalars.append(scalar)
            }
        }
        return line
    }
}
