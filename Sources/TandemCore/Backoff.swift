/// The waits between attempts that keep failing: doubled each time up to a cap. The upper half of each wait is jitter, so
/// that a hundred nodes do not come back at the same moment.
///
/// A pure value: whoever uses it brings the jitter, random in a shell, computed from names in a core that a simulation
/// must be able to repeat.
public struct Backoff: Hashable, Sendable {
    /// The first wait.
    public let shortest: Duration
    /// The longest wait.
    public let longest: Duration
    /// Attempts that failed since the last `reset`.
    public private(set) var failures = 0

    /// Waits between two bounds; a `longest` below `shortest` counts as `shortest`.
    public init(shortest: Duration, longest: Duration) {
        self.shortest = max(.nanoseconds(1), shortest)
        self.longest = max(self.shortest, longest)
    }

    /// The wait after one more failure: 50 to 100 % of the doubled time. `jitter` is in 0...1; 1 is the whole wait.
    public mutating func next(jitter: Double) -> Duration {
        let full = fail()
        let share = jitter.isFinite ? min(max(jitter, 0), 1) : 1
        return .nanoseconds(full / 2 + Int64(Double(full - full / 2) * share))
    }

    /// The same with the jitter drawn from a number of any size: the same number gives the same wait, to the nanosecond.
    public mutating func next(drawing number: UInt64) -> Duration {
        let full = fail()
        return .nanoseconds(full / 2 + Int64(number % UInt64(full / 2 + 1)))
    }

    /// Counts a failure; returns the doubled time in nanoseconds.
    private mutating func fail() -> Int64 {
        let least = shortest.inNanoseconds
        let most = longest.inNanoseconds
        // More than 62 doublings of a nanosecond lead beyond any cap.
        let full = failures > 62 || least > most >> Int64(failures) ? most : least << Int64(failures)
        failures += 1
        return full
    }

    /// Success: the next failure waits the shortest time.
    public mutating func reset() { failures = 0 }
}
