import TandemCore

/// When the positions of the copies are stored although nothing changed: a quiet site's copy is current without any change,
/// and after a restart its age is to be right to within this interval.
struct StoredPositions: Sendable {
    private static let interval = Duration.seconds(10)
    private var next = Instant(nanoseconds: 0)

    /// Whether it is time; the next time is an interval later.
    mutating func isDue(at now: Instant) -> Bool {
        guard now >= next else { return false }
        next = now + Self.interval
        return true
    }
}
