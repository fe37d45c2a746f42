/// A kind of name or text that a PBX is given: which characters it may have, and how many bytes.
public protocol PBXNameKind: Sendable {
    /// The most bytes of UTF-8.
    static var longest: Int { get }
    /// What it may hold, for people.
    static var alphabet: String { get }
    /// Whether a byte may stand in it.
    static func allows(_ byte: UInt8) -> Bool
    /// Whether a text of such bytes is one.
    static func accepts(_ text: String) -> Bool
}

extension PBXNameKind {
    /// Nothing more is asked of most.
    public static func accepts(_ text: String) -> Bool { true }
}

/// A name or text of one kind that may be sent to a PBX. Whatever it came from, nothing in it is syntax to the PBX: no line break,
/// no second channel, no option, no other context.
public struct PBXName<Kind: PBXNameKind>: Hashable, Sendable, CustomStringConvertible {
    /// The text.
    public let text: String

    /// Checks a text: nil when it is empty, too long or holds a character that the kind does not allow.
    public init?(_ text: some StringProtocol) { self.init(String(text)) }

    /// Checks a text: nil when it is empty, too long or holds a character that the kind does not allow.
    public init?(_ text: String) {
        guard (1...Kind.longest).contains(text.utf8.count), text.utf8.allSatisfy(Kind.allows), Kind.accepts(text) else {
            return nil
        }
        self.text = text
    }

    /// A name known at compile time. It MUST be one of the kind; another one is a programming error.
    public init(literal: StaticString) {
        guard let checked = PBXName(literal.description) else {
            preconditionFailure("'\(literal)' may hold \(Kind.alphabet)")
        }
        self = checked
    }

    /// The same text as a header value.
    public var header: HeaderText { HeaderText(text) ?? HeaderText(literal: "") }
    /// The text itself.
    public var description: String { text }
}

/// A channel, as the PBX names it: `PJSIP/101-00000001`.
public typealias ChannelName = PBXName<PBXNameKinds.Channel>
/// A device, or how a queue calls a member: `PJSIP/101`, `Local/102@internal/n`.
public typealias DeviceName = PBXName<PBXNameKinds.Channel>
/// A context of the dial plan.
public typealias ContextName = PBXName<PBXNameKinds.Context>
/// A queue, a room or a parking lot, as the PBX names it.
public typealias PlaceName = PBXName<PBXNameKinds.Place>
/// The number of a mailbox.
public typealias MailboxNumber = PBXName<PBXNameKinds.Mailbox>
/// A text that people read: a caller's name, a member's, why somebody pauses.
public typealias ShownText = PBXName<PBXNameKinds.Shown>
/// A file of a plain name, without a path.
public typealias FileName = PBXName<PBXNameKinds.File>
/// A variable for a device: `name=value`.
public typealias DeviceVariable = PBXName<PBXNameKinds.Variable>

/// The kinds of names and texts that a PBX is given.
public enum PBXNameKinds {
    /// A channel or device.
    public enum Channel: PBXNameKind {
        /// The most bytes.
        public static let longest = Limits.pbxName
        /// For people.
        public static let alphabet =
            "printable characters but `,` `&` `$` `\\` `\"` and the vertical bar, no blank at an end, no `/` at the beginning"
        /// Whether a byte may stand in it.
        public static func allows(_ byte: UInt8) -> Bool { isPrintable(byte) && !isSyntax(byte) }
        /// Whether a text of such bytes is one.
        public static func accepts(_ text: String) -> Bool {
            hasNoBlankEnds(text) && text.utf8.first != UInt8(ascii: "/")
        }
    }

    /// A context.
    public enum Context: PBXNameKind {
        /// The most bytes.
        public static let longest = Limits.contextName
        /// For people.
        public static let alphabet = "letters and digits of ASCII, `-` `_` `.`"
        /// Whether a byte may stand in it.
        public static func allows(_ byte: UInt8) -> Bool { isPlain(byte) }
    }

    /// A queue, room or parking lot.
    public enum Place: PBXNameKind {
        /// The most bytes.
        public static let longest = Limits.pbxName
        /// For people.
        public static let alphabet =
            "printable characters but `,` `&` `$` `\\` `\"` `@` `/` and the vertical bar, no blank at an end"
        /// Whether a byte may stand in it.
        public static func allows(_ byte: UInt8) -> Bool {
            isPrintable(byte) && !isSyntax(byte) && byte != UInt8(ascii: "@") && byte != UInt8(ascii: "/")
        }
        /// Whether a text of such bytes is one.
        public static func accepts(_ text: String) -> Bool { hasNoBlankEnds(text) }
    }

    /// A mailbox's number.
    public enum Mailbox: PBXNameKind {
        /// The most bytes.
        public static let longest = Limits.dialledNumber
        /// For people.
        public static let alphabet = "letters and digits of ASCII, `*` `#` `+` `-` `_` `.`"
        /// Whether a byte may stand in it.
        public static func allows(_ byte: UInt8) -> Bool {
            isPlain(byte) || byte == UInt8(ascii: "*") || byte == UInt8(ascii: "#") || byte == UInt8(ascii: "+")
        }
    }

    /// A text for people.
    public enum Shown: PBXNameKind {
        /// The most bytes.
        public static let longest = Limits.shownText
        /// For people.
        public static let alphabet = "printable characters"
        /// Whether a byte may stand in it.
        public static func allows(_ byte: UInt8) -> Bool { isPrintable(byte) }
    }

    /// A plain file name.
    public enum File: PBXNameKind {
        /// The most bytes.
        public static let longest = Limits.fileName
        /// For people.
        public static let alphabet = "letters and digits of ASCII, `-` `_` `.`, no `.` at the beginning"
        /// Whether a byte may stand in it.
        public static func allows(_ byte: UInt8) -> Bool { isPlain(byte) }
        /// Whether a text of such bytes is one.
        public static func accepts(_ text: String) -> Bool { text.utf8.first != UInt8(ascii: ".") }
    }

    /// A variable for a device.
    public enum Variable: PBXNameKind {
        /// The most bytes.
        public static let longest = Limits.shownText
        /// For people.
        public static let alphabet = "a name of letters, digits and `-`, `=`, printable characters"
        /// Whether a byte may stand in it.
        public static func allows(_ byte: UInt8) -> Bool { isPrintable(byte) }
        /// Whether a text of such bytes is one.
        public static func accepts(_ text: String) -> Bool {
            guard let end = text.utf8.firstIndex(of: UInt8(ascii: "=")), end > text.startIndex else { return false }
            return text.utf8[..<end].allSatisfy { isPlain($0) }
        }
    }

    /// No control character. Bytes beyond ASCII are parts of a character: a text is UTF-8.
    private static func isPrintable(_ byte: UInt8) -> Bool { byte >= 0x20 && byte != 0x7F }

    /// What separates or begins something in a dial string, an application's arguments or an expression.
    private static func isSyntax(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: ","), UInt8(ascii: "|"), UInt8(ascii: "&"), UInt8(ascii: "$"), UInt8(ascii: "\\"),
            UInt8(ascii: "\""):
            true
        default: false
        }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    /// A blank at an end would be cut off by the PBX: another name would be meant.
    private static func hasNoBlankEnds(_ text: String) -> Bool { text.utf8.first != 0x20 && text.utf8.last != 0x20 }
}
