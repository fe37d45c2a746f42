import TandemCore

/// One key of a driver in a configuration file: `pbx: { driver: …, <key>: … }`.
public struct DriverKey: Hashable, Sendable {
    /// What may stand behind a key, and what is told when something else does.
    public enum Kind: Hashable, Sendable {
        /// A host name or address.
        case host
        /// A TCP or UDP port, 1 to 65535.
        case port
        /// A text without line breaks that is not empty.
        case text
        /// A dialplan context: letters, digits, `-`, `_` and `.`.
        case context
        /// A text that is shown nowhere.
        case secret
        /// True or false.
        case flag
        /// A duration such as `2s`; without a unit seconds.
        case duration
        /// A whole number within a range.
        case number(ClosedRange<Int>)
        /// `HOST:PORT`.
        case address
        /// A file that must be there; relative to the configuration file.
        case file
    }

    /// The word in the file: lower case, words joined by `_`.
    public let name: String
    /// What may stand behind it.
    public let kind: Kind
    /// Whether a file without it is refused.
    public let isRequired: Bool
    /// What holds when the file does not say; nil: nothing does.
    public let standard: DriverValue?
    /// What it is, as a phrase that a sentence can go on with: "the host of the manager interface".
    public let summary: String

    /// A key that must be there.
    public static func required(_ name: String, _ kind: Kind, _ summary: String) -> DriverKey {
        DriverKey(name: name, kind: kind, isRequired: true, standard: nil, summary: summary)
    }

    /// A key that may be left out, with what holds then.
    public static func optional(
        _ name: String, _ kind: Kind, standard: DriverValue? = nil, _ summary: String
    ) -> DriverKey {
        DriverKey(name: name, kind: kind, isRequired: false, standard: standard, summary: summary)
    }
}

/// What stands behind a key of a driver, read and checked.
public enum DriverValue: Hashable, Sendable {
    /// Of the kinds `host`, `text` and `context`.
    case text(String)
    /// Of the kind `secret`.
    case secret(Secret)
    /// Of the kind `flag`.
    case flag(Bool)
    /// Of the kinds `port` and `number`.
    case number(Int)
    /// Of the kind `duration`.
    case duration(Duration)
    /// Of the kind `address`.
    case address(ListenAddress)
    /// Of the kind `file`: a path.
    case file(String)
}
