import Configuration
import NIOHTTP1
import TandemCore

/// Whom the HTTP port answers: who names it as it is named, comes from no other web page, and knows the token.
///
/// A page in a browser on this machine reaches loopback too, by its own name when that is made to lead here (DNS
/// rebinding): so `Host` must be a name of ours, and `Origin` nobody else's.
struct AdminGuard: Sendable {
    private let names: Set<String>
    private let token: Secret

    /// - Parameters:
    ///   - names: names and addresses under which the port may be asked, besides loopback's and the connection's own.
    init(names: some Sequence<String>, token: Secret) {
        self.names = Set(names.map { $0.lowercased() })
        self.token = token
    }

    /// The guard of a node, with its token from the file, which is made when there is none.
    init(_ configuration: NodeConfiguration) throws(NodeError) {
        var names = configuration.http.hosts
        if let host = configuration.host { names.append(host) }
        if let listen = configuration.listen.http, !listen.isWildcard { names.append(listen.host) }
        self.init(
            names: names,
            token: try AdminToken.readOrMake(
                configuration.http.tokenFile, mayBeExposed: configuration.mayExposeSecrets))
    }

    /// Why a request is refused; nil: it may pass.
    /// - Parameters:
    ///   - local: the address at which the connection came in.
    ///   - isOpen: whether what is asked for needs no token.
    func refusal(of headers: HTTPHeaders, local: String?, isOpen: Bool) -> AdminResponse? {
        let hosts = headers["host"]
        guard hosts.count == 1, let host = Self.name(of: hosts[0]) else {
            return .text(.badRequest, "the header Host must stand here once, as HOST or HOST:PORT")
        }
        guard isOurs(host, local) else {
            return .text(
                .forbidden,
                "\(host) is no name of this node: ask for it by address, or add the name to http.hosts in its file")
        }
        for origin in headers["origin"] {
            let parts = origin.lowercased().split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, ["http", "https"].contains(parts[0]), parts[1] == hosts[0].lowercased() else {
                return .text(.forbidden, "no page of another server may ask this node")
            }
        }
        guard isOpen || knowsToken(headers) else {
            var refusal = AdminResponse.text(
                .unauthorized,
                "this needs the node's token: Authorization: Bearer TOKEN, which stands in the file that http.token names"
            )
            refusal.headers = [("www-authenticate", "Bearer realm=\"tandem\"")]
            return refusal
        }
        return nil
    }

    private func isOurs(_ host: String, _ local: String?) -> Bool {
        host == "localhost" || host == "::1" || Self.isLoopbackAddress(host) || host == local || names.contains(host)
    }

    /// `127.` and three numbers; `127.example.org` is a name that may lead anywhere.
    private static func isLoopbackAddress(_ host: String) -> Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    /// The host of `HOST`, `HOST:PORT`, `[V6]` or `[V6]:PORT`, in small letters.
    private static func name(of header: String) -> String? {
        let hasPort = header.hasSuffix("]") ? false : header.contains(":")
        return ListenAddress(hasPort ? header : header + ":0")?.host.lowercased()
    }

    private func knowsToken(_ headers: HTTPHeaders) -> Bool {
        let values = headers["authorization"]
        guard values.count == 1 else { return false }
        let words = values[0].split(separator: " ", maxSplits: 1)
        guard words.count == 2, words[0].lowercased() == "bearer" else { return false }
        // As long for a wrong beginning as for a wrong end.
        let (given, wanted) = (Array(words[1].utf8), Array(token.reveal().utf8))
        var difference = given.count ^ wanted.count
        for (index, byte) in given.enumerated() { difference |= Int(byte ^ wanted[index % wanted.count]) }
        return difference == 0
    }
}
