import Configuration
import Federation
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import NodeCore
import TandemCore

/// The sockets to the peers: dialling, accepting, writing, closing.
final class LinkRoom {
    let flushes: FlushList
    private unowned let shell: NodeShell
    private let server: NIOSSLContext?
    private let client: NIOSSLContext?
    /// What this node shows to peers; nil: links are plain TCP.
    let ownCertificate: NIOSSLCertificate?
    private var open: [LinkID: LinkConnection] = [:]
    private var dialling: Set<SiteID> = []
    private var lastNumber: UInt64 = 0
    /// Accepted sockets, those in the middle of their handshake included.
    private var accepted: [LinkID: LinkConnection] = [:]
    /// Of these, those from which no frame has come yet: over TLS, nothing of a peer whose certificate counts.
    private var strangers = Strangers<LinkID>(limit: Limits.strangePeers, share: Limits.strangePeersPerAddress)

    /// Above the high mark the federation core stops sending changes on a link; heartbeats still pass.
    static let waterMark = ChannelOptions.Types.WriteBufferWaterMark(low: 256 * 1024, high: 1024 * 1024)
    private static let connectTimeout = TimeAmount.seconds(4)

    init(shell: NodeShell, tls: TLSContexts, flushes: FlushList) {
        self.shell = shell
        self.flushes = flushes
        server = tls.linkServer
        client = tls.linkClient
        ownCertificate = tls.linkCertificate
    }

    private var core: NodeCore { shell.core }

    /// Whether no link is open.
    var isEmpty: Bool { open.isEmpty }
    /// Whether one more socket may be accepted. Strangers give way to each other; beyond them there are the peers', for
    /// a while two of each, and those that are closing.
    var takesMore: Bool {
        !shell.isStopped && accepted.count < shell.configuration.links.count * 4 + 2 * Limits.strangePeers
    }

    /// The handler for a socket that was accepted, or that is being dialled.
    func makeConnection(dialled: SiteID? = nil) -> LinkConnection {
        lastNumber += 1
        return LinkConnection(link: LinkID(lastNumber), dialled: dialled, room: self, usesTLS: server != nil)
    }

    // MARK: What the sockets report

    /// A socket was accepted; where there are too many strangers, one that has been silent for longer gives way.
    func accepted(_ connection: LinkConnection) {
        accepted[connection.link] = connection
        guard let replaced = strangers.admit(connection.link, from: connection.remoteHost) else { return }
        self.accepted[replaced]?.giveWay()
    }

    func acceptedEnded(_ connection: LinkConnection) {
        strangers.leave(connection.link)
        accepted[connection.link] = nil
    }

    func opened(_ connection: LinkConnection, certificateSite: SiteID?) {
        if let peer = connection.dialled { dialling.remove(peer) }
        open[connection.link] = connection
        core.linkConnected(
            connection.link, certificateSite: certificateSite, dialed: connection.dialled != nil,
            target: connection.dialled, now: NodeClock.now())
    }

    func received(from connection: LinkConnection, line: UnsafeBufferPointer<UInt8>) {
        strangers.leave(connection.link)
        core.linkSent(connection.link, line: line, now: NodeClock.now())
    }

    func writability(of connection: LinkConnection, _ isWritable: Bool) {
        guard open[connection.link] != nil else { return }
        core.linkWritability(connection.link, isWritable, now: NodeClock.now())
    }

    func closed(_ connection: LinkConnection, reason: String) {
        guard open.removeValue(forKey: connection.link) != nil else { return }
        core.linkClosed(connection.link, reason: reason, now: NodeClock.now())
    }

    func dialFailed(peer: SiteID, reason: String) {
        guard dialling.remove(peer) != nil, !shell.isStopped else { return }
        core.dialFailed(peer: peer, reason: reason, now: NodeClock.now())
    }

    func pump() { shell.pump() }
    func note(_ level: Logger.Level, _ text: String) { shell.note(level, text) }

    // MARK: What the core asks for

    func write(_ link: LinkID, _ bytes: [UInt8]) { open[link]?.write(bytes) }

    func close(_ link: LinkID, reason: String) {
        note(.info, "link \(link.number) is closed: \(reason)")
        open[link]?.close(reason: reason)
    }

    func dial(_ peer: SiteID) {
        guard !shell.isStopped else { return }
        guard let address = shell.configuration.address(of: peer) else {
            core.dialFailed(peer: peer, reason: "no address is configured for \(peer)", now: NodeClock.now())
            return
        }
        dialling.insert(peer)
        let bound = NIOLoopBound((makeConnection(dialled: peer), client), eventLoop: shell.loop)
        let own = NIOLoopBound(self, eventLoop: shell.loop)
        ClientBootstrap(group: shell.loop)
            .connectTimeout(Self.connectTimeout)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.writeBufferWaterMark, value: Self.waterMark)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let (connection, context) = bound.value
                    if let context {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: context, serverHostname: nil))
                    }
                    try channel.pipeline.syncOperations.addHandler(connection)
                }
            }
            .connect(host: address.host, port: address.port)
            .whenFailure { error in
                let room = own.value
                room.dialFailed(peer: peer, reason: "\(address) cannot be reached: \(NetworkProblem.describe(error))")
                room.pump()
            }
    }

    func stop() {
        for connection in open.values { connection.close(reason: "this node stops") }
        open = [:]
    }
}
