import NIOCore
import NIOHTTP1
import NIOSSL
import TandemCore

/// Health, metrics and the API: the HTTP port, and the control socket for programs of this machine.
struct AdminListener: NodeListener {
    let name: String
    let place: ListenerPlace
    private let api: AdminAPI
    private let connections: OpenConnections
    /// Nil: the control socket, to which only the node's own user has access.
    private let gate: AdminGuard?
    private let context: NIOSSLContext?

    /// The HTTP port.
    init(_ address: ListenAddress, gate: AdminGuard, tls: TLSContexts, api: AdminAPI) {
        name = "http"
        place = .tcp(address)
        self.api = api
        self.gate = gate
        context = tls.http
        connections = OpenConnections(
            limit: Limits.httpConnections, perAddress: Limits.httpConnectionsPerAddress)
    }

    /// The control socket.
    init(control path: String, api: AdminAPI) {
        name = "control"
        place = .socket(path: path)
        self.api = api
        gate = nil
        context = nil
        connections = OpenConnections(limit: Limits.controlConnections)
    }

    func check() throws(NodeError) {
        guard case .tcp(let address) = place, !address.isLoopback, context == nil else { return }
        throw NodeError(
            "listen.http: \(address) can be reached from other machines, which needs TLS: give http: {certificate, key}, or those of ctis or rcti are used"
        )
    }

    func accept(_ channel: any Channel) throws {
        let address = channel.remoteAddress?.ipAddress
        guard connections.makeRoom(for: address) else { throw NodeError("too many HTTP connections") }
        // What is asked ahead of its turn is what one read brings.
        try channel.syncOptions?.setOption(
            .recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: Limits.httpRead))
        try channel.syncOptions?.setOption(.maxMessagesPerRead, value: 1)
        let pipeline = channel.pipeline.syncOperations
        if let context { try pipeline.addHandler(NIOSSLServerHandler(context: context)) }
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = Limits.httpHead
        limits.maxHeaderListSize = Limits.httpHead
        try pipeline.addHandler(HTTPResponseEncoder())
        try pipeline.addHandler(ByteToMessageHandler(HTTPRequestDecoder(limitConfiguration: limits)))
        try pipeline.addHandler(HTTPServerProtocolErrorHandler())
        let local = channel.localAddress?.ipAddress
        try pipeline.addHandler(
            AdminHandler(connections: connections) { [unowned api, gate] request, headers, answer in
                var request = request
                request.isControl = gate == nil
                let isOpen = AdminAPI.isOpen(request.path)
                if let refusal = gate?.refusal(of: headers, local: local, isOpen: isOpen) { return answer(refusal) }
                api.answer(request, answer)
            })
    }

    func opened() { if case .socket(let path) = place { ControlSocket.protect(path) } }
    func closed() { if case .socket(let path) = place { ControlSocket.remove(path) } }
}
