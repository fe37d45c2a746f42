import TandemCore

/// Request for a site's changes after a position, and acknowledgement of everything up to it.
package struct PullFrame: Hashable, Sendable {
    var site: SiteID
    var incarnation: UInt64
    var sequence: UInt64
    /// Changes that may be on the way at once.
    var window: Int
    /// Numbers the attempts of the puller; frames of an earlier attempt are skipped.
    var pull: UInt64
    /// A new attempt begins at the position; otherwise the frame acknowledges.
    var isStart: Bool
    /// Acknowledges the chunks of a snapshot up to this one.
    var chunk: Int?
}
