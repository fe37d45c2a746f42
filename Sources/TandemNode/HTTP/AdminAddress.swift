/// Where a running node's administration interface is.
public enum AdminAddress: Sendable, CustomStringConvertible {
    /// The node's control socket.
    case socket(path: String)
    /// The node's HTTP port.
    case tcp(host: String, port: Int)

    /// For error messages.
    public var description: String {
        switch self {
        case .socket(let path): path
        case .tcp(let host, let port): "http://\(host):\(port)"
        }
    }
}
