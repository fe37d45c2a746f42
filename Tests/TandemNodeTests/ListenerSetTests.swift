import Foundation
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import TandemCore
import Testing

@testable import TandemNode

@Suite("The open listeners of a node", .timeLimit(.minutes(1))) struct ListenerSetTests {
    /// A door that notes what is done with it.
    private struct Door: NodeListener, Sendable {
        let name: String
        let place: ListenerPlace
        var problem: NodeError?
        let notes: NIOLockedValueBox<[String]>

        func check() throws(NodeError) { if let problem { throw problem } }
        func accept(_ channel: any Channel) throws {
            notes.withLockedValue { $0.append("\(name) accepts") }
            if name == "closed" { throw NodeError("nobody is let in") }
            try channel.pipeline.syncOperations.addHandler(Greeter(text: name))
        }
        func opened() { notes.withLockedValue { $0.append("\(name) is open") } }
        func closed() { notes.withLockedValue { $0.append("\(name) is closed") } }
    }

    private final class Greeter: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        private let text: String

        init(text: String) { self.text = text }

        func channelActive(context: ChannelHandlerContext) {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
            context.close(promise: nil)
        }
    }

    private final class Listener: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private var text = ""
        private let heard: EventLoopPromise<String>

        init(heard: EventLoopPromise<String>) { self.heard = heard }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            text += String(decoding: unwrapInboundIn(data).readableBytesView, as: UTF8.self)
        }
        func channelInactive(context: ChannelHandlerContext) { heard.succeed(text) }
    }

    private let loop = MultiThreadedEventLoopGroup.singleton.next()
    private let notes = NIOLockedValueBox<[String]>([])
    private let folder: String
    private let set: NIOLoopBound<ListenerSet>

    init() async throws {
        folder = try TestFederation.temporaryFolder()
        set = try await loop.submit { [loop] in NIOLoopBound(ListenerSet(loop: loop), eventLoop: loop) }.get()
    }

    private func port(_ name: String, _ number: Int = 0, problem: NodeError? = nil) -> Door {
        Door(
            name: name, place: .tcp(ListenAddress(host: "127.0.0.1", port: number)), problem: problem, notes: notes)
    }
    private func file(_ name: String) -> Door {
        Door(name: name, place: .socket(path: "\(folder)/\(name).sock"), notes: notes)
    }

    private func open(_ doors: [Door]) async throws -> [(name: String, place: ListenerPlace)] {
        try await loop.flatSubmit { [set] in set.value.open(doors) }.get()
    }

    /// Why the doors cannot be opened.
    private func problem(_ doors: [Door]) async -> String {
        do {
            return "opened: \(try await open(doors))"
        } catch { return "\(error)" }
    }

    private func close() async throws {
        try await loop.submit { [set] in set.value.close() }.get()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// What somebody who comes in hears until the connection is closed.
    private func hear(_ place: ListenerPlace) async throws -> String {
        let heard = loop.makePromise(of: String.self)
        let bootstrap = ClientBootstrap(group: loop).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(Listener(heard: heard))
            }
        }
        do {
            switch place {
            case .tcp(let address): _ = try await bootstrap.connect(host: address.host, port: address.port).get()
            case .socket(let path): _ = try await bootstrap.connect(unixDomainSocketPath: path).get()
            }
        } catch {
            heard.fail(error)
            throw error
        }
        return try await heard.futureResult.get()
    }

    private var noted: [String] { notes.withLockedValue { $0 } }

    @Test("all are opened, in the given order with their real ports, and each serves its own guests")
    func opened() async throws {
        let opened = try await open([file("control"), port("cti"), port("rcti")])
        #expect(opened.map(\.name) == ["control", "cti", "rcti"])
        #expect(opened[0].place == .socket(path: "\(folder)/control.sock"))
        #expect(Set(noted) == ["control is open", "cti is open", "rcti is open"])
        #expect(noted.last == "control is open", "the file system comes last")
        for (name, place) in opened {
            if case .tcp(let address) = place { #expect(address.port > 0) }
            #expect(try await hear(place) == name)
        }
        try await close()
        #expect(Set(noted.suffix(3)) == ["control is closed", "cti is closed", "rcti is closed"])
        try await eventually("nobody is let in any more") {
            for (_, place) in opened where (try? await hear(place)) != nil { return false }
            return true
        }
    }

    @Test("whoever a listener does not take is closed, and the next one is asked about all the same")
    func notTaken() async throws {
        let opened = try await open([port("closed")])
        for _ in 0..<2 { #expect(try await hear(opened[0].place).isEmpty) }
        #expect(noted == ["closed is open", "closed accepts", "closed accepts"])
        try await close()
    }

    @Test("one that is wrongly configured keeps all shut")
    func wrong() async throws {
        let said = await problem([port("cti"), port("rcti", problem: NodeError("no certificate")), file("control")])
        #expect(said == "no certificate" && noted.isEmpty)
        try await close()
        #expect(noted.isEmpty)
    }

    @Test("a port that is taken is told with its name, and leaves another node's control socket alone")
    func taken() async throws {
        let first = try await open([port("first"), file("control")])
        guard case .tcp(let address) = first[0].place else { return }
        let other = try await loop.submit { [loop] in NIOLoopBound(ListenerSet(loop: loop), eventLoop: loop) }.get()
        let doors = [port("cti"), port("rcti", address.port), file("control")]
        let said = await #expect(throws: NodeError.self) {
            _ = try await loop.flatSubmit { other.value.open(doors) }.get()
        }
        let text = said?.description ?? ""
        #expect(text.hasPrefix("listen.rcti: 127.0.0.1:\(address.port) cannot be opened: "), "\(text)")
        #expect(try await hear(first[1].place) == "control")
        // What could be opened is closed with the set.
        try await loop.submit { other.value.close() }.get()
        #expect(noted.filter { $0.hasSuffix("closed") } == ["cti is closed"])
        try await close()
    }

    @Test("a path at which no socket can be made is told with its name")
    func noPath() async throws {
        let door = Door(name: "control", place: .socket(path: "\(folder)/none/x.sock"), notes: notes)
        let said = await problem([door])
        #expect(said.hasPrefix("control: the socket \(folder)/none/x.sock cannot be made ("), "\(said)")
        try await close()
    }
}
