/// Names one socket between two nodes. The shell numbers them; a number is never reused.
public struct LinkID: Hashable, Sendable, Comparable {
    /// A running number.
    public let number: UInt64
    /// Wraps a running number.
    public init(_ number: UInt64) { self.number = number }
    /// The older socket is the smaller.
    public static func < (left: LinkID, right: LinkID) -> Bool { left.number < right.number }
}
