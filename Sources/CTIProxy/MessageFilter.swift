import TandemCore

/// Decides by one top-level string whether a message is shown.
struct MessageFilter {
    var include: FieldFilter?
    var exclude: FieldFilter?

    /// Whether there is anything to decide.
    var isActive: Bool { include != nil || exclude != nil }

    /// Whether a message passes both filters.
    func passes(_ message: JSONView) -> Bool {
        if let include, !Self.matches(message, include) { return false }
        if let exclude, Self.matches(message, exclude) { return false }
        return true
    }

    /// Whether the message is an object that has the key with exactly this string; the last one of a repeated key.
    private static func matches(_ message: JSONView, _ filter: FieldFilter) -> Bool {
        var found: JSONView?
        for (key, value) in message.members where isText(key, filter.key) { found = value }
        return found.map { isText($0, filter.value) } ?? false
    }

    /// Whether a value is exactly this string.
    static func isText(_ value: JSONView, _ text: [UInt8]) -> Bool {
        guard value.kind == .string else { return false }
        if let plain = value.plainStringBytes { return plain.elementsEqual(text) }
        var decoded: [UInt8] = []
        StringText.decode(token: value.rawBytes, into: &decoded)
        return decoded == text
    }
}
