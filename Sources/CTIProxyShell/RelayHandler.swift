import CTIProxy
import NIOCore
import NIOSSL
import NIOTLS

/// One end of a relay: tells the relay what happens on its channel.
final class RelayHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let side: Side
    private let relay: Relay

    init(side: Side, relay: Relay) {
        self.side = side
        self.relay = relay
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { relay.received(unwrapInboundIn(data), from: side) }

    func channelReadComplete(context: ChannelHandlerContext) { relay.readMore(side) }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { relay.readMore(side.other) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event {
            relay.inputClosed(side)
        } else if case TLSUserEvent.handshakeCompleted = event {
            relay.secured(side, try? context.channel.pipeline.syncOperations.nioSSL_peerCertificate())
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) { relay.closed(side) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { relay.failed(side, error) }
}
