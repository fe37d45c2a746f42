/// Names one client connection of this node. The shell counts them up; a number is never used twice.
public struct ClientID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// A running number.
    public let number: UInt64
    /// Wraps a running number.
    public init(_ number: UInt64) { self.number = number }
    /// The older connection is the smaller.
    public static func < (left: ClientID, right: ClientID) -> Bool { left.number < right.number }
    /// `client-12`, for logs.
    public var description: String { "client-\(number)" }
}
