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
        guard text.utf8.count <= Limits.headerText, !text.utf8.contains(where: { $0 == 13 || $0 == 10 || $0 == 0 })
        else {
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
