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
        buffer.withUnsafeReadableBytes { bytes in
            do throws(LineTooLong) {
                try framer.append(bytes) { line in
                    if !isClosing { shell.received(from: self, line: line) }
                }
            } catch {
                shell.lineTooLong(from: self, limit: error.limit)
            }
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) { shell.pump() }

    func channelInactive(context: ChannelHandlerContext) {
        shell.closed(self)
        shell.pump()
    }

    /// A client that does not read is not read either: its questions wait in its own socket, not their answers here.
    func channelWritabilityChanged(context: ChannelHandlerContext) {
        _ = context.channel.setOption(.autoRead, value: context.channel.isWritable)
        if isLagging { shell.catchUp(self) }
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
