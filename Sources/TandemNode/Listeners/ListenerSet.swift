import NIOCore
import NIOPosix
import TandemCore

/// The open listeners of a node.
final class ListenerSet {
    private let loop: any EventLoop
    private let complain: (String) -> Void
    private var open: [(listener: any NodeListener, channel: any Channel)] = []
    private var nextComplaint = NIODeadline.uptimeNanoseconds(0)

    /// How long a listener pauses when nobody can be let in for want of descriptors or memory.
    private static let pause = TimeAmount.seconds(1)

    /// - Parameter complain: hears, once a minute at most, that nobody can be let in.
    init(loop: any EventLoop, complain: @escaping (String) -> Void = { _ in }) {
        self.loop = loop
        self.complain = complain
    }

    private func troubled(_ name: String, _ error: IOError) {
        guard NIODeadline.now() >= nextComplaint else { return }
        nextComplaint = .now() + .minutes(1)
        complain("listen.\(name): nobody can be let in: \(NetworkProblem.describe(error)); tried again every second")
    }

    /// Opens the ports together, then the sockets in the file system: a second node that finds its ports busy must not take
    /// the first one's control socket. Gives where each one listens, in the given order; fails with the first that cannot be
    /// opened, with those that could be left open (`close` closes them).
    func open(_ listeners: [any NodeListener]) -> EventLoopFuture<[(name: String, place: ListenerPlace)]> {
        for listener in listeners {
            do { try listener.check() } catch { return loop.makeFailedFuture(error) }
        }
        let bound = NIOLoopBound((self, listeners), eventLoop: loop)
        let ports = listeners.indices.filter { if case .tcp = listeners[$0].place { true } else { false } }
        let files = listeners.indices.filter { !ports.contains($0) }
        return all(ports, bound).flatMap { opened in
            let (set, _) = bound.value
            return set.all(files, bound).map { opened + $0 }
        }.map { opened in
            opened.sorted { $0.0 < $1.0 }.map { place in (bound.value.1[place.0].name, place.1) }
        }
    }

    private typealias Bound = NIOLoopBound<(ListenerSet, [any NodeListener])>

    private func all(_ places: [Int], _ bound: Bound) -> EventLoopFuture<[(Int, ListenerPlace)]> {
        EventLoopFuture.whenAllComplete(places.map { bind($0, bound) }, on: loop)
            .flatMapThrowing { results in try results.map { try $0.get() } }
    }

    private func bind(_ index: Int, _ bound: Bound) -> EventLoopFuture<(Int, ListenerPlace)> {
        let listener = bound.value.1[index]
        let name = listener.name
        let place = listener.place
        let bootstrap = ServerBootstrap(group: loop)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        AcceptPause(Self.pause) { error in bound.value.0.troubled(name, error) })
                }
            }
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try bound.value.1[index].accept(channel) }
            }
        let channel: EventLoopFuture<any Channel>
        switch place {
        case .tcp(let address):
            channel =
                bootstrap
                .serverChannelOption(.backlog, value: 1024)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .bind(host: address.host, port: address.port)
        case .socket(let path): channel = bootstrap.bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true)
        }
        return channel.flatMapErrorThrowing { error in
            throw NodeError(Self.problem(name, place, error))
        }.map { channel in
            let (set, listeners) = bound.value
            set.open.append((listeners[index], channel))
            listeners[index].opened()
            guard case .tcp(let address) = place else { return (index, place) }
            return (
                index, .tcp(ListenAddress(host: address.host, port: channel.localAddress?.port ?? address.port))
            )
        }
    }

    private static func problem(_ name: String, _ place: ListenerPlace, _ error: any Error) -> String {
        switch place {
        case .tcp(let address):
            "listen.\(name): \(address) cannot be opened: \(NetworkProblem.describe(error)); choose another address, or stop what uses it"
        case .socket(let path):
            "\(name): the socket \(path) cannot be made (\(error)); name another path with \(name):"
        }
    }

    /// Takes no more.
    func close() {
        for (listener, channel) in open {
            channel.close(promise: nil)
            listener.closed()
        }
        open = []
    }
}
