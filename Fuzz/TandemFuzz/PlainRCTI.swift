import TandemCore

/// The fields of each rcti frame, from docs/rcti.md: what a reader that accepts a frame must know of it, and what a
/// writer may write. A reader that drops or changes a field in the same way each time disagrees with it.
enum PlainRCTI {
    private static let fields: [String: [String]] = [
        "rcti_hello": ["version", "site", "incarnation", "features", "nonce", "t"],
        "rcti_refused": ["reason"],
        "rcti_bye": ["reason"],
        "rcti_heartbeat": ["t", "echo", "clocks"],
        "rcti_linkstate": ["origin", "incarnation", "sequence", "neighbours"],
        "rcti_pull": ["site", "pull", "incarnation", "sequence", "window", "start", "chunk"],
        "rcti_unpull": ["site"],
        "rcti_changes": ["site", "pull", "incarnation", "from", "list", "to"],
        "rcti_snapshot": ["site", "pull", "incarnation", "sequence", "chunk", "objects", "last"],
        "rcti_digest": ["site", "pull", "incarnation", "sequence", "digest"],
        "rcti_command": ["target", "key", "deadline_ms", "hops", "origin", "verb", "body"],
        "rcti_progress": ["to", "key", "hops", "number", "body"],
        "rcti_answer done": ["to", "key", "hops", "outcome", "body"],
        "rcti_answer refused": ["to", "key", "hops", "outcome", "reason", "body"],
        "rcti_answer not_delivered": ["to", "key", "hops", "outcome", "reason", "site"],
        "rcti_answer unknown": ["to", "key", "hops", "outcome", "site"],
    ]

    /// What of an accepted frame is not in what is written, or is written otherwise; nil when nothing is.
    static func difference(from input: [UInt8], to written: [UInt8]) -> String? {
        guard let frame = try? JSONValue(parsing: input).objectValue, let name = frame["class"]?.stringValue,
            let anew = try? JSONValue(parsing: Array(written.dropLast())).objectValue
        else { return "what is read or written is no object with a class" }
        guard anew["class"]?.stringValue == name else { return "another class is written" }
        let form = name == "rcti_answer" ? "\(name) \(frame["outcome"]?.stringValue ?? "")" : name
        guard let known = fields[form] else { return "\(form) is not known, and accepted" }
        for field in known {
            guard let value = expected(frame[field], of: field, in: name) else {
                if let extra = anew[field] { return "\(name): \(field) is written, \(extra), and was not there" }
                continue
            }
            guard let other = anew[field] else { return "\(name): \(field) is dropped" }
            guard isSame(value, other) else { return "\(name): \(field) was \(value), and is written \(other)" }
        }
        let extra = anew.keys.filter { $0 != "class" && !known.contains($0) }
        return extra.isEmpty && Set(anew.keys).count == anew.keys.count ? nil : "\(name): \(extra) is written as well"
    }

    /// What is due where the input says it in another way than we would, or says more than a reader holds.
    private static func expected(_ value: JSONValue?, of field: String, in name: String) -> JSONValue? {
        switch (name, field, value) {
        case ("rcti_hello", "features", nil): return .array([])
        case ("rcti_pull", "start", .bool(false)), (_, _, .null): return nil
        case ("rcti_command", "deadline_ms", .integer(let time)): return .integer(min(time, 86_400_000))
        case ("rcti_heartbeat", "clocks", .array(let clocks)):
            return .array(
                clocks.map { clock in
                    guard case .array(var parts) = clock, case .integer(let age)? = parts.last else { return clock }
                    parts[parts.count - 1] = .integer(min(age, 1 << 40))
                    return .array(parts)
                })
        default: return value
        }
    }

    /// Numbers by value, texts by their bytes, members in order: a relay changes none of them.
    private static func isSame(_ one: JSONValue, _ other: JSONValue) -> Bool {
        switch (one, other) {
        case (.string(let one), .string(let other)): one.utf8.elementsEqual(other.utf8)
        case (.array(let one), .array(let other)):
            one.count == other.count && zip(one, other).allSatisfy { isSame($0, $1) }
        case (.object(let one), .object(let other)):
            one.count == other.count
                && zip(one, other).allSatisfy { $0.key.utf8.elementsEqual($1.key.utf8) && isSame($0.value, $1.value) }
        case (.null, .null): true
        case (.bool(let one), .bool(let other)): one == other
        case (.integer(let one), .integer(let other)): one == other
        case (.numeral(let one), .numeral(let other)): one == other
        default: one.doubleValue != nil && one.doubleValue == other.doubleValue
        }
    }
}
