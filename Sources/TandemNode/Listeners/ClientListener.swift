import NIOCore
import NIOSSL
import TandemCore

/// The CTI port, in the clear (`cti`) or over TLS (`ctis`).
struct ClientListener: NodeListener {
    let name: String
    let place: ListenerPlace
    private let isSecure: Bool
    private let context: NIOSSLContext?
    private let room: ClientRoom

    init(_ address: ListenAddress, room: ClientRoom) {
        name = "cti"
        place = .tcp(address)
        isSecure = false
        context = nil
        self.room = room
    }

    init(secure address: ListenAddress, tls: TLSContexts, room: ClientRoom) {
        name = "ctis"
        place = .tcp(address)
        isSecure = true
        context = tls.clients
        self.room = room
    }

    func check() throws(NodeError) {
        guard !isSecure || context != nil else {
            throw NodeError("listen.ctis: TLS needs a certificate: give ctis: {certificate, key}, or rcti's are used")
        }
    }

    func accept(_ channel: any Channel) throws {
        guard room.takesMore else { throw NodeError("too many clients") }
        try channel.syncOptions?.setOption(.writeBufferWaterMark, value: ClientRoom.waterMark)
        if let context { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context)) }
        try channel.pipeline.syncOperations.addHandler(room.makeConnection(isSecure: isSecure))
    }
}
