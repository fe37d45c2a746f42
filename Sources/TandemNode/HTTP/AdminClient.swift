import ClientTLS
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOTLS
import TandemCore

/// Asks a running node something over its control socket or its HTTP port.
public struct AdminClient: Sendable {
    private let address: AdminAddress

    /// A client of one node.
    public init(_ address: AdminAddress) { self.address = address }

    /// Sends a GET (or POST) and waits for the answer, at most `timeout`.
    public func request(_ target: String, method: HTTPMethod = .GET, timeout: TimeAmount = .seconds(15)) async throws
        -> (status: Int, body: [UInt8])
    {
        let group = MultiThreadedEventLoopGroup.singleton
        let promise = group.next().makePromise(of: (status: Int, body: [UInt8]).self)
        var tls: ServerTrust?
        if case .tcp(_, _, _, let trust) = address { tls = trust }
        let bootstrap = ClientBootstrap(group: promise.futureResult.eventLoop)
            .connectTimeout(.seconds(5))
            .channelInitializer { [tls] channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(tls.handler()) }
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    try channel.pipeline.syncOperations.addHandler(AdminResponseCollector(promise: promise, tls: tls))
                }
            }
        let channel: any Channel
        do {
            switch address {
            case .socket(let path): channel = try await bootstrap.connect(unixDomainSocketPath: path).get()
            case .tcp(let host, let port, _, _): channel = try await bootstrap.connect(host: host, port: port).get()
            }
        } catch {
            promise.fail(error)
            throw AdminError(
                description: "no node answers at \(address) (\(error)): is it running? Name it with --config or --http."
            )
        }
        var head = HTTPRequestHead(version: .http1_1, method: method, uri: target)
        if case .tcp(let host, let port, let token, _) = address {
            head.headers.add(name: "host", value: ListenAddress(host: host, port: port).description)
            if let token { head.headers.add(name: "authorization", value: "Bearer \(token.reveal())") }
        } else {
            head.headers.add(name: "host", value: "tandem")
        }
        head.headers.add(name: "connection", value: "close")
        channel.write(HTTPClientRequestPart.head(head), promise: nil)
        channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
        let timer = channel.eventLoop.scheduleTask(in: timeout) {
            promise.fail(AdminError(description: "the node at \(address) did not answer within \(timeout)"))
        }
        defer {
            timer.cancel()
            channel.close(promise: nil)
        }
        do { return try await promise.futureResult.get() } catch let error as AdminError { throw error } catch {
            throw AdminError(description: "no node answers at \(address): the connection broke (\(error))")
        }
    }

    /// Asks for a JSON document; an answer other than 200 is an error with the node's own words.
    public func json(_ target: String, method: HTTPMethod = .GET) async throws -> JSONValue {
        let answer = try await request(target, method: method)
        guard answer.status == 200 else {
            let hint = answer.status == 401 ? "give it with --token FILE, or name the node's file with --config\n" : ""
            throw AdminError(description: String(decoding: answer.body, as: UTF8.self) + hint)
        }
        return try JSONValue(parsing: answer.body)
    }
}

private final class AdminResponseCollector: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private let promise: EventLoopPromise<(status: Int, body: [UInt8])>
    private let tls: ServerTrust?
    private var status = 0
    private var body: [UInt8] = []

    init(promise: EventLoopPromise<(status: Int, body: [UInt8])>, tls: ServerTrust?) {
        self.promise = promise
        self.tls = tls
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let tls, case TLSUserEvent.handshakeCompleted = event {
            do { try tls.check(ServerTrust.certificate(of: context.channel)) } catch {
                errorCaught(context: context, error: error)
            }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): status = Int(head.status.code)
        case .body(let buffer): body.append(contentsOf: buffer.readableBytesView)
        case .end:
            promise.succeed((status, body))
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        promise.fail(AdminError(description: "the node closed the connection before it had answered"))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // TLS or CTI: whoever answers there speaks something else.
        let said =
            if let failure = tls?.failure(error, on: context.channel) {
                "what answers \(failure.advice(.admin))"
            } else if error is HTTPParserError {
                "what answers speaks no HTTP, or HTTP over TLS: name the node's http port with --http, give --tls if it has a certificate, or name its file with --config"
            } else {
                ""
            }
        promise.fail(said.isEmpty ? error : AdminError(description: said))
        context.close(promise: nil)
    }
}

extension TLSOptionNames {
    /// Those of the commands that ask a node.
    fileprivate static let admin = TLSOptionNames(
        authority: "--tls-ca FILE", name: "--tls-name NAME", tls: "--tls", port: "--http")
}
