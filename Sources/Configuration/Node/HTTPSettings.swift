/// Who may ask the HTTP port, and how it proves what it is.
public struct HTTPSettings: Hashable, Sendable {
    /// The file with the token that is asked for; the node makes it, with mode 0600, when there is none.
    public var tokenFile: String
    /// Further names under which the port is asked (`Host`), besides the node's own.
    public var hosts: [String]
    /// A certificate of its own; with one, the port is TLS wherever it listens. Nil: that of `ctis`, else of `rcti`, where
    /// other machines can reach the port.
    public var certificate: CertificateFiles?

    /// Makes settings.
    public init(
        tokenFile: String = HTTPSettings.defaultTokenFile, hosts: [String] = [], certificate: CertificateFiles? = nil
    ) {
        self.tokenFile = tokenFile
        self.hosts = hosts
        self.certificate = certificate
    }

    /// Beside the node's file.
    public static let defaultTokenFile = "http.token"
}

extension NodeConfiguration {
    /// What the HTTP port shows; nil: it speaks plain HTTP, on loopback.
    public var httpCertificate: CertificateFiles? {
        if let own = http.certificate { return own }
        guard let address = listen.http, !address.isLoopback else { return nil }
        return ctis ?? rcti.map { CertificateFiles(certificate: $0.certificate, key: $0.key) }
    }
}
