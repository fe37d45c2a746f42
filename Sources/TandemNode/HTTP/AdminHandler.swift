import NIOCore
import NIOHTTP1
import NIOPosix
import TandemCore

/// Handles one HTTP connection of the administration port: GET and POST without a body of interest, keep-alive.
///
/// One request is answered at a time, and nothing is read until its answer was taken: whoever asks ahead, or does not
/// read, costs one read and one part of one answer. The request is answered by a closure on the connection's loop, which
/// is the node's; an answer may come later (a ping to another site takes a round trip), so the closure gets a callback.
final class AdminHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart
    typealias Answer = (AdminRequest, HTTPHeaders, @escaping (AdminResponse) -> Void) -> Void

    private let answer: Answer
    private let connections: OpenConnections
    private var head: HTTPRequestHead?
    private var bodyCount = 0
    /// Complete requests that wait for their turn: at most those of one read.
    private var waiting = CircularBuffer<HTTPRequestHead>()
    private var isAnswering = false
    private var isReadWanted = false
    private var timer: Scheduled<Void>?
    /// Steps taken since the last pause.
    private var steps = 0

    /// How long a request may take to arrive, and how long a connection may wait for the next one.
    private static let patience = TimeAmount(Limits.httpTime)
    /// How long an answer may take, until the last of it is taken.
    private static let answerTime = TimeAmount(Limits.httpAnswerTime)
    /// Steps after which others on the loop have their turn.
    private static let stepsPerTurn = 8

    init(connections: OpenConnections, answer: @escaping Answer) {
        self.connections = connections
        self.answer = answer
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let channel = context.channel
        connections.add(self, from: channel.remoteAddress?.ipAddress) { channel.close(promise: nil) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { connections.remove(self) }

    func channelActive(context: ChannelHandlerContext) {
        closeLater(context, after: Self.patience)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        connections.remove(self)
        timer?.cancel()
        timer = nil
        context.fireChannelInactive()
    }

    private func closeLater(_ context: ChannelHandlerContext, after time: TimeAmount) {
        let channel = context.channel
        timer?.cancel()
        timer = context.eventLoop.scheduleTask(in: time) { channel.close(promise: nil) }
    }

    // MARK: Reading

    func read(context: ChannelHandlerContext) {
        if isAnswering { isReadWanted = true } else { context.read() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            bodyCount = 0
        case .body(let bytes):
            bodyCount += bytes.readableBytes
            guard bodyCount > Limits.httpBody, var head else { return }
            self.head = nil
            guard !isAnswering else { return context.close(promise: nil) }
            head.headers.replaceOrAdd(name: "connection", value: "close")
            begin(context)
            send(.text(.payloadTooLarge, "nothing is asked here with a body"), head, context)
        case .end:
            guard let head else { return }
            self.head = nil
            waiting.append(head)
            next(context)
        }
    }

    private func begin(_ context: ChannelHandlerContext) {
        isAnswering = true
        connections.note(self, waits: false)
        closeLater(context, after: Self.answerTime)
    }

    private func next(_ context: ChannelHandlerContext) {
        guard !isAnswering, let head = waiting.popFirst() else { return }
        begin(context)
        guard head.method == .GET || head.method == .POST || head.method == .HEAD else {
            return send(.text(.methodNotAllowed, "only GET, HEAD and POST are served here"), head, context)
        }
        let channel = context.channel
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        answer(Self.request(of: head), head.headers) { [self] response in
            guard channel.isActive else { return }
            send(response, head, bound.value)
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

    // MARK: Writing

    private func send(_ response: AdminResponse, _ request: HTTPRequestHead, _ context: ChannelHandlerContext) {
        var headers = HTTPHeaders([
            ("content-type", response.contentType), ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
        ])
        headers.add(contentsOf: response.headers)
        var version = request.version
        var keepAlive = request.isKeepAlive
        var parts: () -> [UInt8]?
        switch response.body {
        case .bytes(let bytes):
            headers.add(name: "content-length", value: String(bytes.count))
            var rest = bytes[...]
            parts = {
                defer { rest = rest.dropFirst(Limits.httpPart) }
                return rest.isEmpty ? nil : Array(rest.prefix(Limits.httpPart))
            }
        case .parts(let following):
            parts = following
            // Without a length, an answer to HEAD would end in an empty chunk, and HTTP 1.0 knows no chunks.
            if request.method == .HEAD { version = .http1_0 }
            if version != .http1_1 { keepAlive = false }
        }
        if request.method == .HEAD { parts = { nil } }
        if !keepAlive { headers.add(name: "connection", value: "close") }
        context.write(
            wrapOutboundOut(.head(HTTPResponseHead(version: version, status: response.status, headers: headers))),
            promise: nil)
        sendParts(parts, keepAlive, context)
    }

    private func sendParts(_ parts: @escaping () -> [UInt8]?, _ keepAlive: Bool, _ context: ChannelHandlerContext) {
        let part = parts()
        let item: HTTPServerResponsePart =
            part.map { .body(.byteBuffer(context.channel.allocator.buffer(bytes: $0))) } ?? .end(nil)
        let isLast = part == nil
        context.writeAndFlush(wrapOutboundOut(item)).assumeIsolated().whenComplete { [self] result in
            guard case .success = result, context.channel.isActive else { return context.close(promise: nil) }
            pace(context) { [self] context in
                if isLast { finish(keepAlive, context) } else { sendParts(parts, keepAlive, context) }
            }
        }
    }

    /// Goes on at once, and every few steps after a moment: a connection that asks much does not have the loop to itself.
    private func pace(_ context: ChannelHandlerContext, _ step: @escaping (ChannelHandlerContext) -> Void) {
        steps += 1
        guard steps >= Self.stepsPerTurn else { return step(context) }
        steps = 0
        // Not `execute`: the loop does all that is handed to it before it looks at its sockets.
        context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(1)) {
            if context.channel.isActive { step(context) }
        }
    }

    private func finish(_ keepAlive: Bool, _ context: ChannelHandlerContext) {
        isAnswering = false
        guard keepAlive else { return context.close(promise: nil) }
        connections.note(self, waits: true)
        closeLater(context, after: Self.patience)
        next(context)
        if !isAnswering, isReadWanted {
            isReadWanted = false
            context.read()
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
