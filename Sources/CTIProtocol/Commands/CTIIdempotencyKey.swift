import TandemCore

/// The key that a client may send with an `ipbxcommand` so that it runs at most once (`idempotencykey`).
public struct CTIIdempotencyKey: Hashable, Sendable {
    /// 1 to 64 printable ASCII characters without spaces.
    public let text: String

    /// The most bytes of a key: with the names of its site and its user it must still fit into a federation's key.
    public static let longest = Limits.clientKey

    /// Checks a key.
    public init?(_ text: String) {
        guard (1...Self.longest).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            return nil
        }
        self.text = text
    }
}
