/// What a user's options around TLS are called where a failure is told, so that the advice names the right one.
public struct TLSOptionNames: Hashable, Sendable {
    /// What names the file with the trusted authority.
    public var authority: String
    /// What names the name in the server's certificate.
    public var name: String
    /// What switches TLS on.
    public var tls: String
    /// What names the port.
    public var port: String

    /// Names options.
    public init(authority: String, name: String, tls: String, port: String) {
        self.authority = authority
        self.name = name
        self.tls = tls
        self.port = port
    }

    /// Those of the command line tools.
    public static let tools = TLSOptionNames(
        authority: "--tls-ca FILE", name: "--tls-name NAME", tls: "--tls", port: "--port")
}
