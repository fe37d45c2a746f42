import TandemCore

/// What a neighbour says about a site's clock.
package struct BeatNews: Hashable, Sendable {
    var site: SiteID
    var incarnation: UInt64
    /// The position of the site's log at the beat.
    var sequence: UInt64
    /// Counts the site's heartbeats.
    var beat: UInt64
    /// How old the beat was when the message was sent.
    var ageMilliseconds: Int64
}
