import CTIProtocol
import NIOCore
import NIOSSL

/// A socket that carries lines both ways: a client's, a peer's. It cuts what arrives into lines, gathers what is written in
/// one turn of the loop into one write, bounds what may wait for the other side, and ends a connection in order.
///
/// Subclasses say what a line means and what happens at the ends. Lives on the node's loop.
class LineSocket: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let flushes: FlushList
    private var framer: LineFramer
    private var bound: OutputBound
    private var output: ByteBuffer?
    private var needsFlush = false
    /// Nothing more is read, because the other side does not take what it asked for; what was read by then is held.
    private var isPaused = false
    private var held: [ByteBuffer] = []

    private(set) var context: ChannelHandlerContext?
    /// Nothing more is read or written.
    private(set) var isClosing = false

    /// A written piece of this size goes to the socket as it is: copying it together with others would save nothing.
    private static let largePiece = 32 << 10
    /// How long the other side may take for its last lines.
    private static let farewell = TimeAmount.seconds(2)

    init(lineLimit: Int, outputLimit: Int, flushes: FlushList) {
        framer = LineFramer(limit: lineLimit)
        bound = OutputBound(limit: outputLimit)
        self.flushes = flushes
    }

    /// Address and port of the other side, for logs.
    var remoteAddress: String { context?.remoteAddress.map { "\($0.ipAddress ?? "?"):\($0.port ?? 0)" } ?? "?" }
    /// Address of the other side without its port.
    var remoteHost: String { context?.remoteAddress?.ipAddress ?? "?" }
    /// Whether the socket has room for more.
    var isWritable: Bool { context?.channel.isWritable ?? false }

    // MARK: What subclasses say

    /// TCP stands.
    func opened() {}
    /// Bytes came; lines follow.
    func turnBegan() {}
    /// A line without its line feed; the bytes live only during the call.
    func received(_ line: UnsafeBufferPointer<UInt8>) {}
    /// Asked after each line: whether nothing more is read until the other side has taken what waits for it.
    func pausesAfterLine() -> Bool { false }
    /// All lines of a read were handed over.
    func turnEnded() {}
    /// A line was longer than its limit; nothing that follows can be read.
    func lineTooLong(limit: Int) {}
    /// The socket has room again, or has none.
    func writabilityChanged(_ isWritable: Bool) {}
    /// More waits than may wait; the connection is being cut.
    func overflowed(limit: Int) {}
    /// The socket is gone.
    func ended() {}
    /// The socket reports an error.
    func failed(_ error: any Error) {}

    // MARK: Reading

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }
    func channelActive(context: ChannelHandlerContext) { opened() }
    func channelInactive(context: ChannelHandlerContext) { ended() }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { failed(error) }
    func channelReadComplete(context: ChannelHandlerContext) { turnEnded() }
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isClosing else { return }
        let buffer = unwrapInboundIn(data)
        if isPaused { held.append(buffer) } else { take(buffer) }
    }

    private func take(_ buffer: ByteBuffer) {
        var position = 0
        turnBegan()
        buffer.withUnsafeReadableBytes { raw in
            let bytes = raw.bindMemory(to: UInt8.self)
            while !isClosing, !isPaused {
                switch framer.next(in: bytes, at: &position, { received($0) }) {
                case .needsMore: return
                case .tooLong(let fault):
                    position = bytes.count
                    return lineTooLong(limit: fault.limit)
                case .line: if pausesAfterLine() { pause() }
                }
            }
        }
        if isPaused, !isClosing,
            let rest = buffer.getSlice(at: buffer.readerIndex + position, length: buffer.readableBytes - position),
            rest.readableBytes > 0
        {
            held.insert(rest, at: 0)
        }
    }

    /// Reads nothing more until `resume`.
    func pause() {
        guard !isPaused, let channel = context?.channel else { return }
        isPaused = true
        try? channel.syncOptions?.setOption(.autoRead, value: false)
    }

    /// Goes on reading, if there is room for what that leads to. Not in the middle of the flush that made the room.
    func resumeSoon() {
        guard isPaused, let loop = context?.eventLoop else { return }
        let bound = NIOLoopBound(self, eventLoop: loop)
        loop.execute { bound.value.resume() }
    }

    private func resume() {
        guard isPaused, !isClosing, isWritable else { return }
        isPaused = false
        while !isPaused, !held.isEmpty { take(held.removeFirst()) }
        turnEnded()
        if !isPaused, !isClosing { try? context?.channel.syncOptions?.setOption(.autoRead, value: true) }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) { writabilityChanged(context.channel.isWritable) }

    /// Sets the longest line from now on.
    func setLineLimit(_ limit: Int) { framer.limit = limit }

    // MARK: Writing

    /// Writes bytes; they leave at the end of the turn.
    func write(_ bytes: [UInt8]) {
        guard let context, !isClosing else { return }
        guard bound.takes(bytes.count, held: output?.readableBytes ?? 0, in: context.channel) else {
            return overflow(context)
        }
        if bytes.count >= Self.largePiece {
            passOutput(context)
            context.write(wrapOutboundOut(context.channel.allocator.buffer(bytes: bytes)), promise: nil)
        } else {
            // In place: a second reference would make each line copy those before it.
            if output == nil { output = flushes.buffers.take() }
            output?.writeBytes(bytes)
        }
        mark()
    }

    /// Writes a buffer that others share; it leaves at the end of the turn, after what was written before.
    func write(shared buffer: ByteBuffer) {
        guard let context, !isClosing else { return }
        passOutput(context)
        context.write(wrapOutboundOut(buffer), promise: nil)
        mark()
    }

    private func passOutput(_ context: ChannelHandlerContext) {
        guard let lines = output else { return }
        output = nil
        context.write(wrapOutboundOut(lines), promise: nil)
        flushes.buffers.giveBack(lines)
    }

    private func mark() {
        guard !needsFlush else { return }
        needsFlush = true
        flushes.add(self)
    }

    /// Hands what was written to the socket.
    func flush() {
        guard needsFlush else { return }
        needsFlush = false
        guard let context else { return }
        passOutput(context)
        context.flush()
    }

    private func overflow(_ context: ChannelHandlerContext) {
        overflowed(limit: bound.limit)
        abandon()
    }

    // MARK: Ending

    /// Flushes, then closes. Whoever does not take the last lines within 2 s is cut off.
    func closeAfterFlush() {
        guard let context, !isClosing else { return }
        isClosing = true
        held = []
        needsFlush = false
        passOutput(context)
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(channel.allocator.buffer(capacity: 0))).whenComplete { _ in
            channel.close(promise: nil)
        }
        channel.eventLoop.scheduleTask(in: Self.farewell) { channel.close(mode: .all, promise: nil) }
    }

    /// Closes at once.
    func abandon() {
        isClosing = true
        held = []
        output = nil
        context?.close(promise: nil)
    }

    /// Closes at once, without the farewell of TLS: a silent one would keep its place until that is over.
    func cut() {
        guard let context else { return }
        let tls = try? context.pipeline.syncOperations.context(handlerType: NIOSSLServerHandler.self)
        isClosing = true
        held = []
        output = nil
        (tls ?? context).close(promise: nil)
    }
}
