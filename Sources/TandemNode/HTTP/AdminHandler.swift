import TandemCore
import NIOCore
import NIOHTTP1
import NIOPosix

/// Handles one HTTP connection of the administration port: GET and POST without a body of interest, keep-alive.
///
/// The request is answered by a closure on the connection's loop, which is the node's; an answer may come later (a ping
/// to another site takes a round trip), so the closure gets a callback.
final class AdminHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart
    typealias Answer = (AdminRequest, @escaping (AdminResponse) -> Void) -> Void

    private let answer: Answer
    private let connections: OpenConnections
    private var head: HTTPRequestHead?
    private var idleTimer: Scheduled<Void>?

    /// How long a request may take to arrive, and how long a connection may wait for the next one.
    private static let patience = TimeAmount(Limits.httpTime)

    init(connections: OpenConnections, answer: @escaping Answer) {
        self.connections = connections
        self.answer = answer
    }

    func channelActive(context: ChannelHandlerContext) {
        connections.count += 1
        awaitRequest(context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        connections.count -= 1
        idleTimer?.cancel()
        idleTimer = nil
        context.fireChannelInactive()
    }

    private func awaitRequest(_ context: ChannelHandlerContext) {
        let channel = context.channel
        idleTimer?.cancel()
        idleTimer = context.eventLoop.scheduleTask(in: Self.patience) { channel.close(promise: nil) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body: break
        case .end:
            guard let head else { return }
            self.head = nil
            idleTimer?.cancel()
            idleTimer = nil
            respond(to: head, context: context)
        }
    }

    private func respond(to head: HTTPRequestHead, context: ChannelHandlerContext) {
        guard head.method == .GET || head.method == .POST || head.method == .HEAD else {
            write(.text(.methodNotAllowed, "only GET, HEAD and POST are served here"), head: head, context: context)
            return
        }
        let channel = context.channel
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        answer(Self.request(of: head)) { [self] response in
            guard channel.isActive else { return }
            write(response, head: head, context: bound.value)
        }
    }

    /// Splits the target into path and query items, decoding percent escapes.
    static func request(of head: HTTPRequestHead) -> AdminRequest {
        let parts = head.uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var query: [String: String] = [:]
        if parts.count > 1 {
            for item in parts[1].split(separator: "&") {
                let pair = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                query[decode(pair[0])] = pair.count > 1 ? decode(pair[1]) : ""
            }
        }
        return AdminRequest(method: head.method, path: decode(parts.first ?? "/"), query: query)
    }

    private static func decode(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let high = rest.first.flatMap(digit),
                let low = rest.dropFirst().first.flatMap(digit)
            {
                bytes.append(high << 4 | low)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        Character(Unicode.Scalar(byte)).hexDigitValue.map { UInt8($0) }
    }

    private func write(_ response: AdminResponse, head: HTTPRequestHead, context: ChannelHandlerContext) {
        var headers = HTTPHeaders()
        headers.add(name: "content-type", value: response.contentType)
        headers.add(name: "content-length", value: String(response.body.count))
        headers.add(name: "cache-control", value: "no-store")
        let keepAlive = head.isKeepAlive
        if !keepAlive { headers.add(name: "connection", value: "close") }
        context.write(
            wrapOutboundOut(.head(HTTPResponseHead(version: head.version, status: response.status, headers: headers))),
            promise: nil)
        if head.method != .HEAD {
            context.write(
                wrapOutboundOut(.body(.byteBuffer(context.channel.allocator.buffer(bytes: response.body)))),
                promise: nil)
        }
        // Also the time for the answer to be taken.
        awaitRequest(context)
        let written = context.writeAndFlush(wrapOutboundOut(.end(nil)))
        if !keepAlive {
            let channel = context.channel
            written.whenComplete { _ in channel.close(promise: nil) }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
