/// Text that may be sent to a PBX: it cannot hold CR, LF or NUL, so a value can never become a second AMI or ESL header.
///
/// This is the only type from which drivers build what they send. At most 1,024 bytes of UTF-8.
public struct HeaderText: Hashable, Sendable, CustomStringConvertible {
    /// The text.
    public let text: String

    /// Checks a text: nil when it holds CR, LF or NUL or is longer than 1,024 bytes.
    public init?(_ text: some StringProtocol) { self.init(String(text)) }

    /// Checks a text: nil when it holds CR, LF or NUL or is longer than 1,024 bytes.
    public init?(_ text: String) {
        guard text.utf8.count <= 1024, !text.utf8.contains(where: { $0 == 13 || $0 == 10 || $0 == 0 }) else {
            return nil
        }
        self.text = text
    }

    /// A text known at compile time. It MUST NOT hold a line break; a literal of ours that does is a programming error.
    public init(literal: StaticString) {
        guard let checked = HeaderText(literal.description) else {
            preconditionFailure("literal header text is not valid")
        }
        self = checked
    }

    /// A whole number.
    public init(_ number: Int) { text = String(number) }

    /// Joins texts; the result is valid because its parts are. Longer than 1,024 bytes: nil.
    public init?(joining parts: [HeaderText]) { self.init(parts.map(\.text).joined()) }

    /// The text itself.
    public var description: String { text }
}

/// A number or name that is dialled: `[0-9A-Za-z*#+_.-]`, 1 to 80 characters (CTI reference 4.16 refuses the rest).
public struct Extension: Hashable, Sendable, CustomStringConvertible {
    /// The digits as dialled.
    public let text: String

    /// Checks a number: nil when it is empty, too long or holds a character that no dialplan needs.
    public init?(_ text: some StringProtocol) { self.init(String(text)) }

    /// Checks a number: nil when it is empty, too long or holds a character that no dialplan needs.
    public init?(_ text: String) {
        guard (1...80).contains(text.utf8.count), text.utf8.allSatisfy(Self.isAllowed) else { return nil }
        self.text = text
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "*"), UInt8(ascii: "#"), UInt8(ascii: "+"),
            UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    /// The number with another one behind it (trunk prefix and number), or nil when too long.
    public func appending(_ suffix: Extension) -> Extension? { Extension(text + suffix.text) }

    /// The same text as a header value.
    public var header: HeaderText { HeaderText(text) ?? HeaderText(literal: "") }
    /// The digits.
    public var description: String { text }
}
