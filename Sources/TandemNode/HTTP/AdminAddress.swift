import ClientTLS
import Configuration
import TandemCore

/// Where a running node's administration interface is.
public enum AdminAddress: Sendable, CustomStringConvertible {
    /// The node's control socket.
    case socket(path: String)
    /// The node's HTTP port, with its token (nil: only `/livez` and `/readyz` answer), and what is demanded of its
    /// certificate (nil: it speaks plain HTTP).
    case tcp(host: String, port: Int, token: Secret? = nil, tls: ServerTrust? = nil)

    /// The HTTP port of a node on this machine or another, with what its file says of token and certificate.
    /// - Parameter address: where it is; nil: where the file says.
    /// - Throws: `AdminError` when the file names no HTTP port, or the token or the authority cannot be read.
    public static func http(of node: NodeConfiguration, at address: ListenAddress? = nil) throws -> AdminAddress {
        guard let listen = node.listen.http else {
            throw AdminError(description: "the file of \(node.name) has no listen.http: nobody can ask it there")
        }
        let address = address ?? ListenAddress(host: listen.isWildcard ? "127.0.0.1" : listen.host, port: listen.port)
        do {
            let token = try AdminToken.read(node.http.tokenFile, mayBeExposed: node.mayExposeSecrets)
            guard let shown = node.httpCertificate else {
                return .tcp(host: address.host, port: address.port, token: token)
            }
            // The federation's own certificates carry the site's name.
            let isOfLinks = shown.certificate == node.rcti?.certificate
            let trust = try ServerTrust(
                authority: isOfLinks ? node.rcti?.authority : nil,
                name: isOfLinks ? node.name.name : node.host ?? address.host)
            return .tcp(host: address.host, port: address.port, token: token, tls: trust)
        } catch let error as TLSFailure {
            throw AdminError(description: "the node's certificate cannot be checked: \(error.advice(.tools))")
        } catch let error as NodeError {
            throw AdminError(description: error.description)
        }
    }

    /// An HTTP port with the token from a file (nil: none).
    /// - Throws: `AdminError` when the file cannot be used.
    public static func http(
        at address: ListenAddress, tokenFile: String?, tls: ServerTrust?
    ) throws -> AdminAddress {
        do {
            let token = try tokenFile.map { path throws(NodeError) in try AdminToken.read(path) }
            return .tcp(host: address.host, port: address.port, token: token, tls: tls)
        } catch {
            throw AdminError(description: error.description)
        }
    }

    /// For error messages.
    public var description: String {
        switch self {
        case .socket(let path): path
        case .tcp(let host, let port, _, let tls):
            "\(tls == nil ? "http" : "https")://\(ListenAddress(host: host, port: port))"
        }
    }
}
