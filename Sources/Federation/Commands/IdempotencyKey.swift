import TandemCore

/// The key under which a command runs at most once at its site: chosen by the origin, never reused.
public struct IdempotencyKey: Hashable, Sendable, CustomStringConvertible {
    /// 1 to `longest` printable ASCII characters without spaces.
    public let text: String

    /// The most bytes of a key.
    public static let longest = Limits.federationKey

    /// Checks a key. (Not generic: a key is made for every command, and generic code of another module is slow.)
    public init?(_ text: String) {
        guard (1...Self.longest).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            return nil
        }
        self.text = text
    }
    /// The text.
    public var description: String { text }
}
