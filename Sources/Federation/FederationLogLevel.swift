/// How important a log line is.
public enum FederationLogLevel: Int, Hashable, Sendable {
    /// Routine, for whoever looks for a fault.
    case debug
    /// Something ordinary happened.
    case info
    /// Worth reading: something changed for good or for a while.
    case notice
    /// Something is not as it should be; the node copes.
    case warning
    /// Something is lost or refused that should not be.
    case error
}
