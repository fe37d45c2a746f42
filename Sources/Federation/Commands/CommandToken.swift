/// Names a command that this node submitted; the answer comes back under it.
public struct CommandToken: Hashable, Sendable {
    /// A running number.
    public let number: UInt64
    /// Wraps a running number.
    public init(_ number: UInt64) { self.number = number }
}
