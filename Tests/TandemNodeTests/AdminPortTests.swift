import Configuration
import Foundation
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import SiteModel
import TandemCore
import Testing

@testable import TandemNode

/// The HTTP port as strangers, browsers and careless programs meet it.
@Suite("The HTTP port", .serialized, .timeLimit(.minutes(2)))
struct AdminPortTests {
    /// Collects what comes, and can leave the socket unread.
    private final class Collector: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        let bytes = NIOLockedValueBox<[UInt8]>([])

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let part = unwrapInboundIn(data)
            bytes.withLockedValue { $0.append(contentsOf: part.readableBytesView) }
        }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
        var text: String { String(decoding: bytes.withLockedValue { $0 }, as: UTF8.self) }
    }

    private func connect(_ address: ListenAddress, from: String? = nil) async throws -> (any Channel, Collector) {
        let collector = Collector()
        var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { $0.pipeline.addHandler(collector) }
        if let from { bootstrap = bootstrap.bind(to: try SocketAddress(ipAddress: from, port: 0)) }
        return (try await bootstrap.connect(host: address.host, port: address.port).get(), collector)
    }

    private func say(_ channel: any Channel, _ text: String) async throws {
        try await channel.writeAndFlush(ByteBuffer(string: text)).get()
    }

    /// The whole answer to a request that ends its connection.
    private func ask(_ address: ListenAddress, _ request: String) async throws -> String {
        let (channel, collector) = try await connect(address)
        try await say(channel, request)
        try await channel.closeFuture.get()
        return collector.text
    }

    private func count(_ text: String, _ word: String) -> Int { text.components(separatedBy: word).count - 1 }

    @Test("strangers' names and pages, and whoever has no token, get nothing but the two probes")
    func strangers() async throws {
        try await TestFederation.run(.lonely) { federation in
            let address = try #require(federation.configuration("paris").listen.http)
            func status(_ path: String, _ headers: String...) async throws -> String {
                let lines = (["GET \(path) HTTP/1.1", "connection: close"] + headers).joined(separator: "\r\n")
                return String(try await ask(address, lines + "\r\n\r\n").prefix(12).suffix(3))
            }
            let token = try AdminToken.read(federation.folder + "/paris/http.token").reveal()
            let own = "host: \(address)", proof = "authorization: Bearer \(token)"
            #expect(try await status("/livez", own) == "200")
            #expect(try await status("/readyz", own) == "200")
            for path in AdminAPI.routes.map(\.path) + ["/nowhere"] where !["/livez", "/readyz"].contains(path) {
                #expect(try await status(path, own) == "401", "\(path)")
            }
            #expect(try await status("/status", own, proof) == "200")
            #expect(try await status("/status", own, "authorization: Bearer \(String(token.dropLast()))x") == "401")
            #expect(try await status("/livez", "host: evil.example.org") == "403")
            #expect(try await status("/status", "host: evil.example.org:\(address.port)", proof) == "403")
            #expect(try await status("/status", own, proof, "origin: http://evil.example.org") == "403")
            #expect(try await status("/status", own, proof, "origin: http://\(address)") == "200")
            #expect(try await status("/livez") == "400")
            #expect(try await status("/livez", own, "x: " + String(repeating: "y", count: Limits.httpHead)) == "400")
            let long = try await ask(
                address,
                "POST /livez HTTP/1.1\r\n\(own)\r\ncontent-length: 999999\r\n\r\n"
                    + String(repeating: "z", count: Limits.httpBody + 1))
            #expect(long.hasPrefix("HTTP/1.1 413"), "\(long)")
        }
    }

    @Test(
        "40,000 requests at once cost one read and one answer; others are served, and all of them when they are taken")
    func pipelined() async throws {
        try await TestFederation.run(.lonely) { federation in
            let address = try #require(federation.configuration("paris").listen.http)
            let (channel, collector) = try await connect(address)
            try await channel.setOption(.autoRead, value: false).get()
            let number = 40_000
            let one = "GET /livez HTTP/1.1\r\nhost: \(address)\r\n\r\n"
            let sent: EventLoopFuture<Void> = channel.writeAndFlush(
                ByteBuffer(string: String(repeating: one, count: number)))
            for _ in 0..<20 {
                #expect(try await federation.http("paris").json("/status")["site"] == "paris")
            }
            try await channel.setOption(.autoRead, value: true).get()
            channel.read()
            try await sent.get()
            let length =
                try await ask(
                    address, "GET /livez HTTP/1.1\r\nhost: \(address)\r\nconnection: close\r\n\r\n"
                ).utf8.count - "connection: close\r\n".utf8.count
            try await eventually("all are answered", within: 60) {
                collector.bytes.withLockedValue { $0.count } == number * length
            }
            try await channel.close().get()
        }
    }

    @Test("a long answer is made as it is read: who does not read holds one part of it, and gets all of it later")
    func long() async throws {
        var topology = Topology.lonely
        for number in 0..<9_000 {
            topology.sites[0].site.phones["\(1_000 + number)"] = SiteConfiguration.Phone(
                number: "\(20_000 + number)", endpoint: "PJSIP/\(20_000 + number)")
        }
        try await TestFederation.run(topology) { federation in
            let address = try #require(federation.configuration("paris").listen.http)
            let token = try AdminToken.read(federation.folder + "/paris/http.token").reveal()
            let (channel, collector) = try await connect(address)
            try await channel.setOption(.autoRead, value: false).get()
            let request =
                "GET /api/v1/objects?limit=10000&type=phones HTTP/1.1\r\nhost: \(address)\r\nauthorization: Bearer \(token)\r\n"
            for _ in 0..<8 { try await say(channel, request + "\r\n") }
            try await say(channel, request + "connection: close\r\n\r\n")
            #expect(try await federation.http("paris").json("/status")["site"] == "paris")
            let rows = try await federation.http("paris").json("/api/v1/objects?limit=10000&type=phones")
            #expect(rows["objects"]?.arrayValue?.count == 9_005 && rows["total"] == 9_005)
            try await channel.setOption(.autoRead, value: true).get()
            channel.read()
            try await channel.closeFuture.get()
            #expect(count(collector.text, "\"total\":9005") == 9)
            // HTTP 1.0 knows no parts, and HEAD has no body.
            let old = try await ask(
                address,
                "GET /api/v1/objects?limit=1 HTTP/1.0\r\nhost: \(address)\r\nauthorization: Bearer \(token)\r\n\r\n")
            #expect(old.hasSuffix("}\n") && !old.lowercased().contains("chunked"), "\(old)")
            let head = try await ask(
                address,
                "HEAD /api/v1/objects?limit=1 HTTP/1.1\r\nhost: \(address)\r\nauthorization: Bearer \(token)\r\n\r\n")
            #expect(head.hasSuffix("\r\n\r\n") && head.contains(" 200 "), "\(head)")
        }
    }

    @Test(
        "where other machines can reach it, it is TLS: the program checks the certificate, and plain HTTP gets nothing")
    func secure() async throws {
        try await TestFederation.run(
            .lonely,
            prepare: { topology in
                let port = topology.sites[0].listen.http?.port ?? 0
                topology.sites[0].listen.http = ListenAddress(host: "0.0.0.0", port: port)
            },
            { federation in
                let address = ListenAddress(
                    host: "127.0.0.1", port: try #require(federation.configuration("paris").listen.http).port)
                #expect(try await federation.http("paris").json("/status")["site"] == "paris")
                let file = federation.file("paris")
                let token = ["--token", federation.folder + "/paris/http.token"]
                let tls = ["--tls", "--tls-ca", federation.folder + "/paris/ca.pem"]
                let asked = ["status", "--http", address.description]
                #expect(try await ChildProgram.run(asked + ["-c", file]).status == 0)
                #expect(try await ChildProgram.run(asked + token + tls + ["--tls-name", "paris"]).status == 0)
                let stranger = try await ChildProgram.run(asked + token + tls + ["--tls-name", "lyon"])
                #expect(stranger.status == 70 && stranger.err.contains("--tls-name"), "\(stranger)")
                let plain = try await ChildProgram.run(asked + token)
                #expect(plain.status == 70, "\(plain)")
                let text = try await ask(address, "GET /livez HTTP/1.1\r\nhost: \(address)\r\n\r\n")
                #expect(!text.contains("200"), "\(text)")
            })
        // Without a certificate the file is refused, before anything listens.
        var node = Topology.lonely.sites[0]
        node.listen.http = ListenAddress(host: "0.0.0.0", port: 8003)
        var warnings: [Diagnostic] = []
        let refused = #expect(throws: ConfigurationError.self) {
            try NodeConfiguration.parse(
                node.yaml(drivers: Drivers.descriptions), file: "x", drivers: Drivers.descriptions, warnings: &warnings)
        }
        #expect(
            refused?.description.contains("listen.http") == true
                && refused?.description.contains("http: {certificate") == true)
    }
}
