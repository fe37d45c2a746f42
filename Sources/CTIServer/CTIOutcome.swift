import TandemCore

/// What a submitted command came to, in words of the CTI protocol.
public enum CTIOutcome: Hashable, Sendable {
    /// It ran; the object's keys join the last line.
    case done(EncodedObject)
    /// It was refused, with the reason and keys for the reply (`ipbxreply` …).
    case refused(reason: String, EncodedObject)
    /// No path leads to the site.
    case noRoute(SiteID)
    /// The time was up before it reached its site.
    case timeout(at: SiteID)
    /// A policy forbids it.
    case forbidden(at: SiteID)
    /// It was delivered or on its way; what became of it is not known.
    case unknown(at: SiteID)
}
