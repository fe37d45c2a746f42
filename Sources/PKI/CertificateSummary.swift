import FoundationEssentials
import TandemCore
import X509

/// One row of `tandem pki list`.
public struct CertificateSummary: Hashable, Sendable {
    /// How a certificate's time stands.
    public enum State: String, Hashable, Sendable {
        case valid
        /// Ends within 30 days.
        case expiring
        case expired
        case notYetValid = "not_yet_valid"
    }
    /// The file.
    public var path: String
    /// The common name.
    public var subject: String
    /// The site; nil for an authority or a certificate that names none.
    public var site: SiteID?
    /// Whether it may sign others.
    public var isAuthority: Bool
    /// All DNS names and addresses.
    public var names: [String]
    /// The serial number in hexadecimal.
    public var serialNumber: String
    /// First moment of validity.
    public var notValidBefore: Date
    /// Last moment of validity.
    public var notValidAfter: Date
    /// Whole days until it ends; negative when it has.
    public var daysLeft: Int
    /// How its time stands.
    public var state: State

    init(_ certificate: Certificate, path: String, now: Date) {
        self.path = path
        subject = SiteCertificate.subject(certificate)
        isAuthority = SiteCertificate.isAuthority(certificate)
        site = try? SiteCertificate.site(of: certificate)
        names = SiteCertificate.names(of: certificate)
        serialNumber = certificate.serialNumber.bytes.map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
        notValidBefore = certificate.notValidBefore
        notValidAfter = certificate.notValidAfter
        daysLeft = Int((notValidAfter.timeIntervalSince(now) / 86_400).rounded(.down))
        state =
            now < notValidBefore
            ? .notYetValid : now > notValidAfter ? .expired : daysLeft < 30 ? .expiring : .valid
    }
}
