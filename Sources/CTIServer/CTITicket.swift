/// Names one submitted command of one session.
public struct CTITicket: Hashable, Sendable {
    /// A running number.
    public let number: UInt64
    /// Wraps a running number.
    public init(_ number: UInt64) { self.number = number }
}
