import NIOCore
import NIOPosix

/// A TCP line between a driver and its PBX that can be cut and mended: what connects to its port is connected to the
/// target's. While cut it closes whatever connects.
public final class CutLine: Sendable {
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let server: any Channel
    private let state: NIOLoopBoundBox<State>
    /// The port on 127.0.0.1 to give to the driver.
    public let port: Int

    private struct State {
        var isCut = false
        var open: [any Channel] = []
    }

    /// A whole line to a port of this machine.
    public init(to target: Int) async throws {
        let loop = group.next()
        let state = NIOLoopBoundBox.makeBoxSendingValue(State(), eventLoop: loop)
        self.state = state
        server = try await ServerBootstrap(group: loop)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { near in
                near.eventLoop.makeCompletedFuture {
                    guard !state.value.isCut else {
                        near.close(promise: nil)
                        return
                    }
                    state.value.open.append(near)
                    ClientBootstrap(group: loop)
                        .channelOption(.autoRead, value: false)
                        .connect(host: "127.0.0.1", port: target)
                        .assumeIsolated().whenComplete { result in
                            guard case .success(let far) = result, near.isActive, !state.value.isCut else {
                                near.close(promise: nil)
                                if case .success(let far) = result { far.close(promise: nil) }
                                return
                            }
                            state.value.open.append(far)
                            do {
                                try near.pipeline.syncOperations.addHandler(Forwarder(to: far))
                                try far.pipeline.syncOperations.addHandler(Forwarder(to: near))
                            } catch {
                                near.close(promise: nil)
                                far.close(promise: nil)
                                return
                            }
                            for channel in [near, far] {
                                channel.setOption(.autoRead, value: true).assumeIsolated().whenComplete { _ in
                                    channel.read()
                                }
                            }
                        }
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = server.localAddress?.port ?? 0
    }

    /// Closes everything, and whatever connects from now on.
    public func cut() async throws {
        try await group.any().submit { [state] in
            state.value.isCut = true
            for channel in state.value.open { channel.close(promise: nil) }
            state.value.open = []
        }.get()
    }

    /// Lets connections through again.
    public func mend() async throws { try await group.any().submit { [state] in state.value.isCut = false }.get() }

    /// Ends the line.
    public func close() async throws { try await group.shutdownGracefully() }

    private final class Forwarder: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let other: any Channel
        init(to other: any Channel) { self.other = other }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            other.writeAndFlush(unwrapInboundIn(data), promise: nil)
        }
        func channelInactive(context: ChannelHandlerContext) {
            other.close(promise: nil)
            context.fireChannelInactive()
        }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
