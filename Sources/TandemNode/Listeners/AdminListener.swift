import NIOCore
import NIOHTTP1
import TandemCore

/// Health, metrics and the API: the HTTP port, and the control socket for programs of this machine.
struct AdminListener: NodeListener {
    let name: String
    let place: ListenerPlace
    private let api: AdminAPI
    private let connections: OpenConnections
    private let isControl: Bool

    /// The HTTP port.
    init(_ address: ListenAddress, api: AdminAPI) {
        name = "http"
        place = .tcp(address)
        self.api = api
        connections = OpenConnections(limit: Limits.httpConnections)
        isControl = false
    }

    /// The control socket.
    init(control path: String, api: AdminAPI) {
        name = "control"
        place = .socket(path: path)
        self.api = api
        connections = OpenConnections(limit: Limits.controlConnections)
        isControl = true
    }

    func accept(_ channel: any Channel) throws {
        guard connections.takesMore else { throw NodeError("too many HTTP connections") }
        try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
        try channel.pipeline.syncOperations.addHandler(
            AdminHandler(connections: connections) { [unowned api, isControl] request, answer in
                var request = request
                request.isControl = isControl
                api.answer(request, answer)
            })
    }

    func opened() { if case .socket(let path) = place { ControlSocket.protect(path) } }
    func closed() { if case .socket(let path) = place { ControlSocket.remove(path) } }
}
