import ClientTLS
import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import PKI
import TandemClient
import TandemCore
import Testing

/// Real handshakes with certificates made for the test.
@Suite("A server that TLS cannot be had with is told of with what to do", .serialized)
struct ServerTrustTests {
    private final class Scene {
        let authority: CertificateAuthority
        let file: String

        init() throws {
            authority = try CertificateAuthority.make(name: "scene", now: Date(timeIntervalSinceNow: -90_000_000))
            file = NSTemporaryDirectory() + "tls-\(UUID().uuidString).pem"
            try authority.certificatePEM().write(toFile: file, atomically: true, encoding: .utf8)
        }

        deinit { try? FileManager.default.removeItem(atPath: file) }

        func server(
            names: [String], now: Date = Date(), authority: CertificateAuthority? = nil, wantsCertificate: Bool = false
        ) throws -> NIOSSLContext {
            let issued = try (authority ?? self.authority).issue(site: SiteID("pbx")!, names: names, now: now)
            let chain = try NIOSSLCertificate.fromPEMBytes(Array(issued.certificatePEM.utf8))
            let key = try NIOSSLPrivateKey(bytes: Array(issued.keyPEM.reveal().utf8), format: .pem)
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
            if wantsCertificate {
                configuration.certificateVerification = .noHostnameVerification
                configuration.trustRoots = .file(file)
            }
            return try NIOSSLContext(configuration: configuration)
        }

        /// What a client says of a server. `greeting` is what the server says first; nil `context` is one without TLS.
        func complaint(
            _ context: NIOSSLContext?, greeting: String = "", name: String? = "pbx.example", asking: Bool = false
        ) async throws -> String {
            let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        if let context {
                            try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                        }
                        if !greeting.isEmpty {
                            channel.eventLoop.execute {
                                channel.writeAndFlush(ByteBuffer(string: greeting), promise: nil)
                            }
                        }
                    }
                }
                .bind(host: "127.0.0.1", port: 0).get()
            defer { listener.close(promise: nil) }
            do {
                let client = try await CTIClient.connect(
                    name: "test", host: "127.0.0.1", port: listener.localAddress?.port ?? 0,
                    tls: try name.map { try ServerTrust(authority: file, name: $0) },
                    handshakeTimeout: .milliseconds(greeting.isEmpty && context == nil ? 200 : 5_000))
                if asking { _ = try await client.ask(["class": "keepalive"]) }
                return "connected"
            } catch { return "\(error)" }
        }
    }

    @Test("The right name and authority connect, in any case and by a wildcard of one label")
    func right() async throws {
        let scene = try Scene()
        for name in ["pbx.example", "PBX.example", "a.wild.example", "127.0.0.1"] {
            let context = try scene.server(names: ["pbx.example", "*.wild.example", "127.0.0.1"])
            #expect(try await scene.complaint(context, name: name) == "connected", "\(name)")
        }
    }

    @Test("Another name: the names that the certificate has are listed, even when it carries the server's address")
    func name() async throws {
        let scene = try Scene()
        let context = try scene.server(names: ["one.example", "127.0.0.1"])
        for wanted in ["pbx.example", "b.one.example"] {
            let complaint = try await scene.complaint(context, name: wanted)
            #expect(complaint.contains("for pbx, one.example, 127.0.0.1, not for \(wanted): "), "\(complaint)")
            #expect(complaint.contains("--tls-name NAME"))
        }
        let address = try await scene.complaint(try scene.server(names: ["one.example"]), name: "127.0.0.1")
        #expect(address.contains("for pbx, one.example, not for 127.0.0.1: "), "\(address)")
    }

    @Test("Another authority: the file that was tried and the option are named")
    func authority() async throws {
        let scene = try Scene()
        let other = try CertificateAuthority.make(name: "other", now: Date())
        let complaint = try await scene.complaint(try scene.server(names: ["pbx.example"], authority: other))
        #expect(complaint.contains("no authority in \(scene.file) has signed"), "\(complaint)")
        #expect(complaint.contains("--tls-ca FILE"))
        #expect(throws: TLSFailure.self) { try ServerTrust(authority: "/nowhere.pem", name: "x") }
    }

    @Test("A certificate whose time is over, or has not come, is told with the moment")
    func time() async throws {
        let scene = try Scene()
        let old = try await scene.complaint(
            try scene.server(names: ["pbx.example"], now: Date(timeIntervalSinceNow: -86_000_000)))
        #expect(old.contains("shows a certificate that expired on 20"), "\(old)")
        let young = try await scene.complaint(
            try scene.server(names: ["pbx.example"], now: Date(timeIntervalSinceNow: 864_000)))
        #expect(young.contains("is not valid before 20"), "\(young)")
    }

    @Test("No TLS where it was asked for, TLS where it was not, and a server that wants a certificate")
    func crossed() async throws {
        let scene = try Scene()
        let talking = try await scene.complaint(nil, greeting: "XiVO CTI Server\n")
        #expect(talking.contains("speaks no TLS on this port: leave out --tls"), "\(talking)")
        let silent = try await scene.complaint(nil)
        #expect(silent.contains("did not complete the handshake of TLS"), "\(silent)")
        let context = try scene.server(names: ["pbx.example"])
        let plain = try await scene.complaint(context, name: nil, asking: true)
        #expect(plain.contains("speaks TLS on this port: give --tls"), "\(plain)")
        let mutual = try scene.server(names: ["pbx.example"], wantsCertificate: true)
        let bare = try await scene.complaint(mutual, asking: true)
        #expect(bare.contains("asks for a certificate of ours"), "\(bare)")
    }

    @Test("Only a TLS record looks like one")
    func records() {
        #expect(TLSRecord.begins([0x16, 3, 1, 2, 0]))
        #expect(TLSRecord.begins([0x15, 3, 3]))
        #expect(!TLSRecord.begins([0x16, 3]))
        #expect(!TLSRecord.begins(Array("{\"class\"".utf8)))
        #expect(!TLSRecord.begins(Array("XiVO CTI".utf8)))
    }
}
