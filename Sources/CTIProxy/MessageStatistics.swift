import TandemCore

/// Messages of each class and side.
struct MessageStatistics {
    /// A class as it is counted: the text that the report shows, and whether it was a string.
    private struct ClassName: Hashable {
        var text: [UInt8]
        var isString: Bool
    }

    /// Different classes per side that are told apart; what comes beyond counts as `(others)`.
    private static let limit = Limits.shownClasses
    private static let none = ClassName(text: Array("None".utf8), isString: false)
    private static let others = ClassName(text: Array("(others)".utf8), isString: false)

    private var client: [ClassName: Int] = [:]
    private var server: [ClassName: Int] = [:]
    private var formatter = MessageFormatter()

    /// Counts a message. One that is no object, or has no class, counts as `None`.
    mutating func count(_ message: JSONView, from side: Side) {
        let name = name(of: message)
        if side == .client { Self.count(name, in: &client) } else { Self.count(name, in: &server) }
    }

    private static func count(_ name: ClassName, in counts: inout [ClassName: Int]) {
        let isNew = counts.count >= limit && counts[name] == nil
        counts[isNew ? others : name, default: 0] += 1
    }

    private mutating func name(of message: JSONView) -> ClassName {
        guard let value = message.member("class"), !value.isNull else { return Self.none }
        guard value.kind != .string else { return ClassName(text: value.decodedString, isString: true) }
        var text: [UInt8] = []
        formatter.write(value, into: &text)
        return ClassName(text: text, isString: false)
    }

    private static func sorted(_ counts: [ClassName: Int]) -> [(name: ClassName, count: Int)] {
        counts.map { (name: $0.key, count: $0.value) }.sorted { left, right in
            if left.count != right.count { return left.count > right.count }
            if left.name.text != right.name.text { return left.name.text.lexicographicallyPrecedes(right.name.text) }
            return !left.name.isString && right.name.isString
        }
    }

    /// The report's lines.
    func write(into output: inout [UInt8]) {
        for (title, counts) in [("client", client), ("server", server)] {
            output.append(contentsOf: "=== Messages sent by \(title)\n".utf8)
            for row in Self.sorted(counts) {
                output.append(contentsOf: row.name.text)
                output.append(contentsOf: " \(row.count)\n".utf8)
            }
        }
    }

    /// `{"client": {"getlist": 3}, "server": {…}}`, the largest count first.
    func writeObject(into output: inout [UInt8]) {
        output.append(UInt8(ascii: "{"))
        for (title, counts) in [("client", client), ("server", server)] {
            output.append(contentsOf: "\(title == "client" ? "" : ", ")\"\(title)\": {".utf8)
            for (place, row) in Self.sorted(counts).enumerated() {
                if place > 0 { output.append(contentsOf: ", ".utf8) }
                StringText.write(text: String(decoding: row.name.text, as: UTF8.self), into: &output)
                output.append(contentsOf: ": \(row.count)".utf8)
            }
            output.append(UInt8(ascii: "}"))
        }
        output.append(UInt8(ascii: "}"))
    }
}

extension JSONView {
    /// What a string means, in UTF-8; empty for other values.
    var decodedString: [UInt8] {
        guard kind == .string else { return [] }
        if let plain = plainStringBytes { return Array(plain) }
        var bytes: [UInt8] = []
        StringText.decode(token: rawBytes, into: &bytes)
        return bytes
    }
}
