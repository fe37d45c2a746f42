import TandemCore

/// Where a listener is.
enum ListenerPlace: Hashable, Sendable, CustomStringConvertible {
    /// A TCP port; 0: any free one.
    case tcp(ListenAddress)
    /// A socket in the file system, for programs of this machine.
    case socket(path: String)

    var description: String {
        switch self {
        case .tcp(let address): address.description
        case .socket(let path): path
        }
    }
}
