import TandemCore

/// Finds out when a peer's frames were sent, in our time, so that a frame that lay in a stalled connection does not
/// pass for news.
///
/// A peer stamps frame *f* with its clock *t*, and echoes our stamp *S* with the time *h* for which it held it. So *f*
/// was sent at our time *S + h* or later. The best such bound on `our clock - its clock` within the last minute dates
/// all its frames; it errs by one round trip at most, and to the safe side: frames seem older than they are.
struct SendClock: Sendable {
    private var current: Int64?
    private var previous: Int64?
    private var windowStart: Instant?
    private static let window = Duration.seconds(30)

    init() {}

    /// Whether frames can be dated.
    var isSet: Bool { current != nil || previous != nil }

    /// Takes one echo: `stamp` is the peer's clock in microseconds, `sent` our echoed stamp, `held` how long it was held.
    /// Returns the round-trip time, nil when the numbers cannot be true.
    mutating func sample(stamp: Int64, sent: Instant, held: Duration, now: Instant) -> Duration? {
        let earliest = sent + held
        guard held >= .zero, earliest <= now, sent <= now else { return nil }
        if windowStart.map({ now - $0 >= Self.window }) ?? true {
            previous = current
            current = nil
            windowStart = now
        }
        let (offset, overflow) = (earliest.nanoseconds / 1_000).subtractingReportingOverflow(stamp)
        guard !overflow else { return nil }
        current = max(current ?? offset, offset)
        return now - earliest
    }

    /// The earliest moment at which a frame with this stamp can have been sent; nil before the first echo.
    func sendTime(stamp: Int64, now: Instant) -> Instant? {
        guard let offset = [current, previous].compactMap({ $0 }).max() else { return nil }
        let (micros, overflow) = stamp.addingReportingOverflow(offset)
        // So far from the limits that an age can be subtracted as well.
        guard !overflow, micros.magnitude < 1 << 52 else { return nil }
        return min(Instant(nanoseconds: micros * 1_000), now)
    }
}
