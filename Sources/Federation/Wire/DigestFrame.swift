import TandemCore

/// The digest of the sender's copy at a position.
package struct DigestFrame: Hashable, Sendable {
    var site: SiteID
    var pull: UInt64
    var incarnation: UInt64
    var sequence: UInt64
    var digest: UInt64
}
