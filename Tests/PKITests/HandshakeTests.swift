import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import TandemCore
import Testing

@testable import PKI

/// What the two ends of a connection made of each other.
private struct Meeting {
    /// Whom the client saw, once a byte came back.
    var client: Result<SiteID, any Error>
    /// Whom the server saw.
    var server: Result<SiteID, any Error>
}

/// Says one byte and reports who the peer is, or why there is none.
private final class Greeter: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    private let isClient: Bool
    private let promise: EventLoopPromise<SiteID>

    init(isClient: Bool, promise: EventLoopPromise<SiteID>) {
        self.isClient = isClient
        self.promise = promise
    }

    func channelActive(context: ChannelHandlerContext) {
        // Held back by the TLS handler until the handshake is complete.
        if isClient { context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: "?")), promise: nil) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        do {
            let certificate = try #require(try context.pipeline.syncOperations.nioSSL_peerCertificate())
            promise.succeed(try PeerIdentity.site(fromDER: certificate.toDERBytes()))
            if !isClient { context.writeAndFlush(data, promise: nil) }
        } catch { promise.fail(error) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        promise.fail(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { promise.fail(ChannelError.eof) }
}

@Suite("certificates under a real TLS 1.3 handshake, both ends verified") struct HandshakeTests {
    private func configuration(
        _ base: TLSConfiguration, _ own: IssuedCertificate, trusting authority: CertificateAuthority
    ) throws -> TLSConfiguration {
        var configuration = base
        configuration.minimumTLSVersion = .tlsv13
        configuration.certificateVerification = .noHostnameVerification
        configuration.trustRoots = .certificates(
            try NIOSSLCertificate.fromPEMBytes(Array(authority.certificatePEM().utf8)))
        return configuration
    }

    private func meet(
        client: (IssuedCertificate, CertificateAuthority), server: (IssuedCertificate, CertificateAuthority)
    ) async throws -> Meeting {
        func chain(_ issued: IssuedCertificate) throws -> [NIOSSLCertificateSource] {
            try NIOSSLCertificate.fromPEMBytes(Array(issued.certificatePEM.utf8)).map { .certificate($0) }
        }
        func key(_ issued: IssuedCertificate) throws -> NIOSSLPrivateKeySource {
            .privateKey(try NIOSSLPrivateKey(bytes: Array(issued.keyPEM.reveal().utf8), format: .pem))
        }
        let serverContext = try NIOSSLContext(
            configuration: configuration(
                .makeServerConfiguration(certificateChain: chain(server.0), privateKey: key(server.0)), server.0,
                trusting: server.1))
        var clientBase = TLSConfiguration.makeClientConfiguration()
        clientBase.certificateChain = try chain(client.0)
        clientBase.privateKey = try key(client.0)
        let clientContext = try NIOSSLContext(
            configuration: configuration(clientBase, client.0, trusting: client.1))

        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let serverPromise = loop.makePromise(of: SiteID.self), clientPromise = loop.makePromise(of: SiteID.self)
        let listener = try await ServerBootstrap(group: loop)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers([
                        NIOSSLServerHandler(context: serverContext), Greeter(isClient: false, promise: serverPromise),
                    ])
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let connection = try await ClientBootstrap(group: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers([
                        try NIOSSLClientHandler(context: clientContext, serverHostname: nil),
                        Greeter(isClient: true, promise: clientPromise),
                    ])
                }
            }
            .connect(to: try #require(listener.localAddress)).get()
        let meeting = Meeting(
            client: await outcome(clientPromise.futureResult), server: await outcome(serverPromise.futureResult))
        try? await connection.close()
        try await listener.close()
        return meeting
    }

    private func outcome(_ future: EventLoopFuture<SiteID>) async -> Result<SiteID, any Error> {
        do { return .success(try await future.get()) } catch { return .failure(error) }
    }

    private func succeeded(_ result: Result<SiteID, any Error>) -> SiteID? { try? result.get() }

    @Test("two sites of one authority see each other's names") func mutual() async throws {
        let now = Date()
        let authority = try CertificateAuthority.make(name: "example", now: now)
        let paris = try authority.issue(site: try site("paris"), names: ["pbx.paris.example", "127.0.0.1"], now: now)
        let lyon = try authority.issue(site: try site("lyon"), now: now)
        let meeting = try await meet(client: (paris, authority), server: (lyon, authority))
        #expect(succeeded(meeting.client) == SiteID("lyon"))
        #expect(succeeded(meeting.server) == SiteID("paris"))
    }

    @Test("a certificate of another authority is refused at both ends") func otherAuthority() async throws {
        let now = Date()
        let ours = try CertificateAuthority.make(name: "example", now: now)
        let theirs = try CertificateAuthority.make(name: "example", now: now)
        let paris = try ours.issue(site: try site("paris"), now: now)
        let forged = try theirs.issue(site: try site("lyon"), now: now)
        let asServer = try await meet(client: (paris, ours), server: (forged, ours))
        #expect(succeeded(asServer.client) == nil)
        #expect(succeeded(asServer.server) == nil)
        let asClient = try await meet(client: (forged, ours), server: (paris, ours))
        #expect(succeeded(asClient.client) == nil)
        #expect(succeeded(asClient.server) == nil)
    }

    @Test("an expired certificate is refused at both ends") func expired() async throws {
        let now = Date(), year: TimeInterval = 365 * 86_400
        let authority = try CertificateAuthority.make(name: "example", now: now - 4 * year)
        let paris = try authority.issue(site: try site("paris"), now: now)
        let old = try authority.issue(site: try site("lyon"), now: now - 3 * year)
        let asServer = try await meet(client: (paris, authority), server: (old, authority))
        #expect(succeeded(asServer.client) == nil)
        let asClient = try await meet(client: (old, authority), server: (paris, authority))
        #expect(succeeded(asClient.server) == nil)
    }

    @Test("a renewed certificate is accepted again") func renewed() async throws {
        let now = Date(), year: TimeInterval = 365 * 86_400
        let authority = try CertificateAuthority.make(name: "example", now: now - 4 * year)
        let old = try authority.issue(site: try site("lyon"), names: ["::1"], now: now - 3 * year)
        let lyon = try authority.renew(certificatePEM: old.certificatePEM, now: now)
        let paris = try authority.issue(site: try site("paris"), now: now)
        let meeting = try await meet(client: (paris, authority), server: (lyon, authority))
        #expect(succeeded(meeting.client) == SiteID("lyon"))
        #expect(succeeded(meeting.server) == SiteID("paris"))
    }
}

func site(_ name: String) throws -> SiteID { try #require(SiteID(name)) }
