import FoundationEssentials
import TandemCore
import X509

/// Reads the identity out of a peer's certificate. Use it after TLS has verified the chain: the certificate says who
/// the peer is only because the federation's authority signed it.
public enum PeerIdentity {
    /// The site that a certificate in DER names.
    ///
    /// The identity is the first DNS name of the subject alternative names; when the subject has a common name, both
    /// must be equal, so that a certificate with several names has exactly one meaning.
    public static func site(fromDER der: [UInt8]) throws(PKIError) -> SiteID {
        try SiteCertificate.site(of: SiteCertificate.parse(der: der, "the peer's certificate"))
    }

    /// Checks that a certificate in DER is the expected site's.
    public static func check(_ der: [UInt8], is expected: SiteID) throws(PKIError) {
        let found = try site(fromDER: der)
        guard found == expected else { throw .wrongSite(found: found, expected: expected) }
    }

    /// Checks a site's certificate against an authority without a TLS connection: signature, validity and name.
    public static func verifySite(
        certificatePEM: String, authorityPEM: String, now: Date
    ) throws(PKIError) -> SiteID {
        let authority = try SiteCertificate.parse(pem: authorityPEM, "the authority's certificate")
        let certificate = try SiteCertificate.parse(pem: certificatePEM, "the site's certificate")
        guard SiteCertificate.isAuthority(authority) else {
            throw .notAnAuthority(subject: SiteCertificate.subject(authority))
        }
        let site = try SiteCertificate.site(of: certificate)
        guard SiteCertificate.isSigned(certificate, by: authority) else {
            throw .wrongAuthority(subject: site.name, authority: SiteCertificate.subject(authority))
        }
        for checked in [authority, certificate] {
            let subject = SiteCertificate.subject(checked)
            if now < checked.notValidBefore { throw .notYetValid(subject: subject, until: checked.notValidBefore) }
            if now > checked.notValidAfter { throw .expired(subject: subject, since: checked.notValidAfter) }
        }
        return site
    }

    /// Checks that a private key belongs to a certificate.
    public static func checkKey(certificatePEM: String, keyPEM: Secret) throws(PKIError) {
        let certificate = try SiteCertificate.parse(pem: certificatePEM, "the certificate")
        guard let key = try? Certificate.PrivateKey(pemEncoded: keyPEM.reveal()) else {
            throw .notAKey(what: "the key")
        }
        guard key.publicKey == certificate.publicKey else {
            throw .keyMismatch(what: "of \(SiteCertificate.subject(certificate))")
        }
    }
}
