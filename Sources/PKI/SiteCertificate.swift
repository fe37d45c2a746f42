import SwiftASN1
import TandemCore
import X509

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
