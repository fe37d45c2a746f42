/// The line between two sites.
public struct Cable: Sendable {
    /// Delay from the smaller name to the larger, and back.
    public var delay: (Duration, Duration) = (.milliseconds(10), .milliseconds(10))
    /// Random addition to each delay.
    public var jitter: Duration = .zero
    /// Bytes per second each way; 0: unlimited.
    public var bytesPerSecond = 0
    /// Nothing passes, and nobody is told.
    public var isCut = false
    /// Delivers some chunks in pieces.
    public var splits = false

    /// A healthy line of 10 ms each way.
    public init() {}
}
