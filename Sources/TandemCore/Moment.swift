/// The present, as handed to a core: the monotonic clock for deadlines, the wall clock for what people read.
public struct Moment: Hashable, Sendable {
    /// The monotonic clock.
    public var instant: Instant
    /// The wall clock: seconds since 1970 (`timenow` on the CTI wire). Never used to order changes.
    public var unixTime: Double

    /// Makes a moment from both clocks.
    public init(instant: Instant, unixTime: Double) {
        self.instant = instant
        self.unixTime = unixTime
    }
}
