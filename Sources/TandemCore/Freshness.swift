/// How current our picture of a site is. Nothing that is not `fresh` may be shown as if it were.
public enum Freshness: Hashable, Sendable {
    /// The site's node is heard and our copy is at its state.
    case fresh
    /// The copy was current until `since` (our monotonic clock); it is shown with its age.
    case stale(since: Instant)
    /// Too old to say anything (see `FederationTimings.unknownAfter`), or never received.
    case unknown

    /// Whether the copy is current.
    public var isFresh: Bool { self == .fresh }
}
