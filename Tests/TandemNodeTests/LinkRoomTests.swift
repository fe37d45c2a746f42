import Configuration
import Federation
import NIOCore
import NIOEmbedded
import TandemCore
import Testing

@testable import TandemNode

@Suite("The peers' room") struct LinkRoomTests {
    private let lyon: SiteID
    private let quiet: QuietShell
    private var room: LinkRoom { quiet.shell.links }

    init() throws {
        lyon = try #require(SiteID("lyon"))
        quiet = try QuietShell(links: [.init(peer: lyon, address: nil)])
    }

    /// The socket of somebody who came in, or who was dialled.
    private func connect(dialled: SiteID? = nil) throws -> (channel: EmbeddedChannel, connection: LinkConnection) {
        let connection = room.makeConnection(dialled: dialled)
        let channel = EmbeddedChannel(handler: connection, loop: quiet.loop)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        return (channel, connection)
    }

    private func hello(_ site: String) -> ByteBuffer {
        ByteBuffer(
            string: #"{"class":"rcti_hello","version":[1,1],"site":"\#(site)","incarnation":1,"features":[],"#
                + #""nonce":1,"t":0}"# + "\n")
    }

    private var state: LinkState? { quiet.shell.core.federation.links.first { $0.peer == lyon }?.state }

    @Test("both ends greet, whoever dialled; a socket that breaks is told to the core and leaves the room empty")
    func life() throws {
        for dialled in [nil, lyon] {
            let (channel, _) = try connect(dialled: dialled)
            #expect(try quiet.lines(of: channel).first?["class"] == "rcti_hello")
            try channel.writeInbound(hello("lyon"))
            #expect(state == .syncing && !room.isEmpty, "\(String(describing: state))")
            _ = try channel.finish(acceptAlreadyClosed: true)
            guard case .down(let reason) = state else {
                Issue.record("the link is \(String(describing: state))")
                return
            }
            #expect(reason == "the connection was closed" && room.isEmpty)
        }
    }

    @Test("a peer that the core refuses hears why before its socket is closed")
    func refused() throws {
        let (channel, _) = try connect()
        try channel.writeInbound(hello("rome"))
        let heard = try quiet.lines(of: channel)
        #expect(heard.last?["class"] == "rcti_refused", "\(heard)")
        quiet.loop.advanceTime(by: .seconds(2))
        #expect(!channel.isActive && room.isEmpty)
        #expect(quiet.log.lines.contains { $0.text.contains("rome is no configured peer of paris") })
    }

    @Test("a frame without an end is cut off, with a line in the log")
    func endless() throws {
        let (channel, _) = try connect()
        try channel.writeInbound(ByteBuffer(repeating: UInt8(ascii: "x"), count: Limits.peerFrame + 1))
        #expect(!channel.isActive && room.isEmpty)
        #expect(quiet.log.lines.contains { $0.level == .warning && $0.text.contains("sent a frame longer than") })
    }

    @Test("strangers cannot fill the process nor keep peers out: the one that was silent for longest gives way")
    func bounded() throws {
        let listener = LinkListener(
            ListenAddress(host: "127.0.0.1", port: 0), tls: try TLSContexts(configuration: quiet.shell.configuration),
            room: room)
        let peer = try connect().channel
        try peer.writeInbound(hello("lyon"))
        var silent: [EmbeddedChannel] = []
        for _ in 0..<120 {
            try #require(room.takesMore)
            silent.append(try connect().channel)
            quiet.loop.run()
        }
        #expect(silent.map(\.isActive) == (0..<120).map { $0 >= 120 - Limits.strangePeersPerAddress })
        #expect(peer.isActive && state == .syncing, "who has spoken does not give way")
        try listener.accept(EmbeddedChannel(loop: quiet.loop))
        // Those that we dial are no strangers.
        let dialled = try connect(dialled: lyon).channel
        #expect(dialled.isActive && silent[119].isActive && silent[120 - Limits.strangePeersPerAddress].isActive)
        #expect(quiet.log.lines.contains { $0.text.contains("said nothing while others came") })
    }

    @Test("a peer without an address is not dialled, and the core knows why; of another dial's end it is told nothing")
    func noAddress() {
        quiet.shell.core.tick(now: NodeClock.now())
        #expect(state == .connecting)
        room.dialFailed(peer: lyon, reason: "of a dial that is not the room's")
        #expect(state == .connecting)
        quiet.shell.pump()
        #expect(state == .down(reason: "no address is configured for lyon"))
    }

    @Test("what the core still says about a link that is gone goes nowhere")
    func late() throws {
        let (channel, connection) = try connect()
        _ = try quiet.text(of: channel)
        _ = try channel.finish(acceptAlreadyClosed: true)
        room.write(connection.link, Array("late\n".utf8))
        room.close(connection.link, reason: "late")
        room.writability(of: connection, false)
        room.closed(connection, reason: "twice")
        #expect(try quiet.text(of: channel).isEmpty && room.isEmpty)
    }

    @Test("a node that stops closes every link and takes no more")
    func stopped() throws {
        let channels = try (0..<3).map { _ in try connect().channel }
        quiet.shell.stop()
        quiet.loop.advanceTime(by: .seconds(2))
        #expect(channels.allSatisfy { !$0.isActive })
        #expect(room.isEmpty && !room.takesMore)
        room.dial(lyon)
        #expect(room.isEmpty)
    }
}
