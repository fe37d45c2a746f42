import FoundationEssentials
import TandemCore

/// Why a certificate or key cannot be made, read or accepted.
public enum PKIError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A file cannot be read.
    case unreadable(path: String, reason: String)
    /// A file or directory cannot be written.
    case unwritable(path: String, reason: String)
    /// There is an authority already; it is never replaced, since every node trusts it.
    case authorityExists(path: String)
    /// The text or bytes are no certificate.
    case notACertificate(what: String, reason: String)
    /// The text is no private key.
    case notAKey(what: String)
    /// The private key belongs to another certificate.
    case keyMismatch(what: String)
    /// The certificate is not an authority's.
    case notAnAuthority(subject: String)
    /// The certificate is an authority's where a site's is needed.
    case isAnAuthority(subject: String)
    /// The certificate was not signed by this authority.
    case wrongAuthority(subject: String, authority: String)
    /// The certificate names no site.
    case noSiteName(subject: String, found: [String])
    /// The certificate names another site than the one that was expected.
    case wrongSite(found: SiteID, expected: SiteID)
    /// The certificate's time is over.
    case expired(subject: String, since: Date)
    /// The certificate's time has not come: one of the clocks is wrong.
    case notYetValid(subject: String, until: Date)
    /// An additional name is neither a DNS name nor an address.
    case badName(String)
    /// The cryptographic library failed.
    case failed(String)

    /// What, where, what to do.
    public var description: String {
        switch self {
        case .unreadable(let path, let reason): "cannot read \(path): \(reason)"
        case .unwritable(let path, let reason): "cannot write \(path): \(reason)"
        case .authorityExists(let path):
            "\(path) is there already: every node trusts it, so it is not replaced; use another directory or move it away"
        case .notACertificate(let what, let reason): "\(what) is no PEM certificate: \(reason)"
        case .notAKey(let what): "\(what) is no PEM private key"
        case .keyMismatch(let what): "the private key \(what) belongs to another certificate"
        case .notAnAuthority(let subject): "\(subject) is not an authority: its certificate may not sign others"
        case .isAnAuthority(let subject): "\(subject) is an authority: a site needs a certificate of its own"
        case .wrongAuthority(let subject, let authority):
            "\(subject) was not signed by \(authority): issue it again with the federation's authority"
        case .noSiteName(let subject, let found):
            "\(subject) names no site: its first DNS name must be the site's name and equal its common name; "
                + "found \(found.isEmpty ? "none" : found.joined(separator: ", "))"
        case .wrongSite(let found, let expected): "the certificate is \(found)'s, not \(expected)'s"
        case .expired(let subject, let since):
            "\(subject) expired on \(since.ISO8601Format()): renew it with tandem pki site"
        case .notYetValid(let subject, let until):
            "\(subject) is not valid before \(until.ISO8601Format()): check the clocks of both machines"
        case .badName(let name): "\"\(name)\" is neither a DNS name nor an IP address"
        case .failed(let reason): "the certificate could not be made: \(reason)"
        }
    }
}
