import CTIProtocol
import NIOCore
import NIOEmbedded
import TandemCore
import Testing

@testable import TandemNode

/// A socket that notes what happens to it.
private final class NotedSocket: LineSocket {
    var lines: [String] = []
    var notes: [String] = []
    var pauseAfter = Int.max
    var answer: [UInt8] = []

    override func opened() { notes.append("opened") }
    override func received(_ line: UnsafeBufferPointer<UInt8>) {
        lines.append(String(decoding: line, as: UTF8.self))
        if !answer.isEmpty { write(answer) }
    }
    override func pausesAfterLine() -> Bool { lines.count >= pauseAfter }
    override func lineTooLong(limit: Int) { notes.append("too long \(limit)") }
    override func overflowed(limit: Int) { notes.append("overflowed \(limit)") }
    override func ended() { notes.append("ended") }
}

@Suite("A line socket")
struct LineSocketTests {
    private let flushes = FlushList()

    private func open(lineLimit: Int = 100, outputLimit: Int = 1 << 20) throws -> (EmbeddedChannel, NotedSocket) {
        let socket = NotedSocket(lineLimit: lineLimit, outputLimit: outputLimit, flushes: flushes)
        let channel = EmbeddedChannel(handler: socket)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        return (channel, socket)
    }

    private func sent(_ channel: EmbeddedChannel) throws -> [String] {
        var pieces: [String] = []
        while let buffer = try channel.readOutbound(as: ByteBuffer.self) {
            pieces.append(String(decoding: buffer.readableBytesView, as: UTF8.self))
        }
        return pieces.filter { !$0.isEmpty }
    }

    @Test("what arrives in any pieces becomes the same lines", arguments: [1, 2, 3, 7, 64])
    func lines(_ size: Int) throws {
        let (channel, socket) = try open()
        let bytes = Array("one\r\n\ntwo\nthree\n".utf8)
        for start in stride(from: 0, to: bytes.count, by: size) {
            try channel.writeInbound(ByteBuffer(bytes: bytes[start..<min(start + size, bytes.count)]))
        }
        #expect(socket.lines == ["one", "two", "three"] && socket.notes == ["opened"])
    }

    @Test("what is written in one turn leaves as one write, and shared buffers keep their place in it")
    func gathering() throws {
        let (channel, socket) = try open()
        for text in ["a\n", "b\n"] { socket.write(Array(text.utf8)) }
        #expect(try sent(channel).isEmpty)
        flushes.flush()
        #expect(try sent(channel) == ["a\nb\n"])
        socket.write(Array("c\n".utf8))
        socket.write(shared: ByteBuffer(string: "pushed\n"))
        socket.write(Array("d\n".utf8))
        flushes.flush()
        #expect(try sent(channel) == ["c\n", "pushed\n", "d\n"])
        #expect(flushes.isEmpty)
    }

    @Test("a buffer that a socket still holds is not written into again")
    func heldBuffers() throws {
        let (channel, socket) = try open()
        socket.write(Array("first\n".utf8))
        flushes.flush()
        // The embedded channel holds what it got until it is read below.
        socket.write(Array("second\n".utf8))
        flushes.flush()
        #expect(try sent(channel) == ["first\n", "second\n"])
    }

    @Test("a line beyond the limit is told once, and nothing after it is read")
    func tooLong() throws {
        let (channel, socket) = try open(lineLimit: 5)
        try channel.writeInbound(ByteBuffer(string: "12345\n123456\nafter\n"))
        try channel.writeInbound(ByteBuffer(string: "more\n"))
        #expect(socket.lines == ["12345"] && socket.notes == ["opened", "too long 5"])
    }

    @Test("a limit can grow between two lines")
    func growingLimit() throws {
        let (channel, socket) = try open(lineLimit: 5)
        try channel.writeInbound(ByteBuffer(string: "12345\n"))
        socket.setLineLimit(10)
        try channel.writeInbound(ByteBuffer(string: "1234567890\n"))
        #expect(socket.lines == ["12345", "1234567890"])
    }

    @Test("a paused socket holds what was read, and hands it over in order when it goes on")
    func pausing() throws {
        let (channel, socket) = try open()
        socket.pauseAfter = 1
        try channel.writeInbound(ByteBuffer(string: "1\n2\n3"))
        try channel.writeInbound(ByteBuffer(string: "\n4\n"))
        #expect(socket.lines == ["1"])
        socket.pauseAfter = .max
        socket.resumeSoon()
        #expect(socket.lines == ["1"], "not in the middle of a turn")
        channel.embeddedEventLoop.run()
        #expect(socket.lines == ["1", "2", "3", "4"])
    }

    @Test("who takes nothing is cut once more waits than may wait")
    func overflow() throws {
        let (channel, socket) = try open(outputLimit: 4_096)
        // Nothing is flushed: all of it waits.
        for _ in 0..<40 { socket.write([UInt8](repeating: 0x61, count: 1_000)) }
        #expect(socket.notes.contains("overflowed 4096") && socket.isClosing)
        #expect(!channel.isActive && socket.notes.last == "ended")
        socket.write([0x61])
        flushes.flush()
        #expect(try sent(channel).allSatisfy { $0.count < 40_000 })
    }

    @Test("a socket that closes flushes first and reads nothing more")
    func closing() throws {
        let (channel, socket) = try open()
        socket.write(Array("last words\n".utf8))
        socket.closeAfterFlush()
        #expect(try sent(channel) == ["last words\n"])
        _ = try? channel.writeInbound(ByteBuffer(string: "late\n"))
        #expect(socket.lines.isEmpty && !channel.isActive)
    }
}
