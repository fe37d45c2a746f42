import TandemCore

/// Sign of life, echo and news of clocks.
package struct HeartbeatFrame: Hashable, Sendable {
    /// A stamp of the receiver as the sender gives it back.
    struct Echo: Hashable, Sendable {
        /// The `t` of the receiver's last stamped frame.
        var stamp: Int64
        /// For how many microseconds the sender held it.
        var held: Int64
    }

    /// The sender's clock in microseconds.
    var stamp: Int64
    /// Nil before the receiver's first stamped frame.
    var echo: Echo?
    var clocks: [BeatNews]
}
