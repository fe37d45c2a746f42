import TandemCore

/// The greeting of both sides.
package struct HelloFrame: Hashable, Sendable {
    var versions: ClosedRange<Int>
    var site: SiteID
    var incarnation: UInt64
    var features: [String]
    /// Grows with each socket that the sender opens or accepts: tells the newer of two.
    var nonce: UInt64
    /// The sender's clock in microseconds.
    var stamp: Int64
}
