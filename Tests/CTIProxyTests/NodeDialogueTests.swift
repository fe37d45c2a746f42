import ClientTLS
import Configuration
import Foundation
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS
import PKI
import TandemClient
import TandemCore
import TandemNode
import Testing

/// One real node with a simulated PBX, and the proxies before it.
@Suite("The proxies before a real node", .serialized)
struct NodeDialogueTests {
    struct Site {
        var folder: String
        var cti: Int
        var ctis: Int
        var authority: String { folder + "/ca/ca.pem" }
        var certificate: String { folder + "/paris/cert.pem" }
        var key: String { folder + "/paris/key.pem" }
    }

    private func withSite(_ body: (Site) async throws -> Void) async throws {
        var topology = Topology.demo()
        topology.sites.removeLast(2)
        topology.links = []
        topology.sites[0].site.trunks = [:]
        topology.sites[0].log.level = .warning
        try await FederationFiles.assignFreePorts(to: &topology)
        let folder = NSTemporaryDirectory() + "p-" + String(UInt64.random(in: 0...UInt64.max), radix: 36)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = try #require(try FederationFiles.render(topology, to: folder).nodes.first)
        let node = Node(
            configuration: try NodeConfiguration.load(path),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let task = Task { try await node.run() }
        let addresses = try await node.addresses()
        do {
            try await body(
                Site(folder: folder, cti: try #require(addresses.cti).port, ctis: try #require(addresses.ctis).port))
        } catch {
            node.stop()
            _ = try? await task.value
            throw error
        }
        node.stop()
        try await task.value
    }

    private func trust(_ site: Site) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .file(site.authority)
        return try NIOSSLContext(configuration: configuration)
    }

    private func dialogue(_ client: CTIClient) async throws {
        try await client.logIn(user: "alice", password: "alice")
        _ = try await client.ask(["class": "getipbxlist"])
        _ = try await client.list("phones", site: "paris")
        _ = try await client.ask(["class": "keepalive"])
        await client.close()
    }

    @Test("A login through ctistat works as without it, and its latencies are measured")
    func statistics() async throws {
        try await withSite { site in
            let child = try ChildTool("ctistat", ["--latency"], to: site.cti)
            try await dialogue(try await CTIClient.connect(name: "c", host: "127.0.0.1", port: child.port))
            let end = try child.finish()
            #expect(end.status == 0)
            #expect(
                end.output.hasPrefix(
                    "=== Messages sent by client\ngetipbxlist 1\ngetlist 1\nkeepalive 1\nlogin_capas 1\nlogin_id 1\nlogin_pass 1\n"
                ))
            for name in ["getipbxlist", "keepalive", "login_pass"] {
                #expect(
                    end.output.contains(
                        try Regex("\n\(name) 1 p50 \\d+\\.\\d{3} p99 \\d+\\.\\d{3} max \\d+\\.\\d{3}\n")))
            }
        }
    }

    @Test("TLS to the server and towards the client, with certificates checked; in between everything can be read")
    func tls() async throws {
        try await withSite { site in
            let child = try ChildTool(
                "ctispy",
                [
                    "--tls", "--tls-ca", site.authority, "--tls-cert", site.certificate, "--tls-key", site.key,
                    "--mask-secrets",
                ], to: site.ctis)
            let client = try await CTIClient.connect(
                name: "c", host: "127.0.0.1", port: child.port,
                tls: try ServerTrust(authority: site.authority, name: "127.0.0.1"))
            try await dialogue(client)
            let end = try child.finish()
            #expect(end.status == 0, "\(end.errors)")
            #expect(end.output.contains("{\"class\": \"login_pass\", \"commandid\": 2, \"hashedpassword\": \"***\"}\n"))
            #expect(end.output.contains("\"class\": \"keepalive\""))
        }
    }

    @Test("A server whose certificate is not trusted, or carries another name, gets nothing")
    func distrust() async throws {
        try await withSite { site in
            let other = try CertificateAuthority.make(name: "other", now: Date())
            let path = site.folder + "/other.pem"
            try Data(other.certificatePEM().utf8).write(to: URL(fileURLWithPath: path))
            for (arguments, advice) in [
                (
                    ["--tls-ca", path],
                    "no authority in \(path) has signed: give the file of the one that did with --tls-ca"
                ),
                (
                    ["--tls-ca", site.authority, "--tls-name", "lyon"],
                    "shows a certificate for paris, 127.0.0.1, not for lyon: connect by a name that it has, or give one with --tls-name NAME"
                ),
            ] {
                let child = try ChildTool("ctispy", ["--tls"] + arguments, to: site.ctis)
                let client = try TestSocket.connect(child.port)
                try client.send("{}\n")
                #expect((try? client.receiveAll()) ?? [] == [])
                let end = try child.finish()
                #expect(end.status == 1)
                #expect(end.output == "")
                #expect(end.errors.contains("Error while establishing server connection: the server "))
                #expect(end.errors.contains(advice), "\(end.errors)")
            }
            let named = try ChildTool(
                "ctispy", ["--tls", "--tls-ca", site.authority, "--tls-name", "paris"], to: site.ctis)
            try await dialogue(try await CTIClient.connect(name: "c", host: "127.0.0.1", port: named.port))
            #expect(try named.finish().status == 0)
        }
    }

    @Test("Whoever speaks TLS where none is expected, or none where it is, is told which option helps")
    func crossed() async throws {
        try await withSite { site in
            // A plain tool before a TLS port: the server answers the client's line with an alert.
            let plain = try ChildTool("ctispy", to: site.ctis)
            let line = try TestSocket.connect(plain.port)
            try line.send("{\"class\": \"getipbxlist\"}\n")
            _ = try? line.receiveAll()
            line.end()
            #expect(
                try plain.finish().errors.contains(
                    "ctispy: the server speaks TLS on this port: give --tls, or name its plain port with --port\n"))

            // TLS before a server that greets in plain, and before one that just waits.
            let trust = ["--tls", "--tls-ca", site.authority]
            let talking = try ScriptedServer { socket in
                try socket.send("XiVO CTI Server\n")
                _ = try socket.receiveAll()
            }
            let silent = try ScriptedServer { _ = try $0.receiveAll() }
            for (server, words) in [
                (talking, "the server speaks no TLS on this port: leave out --tls, or name its TLS port with --port"),
                (
                    silent,
                    "the server did not complete the handshake of TLS: if it speaks none on this port, leave out --tls"
                ),
            ] {
                let tool = try ChildTool("ctistat", trust, to: server.port)
                let socket = try TestSocket.connect(tool.port)
                _ = try? socket.receiveAll()
                let end = try tool.finish()
                #expect(end.status == 1)
                #expect(end.errors.contains(words), "\(end.errors)")
            }

            // A client that speaks no TLS to a tool that does, and one that trusts another authority.
            let secure = ["--tls-cert", site.certificate, "--tls-key", site.key]
            let wantsTLS = try ChildTool("ctispy", secure, to: site.cti)
            let bare = try TestSocket.connect(wantsTLS.port)
            try bare.send("{\"class\": \"getipbxlist\"}\n")
            _ = try? bare.receiveAll()
            #expect(try wantsTLS.finish().errors.contains("ctispy: the client speaks no TLS, which --tls-cert"))
            let other = try CertificateAuthority.make(name: "other", now: Date())
            let path = site.folder + "/other.pem"
            try Data(other.certificatePEM().utf8).write(to: URL(fileURLWithPath: path))
            let distrusted = try ChildTool("ctispy", secure, to: site.cti)
            await #expect(throws: CTIClientError.self) {
                try await CTIClient.connect(
                    name: "c", host: "127.0.0.1", port: distrusted.port,
                    tls: try ServerTrust(authority: path, name: "127.0.0.1"))
            }
            #expect(
                try distrusted.finish().errors.contains(
                    "ctispy: the client does not trust the certificate of --tls-cert"))

            // TLS from end to end through a tool that cannot read it: it passes, and the tool says so.
            let blind = try ChildTool("ctispy", to: site.ctis)
            try await dialogue(
                try await CTIClient.connect(
                    name: "c", host: "127.0.0.1", port: blind.port,
                    tls: try ServerTrust(authority: site.authority, name: "127.0.0.1")))
            let end = try blind.finish()
            #expect(
                end.errors.contains("ctispy: the client speaks TLS, which passes unread: give --tls-cert and --tls-key")
            )
            #expect(!end.errors.contains("ctispy: the server"))
        }
    }

    @Test("tandem tour and replay explain a TLS failure as the tools do")
    func commands() async throws {
        try await withSite { site in
            let file = site.folder + "/c"
            try Data("{\"class\": \"getipbxlist\"}\n".utf8).write(to: URL(fileURLWithPath: file))
            for (options, port, words) in [
                (["--tls", "--tls-ca", site.authority, "--tls-name", "lyon"], site.ctis, "not for lyon"),
                (["--tls", "--tls-ca", site.authority], site.cti, "--tls"),
                ([], site.ctis, "speaks TLS on this port: give --tls"),
            ] as [([String], Int, String)] {
                let stop = "paris=alice:alice@127.0.0.1:\(port)"
                let tour = try ChildTool(
                    "tandem", arguments: ["tour", "--from", stop, "--to", stop] + options
                ).finish()
                #expect(tour.status == 1)
                #expect(tour.errors.contains(words), "\(tour.errors)")
                let replay = try ChildTool(
                    "tandem", arguments: ["replay", "--port", "\(port)"] + options + ["127.0.0.1", file, file]
                ).finish()
                #expect(replay.status == 70)
                #expect(replay.errors.contains(words), "\(replay.errors)")
            }
            let web = try ChildTool("tandem", arguments: ["status", "--http", "127.0.0.1:\(site.cti)"]).finish()
            #expect(web.status == 70)
            #expect(web.errors.contains("--http"), "\(web.errors)")
        }
    }

    @Test("What ctisave saved can be shown again, and replayed against the server without a difference")
    func saveAndReplay() async throws {
        try await withSite { site in
            let (c, s) = (site.folder + "/c", site.folder + "/s")
            for format in [[], ["--json"]] {
                let save = try ChildTool("ctisave", format + ["--mask-secrets"], to: site.cti, files: [c, s])
                try await dialogue(try await CTIClient.connect(name: "c", host: "127.0.0.1", port: save.port))
                #expect(try save.finish().status == 0)

                let spy = try ChildTool(
                    "ctispy", arguments: ["--from", c, "--from-server", s, "-i", "class=keepalive", "-s", "timenow"]
                ).finish()
                #expect(spy.status == 0)
                #expect(
                    spy.output.hasPrefix(
                        "    --:--:--.------ Client > Server\n{\"class\": \"keepalive\", \"commandid\": 6}\n    --:--:--.------ Server > Client\n{\"class\": \"keepalive\", \"replyid\": 6,"
                    ), "\(spy.output)")
                let stat = try ChildTool("ctistat", arguments: ["--from", c]).finish()
                #expect(stat.output.hasPrefix("=== Messages sent by client\ngetipbxlist 1\n"))

                let arguments = ["replay", "--port", "\(site.cti)", "127.0.0.1", c, s]
                let same = try ChildTool("tandem", arguments: arguments, environment: ["TANDEM_PASSWORD": "alice"])
                    .finish()
                #expect(same.status == 0, "\(same.output)\(same.errors)")
                #expect(same.output == "6 messages played, 0 differences\n")
            }
            // Another list in the saved answer is a difference.
            let saved = String(decoding: try Data(contentsOf: URL(fileURLWithPath: s)), as: UTF8.self)
            try Data(saved.replacing("\"ipbxlist\": [\"paris\"]", with: "\"ipbxlist\": [\"xivo\"]").utf8)
                .write(to: URL(fileURLWithPath: s))
            let other = try ChildTool(
                "tandem", arguments: ["replay", "--port", "\(site.cti)", "127.0.0.1", c, s],
                environment: ["TANDEM_PASSWORD": "alice"]
            ).finish()
            #expect(other.status == 1)
            #expect(
                other.output
                    == "message 4 (getipbxlist, commandid 4): ipbxlist[0]: saved \"xivo\", now \"paris\"\n6 messages played, 1 differences\n"
            )
            let nobody = try ChildTool(
                "tandem", arguments: ["replay", "--port", "1", "127.0.0.1", c, s],
                environment: ["TANDEM_PASSWORD": "alice"]
            ).finish()
            #expect(nobody.status == 70)
            // Without the password nothing is sent; with a wrong one the login is the end.
            let bare = try ChildTool("tandem", arguments: ["replay", "--port", "1", "127.0.0.1", c, s]).finish()
            #expect(bare.status == 64)
            #expect(bare.errors.contains("message 2 (login_pass, commandid 2) needs the password"))
            let wrong = try ChildTool(
                "tandem", arguments: ["replay", "--port", "\(site.cti)", "127.0.0.1", c, s],
                environment: ["TANDEM_PASSWORD": "wrong"]
            ).finish()
            #expect(wrong.status == 77)
            #expect(wrong.output == "")
            #expect(
                wrong.errors
                    == "message 2 (login_pass, commandid 2): the server refuses the login: login_password; nothing further was sent\n"
            )
        }
    }

    @Test(
        "A recording that makes calls is played with --yes only, --dry-run sends nothing, and new channels are no difference"
    )
    func realCalls() async throws {
        try await withSite { site in
            let (c, s) = (site.folder + "/c", site.folder + "/s")
            let save = try ChildTool("ctisave", to: site.cti, files: [c, s])
            let client = try await CTIClient.connect(name: "c", host: "127.0.0.1", port: save.port)
            try await client.logIn(user: "alice", password: "alice")
            let dial = await client.send(["class": "ipbxcommand", "command": "dial", "destination": "exten:paris/102"])
            _ = try await client.wait(from: dial.mark, for: "the call", within: 20) { $0["autocall_channel"] != nil }
            await client.close()
            #expect(try save.finish().status == 0)

            let arguments = ["replay", "--port", "\(site.cti)", "127.0.0.1", c, s]
            func replay(_ options: String...) throws -> (status: Int32, output: String, errors: String) {
                try ChildTool("tandem", arguments: arguments + options, environment: ["TANDEM_PASSWORD": "alice"])
                    .finish()
            }
            let line = "message 4 (ipbxcommand dial, commandid 4): makes, moves or ends calls"
            let warned = try replay()
            #expect(warned.status == 64)
            #expect(warned.output == "")
            #expect(warned.errors.contains(line) && warned.errors.contains("Nothing was sent: --yes goes on"))

            let dry = try ChildTool("tandem", arguments: ["replay", "--dry-run", "nowhere.invalid", c, s]).finish()
            #expect(dry.status == 0)
            #expect(dry.output.contains(line) && dry.output.contains("\"destination\": \"exten:paris/102\""))
            #expect(dry.output.contains("\"hashedpassword\": \"***\""))
            #expect(dry.output.hasSuffix("4 messages would be sent to nowhere.invalid:5003\n"))

            let played = try replay("--yes")
            #expect(played.errors.contains("This plays at 127.0.0.1:\(site.cti) what makes real calls"))
            #expect(played.output == "4 messages played, 0 differences\n", "\(played.output)")
            #expect(played.status == 0)
        }
    }

    @Test("A session that switches to TLS is followed, and passes untouched without certificates")
    func startTLS() async throws {
        try await withSite { site in
            let context = try NIOSSLContext(
                configuration: TLSConfiguration.makeServerConfiguration(
                    certificateChain: try NIOSSLCertificate.fromPEMFile(site.certificate).map { .certificate($0) },
                    privateKey: .privateKey(try NIOSSLPrivateKey(file: site.key, format: .pem))))
            let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(StartTLSServer(context))
                    }
                }
                .bind(host: "127.0.0.1", port: 0).get()
            let port = try #require(server.localAddress?.port)
            for follows in [true, false] {
                let child = try ChildTool(
                    "ctispy",
                    follows
                        ? [
                            "--starttls", "--tls-cert", site.certificate, "--tls-key", site.key, "--tls-ca",
                            site.authority,
                        ] : [], to: port)
                let answer = try await StartTLSClient.run(port: child.port, trust: try trust(site))
                #expect(answer == "{\"class\":\"echo\",\"secret\":1}\n")
                let end = try child.finish()
                #expect(end.status == 0, "\(end.errors)")
                #expect(end.output.contains("{\"class\": \"starttls\", \"status\": true}\n"))
                #expect(end.output.contains("{\"class\": \"echo\", \"secret\": 1}\n") == follows)
            }
            try await server.close()
        }
    }
}

/// Offers STARTTLS; inside TLS it sends back what it gets.
private final class StartTLSServer: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let context: NIOSSLContext
    private var text = ""
    private var isSecure = false

    init(_ context: NIOSSLContext) { self.context = context }

    func channelActive(context: ChannelHandlerContext) { say("{\"class\":\"starttls\",\"timenow\":1.5}\n", context) }

    private func say(_ text: String, _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        text += String(buffer: unwrapInboundIn(data))
        guard text.hasSuffix("\n") else { return }
        if isSecure {
            say(text, context)
        } else if text.contains("\"status\":true") {
            say("{\"class\":\"starttls\",\"starttls\":true}\n", context)
            isSecure = true
            try? context.pipeline.syncOperations.addHandler(
                NIOSSLServerHandler(context: self.context), position: .first)
        }
        text = ""
    }
}

/// Accepts STARTTLS, says one line inside TLS and reads the answer.
private final class StartTLSClient: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let trust: NIOSSLContext
    private let answer: EventLoopPromise<String>
    private var text = ""

    init(_ trust: NIOSSLContext, _ answer: EventLoopPromise<String>) {
        self.trust = trust
        self.answer = answer
    }

    static func run(port: Int, trust: NIOSSLContext) async throws -> String {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let answer = loop.makePromise(of: String.self)
        let channel = try await ClientBootstrap(group: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(StartTLSClient(trust, answer))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        let deadline = loop.scheduleTask(in: .seconds(20)) { answer.fail(ChannelError.eof) }
        defer { deadline.cancel() }
        let text = try await answer.futureResult.get()
        try? await channel.close()
        return text
    }

    private func say(_ text: String, _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        text += String(buffer: unwrapInboundIn(data))
        guard text.hasSuffix("\n") else { return }
        if text.contains("\"starttls\":true") {
            do {
                try context.pipeline.syncOperations.addHandler(
                    NIOSSLClientHandler(context: trust, serverHostname: nil), position: .first)
            } catch { return answer.fail(error) }
        } else if text.contains("starttls") {
            say("{\"class\":\"starttls\",\"status\":true}\n", context)
        } else {
            answer.succeed(text)
        }
        text = ""
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case TLSUserEvent.handshakeCompleted = event { say("{\"class\":\"echo\",\"secret\":1}\n", context) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { answer.fail(error) }
}
