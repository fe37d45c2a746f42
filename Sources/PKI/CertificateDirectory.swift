import FoundationEssentials
import TandemCore
import X509

/// The files of a federation's authority: `ca.pem` and `ca.key` in one directory, and per site `cert.pem`, `key.pem`
/// and a copy of `ca.pem` in the site's own directory. Keys have mode 0600.
public struct CertificateDirectory: Sendable {
    /// The directory of `ca.pem` and `ca.key`.
    public let path: String

    /// Names a directory; nothing is read or written yet.
    public init(_ path: String) { self.path = path }

    /// Names of a site's files.
    public enum SiteFile {
        /// The site's certificate.
        public static let certificate = "cert.pem"
        /// The site's key.
        public static let key = "key.pem"
        /// The authority's certificate.
        public static let authority = "ca.pem"
    }

    private var certificatePath: String { path + "/ca.pem" }
    /// The authority's key: only its owner may read it.
    public var keyPath: String { path + "/ca.key" }

    /// Whether an authority is here.
    public var hasAuthority: Bool { FileManager.default.fileExists(atPath: certificatePath) }

    /// Makes an authority here; one that is here already is never replaced.
    @discardableResult
    public func createAuthority(name: String, now: Date) throws(PKIError) -> CertificateAuthority {
        for existing in [certificatePath, keyPath] where FileManager.default.fileExists(atPath: existing) {
            throw .authorityExists(path: existing)
        }
        let authority = try CertificateAuthority.make(name: name, now: now)
        try PrivateFile.makeDirectory(path)
        // The key first: a certificate without its key would block the next attempt and be of no use.
        try PrivateFile.write(authority.keyPEM().reveal(), to: keyPath, mode: 0o600)
        try PrivateFile.write(authority.certificatePEM(), to: certificatePath, mode: 0o644)
        return authority
    }

    /// Reads the authority.
    public func loadAuthority() throws(PKIError) -> CertificateAuthority {
        try CertificateAuthority.load(
            certificatePEM: PrivateFile.read(certificatePath), keyPEM: Secret(PrivateFile.read(keyPath)))
    }

    /// Reads the authority, or makes it when none is here.
    public func loadOrCreateAuthority(name: String, now: Date) throws(PKIError) -> CertificateAuthority {
        hasAuthority ? try loadAuthority() : try createAuthority(name: name, now: now)
    }

    /// Writes a site's three files into its directory, replacing older ones.
    public static func write(
        _ issued: IssuedCertificate, authority: CertificateAuthority, to directory: String
    ) throws(PKIError) {
        try PrivateFile.makeDirectory(directory)
        try PrivateFile.write(issued.keyPEM.reveal(), to: directory + "/" + SiteFile.key, mode: 0o600)
        try PrivateFile.write(issued.certificatePEM, to: directory + "/" + SiteFile.certificate, mode: 0o644)
        try PrivateFile.write(authority.certificatePEM(), to: directory + "/" + SiteFile.authority, mode: 0o644)
    }

    /// All certificates in some directories and one level below them (`tandem pki list`), those that end first in
    /// front. Files that hold no certificate are left out.
    public static func list(_ directories: [String], now: Date) -> [CertificateSummary] {
        var found: [CertificateSummary] = []
        for directory in directories {
            for place in [directory] + children(of: directory) {
                for name in names(in: place) where name.hasSuffix(".pem") || name.hasSuffix(".crt") {
                    let path = place + "/" + name
                    guard let text = try? PrivateFile.read(path),
                        let certificate = try? SiteCertificate.parse(pem: text, path)
                    else { continue }
                    found.append(CertificateSummary(certificate, path: path, now: now))
                }
            }
        }
        return found.sorted { ($0.notValidAfter, $0.path) < ($1.notValidAfter, $1.path) }
    }

    private static func names(in directory: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).sorted()
    }
    private static func children(of directory: String) -> [String] {
        names(in: directory).map { directory + "/" + $0 }.filter { path in
            var isDirectory = false
            return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory
        }
    }
}
