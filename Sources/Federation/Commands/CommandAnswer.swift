import TandemCore

/// The one answer that every command gets before its deadline and one grace.
public enum CommandAnswer: Hashable, Sendable {
    /// It ran. The result's keys go into the client's reply (may be empty).
    case done(EncodedObject)
    /// The executing site said no. The result may carry keys for the client's reply.
    case refused(reason: String, EncodedObject)
    /// It did not reach its site, and will not: no route, or the deadline passed on the way. `site`: how far it came.
    case notDelivered(reason: NotDelivered, at: SiteID)
    /// It was handed on, and what became of it is not known.
    case unknown(at: SiteID)

    /// Why a command was not delivered.
    public enum NotDelivered: String, Hashable, Sendable {
        /// No path leads to the site.
        case noRoute = "no_route"
        /// The time was up before it could be handed on.
        case timeout
        /// A policy on the way forbids it.
        case policy
        /// More hops than a federation can have: a loop.
        case tooManyHops = "too_many_hops"
    }
}
