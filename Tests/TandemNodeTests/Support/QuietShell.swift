import CTILogin
import CTIServer
import Configuration
import NIOCore
import NIOEmbedded
import NodeCore
import SiteModel
import TandemCore
import Testing

@testable import TandemNode

/// The shell of paris alone, without sockets, PBX and store, on a loop whose time the test moves.
struct QuietShell {
    let loop = EmbeddedEventLoop()
    let shell: NodeShell
    let log = LogCapture()

    init(links: [NodeConfiguration.Link] = []) throws {
        var configuration = Topology.lonely.sites[0]
        configuration.links = links
        shell = NodeShell(
            core: NodeCore(
                configuration: Self.core(configuration), registry: .standard(), incarnation: 1,
                sha1Hex: LoginProof.sha1Hex, now: NodeClock.now()), configuration: configuration, store: nil,
            tls: try TLSContexts(configuration: configuration), loop: loop, logger: log.logger)
        // The first pushes of a node that has just started come after a quiet moment.
        loop.advanceTime(by: .seconds(1))
    }

    private static func core(_ configuration: NodeConfiguration) -> NodeCoreConfiguration {
        // As a node whose peers are on loopback.
        var federation = configuration.federation
        federation.allowUnauthenticated = true
        return NodeCoreConfiguration(
            site: configuration.site, federation: federation,
            cti: CTIServerConfiguration(configuration.cti), hasPBX: false, capabilities: [])
    }

    /// A client that is connected but not logged in.
    func connect() throws -> (channel: EmbeddedChannel, connection: ClientConnection) {
        let connection = shell.clients.makeConnection(isSecure: false)
        let channel = EmbeddedChannel(handler: connection, loop: loop)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        return (channel, connection)
    }

    /// Logs a user of the demo in.
    func logIn(_ login: String, on channel: EmbeddedChannel) throws {
        _ = try lines(of: channel)
        let hello = try ask(
            #"{"class":"login_id","userlogin":"\#(login)","company":"default","ident":"X11-test","xivoversion":"1.2"}"#,
            on: channel)
        let hash = LoginProof.of(
            sessionID: hello.compactMap { $0["sessionid"]?.stringValue }.first ?? "", password: Secret(login))
        _ = try ask(#"{"class":"login_pass","hashedpassword":"\#(hash)"}"#, on: channel)
        let end = try ask(
            #"{"class":"login_capas","capaid":"client","state":"available","lastconnwins":false,"loginkind":"user"}"#,
            on: channel)
        try #require(end.contains { $0["class"] == "login_capas" && $0["error_string"] == nil }, "\(end)")
        // What is pushed because of the login.
        loop.advanceTime(by: .seconds(1))
        _ = try lines(of: channel)
    }

    private func ask(_ line: String, on channel: EmbeddedChannel) throws -> [JSONValue] {
        try channel.writeInbound(ByteBuffer(string: line + "\n"))
        return try lines(of: channel)
    }

    /// What was written to a client since it was looked at last.
    func text(of channel: EmbeddedChannel) throws -> String {
        var text = ""
        while let buffer = try channel.readOutbound(as: ByteBuffer.self) {
            text += String(decoding: buffer.readableBytesView, as: UTF8.self)
        }
        return text
    }

    /// The same, as objects.
    func lines(of channel: EmbeddedChannel) throws -> [JSONValue] {
        try text(of: channel).split(separator: "\n").compactMap { try? JSONValue(parsing: Array($0.utf8)) }
    }

    /// As many users more are configured, which every client is told.
    func addUsers(_ count: Int) {
        var configuration = shell.configuration
        for number in 1...count {
            configuration.site.users["\(10_000 + number)"] = configuration.site.users["1"].map {
                var user = $0
                user.login = "user\(number)"
                return user
            }
        }
        shell.reconfigure(configuration, core: Self.core(configuration))
    }
}
