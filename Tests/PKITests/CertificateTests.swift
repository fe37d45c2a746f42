import Crypto
import Foundation
import TandemCore
import Testing
import X509

@testable import PKI

@Suite("certificates and their files") struct CertificateTests {
    private let now = Date(timeIntervalSince1970: 1_800_000_000)
    private let year: TimeInterval = 365 * 86_400

    private func temporaryDirectory() throws -> String {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("pki-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    private func mode(_ path: String) throws -> Int {
        try #require(FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber).intValue
    }

    private func der(_ pem: String) throws -> [UInt8] {
        try Certificate(pemEncoded: pem).serializeAsPEM().derBytes
    }

    @Test("an authority and a site's certificate say what they are for") func contents() throws {
        let authority = try CertificateAuthority.make(name: "example", now: now)
        #expect(authority.certificate.notValidAfter == now + CertificateAuthority.lifetime)
        #expect(authority.certificate.notValidBefore == now - 300)
        let usage = try #require(try authority.certificate.extensions.keyUsage)
        #expect(usage.keyCertSign && usage.cRLSign && !usage.digitalSignature)

        let issued = try authority.issue(site: site("paris"), names: ["pbx.example", "10.0.0.1", "::1"], now: now)
        let certificate = try Certificate(pemEncoded: issued.certificatePEM)
        #expect(SiteCertificate.names(of: certificate) == ["paris", "pbx.example", "10.0.0.1", "::1"])
        let extended = try #require(try certificate.extensions.extendedKeyUsage)
        #expect(Set(extended) == [.serverAuth, .clientAuth])
        #expect(certificate.notValidAfter == now + CertificateAuthority.siteLifetime)
        #expect(!"\(issued)".contains("PRIVATE KEY"), "a printed value does not show the key")
    }

    @Test("a site's certificate gives its name back, and only its own") func identity() throws {
        let authority = try CertificateAuthority.make(name: "example", now: now)
        let issued = try authority.issue(site: site("paris"), names: ["lyon"], now: now)
        let bytes = try der(issued.certificatePEM)
        #expect(try PeerIdentity.site(fromDER: bytes) == site("paris"))
        #expect(throws: PKIError.wrongSite(found: try site("paris"), expected: try site("lyon"))) {
            try PeerIdentity.check(bytes, is: site("lyon"))
        }
        #expect(throws: PKIError.isAnAuthority(subject: "example")) {
            try PeerIdentity.site(fromDER: der(authority.certificatePEM()))
        }
        #expect(throws: PKIError.self) { try PeerIdentity.site(fromDER: [0x30, 0x03, 1, 2, 3]) }
    }

    @Test("a certificate whose common name is another than its first DNS name names no site") func twoNames() throws {
        let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: key.publicKey, notValidBefore: now,
            notValidAfter: now + year, issuer: DistinguishedName { CommonName("paris") },
            subject: DistinguishedName { CommonName("paris") }, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: Certificate.Extensions { SubjectAlternativeNames([.dnsName("lyon"), .dnsName("paris")]) },
            issuerPrivateKey: key)
        #expect(throws: PKIError.noSiteName(subject: "paris", found: ["lyon", "paris"])) {
            try PeerIdentity.site(fromDER: certificate.serializeAsPEM().derBytes)
        }
    }

    @Test("offline verification finds the wrong authority, the past and the future") func offline() throws {
        let authority = try CertificateAuthority.make(name: "example", now: now)
        let other = try CertificateAuthority.make(name: "example", now: now)
        let paris = try authority.issue(site: site("paris"), now: now)
        func verify(_ pem: String, _ authority: CertificateAuthority, _ moment: Date) throws -> SiteID {
            try PeerIdentity.verifySite(
                certificatePEM: pem, authorityPEM: authority.certificatePEM(), now: moment)
        }
        #expect(try verify(paris.certificatePEM, authority, now) == site("paris"))
        #expect(throws: PKIError.wrongAuthority(subject: "paris", authority: "example")) {
            try verify(paris.certificatePEM, other, now)
        }
        #expect(throws: PKIError.expired(subject: "paris", since: paris.notValidAfter)) {
            try verify(paris.certificatePEM, authority, now + 3 * year)
        }
        #expect(throws: PKIError.notYetValid(subject: "example", until: now - 300)) {
            try verify(paris.certificatePEM, authority, now - 301)
        }
        #expect(throws: PKIError.wrongAuthority(subject: "paris", authority: "example")) {
            try other.renew(certificatePEM: paris.certificatePEM, now: now)
        }
        let lyon = try authority.issue(site: site("lyon"), now: now)
        #expect(throws: PKIError.keyMismatch(what: "of paris")) {
            try PeerIdentity.checkKey(certificatePEM: paris.certificatePEM, keyPEM: lyon.keyPEM)
        }
        try PeerIdentity.checkKey(certificatePEM: paris.certificatePEM, keyPEM: paris.keyPEM)
    }

    @Test("a site's certificate does not outlive its authority, and an expired authority signs nothing")
    func lifetimes() throws {
        let authority = try CertificateAuthority.make(name: "example", now: now)
        let late = try authority.issue(site: site("paris"), now: now + 9.5 * year)
        #expect(late.notValidAfter == authority.certificate.notValidAfter)
        #expect(throws: PKIError.expired(subject: "example", since: authority.certificate.notValidAfter)) {
            try authority.issue(site: site("paris"), now: now + 11 * year)
        }
    }

    @Test("a renewed certificate has the same names and another key") func renewal() throws {
        let authority = try CertificateAuthority.make(name: "example", now: now)
        let old = try authority.issue(site: site("paris"), names: ["pbx.example", "fe80::1"], now: now)
        let new = try authority.renew(certificatePEM: old.certificatePEM, now: now + year)
        let first = try Certificate(pemEncoded: old.certificatePEM)
        let second = try Certificate(pemEncoded: new.certificatePEM)
        #expect(SiteCertificate.names(of: second) == ["paris", "pbx.example", "fe80::1"])
        #expect(first.publicKey != second.publicKey)
        #expect(first.serialNumber != second.serialNumber)
        #expect(new.notValidAfter == now + year + CertificateAuthority.siteLifetime)
    }

    @Test("names that are neither host nor address are refused") func badNames() throws {
        let authority = try CertificateAuthority.make(name: "example", now: now)
        for name in ["", "a b", "a\nb", "é.example"] {
            #expect(throws: PKIError.badName(name)) {
                try authority.issue(site: site("paris"), names: [name], now: now)
            }
        }
    }

    @Test("key files are for their owner only, and an authority is never replaced") func files() throws {
        let directory = try temporaryDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let pki = CertificateDirectory(directory + "/ca")
        #expect(!pki.hasAuthority)
        let authority = try pki.createAuthority(name: "example", now: now)
        #expect(try mode(directory + "/ca/ca.key") == 0o600)
        #expect(throws: PKIError.authorityExists(path: directory + "/ca/ca.pem")) {
            try pki.createAuthority(name: "example", now: now)
        }
        #expect(try pki.loadOrCreateAuthority(name: "x", now: now).certificate == authority.certificate)
        let paris = try pki.loadAuthority().issue(site: site("paris"), now: now)
        try CertificateDirectory.write(paris, authority: authority, to: directory + "/paris")
        #expect(try mode(directory + "/paris/key.pem") == 0o600)
        #expect(try mode(directory + "/paris/cert.pem") & 0o600 == 0o600)

        // Replacing keeps the mode.
        try CertificateDirectory.write(
            try authority.issue(site: site("paris"), now: now), authority: authority, to: directory + "/paris")
        #expect(try mode(directory + "/paris/key.pem") == 0o600)

        let rows = CertificateDirectory.list([directory], now: now + 1.95 * year)
        #expect(rows.map(\.subject) == ["paris", "example", "example"])
        #expect(rows.map(\.state) == [.expiring, .valid, .valid])
        #expect(rows.map(\.isAuthority) == [false, true, true])
        #expect(rows.first?.site == SiteID("paris"))
        #expect(rows.first?.daysLeft == 18)
        #expect(CertificateDirectory.list([directory], now: now + 3 * year).first?.state == .expired)
    }

    @Test("broken files are named") func brokenFiles() throws {
        let directory = try temporaryDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let pki = CertificateDirectory(directory)
        #expect(throws: PKIError.unreadable(path: directory + "/ca.pem", reason: "No such file or directory")) {
            try pki.loadAuthority()
        }
        let authority = try pki.createAuthority(name: "example", now: now)
        try "no key".write(toFile: directory + "/ca.key", atomically: true, encoding: .utf8)
        #expect(throws: PKIError.notAKey(what: "the authority's key")) { try pki.loadAuthority() }
        let paris = try authority.issue(site: site("paris"), now: now)
        try paris.keyPEM.reveal().write(toFile: directory + "/ca.key", atomically: true, encoding: .utf8)
        #expect(throws: PKIError.keyMismatch(what: "of the authority")) { try pki.loadAuthority() }
        try paris.certificatePEM.write(toFile: directory + "/ca.pem", atomically: true, encoding: .utf8)
        #expect(throws: PKIError.notAnAuthority(subject: "paris")) { try pki.loadAuthority() }
    }
}
