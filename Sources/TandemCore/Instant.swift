/// A point of a node's monotonic clock. Cores never read a clock: the shell hands in the present moment.
public struct Instant: Hashable, Comparable, Sendable {
    /// Nanoseconds since an arbitrary start.
    public var nanoseconds: Int64

    /// Makes an instant from nanoseconds since the clock's start.
    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// The earlier of two deadlines, each of which may be none.
    public static func earlier(_ left: Instant?, _ right: Instant?) -> Instant? {
        guard let left, let right else { return left ?? right }
        return min(left, right)
    }

    /// The earlier instant is the smaller.
    public static func < (left: Instant, right: Instant) -> Bool { left.nanoseconds < right.nanoseconds }
    /// The instant a duration later.
    public static func + (left: Instant, right: Duration) -> Instant {
        Instant(nanoseconds: left.nanoseconds + right.inNanoseconds)
    }
    /// The instant a duration earlier.
    public static func - (left: Instant, right: Duration) -> Instant {
        Instant(nanoseconds: left.nanoseconds - right.inNanoseconds)
    }
    /// The time from `right` to `left`.
    public static func - (left: Instant, right: Instant) -> Duration {
        .nanoseconds(left.nanoseconds - right.nanoseconds)
    }
}

extension Duration {
    /// The whole duration in nanoseconds (saturating at about 292 years).
    public var inNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? (seconds < 0 ? .min : .max) : product + attoseconds / 1_000_000_000
    }
    /// The duration in seconds, with fraction.
    public var inSeconds: Double { Double(inNanoseconds) / 1e9 }
    /// The whole duration in milliseconds.
    public var inMilliseconds: Int64 { inNanoseconds / 1_000_000 }
}
