/// A number or name that is dialled: `[0-9A-Za-z*#+_.-]`, 1 to 80 characters (CTI reference 4.16 refuses the rest).
public struct Extension: Hashable, Sendable, CustomStringConvertible {
    /// The digits as dialled.
    public let text: String

    /// Checks a number: nil when it is empty, too long or holds a character that no dialplan needs.
    public init?(_ text: some StringProtocol) { self.init(String(text)) }

    /// Checks a number: nil when it is empty, too long or holds a character that no dialplan needs.
    public init?(_ text: String) {
        guard (1...Limits.dialledNumber).contains(text.utf8.count), text.utf8.allSatisfy(Self.isAllowed) else {
            return nil
        }
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
