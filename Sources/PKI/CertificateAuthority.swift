import Crypto
import FoundationEssentials
import SwiftASN1
import TandemCore
import X509

/// The authority of a federation: it signs the certificates by which nodes know each other.
public struct CertificateAuthority: Sendable {
    /// Its certificate, self-signed.
    public let certificate: Certificate
    private let key: Certificate.PrivateKey

    /// How long an authority is valid: ten years.
    public static let lifetime: TimeInterval = 3_652 * 86_400
    /// How long a site's certificate is valid: two years.
    public static let siteLifetime: TimeInterval = 730 * 86_400
    /// How far into the past a certificate begins: nodes' clocks need not be exact.
    static let clockTolerance: TimeInterval = 300

    private init(certificate: Certificate, key: Certificate.PrivateKey) {
        self.certificate = certificate
        self.key = key
    }

    /// Makes a new authority with a fresh P-256 key.
    /// - Parameters:
    ///   - name: the common name, e.g. the federation's name.
    ///   - now: the present.
    public static func make(name: String, now: Date) throws(PKIError) -> CertificateAuthority {
        let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
        return try attempt {
            let subject = try DistinguishedName {
                CommonName(name)
                OrganizationName("Tandem federation")
            }
            let certificate = try Certificate(
                version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: key.publicKey,
                notValidBefore: now - clockTolerance, notValidAfter: now + lifetime, issuer: subject,
                subject: subject, signatureAlgorithm: .ecdsaWithSHA256,
                extensions: try Certificate.Extensions {
                    Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                    Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                    SubjectKeyIdentifier(hash: key.publicKey)
                }, issuerPrivateKey: key)
            return CertificateAuthority(certificate: certificate, key: key)
        }
    }

    /// Reads an authority.
    public static func load(certificatePEM: String, keyPEM: Secret) throws(PKIError) -> CertificateAuthority {
        let certificate = try SiteCertificate.parse(pem: certificatePEM, "the authority's certificate")
        guard let key = try? Certificate.PrivateKey(pemEncoded: keyPEM.reveal()) else {
            throw .notAKey(what: "the authority's key")
        }
        guard key.publicKey == certificate.publicKey else { throw .keyMismatch(what: "of the authority") }
        guard SiteCertificate.isAuthority(certificate) else {
            throw .notAnAuthority(subject: SiteCertificate.subject(certificate))
        }
        return CertificateAuthority(certificate: certificate, key: key)
    }

    /// The certificate as PEM text: public.
    public func certificatePEM() throws(PKIError) -> String {
        try attempt { try certificate.serializeAsPEM().pemString + "\n" }
    }

    /// The private key as PEM text (PKCS #8).
    public func keyPEM() throws(PKIError) -> Secret {
        try attempt { Secret(try key.serializeAsPEM().pemString + "\n") }
    }

    /// Issues a site's certificate with a fresh P-256 key, for both ends of a link.
    /// - Parameters:
    ///   - site: the identity: common name and first DNS name.
    ///   - names: further DNS names and IP addresses under which clients reach the node (CTIS, HTTPS).
    ///   - now: the present.
    ///   - lifetime: seconds of validity, at most the authority's own.
    public func issue(
        site: SiteID, names: [String] = [], now: Date, lifetime: TimeInterval = siteLifetime
    ) throws(PKIError) -> IssuedCertificate {
        guard certificate.notValidAfter > now else {
            throw .expired(subject: SiteCertificate.subject(certificate), since: certificate.notValidAfter)
        }
        var alternatives: [GeneralName] = [.dnsName(site.name)]
        for name in names where name != site.name { alternatives.append(try Self.generalName(name)) }
        let siteKey = P256.Signing.PrivateKey()
        let publicKey = Certificate.PublicKey(siteKey.publicKey)
        let issued = try attempt {
            try Certificate(
                version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: publicKey,
                notValidBefore: max(now - Self.clockTolerance, certificate.notValidBefore),
                notValidAfter: min(now + lifetime, certificate.notValidAfter), issuer: certificate.subject,
                subject: try DistinguishedName { CommonName(site.name) }, signatureAlgorithm: .ecdsaWithSHA256,
                extensions: try Certificate.Extensions {
                    Critical(BasicConstraints.notCertificateAuthority)
                    Critical(KeyUsage(digitalSignature: true))
                    try ExtendedKeyUsage([.serverAuth, .clientAuth])
                    SubjectAlternativeNames(alternatives)
                    SubjectKeyIdentifier(hash: publicKey)
                    AuthorityKeyIdentifier(
                        keyIdentifier: SubjectKeyIdentifier(hash: certificate.publicKey).keyIdentifier)
                }, issuerPrivateKey: key)
        }
        return try attempt {
            IssuedCertificate(
                site: site, certificatePEM: try issued.serializeAsPEM().pemString + "\n",
                keyPEM: Secret(siteKey.pemRepresentation + "\n"), notValidAfter: issued.notValidAfter)
        }
    }

    /// Issues a certificate anew, with a fresh key, for the site and the names of an older one of this authority.
    public func renew(certificatePEM: String, now: Date) throws(PKIError) -> IssuedCertificate {
        let old = try SiteCertificate.parse(pem: certificatePEM, "the old certificate")
        let site = try SiteCertificate.site(of: old)
        guard SiteCertificate.isSigned(old, by: certificate) else {
            throw .wrongAuthority(subject: site.name, authority: SiteCertificate.subject(certificate))
        }
        return try issue(site: site, names: SiteCertificate.names(of: old), now: now)
    }

    private static func generalName(_ name: String) throws(PKIError) -> GeneralName {
        if let address = AddressBytes.parse(name) { return .ipAddress(ASN1OctetString(contentBytes: address[...])) }
        let isHost =
            (1...253).contains(name.utf8.count)
            && name.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
                    || "-._*".utf8.contains($0)
            }
        guard isHost else { throw .badName(name) }
        return .dnsName(name)
    }
}

/// A site's certificate with its key, fresh from the authority.
public struct IssuedCertificate: Hashable, Sendable {
    /// The site that it names.
    public var site: SiteID
    /// The certificate: public.
    public var certificatePEM: String
    /// The private key (PKCS #8).
    public var keyPEM: Secret
    /// When it ends.
    public var notValidAfter: Date
}

/// Runs library code and turns what it throws into our error.
func attempt<Value>(_ body: () throws -> Value) throws(PKIError) -> Value {
    do {
        return try body()
    } catch let error as PKIError {
        throw error
    } catch {
        throw .failed("\(error)")
    }
}
