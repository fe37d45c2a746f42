import FoundationEssentials
import SwiftASN1
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

/// What we read from certificates.
enum SiteCertificate {
    static func parse(pem: String, _ what: String) throws(PKIError) -> Certificate {
        do {
            // A file may hold intermediates behind the certificate itself.
            guard let first = try PEMDocument.parseMultiple(pemString: pem).first else {
                throw PKIError.notACertificate(what: what, reason: "it holds no PEM block")
            }
            return try Certificate(pemDocument: first)
        } catch let error as PKIError {
            throw error
        } catch {
            throw .notACertificate(what: what, reason: "\(error)")
        }
    }

    static func parse(der: [UInt8], _ what: String) throws(PKIError) -> Certificate {
        do { return try Certificate(derEncoded: der) } catch {
            throw .notACertificate(what: what, reason: "\(error)")
        }
    }

    static func isAuthority(_ certificate: Certificate) -> Bool {
        if case .isCertificateAuthority? = try? certificate.extensions.basicConstraints { true } else { false }
    }

    static func isSigned(_ certificate: Certificate, by authority: Certificate) -> Bool {
        certificate.issuer == authority.subject
            && authority.publicKey.isValidSignature(certificate.signature, for: certificate)
    }

    static func site(of certificate: Certificate) throws(PKIError) -> SiteID {
        guard !isAuthority(certificate) else { throw .isAnAuthority(subject: subject(certificate)) }
        let dnsNames = generalNames(certificate).compactMap { name in
            if case .dnsName(let text) = name { text } else { nil }
        }
        guard let first = dnsNames.first, let site = SiteID(first),
            commonName(certificate).map({ $0 == first }) ?? true
        else { throw .noSiteName(subject: subject(certificate), found: dnsNames) }
        return site
    }

    /// DNS names and addresses as text, the site's name first.
    static func names(of certificate: Certificate) -> [String] {
        generalNames(certificate).compactMap { name in
            switch name {
            case .dnsName(let text): text
            case .ipAddress(let octets): AddressBytes.text(Array(octets.bytes))
            default: nil
            }
        }
    }

    static func subject(_ certificate: Certificate) -> String {
        commonName(certificate) ?? certificate.subject.description
    }

    private static func commonName(_ certificate: Certificate) -> String? {
        for relative in certificate.subject {
            for attribute in relative where attribute.type == .RDNAttributeType.commonName {
                return String(attribute.value)
            }
        }
        return nil
    }

    private static func generalNames(_ certificate: Certificate) -> [GeneralName] {
        guard let names = try? certificate.extensions.subjectAlternativeNames else { return [] }
        return Array(names)
    }
}
