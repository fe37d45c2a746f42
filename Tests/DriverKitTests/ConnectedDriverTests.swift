import DriverTestKit
import Logging
import NIOCore
import NIOPosix
import PBX
import SiteModel
import TandemCore
import Testing

@testable import DriverKit

/// A PBX of a few lines: it greets with `hello`, is told `list`, answers `phone <endpoint>` lines and `end`; `hangup X`
/// is answered `ok` or `no`. What it says to `silent` is nothing.
struct LineSession: DriverSession {
    var capabilities: Set<PBXCapability> = [.hangup]
    var isReady = false
    var nextDeadline: Instant?
    var metrics = DriverMetrics()
    private var line: [UInt8] = []
    private var asked: [ActionToken] = []

    mutating func connected(at now: Instant, into output: inout DriverOutput) { nextDeadline = now + .seconds(5) }
    mutating func disconnected() {
        isReady = false
        nextDeadline = nil
        line = []
        asked = []
    }
    mutating func received(_ bytes: UnsafeRawBufferPointer, at now: Instant, into output: inout DriverOutput) {
        for byte in bytes {
            guard byte == 10 else {
                line.append(byte)
                continue
            }
            take(String(decoding: line, as: UTF8.self), &output)
            line = []
        }
    }
    private mutating func take(_ text: String, _ output: inout DriverOutput) {
        metrics.messages += 1
        switch text {
        case "hello":
            isReady = true
            nextDeadline = nil
            output.beginSnapshot()
            output.bytes += Array("list\n".utf8)
        case "end": output.endSnapshot()
        case "ok", "no":
            guard !asked.isEmpty else { return }
            output.tell(
                asked.removeFirst(), text == "ok" ? .accepted(final: true) : .failed(reason: "no", connection: false))
        case "bye": output.end("the toy says goodbye")
        default:
            output.tell(.endpointSeen(endpoint: text, number: nil, context: nil, displayName: nil))
        }
    }
    mutating func tellAgain(at now: Instant, into output: inout DriverOutput) {
        output.beginSnapshot()
        output.bytes += Array("list\n".utf8)
    }
    mutating func perform(_ action: PBXAction, token: ActionToken, at now: Instant, into output: inout DriverOutput) {
        guard case .hangup(let channel) = action else { return }
        asked.append(token)
        output.bytes += Array("hangup \(channel)\n".utf8)
        output.wrote(token)
    }
    mutating func advance(to now: Instant, into output: inout DriverOutput) { output.end("the toy said no hello") }
    mutating func sayGoodbye(at now: Instant, into output: inout DriverOutput) { output.bytes += Array("bye\n".utf8) }
}

/// The toy's other side.
final class LinePBX: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer
    private let list: String
    init(list: String) { self.list = list }

    func channelActive(context: ChannelHandlerContext) { say("hello\n", context) }
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        for line in String(buffer: unwrapInboundIn(data)).split(separator: "\n") {
            switch line {
            case "list": say(list, context)
            case "hangup a": say("ok\n", context)
            case "hangup b": say("no\n", context)
            case "bye": context.close(promise: nil)
            default: break
            }
        }
    }
    private func say(_ text: String, _ context: ChannelHandlerContext) {
        context.writeAndFlush(NIOAny(context.channel.allocator.buffer(string: text)), promise: nil)
    }
}

struct LineStage: PBXStage {
    let port: Int
    var tls: DriverConnection.TLS?
    var connectTimeout = Duration.seconds(5)
    let names = StageNames(
        first: .init(number: "1", endpoint: "TOY/1"), second: .init(number: "2", endpoint: "TOY/2"),
        absent: .init(number: "9", endpoint: "TOY/9"), context: "c", queue: "q", noChannel: "b")
    func makeDriver(in context: DriverContext) throws -> any PBXDriver {
        ConnectedDriver(
            session: LineSession(),
            connection: DriverConnection(
                kind: "toy", host: "127.0.0.1", port: port, tls: tls, connectTimeout: connectTimeout,
                shortestRetryDelay: .milliseconds(5),
                longestRetryDelay: .milliseconds(20)),
            on: context.loop, logger: context.logger, random: context.random)
    }
    func dial(_ caller: String, _ callee: String, on stand: DriverStand) async throws {}
    func awaitRinging(_ number: String, on stand: DriverStand) async throws {}
    func answer(_ number: String, on stand: DriverStand) async throws {}
    func hangUp(_ number: String, on stand: DriverStand) async throws {}
    func cut(on stand: DriverStand) async throws {}
    func restore(on stand: DriverStand) async throws {}
}

@Suite("A driver of few lines on the kit") struct ConnectedDriverTests {
    private func withPBX(
        list: String = "TOY/1\nend\n", _ body: (LineStage) async throws -> Void
    ) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let server = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(LinePBX(list: list))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        do {
            try await body(LineStage(port: server.localAddress?.port ?? 0))
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
        try await group.shutdownGracefully()
    }

    private func hangup(_ channel: StaticString) -> PBXAction { .hangup(channel: ChannelName(literal: channel)) }

    @Test("a snapshot, a yes, a no, and what it cannot do") func actions() async throws {
        try await withPBX { stage in
            let stand = try await DriverStand(stage)
            try await stand.connect()
            #expect(
                stand.log.facts() == [
                    .resyncBegan,
                    .endpointSeen(endpoint: "TOY/1", number: nil, context: nil, displayName: nil), .resyncEnded,
                ])
            #expect(try await stand.perform(hangup("a")) == [.written, .accepted(final: true)])
            #expect(try await stand.perform(hangup("b")) == [.written, .failed(reason: "no", connection: false)])
            #expect(
                try await stand.perform(.answer(channel: ChannelName(literal: "a")))
                    == [.failed(reason: "this toy cannot do 'answer'", connection: false)])
            let metrics = try await stand.metrics()
            #expect(metrics.actions == 3 && metrics.actionsDone == 1 && metrics.actionsRefused == 2)
            #expect(metrics.bytes > 10 && metrics.messages == 5 && metrics.connections == 1)
            try await stand.close()
        }
    }

    private static func lossesInARow(_ stand: DriverStand) async throws -> Int {
        try await stand.call { ($0 as? ConnectedDriver<LineSession>)?.lossesInARow ?? -1 }
    }

    @Test("after a cut the pauses begin anew once a whole snapshot came") func pausesBeginAnew() async throws {
        try await withPBX { toy in
            let line = try await CutLine(to: toy.port)
            let stand = try await DriverStand(LineStage(port: line.port))
            try await stand.connect()
            try await line.cut()
            while try await Self.lossesInARow(stand) < 3 { await Task.yield() }
            let mark = stand.log.count
            try await line.mend()
            try await stand.log.fact("second snapshot", from: mark) { $0 == .resyncEnded }
            // Deliveries follow the session within the same turn of the loop.
            #expect(try await Self.lossesInARow(stand) == 0)
            try await stand.close()
            try await line.close()
        }
    }

    @Test("an action asked before the start, or of a PBX that is not there, ends too") func nobodyThere() async throws {
        let stand = try await DriverStand(LineStage(port: 1))
        let early = try await stand.ask(hangup("a"))
        try await stand.start()
        let events = try await stand.end(of: early)
        guard case .failed(_, connection: true)? = events.last, events.count == 1 else {
            Issue.record("\(events)")
            return
        }
        try await stand.log.fact("loss") { if case .connectionLost = $0 { true } else { false } }
        while try await stand.metrics().failedAttempts < 3 { await Task.yield() }
        #expect(stand.log.facts().count == 1, "one fact for all attempts that fail alike")
        try await stand.close()
    }

    @Test("a PBX that breaks off in its snapshot is asked with growing pauses: only a whole snapshot counts as success")
    func brokenSnapshot() async throws {
        try await withPBX(list: "TOY/1\nbye\n") { stage in
            let stand = try await DriverStand(stage)
            try await stand.start()
            var losses = 0
            var mark = 0
            while losses < 3 {
                try await stand.log.fact("loss", from: mark) { $0 == .connectionLost(reason: "the toy says goodbye") }
                mark = stand.log.count
                losses += 1
            }
            let facts = stand.log.facts()
            #expect(!facts.contains(.resyncEnded))
            #expect(facts.count { $0 == .resyncBegan } >= 3)
            #expect(try await Self.lossesInARow(stand) >= 3)
            try FactOrder.check(facts)
            try await stand.close()
        }
    }

    @Test("a whole snapshot counts even when the PBX says goodbye in the same breath") func snapshotThenGoodbye()
        async throws
    {
        try await withPBX(list: "TOY/1\nend\nbye\n") { stage in
            let stand = try await DriverStand(stage)
            try await stand.start()
            var mark = 0
            for _ in 0..<4 {
                try await stand.log.fact("loss", from: mark) { $0 == .connectionLost(reason: "the toy says goodbye") }
                mark = stand.log.count
                // The goodbye is a loss; the snapshot before it took back the earlier ones.
                #expect(try await Self.lossesInARow(stand) <= 1)
            }
            try FactOrder.check(stand.log.facts())
            try await stand.close()
        }
    }

    @Test("a PBX that takes the connection and never speaks TLS is given up in time") func silentHandshake()
        async throws
    {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let silent = try await ServerBootstrap(group: group).bind(host: "127.0.0.1", port: 0).get()
        let stand = try await DriverStand(
            LineStage(
                port: silent.localAddress?.port ?? 0, tls: .init(serverName: "toy.example"),
                connectTimeout: .milliseconds(100)))
        try await stand.start()
        try await stand.log.fact("loss") {
            if case .connectionLost(let reason) = $0 { reason.contains("TLS handshake") } else { false }
        }
        while try await stand.metrics().failedAttempts < 2 { await Task.yield() }
        #expect(stand.log.facts().count == 1)
        #expect(try await stand.metrics().connections == 0)
        try await stand.close()
        try await group.shutdownGracefully()
    }
}

@Suite("The rules of order find what breaks them") struct FactOrderTests {
    private func created(_ channel: String) -> PBXFact {
        .channelCreated(
            channel: channel, endpoint: nil, uniqueID: channel, state: .down, callerNumber: "", callerName: "",
            extension: "", context: "", linkedID: "")
    }

    private func violations(_ facts: PBXFact...) -> Int {
        var order = FactOrder()
        for fact in facts { order.see(fact) }
        return order.violations.count
    }

    @Test("each rule can fail") func rules() {
        let ended = PBXFact.channelEnded(channel: "a", cause: .normalClearing)
        #expect(violations(created("a"), .channelState(channel: "a", state: .up), ended) == 0)
        #expect(violations(.channelState(channel: "a", state: .up)) == 1)
        #expect(violations(created("a"), created("a")) == 1)
        #expect(violations(created("a"), ended, .held(channel: "a", on: true)) == 1)
        #expect(violations(created("a"), .bridgeEntered(channel: "a", bridge: "x"), ended) == 1)
        #expect(violations(created("a"), .bridgeLeft(channel: "a", bridge: "x")) == 1)
        let leavings: [PBXFact] = [
            .queueEntryLeft(queue: "q", channel: "a"), .roomLeft(room: "r", channel: "a"),
            .unparked(lot: "default", space: "701", channel: "a"),
            .parked(
                lot: "default", space: "701", channel: "a", parker: "b", callerNumber: "", callerName: "",
                timeoutSeconds: 45), .channelsPaired(channel: "a", other: "b"),
        ]
        for fact in leavings {
            #expect(violations(created("a"), fact, ended) == 0)
            #expect(violations(created("a"), ended, fact) == 1, "\(fact)")
        }
        #expect(violations(.resyncEnded) == 1)
        #expect(violations(.resyncBegan, .resyncBegan) == 1)
        #expect(violations(.resyncBegan, .connectionLost(reason: "x"), .resyncBegan, .resyncEnded) == 0)
    }
}
