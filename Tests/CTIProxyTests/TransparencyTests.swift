import Foundation
import Testing

/// The built programs between real sockets.
@Suite("The proxies as programs: what passes through", .serialized)
struct TransparencyTests {
    private static let tools: [(String, [String], [String])] = [
        ("ctispy", [], []), ("ctispy", ["--raw"], []), ("ctispy", ["--pretty-print", "-s", "a"], []),
        ("ctispy", ["-i", "class=x"], []), ("ctispy", ["--json"], []), ("ctisave", [], ["/dev/null", "/dev/null"]),
        ("ctistat", [], []), ("ctistat", ["-n", "--latency"], []),
    ]

    @Test("Whatever passes, passes byte for byte, in both directions", arguments: tools)
    func bytes(_ tool: String, _ options: [String], _ files: [String]) throws {
        let server = try ScriptedServer.echo()
        let child = try ChildTool(tool, options, to: server.port, files: files)
        var sent = Array("{\"class\":\"x\",\"a\":1}\n[1]\n\"x\"\n{'a'}\n\r\n{\"a\":NaN}\n".utf8)
        sent += Array(String(repeating: "[", count: 50_000).utf8) + [10]
        var state: UInt64 = 7
        for _ in 0..<200_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            sent.append(UInt8(truncatingIfNeeded: state >> 33))
        }
        let bytes = sent
        let client = try TestSocket.connect(child.port)
        Thread.detachNewThread {
            try? client.send(bytes)
            client.endSending()
        }
        #expect(try client.receiveAll() == bytes)
        #expect(try child.finish().status == 0)
    }

    @Test("Messages appear one by one, on a pipe too, while the session goes on")
    func atOnce() throws {
        let server = try ScriptedServer.echo()
        let child = try ChildTool("ctispy", to: server.port)
        let client = try TestSocket.connect(child.port)
        for number in 0..<3 {
            try client.send("{\"class\":\"n\(number)\"}\n")
            _ = try client.receive(exactly: 15)
            try child.waitForOutput(" Client > Server\n{\"class\": \"n\(number)\"}\n")
            try child.waitForOutput(" Server > Client\n{\"class\": \"n\(number)\"}\n")
        }
        client.end()
        let end = try child.finish()
        #expect(end.status == 0)
        let pattern = #/ {4}\d\d:\d\d:\d\d\.\d{6} (Client > Server|Server > Client)/#
        let headers = end.output.split(separator: "\n").filter { $0.wholeMatch(of: pattern) != nil }
        #expect(headers.count == 6)
    }

    @Test("All that a side sent before it ended is delivered, then both connections end and the tool exits with 0")
    func deliveredBeforeEnd() throws {
        let answer = [UInt8](repeating: UInt8(ascii: "y"), count: 3 << 20)
        let server = try ScriptedServer { socket in
            _ = try socket.receive()
            try socket.send(answer)
        }
        let child = try ChildTool("ctispy", ["--raw", "--no-server"], to: server.port)
        let client = try TestSocket.connect(child.port)
        try client.send("go\n")
        #expect(try client.receiveAll() == answer)
        // The client has not closed: the server's end is enough.
        let end = try child.finish()
        #expect(end.status == 0)
        withExtendedLifetime(client) {}
    }

    @Test("A client that ends only its sending direction still gets the answers")
    func halfClose() throws {
        let server = try ScriptedServer { socket in
            let all = try socket.receiveAll()
            try socket.send("you said \(String(decoding: all, as: UTF8.self))")
        }
        let child = try ChildTool("ctispy", to: server.port)
        let client = try TestSocket.connect(child.port)
        try client.send("{}\n")
        client.endSending()
        #expect(String(decoding: try client.receiveAll(), as: UTF8.self) == "you said {}\n")
        #expect(try child.finish().status == 0)
    }

    @Test("A reset of either side ends the session, not the tool's good manners", arguments: [true, false])
    func reset(_ byClient: Bool) throws {
        let server = try ScriptedServer { socket in
            _ = try socket.receive()
            if !byClient { socket.resetOnClose() } else { _ = try socket.receive() }
        }
        let child = try ChildTool("ctistat", to: server.port)
        do {
            let client = try TestSocket.connect(child.port)
            try client.send("{\"class\":\"a\"}\n")
            if byClient {
                client.resetOnClose()
            } else {
                #expect((try? client.receive()) ?? [] == [])
            }
        }
        let end = try child.finish()
        #expect(end.status == 0)
        #expect(end.output.hasPrefix("=== Messages sent by client\n"))
    }

    @Test("A client that does not read stalls neither its own messages nor the proxy's memory")
    func flowControl() throws {
        let total = 96 << 20
        let received = Counter()
        let server = try ScriptedServer { socket in
            let feeder = socket
            Thread.detachNewThread {
                let block = Array((String(repeating: "z", count: 1_023) + "\n").utf8)
                for _ in 0..<(total / block.count) { guard (try? feeder.send(block)) != nil else { return } }
                feeder.endSending()
            }
            while true {
                let bytes = try socket.receive()
                if bytes.isEmpty { return }
                received.add(bytes.count)
            }
        }
        let child = try ChildTool("ctisave", to: server.port, files: ["/dev/null", "/dev/null"])
        let client = try TestSocket.connect(child.port)
        client.makeSmall()
        try client.send("start\n")
        // The other direction is full by now or soon; ours must go on all the time.
        for _ in 0..<200 { try client.send(String(repeating: "c", count: 9_999) + "\n") }
        try received.wait(for: 200 * 10_000 + 6)
        #expect(child.residentBytes < 64 << 20)
        var count = 0
        while true {
            let bytes = try client.receive()
            if bytes.isEmpty { break }
            count += bytes.count
        }
        #expect(count == total)
        #expect(child.residentBytes < 64 << 20)
        client.end()
        #expect(try child.finish().status == 0)
    }

    @Test("When the output cannot be written, the dialogue goes on")
    func fullDisk() throws {
        let server = try ScriptedServer.echo()
        let child = try ChildTool("ctisave", to: server.port, files: ["/dev/full", "/dev/full"])
        let client = try TestSocket.connect(child.port)
        for number in 0..<20 {
            try client.send("{\"n\":\(number % 10)}\n")
            #expect(try client.receive(text: 8) == "{\"n\":\(number % 10)}\n")
        }
        client.end()
        let end = try child.finish()
        #expect(end.status == 1)
        #expect(end.errors.contains("/dev/full: cannot be written: No space left on device; the dialogue goes on"))
    }
}

/// A number that threads add to and wait for.
final class Counter: @unchecked Sendable {
    // Safe to share: `count` is only touched under the condition's lock.
    private let condition = NSCondition()
    private var count = 0

    func add(_ more: Int) {
        condition.lock()
        count += more
        condition.broadcast()
        condition.unlock()
    }

    func wait(for wanted: Int) throws {
        let deadline = Date(timeIntervalSinceNow: 20)
        condition.lock()
        defer { condition.unlock() }
        while count < wanted {
            guard condition.wait(until: deadline) else {
                throw SocketError(description: "only \(count) of \(wanted) within 20 s")
            }
        }
    }
}
