import CTIProtocol
import CTIServer
import NIOCore
import NIOSSL
import TandemCore

/// One client's socket: cuts lines for the core, writes what the core sends. Lives on the node's loop.
final class ClientHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let client: ClientID
    private unowned let shell: NodeShell
    private let secure: Bool
    private var framer: LineFramer
    private var context: ChannelHandlerContext?
    private var needsFlush = false
    private var isClosing = false
    /// Whether nothing more is read, because the client does not take its answers; what was read by then is held.
    private var isPaused = false
    private var held: [ByteBuffer] = []
    private var pending = PendingBytes()
    /// Whether pushes wait because the client does not read; then it gets the latest state, not every step.
    var isLagging = false
    /// How far the client is in the present batch of pushes.
    var place = PushBatch.Place()

    init(client: ClientID, shell: NodeShell, secure: Bool, lineLimit: Int) {
        self.client = client
        self.shell = shell
        self.secure = secure
        framer = LineFramer(limit: lineLimit)
    }

    var remoteAddress: String { context?.remoteAddress.map { "\($0.ipAddress ?? "?"):\($0.port ?? 0)" } ?? "?" }

    var remoteHost: String { context?.remoteAddress?.ipAddress ?? "?" }
    var isWritable: Bool { context?.channel.isWritable ?? false }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) { shell.opened(self, secure: secure) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isClosing else { return }
        let buffer = unwrapInboundIn(data)
        if isPaused { held.append(buffer) } else { take(buffer, context.channel) }
    }

    /// Bytes of answers after which they are written before the next line is read.
    private static let answersPerTurn = 256 << 10

    /// Hands lines to the core. Once the client takes no more answers, the rest is held: short questions with long
    /// answers, sent and never read, would otherwise fill the memory.
    private func take(_ buffer: ByteBuffer, _ channel: any Channel) {
        var position = 0
        var said = shell.bytesSaid
        buffer.withUnsafeReadableBytes { raw in
            let bytes = raw.bindMemory(to: UInt8.self)
            while !isClosing, !isPaused {
                switch framer.next(in: bytes, at: &position, { shell.received(from: self, line: $0) }) {
                case .needsMore: return
                case .tooLong(let fault):
                    position = bytes.count
                    return shell.lineTooLong(from: self, limit: fault.limit)
                case .line:
                    guard shell.bytesSaid - said > Self.answersPerTurn else { continue }
                    shell.pump()
                    said = shell.bytesSaid
                    if !channel.isWritable { pause(channel) }
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

    private func pause(_ channel: any Channel) {
        guard !isPaused else { return }
        isPaused = true
        try? channel.syncOptions?.setOption(.autoRead, value: false)
    }

    /// The client takes its answers again.
    private func resume() {
        guard isPaused, !isClosing, let channel = context?.channel, channel.isWritable else { return }
        isPaused = false
        while !isPaused, !held.isEmpty { take(held.removeFirst(), channel) }
        shell.pump()
        if !isPaused, !isClosing { try? channel.syncOptions?.setOption(.autoRead, value: true) }
    }

    func channelReadComplete(context: ChannelHandlerContext) { shell.pump() }

    func channelInactive(context: ChannelHandlerContext) {
        shell.closed(self)
        shell.pump()
    }

    /// A client that does not read is not read either: its questions wait in its own socket, not their answers here.
    func channelWritabilityChanged(context: ChannelHandlerContext) {
        guard context.channel.isWritable else { return pause(context.channel) }
        if isLagging { shell.catchUp(self) }
        guard isPaused else { return }
        // Not in the middle of the flush that made the room.
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.execute { bound.value.resume() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        shell.note(.info, "client \(remoteAddress): \(error)")
        context.close(promise: nil)
    }

    // MARK: What the shell asks

    /// Writes bytes without flushing.
    func write(_ bytes: [UInt8]) {
        guard let context, !isClosing else { return }
        guard pending.count(bytes.count, in: context.channel) else { return overflow(context) }
        context.write(wrapOutboundOut(context.channel.allocator.buffer(bytes: bytes)), promise: nil)
        mark()
    }

    /// Answers and messages that nobody takes: there is nothing to leave out, so the connection ends.
    private func overflow(_ context: ChannelHandlerContext) {
        shell.note(
            .warning, "client \(remoteAddress) takes no answers: more than \(PendingBytes.limit) bytes wait; closed")
        isClosing = true
        context.close(promise: nil)
    }

    /// Writes a shared buffer, unless the client lags.
    func push(_ buffer: ByteBuffer) {
        guard let context, !isClosing, !isLagging else { return }
        context.write(wrapOutboundOut(buffer), promise: nil)
        mark()
        if !context.channel.isWritable { shell.noteSlow(self) }
    }

    private func mark() {
        guard !needsFlush else { return }
        needsFlush = true
        shell.flushLater(self)
    }

    /// Hands what was written to the socket.
    func flush() {
        guard needsFlush else { return }
        needsFlush = false
        context?.flush()
    }

    /// Sets the longest line from now on.
    func setLineLimit(_ limit: Int) { framer.limit = limit }

    /// Flushes, then closes. A client that does not take its last lines within 2 s is cut off.
    func close() {
        guard let context, !isClosing else { return }
        isClosing = true
        held = []
        needsFlush = false
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(channel.allocator.buffer(capacity: 0))).whenComplete { _ in
            channel.close(promise: nil)
        }
        channel.eventLoop.scheduleTask(in: .seconds(2)) { channel.close(mode: .all, promise: nil) }
    }
}

/// How much waits for a client, asked of the socket now and then only: a question per line would cost more than the line.
struct PendingBytes {
    /// Four times what pushes may take: room for the longest answer (a list of all objects of a large site).
    static let limit = 4 * Limits.pendingBytesPerSubscriber
    private var sinceLook = 0

    /// Counts bytes that are about to be written. False: too much waits.
    mutating func count(_ bytes: Int, in channel: any Channel) -> Bool {
        sinceLook += bytes
        guard sinceLook >= Self.limit / 4 else { return true }
        sinceLook = 0
        let waiting = try? channel.syncOptions?.getOption(.bufferedWritableBytes)
        return (waiting ?? 0) + bytes <= Self.limit
    }
}
