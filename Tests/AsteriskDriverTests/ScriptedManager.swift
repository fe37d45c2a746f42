import NIOCore
import NIOPosix
import NIOSSL

/// A manager port on loopback that says what a test wants: for the cases no real PBX can be brought to.
final class ScriptedManager: Sendable {
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let port: Int
    private let server: any Channel
    private let box: NIOLoopBoundBox<State>

    final class State {
        var answer: (String) -> String
        var greeting: String
        var connections: [any Channel] = []
        var accepted = 0
        init(greeting: String, answer: @escaping (String) -> String) {
            self.greeting = greeting
            self.answer = answer
        }
    }

    /// `answer` gets each action's text (with `\n`) and returns what to send (with `\n`); `%ID` becomes its ActionID.
    init(
        greeting: String = "Asterisk Call Manager/11.0.0\n", tls: NIOSSLContext? = nil,
        answer: @escaping @Sendable (String) -> String
    ) async throws {
        let loop = group.next()
        let box = NIOLoopBoundBox.makeBoxSendingValue(State(greeting: greeting, answer: answer), eventLoop: loop)
        self.box = box
        server = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                    try channel.pipeline.syncOperations.addHandler(Session(state: box.value))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = server.localAddress?.port ?? 0
    }

    /// What an Asterisk with nothing on it answers.
    static func quiet(_ action: String) -> String {
        if action.contains("Action: Login\n") {
            return "Response: Success\nActionID: %ID\n\nEvent: FullyBooted\n\n"
        }
        let lists = [
            "CoreShowChannels", "QueueStatus", "Agents", "DeviceStateList", "ExtensionStateList", "BridgeList",
        ]
        if lists.contains(where: { action.contains("Action: \($0)\n") }) {
            return
                "Response: Success\nActionID: %ID\nEventList: start\n\nEvent: ListComplete\nActionID: %ID\nEventList: Complete\n\n"
        }
        if action.contains("Action: Ping\n") { return "Response: Success\nActionID: %ID\nPing: Pong\n\n" }
        return "Response: Error\nActionID: %ID\nMessage: Invalid/unknown command\n\n"
    }

    /// Sends text to all who are connected.
    func say(_ text: String) async throws {
        try await group.any().submit { [box] in
            for channel in box.value.connections {
                channel.writeAndFlush(
                    channel.allocator.buffer(string: text.replacing("\n", with: "\r\n")), promise: nil)
            }
        }.get()
    }

    /// How many connections there have been.
    func accepted() async throws -> Int { try await group.any().submit { [box] in box.value.accepted }.get() }

    /// Closes all connections.
    func drop() async throws {
        try await group.any().submit { [box] in
            for channel in box.value.connections { channel.close(promise: nil) }
        }.get()
    }

    func close() async throws { try await group.shutdownGracefully() }

    private final class Session: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let state: State
        private var text = ""

        init(state: State) { self.state = state }

        func channelActive(context: ChannelHandlerContext) {
            state.connections.append(context.channel)
            state.accepted += 1
            send(state.greeting, context)
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            text += String(buffer: unwrapInboundIn(data)).replacing("\r\n", with: "\n")
            while let end = text.firstRange(of: "\n\n") {
                let action = String(text[..<end.lowerBound]) + "\n"
                text = String(text[end.upperBound...])
                let id = action.firstMatch(of: #/ActionID: (.*)\n/#).map { String($0.output.1) } ?? ""
                send(state.answer(action).replacing("%ID", with: id), context)
            }
        }

        func channelInactive(context: ChannelHandlerContext) {
            state.connections.removeAll { $0 === context.channel }
        }

        private func send(_ text: String, _ context: ChannelHandlerContext) {
            guard !text.isEmpty else { return }
            let bytes = context.channel.allocator.buffer(string: text.replacing("\n", with: "\r\n"))
            context.writeAndFlush(NIOAny(bytes), promise: nil)
        }
    }
}
