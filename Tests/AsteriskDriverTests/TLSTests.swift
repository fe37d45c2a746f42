import Foundation
import NIOSSL
import PBX
import PKI
import SiteModel
import TandemCore
import Testing

@testable import AsteriskDriver

/// The manager port over TLS (`tlsenable` in manager.conf): a real handshake with a certificate made for the test.
@Suite("The manager port over TLS", .serialized)
struct TLSTests {
    private struct Identity {
        let server: NIOSSLContext
        let authorityFile: String
    }

    /// A server for `name` under an authority of its own, whose certificate is written to a file.
    private func identity(name: String, in folder: String) throws -> Identity {
        let authority = try CertificateAuthority.make(name: "pbx", now: Date())
        let issued = try authority.issue(site: SiteID("pbx")!, names: [name], now: Date())
        let file = folder + "/\(UUID().uuidString).pem"
        try authority.certificatePEM().write(toFile: file, atomically: true, encoding: .utf8)
        let chain = try NIOSSLCertificate.fromPEMBytes(Array(issued.certificatePEM.utf8))
        let key = try NIOSSLPrivateKey(bytes: Array(issued.keyPEM.reveal().utf8), format: .pem)
        let server = try NIOSSLContext(
            configuration: .makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key)))
        return Identity(server: server, authorityFile: file)
    }

    private func settings(_ port: Int, authorityFile: String, serverName: String? = nil) -> AsteriskSettings {
        AsteriskSettings(
            host: "127.0.0.1", port: port, user: .init(literal: "cti"), secret: Secret("cti"),
            tls: .init(certificateAuthorityFile: authorityFile, serverName: serverName),
            connectTimeout: .seconds(2), shortestRetryDelay: .milliseconds(50), longestRetryDelay: .milliseconds(100))
    }

    private func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/tls-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await body(folder)
    }

    @Test("With the PBX's authority the driver logs in and reads the snapshot")
    func trusted() async throws {
        try await withFolder { folder in
            let identity = try identity(name: "127.0.0.1", in: folder)
            let manager = try await ScriptedManager(tls: identity.server, answer: ScriptedManager.quiet)
            let harness = try await DriverHarness(settings(manager.port, authorityFile: identity.authorityFile))
            try await harness.fact("the snapshot's end") { $0 == .resyncEnded }
            try await harness.close()
            try await manager.close()
        }
    }

    @Test("A certificate of another authority, or for another name, is refused: nothing is sent to that PBX")
    func refused() async throws {
        try await withFolder { folder in
            // Named otherwise than its address: a certificate that carries the address is good for it under any name.
            let right = try identity(name: "pbx.example", in: folder)
            let other = try identity(name: "127.0.0.1", in: folder)
            let manager = try await ScriptedManager(tls: right.server, answer: ScriptedManager.quiet)
            for (what, settings, words) in [
                ("another authority", settings(manager.port, authorityFile: other.authorityFile), ["ca"]),
                (
                    "another name",
                    settings(manager.port, authorityFile: right.authorityFile, serverName: "elsewhere.example"),
                    ["pbx.example", "not for elsewhere.example", "server_name"]
                ),
                (
                    "another address", settings(manager.port, authorityFile: right.authorityFile),
                    ["pbx.example", "not for 127.0.0.1", "server_name"]
                ),
            ] {
                let harness = try await DriverHarness(settings)
                try await harness.fact("outcome with \(what)") {
                    guard case .connectionLost(let reason) = $0 else { return $0 == .resyncBegan }
                    for word in words { #expect(reason.contains(word), "\(what): \(reason)") }
                    return true
                }
                let facts = try await harness.facts()
                #expect(!facts.contains(.resyncBegan), "\(what)")
                try await harness.close()
            }
            try await manager.close()
        }
    }
}
