import Configuration
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import TandemCore

/// A TCP proxy in a link that can be cut: silently, as a broken cable does, or by closing what it carries.
///
/// While it is silent nothing passes, neither bytes nor the end of a connection; new connections are accepted by the
/// system (that cannot be prevented) but lead nowhere. After `heal` what waited goes on.
final class CutProxy: Sendable {
    /// Where it listens.
    let address: ListenAddress
    private let wire: NIOLoopBound<Wire>
    private let loop: any EventLoop
    private let recorded: NIOLockedValueBox<[UInt8]>

    private init(address: ListenAddress, wire: NIOLoopBound<Wire>, recorded: NIOLockedValueBox<[UInt8]>) {
        self.address = address
        self.wire = wire
        loop = wire.eventLoop
        self.recorded = recorded
    }

    /// A proxy to an address, on any free port.
    static func start(to target: ListenAddress) async throws -> CutProxy {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let recorded = NIOLockedValueBox<[UInt8]>([])
        let wire = try await loop.submit { NIOLoopBound(Wire(target, recorded, loop), eventLoop: loop) }.get()
        let channel = try await ServerBootstrap(group: loop)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try wire.value.accept(channel) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return CutProxy(
            address: ListenAddress(host: "127.0.0.1", port: channel.localAddress?.port ?? 0), wire: wire,
            recorded: recorded)
    }

    /// What clients of the proxy have sent towards the target so far.
    var sent: String { String(decoding: recorded.withLockedValue { $0 }, as: UTF8.self) }

    func cutSilently() async throws { try await loop.submit { [wire] in wire.value.isSilent = true }.get() }
    /// Closes everything and refuses what is new, until healed.
    func cutByClosing() async throws { try await loop.submit { [wire] in wire.value.closeAll() }.get() }
    func heal() async throws { try await loop.submit { [wire] in wire.value.heal() }.get() }

    /// The proxy's parts on its loop.
    fileprivate final class Wire {
        let target: ListenAddress
        let recorded: NIOLockedValueBox<[UInt8]>
        let loop: any EventLoop
        var isSilent = false
        var isClosed = false
        var relays: [Relay] = []

        init(_ target: ListenAddress, _ recorded: NIOLockedValueBox<[UInt8]>, _ loop: any EventLoop) {
            self.target = target
            self.recorded = recorded
            self.loop = loop
        }

        func accept(_ channel: any Channel) throws {
            let relay = Relay(wire: self, isInbound: true)
            relays.append(relay)
            try channel.pipeline.syncOperations.addHandler(relay)
            if isClosed { return channel.close(promise: nil) }
            if !isSilent { connect(relay) }
        }

        func connect(_ relay: Relay) {
            guard relay.partner == nil, !relay.hasEnded else { return }
            let far = Relay(wire: self, isInbound: false)
            relays.append(far)
            relay.partner = far
            far.partner = relay
            let bound = NIOLoopBound((relay, far), eventLoop: loop)
            ClientBootstrap(group: loop)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(bound.value.1)
                    }
                }
                .connect(host: target.host, port: target.port)
                .whenComplete { result in
                    let (near, far) = bound.value
                    if case .failure = result {
                        far.hasEnded = true
                        near.channel?.close(promise: nil)
                    }
                    if !near.wire.isSilent { near.release() }
                }
        }

        func closeAll() {
            isClosed = true
            for relay in relays { relay.channel?.close(promise: nil) }
            relays = []
        }

        func heal() {
            isSilent = false
            isClosed = false
            for relay in relays { relay.release() }
            for relay in relays where relay.isInbound { connect(relay) }
            relays.removeAll { $0.hasEnded }
        }
    }

    fileprivate final class Relay: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        let wire: Wire
        let isInbound: Bool
        var partner: Relay?
        var channel: (any Channel)?
        var held: [ByteBuffer] = []
        var hasEnded = false

        init(wire: Wire, isInbound: Bool) {
            self.wire = wire
            self.isInbound = isInbound
        }

        func handlerAdded(context: ChannelHandlerContext) { channel = context.channel }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let buffer = unwrapInboundIn(data)
            if isInbound { wire.recorded.withLockedValue { $0.append(contentsOf: buffer.readableBytesView) } }
            held.append(buffer)
            if !wire.isSilent { release() }
        }

        func channelInactive(context: ChannelHandlerContext) {
            hasEnded = true
            if !wire.isSilent { release() }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

        /// Hands on what is held, and then the end if this side has ended.
        func release() {
            guard let partner, let far = partner.channel, far.isActive || partner.hasEnded else { return }
            for buffer in held { far.write(buffer, promise: nil) }
            held = []
            far.flush()
            if hasEnded { far.close(promise: nil) }
        }
    }
}
