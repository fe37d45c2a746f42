import TandemCore

/// Names and numbers that a PBX or a server chooses anew each time: channels (`PJSIP/101-0000002a`), unique ids
/// (`1700000000.42`), bridges and calls (UUIDs), moments. Two dialogues that differ only in these are the same.
enum ChosenNames {
    /// The text with each of them replaced by a word for its kind.
    static func masked(_ text: String) -> String {
        text
            .replacing(/[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}/, with: "<uuid>")
            .replacing(
                /[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+\-][0-9]{2}:?[0-9]{2})?/,
                with: "<time>"
            )
            .replacing(/\b[0-9]{10}\.[0-9]+/, with: "<id>")
            // What follows a device's name: eight hexadecimal digits, and the half of a Local channel.
            .replacing(/(\/[^\s,\/]*)-[0-9a-f]{8}\b(;[12])?/) { "\($0.output.1)-<number>\($0.output.2 ?? "")" }
    }

    /// Whether a number can only be a moment: seconds since 1970, between 2001 and 2286.
    static func isMoment(_ value: JSONValue) -> Bool {
        switch value {
        case .integer, .double: value.doubleValue.map { (1e9..<1e10).contains($0) } ?? false
        default: false
        }
    }
}
