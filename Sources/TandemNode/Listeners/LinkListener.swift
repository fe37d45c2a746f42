import NIOCore
import NIOSSL
import TandemCore

/// The port for peers (`rcti`).
struct LinkListener: NodeListener {
    let name = "rcti"
    let place: ListenerPlace
    private let address: ListenAddress
    private let context: NIOSSLContext?
    private let room: LinkRoom

    init(_ address: ListenAddress, tls: TLSContexts, room: LinkRoom) {
        self.address = address
        place = .tcp(address)
        context = tls.linkServer
        self.room = room
    }

    /// Peers may be accepted without TLS on loopback only: for tests and the simulator.
    func check() throws(NodeError) {
        guard context != nil || address.isLoopback else {
            throw NodeError(
                "listen.rcti: peers need a certificate each way: give rcti: {certificate, key, ca}; 'tandem pki' makes them"
            )
        }
    }

    func accept(_ channel: any Channel) throws {
        guard room.takesMore else { throw NodeError("too many sockets of peers") }
        try channel.syncOptions?.setOption(.writeBufferWaterMark, value: LinkRoom.waterMark)
        if let context { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context)) }
        try channel.pipeline.syncOperations.addHandler(room.makeConnection())
    }
}
