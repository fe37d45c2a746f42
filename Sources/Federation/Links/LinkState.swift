/// The states of a link. Legal transitions: `LinkMachine`.
public enum LinkState: Hashable, Sendable {
    /// Nothing was tried yet.
    case idle
    /// A dial is with the shell.
    case connecting
    /// A socket is open; the greeting is under way.
    case authenticating
    /// The peer is greeted; its first heartbeat is missing.
    case syncing
    /// The link carries traffic and counts for routes.
    case established
    /// Someone has said goodbye; answers still pass.
    case draining
    /// No socket is left, and why.
    case down(reason: String)

    /// One word for tables.
    public var word: String {
        switch self {
        case .idle: "idle"
        case .connecting: "connecting"
        case .authenticating: "authenticating"
        case .syncing: "syncing"
        case .established: "established"
        case .draining: "draining"
        case .down: "down"
        }
    }
}
