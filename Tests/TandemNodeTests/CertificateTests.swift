import Configuration
import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import PKI
import TandemClient
import TandemCore
import TandemNode
import Testing

/// Peers that are not who they should be. In the line paris - lyon - montreal it is montreal that errs.
@Suite("Certificates between real nodes", .serialized)
struct PeerCertificateTests {
    private static func write(
        _ site: String, of authority: CertificateAuthority, trusting other: CertificateAuthority? = nil,
        now: Date = Date(),
        lifetime: TimeInterval = 86_400, to folder: String
    ) throws {
        let issued = try authority.issue(site: try #require(SiteID(site)), now: now, lifetime: lifetime)
        try CertificateDirectory.write(issued, authority: other ?? authority, to: folder)
    }

    private static func authority(_ folder: String) throws -> CertificateAuthority {
        try CertificateDirectory(folder + "/ca").loadAuthority()
    }

    /// Runs the line with wrong files at montreal, waits for the log lines, then puts the right ones there.
    private func refused(
        by words: [String: [String]], arrange: @escaping (String) throws -> Void
    ) async throws {
        let capture = LogCapture()
        try await TestFederation.run(.demo(), logger: capture.logger, arrange: arrange) { federation in
            for (site, wanted) in words {
                try await federation.eventually(
                    "\(site) logs \(wanted), not only \(capture.lines(of: site))", within: 15
                ) {
                    wanted.allSatisfy { part in
                        capture.lines(of: site).contains { $0.text.contains(part) }
                    }
                }
            }
            // Neither node takes the other for its peer, and the rest works.
            for (node, peer) in [("lyon", "montreal"), ("montreal", "lyon")] {
                let link = try await federation.link(from: node, to: peer)
                #expect(link.state != "established")
            }
            try await federation.settle(["paris", "lyon"])
            #expect(try await federation.state(of: "montreal", at: "lyon") == "absent")
            #expect(try await federation.ask("paris", "/api/v1/ping?site=lyon")["answer"] == "done")
            #expect(try await federation.state(of: "montreal", at: "paris") == "absent")

            try await federation.stop("montreal")
            try Self.write("montreal", of: try Self.authority(federation.folder), to: federation.folder + "/montreal")
            try await federation.start("montreal")
            try await federation.settle()
        }
    }

    @Test("A certificate of another CA is refused with a line on both sides, and the right one links up")
    func otherAuthority() async throws {
        try await refused(by: ["lyon": ["montreal", "certificate"], "montreal": ["lyon", "certificate"]]) { folder in
            let stranger = try CertificateAuthority.make(name: "stranger", now: Date())
            try Self.write("montreal", of: stranger, to: folder + "/montreal")
        }
    }

    @Test("A certificate of another CA at a node that trusts the federation is refused with a line on both sides")
    func otherAuthorityTrustingOurs() async throws {
        try await refused(by: ["lyon": ["does not trust"], "montreal": ["lyon", "trust our certificate"]]) { folder in
            let stranger = try CertificateAuthority.make(name: "stranger", now: Date())
            try Self.write("montreal", of: stranger, trusting: try Self.authority(folder), to: folder + "/montreal")
        }
    }

    @Test("An expired certificate is refused with a line on both sides, and a renewed one links up")
    func expired() async throws {
        try await refused(by: ["lyon": ["expired"], "montreal": ["lyon", "expired"]]) { folder in
            try Self.write(
                "montreal", of: try Self.authority(folder), now: Date() - 100, lifetime: 10, to: folder + "/montreal")
        }
    }

    @Test("A certificate that is not valid yet is told as that on both sides, and one that is links up")
    func notYetValid() async throws {
        let words = ["not valid before", "clocks"]
        try await refused(by: ["lyon": ["montreal"] + words, "montreal": ["our certificate"] + words]) { folder in
            try Self.write(
                "montreal", of: try Self.authority(folder), now: Date() + 7 * 86_400, to: folder + "/montreal")
        }
    }

    @Test(
        "Two nodes of one name are told as such, to the earlier one and in the log of their peer; the later one stays")
    func twins() async throws {
        let capture = LogCapture()
        try await TestFederation.run(.demo(), logger: capture.logger) { federation in
            try await federation.settle()
            // The same certificate, with a store, ports and a socket of its own.
            let folder = federation.folder + "/montreal"
            var twin = try NodeConfiguration.load(federation.file("montreal"))
            twin.store.path = folder + "/twin.sqlite"
            twin.control = folder + "/twin.sock"
            for path in [\ListenAddresses.cti, \.ctis, \.rcti, \.http, \.info] {
                twin.listen[keyPath: path] = ListenAddress(host: "127.0.0.1", port: 0)
            }
            for index in twin.links.indices { twin.links[index].dials = true }
            // A life is counted in seconds of the wall clock at least: it must be a later one.
            try await Task.sleep(for: .milliseconds(1_100))
            let node = Node(configuration: twin, logger: capture.logger)
            let task = Task { try await node.run() }
            _ = try await node.addresses()
            for site in ["lyon", "montreal"] {
                try await federation.eventually("\(site) says so, not only \(capture.lines(of: site))", within: 20) {
                    capture.lines(of: site).contains { $0.text.contains("two nodes are called montreal") }
                }
            }
            node.stop()
            try await task.value
            // The one that is left takes its place again.
            try await federation.settle()
        }
    }

    @Test("A certificate that names another site is refused with both names on both sides")
    func otherName() async throws {
        try await refused(by: ["lyon": ["marseille", "montreal"], "montreal": ["marseille", "refuse"]]) { folder in
            try Self.write("marseille", of: try Self.authority(folder), to: folder + "/montreal")
        }
    }

    @Test("A certificate of another site of the federation does not let a node pass for that site")
    func nameOfAThirdSite() async throws {
        try await refused(by: ["lyon": ["paris", "montreal"], "montreal": ["paris"]]) { folder in
            try Self.write("paris", of: try Self.authority(folder), to: folder + "/montreal")
        }
    }

    /// A TLS client or a plain one at lyon's rcti port: what it gets to read before the end, and whether it ended.
    private func knock(_ federation: TestFederation, tls: TLSConfiguration?, sending bytes: String) async throws
        -> (bytes: Int, closed: Bool)
    {
        let address = try #require(federation.configuration("lyon").listen.rcti)
        let context = try tls.map { try NIOSSLContext(configuration: $0) }
        let closed = MultiThreadedEventLoopGroup.singleton.next().makePromise(of: Int.self)
        let channel = try await ClientBootstrap(group: closed.futureResult.eventLoop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let context {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: context, serverHostname: nil))
                    }
                    try channel.pipeline.syncOperations.addHandler(Counter(closed))
                }
            }
            .connect(host: address.host, port: address.port).get()
        channel.writeAndFlush(channel.allocator.buffer(string: bytes), promise: nil)
        let deadline = channel.eventLoop.scheduleTask(in: .seconds(12)) {
            closed.fail(ChannelError.connectTimeout(.seconds(12)))
        }
        defer { deadline.cancel() }
        do { return (try await closed.futureResult.get(), true) } catch {
            try? await channel.close()
            return (0, false)
        }
    }

    private final class Counter: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        let closed: EventLoopPromise<Int>
        var count = 0
        init(_ closed: EventLoopPromise<Int>) { self.closed = closed }
        func channelRead(context: ChannelHandlerContext, data: NIOAny) { count += unwrapInboundIn(data).readableBytes }
        func channelInactive(context: ChannelHandlerContext) { closed.succeed(count) }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    @Test("Without a certificate, in the clear, or without a word nobody gets past the rcti port, and its log says so")
    func strangers() async throws {
        let capture = LogCapture()
        try await TestFederation.run(.demo(), logger: capture.logger) { federation in
            try await federation.settle()
            capture.forget()
            func expectLine(_ words: String) async throws {
                try await federation.eventually("lyon logs \(words): \(capture.lines)") {
                    capture.lines(of: "lyon").contains { $0.text.contains(words) }
                }
            }
            var bare = TLSConfiguration.makeClientConfiguration()
            bare.certificateVerification = .none
            let hello =
                #"{"class":"rcti_hello","site":"montreal","versions":[1,1],"incarnation":99,"nonce":1,"stamp":0}"#
                + "\n"
            let withoutCertificate = try await knock(federation, tls: bare, sending: hello)
            #expect(withoutCertificate.closed)
            #expect(withoutCertificate.bytes == 0)
            try await expectLine("showed no certificate")

            capture.forget()
            let plain = try await knock(federation, tls: nil, sending: hello)
            #expect(plain.closed)
            try await expectLine("no TLS")

            capture.forget()
            let silent = try await knock(federation, tls: nil, sending: "")
            #expect(silent.closed, "a connection without a handshake stays open for ever")
            try await expectLine("TLS handshake")
            try await federation.settle(within: 1)
        }
    }
}
