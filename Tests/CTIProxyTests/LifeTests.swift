import Foundation
import RegexBuilder
import Testing

@Suite("The proxies as programs: the life of a run", .serialized)
struct LifeTests {
    private func folder() throws -> String {
        let path = NSTemporaryDirectory() + "proxy-" + String(UInt64.random(in: 0...UInt64.max), radix: 36)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    private func text(_ path: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
    }

    @Test("Verbose: who is waited for, who comes, where it goes; without it nothing")
    func verbose() throws {
        let server = try ScriptedServer.echo()
        let child = try ChildTool("ctispy", to: server.port)
        try TestSocket.connect(child.port).end()
        let end = try child.finish()
        #expect(end.status == 0)
        #expect(end.output == "")
        let pattern = Regex {
            "Waiting for client connection\nClient connection from ('127.0.0.1', "
            OneOrMore(.digit)
            ")\nServer connection to ('127.0.0.1', \(server.port))\n"
        }
        #expect(end.errors.wholeMatch(of: pattern) != nil, "\(end.errors)")
    }

    @Test("Help goes to standard output with 0, usage errors to standard error with 2")
    func usage() throws {
        for tool in ["ctispy", "ctisave", "ctistat"] {
            let help = try ChildTool(tool, arguments: ["--help"]).finish()
            #expect(help.status == 0 && help.errors == "" && help.output.hasPrefix("usage: \(tool) "))
            let wrong = try ChildTool(tool, arguments: ["--nonsense", "h"]).finish()
            #expect(wrong.status == 2 && wrong.output == "")
            #expect(wrong.errors.hasSuffix("\(tool): error: no such option: --nonsense\n"))
        }
    }

    @Test("A busy port: exit 1, nothing on standard output, and files that exist are left alone")
    func busyPort() throws {
        let (busy, port) = try TestSocket.listen()
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Data("old".utf8).write(to: URL(fileURLWithPath: folder + "/c"))
        let end = try ChildTool(
            "ctisave",
            arguments: ["--listen-addr", "127.0.0.1", "--listen-port", "\(port)", "h", folder + "/c", folder + "/s"]
        ).finish()
        #expect(end.status == 1)
        #expect(end.output == "")
        #expect(end.errors.contains("cannot listen on 127.0.0.1:\(port): Address already in use"))
        #expect(try text(folder + "/c") == "old")
        #expect(!FileManager.default.fileExists(atPath: folder + "/s"))
        withExtendedLifetime(busy) {}
    }

    @Test("A server that cannot be had: the reason, a client without a byte, exit 1, with --loop as well")
    func refused() throws {
        let (probe, closed) = try TestSocket.listen()
        probe.end()
        for (host, reason) in [("127.0.0.1", "Connection refused"), ("no-such-host.invalid", "")] {
            let child = try ChildTool("ctistat", ["--loop"], to: closed, host: host)
            let client = try TestSocket.connect(child.port)
            #expect(try client.receiveAll() == [])
            let end = try child.finish()
            #expect(end.status == 1)
            #expect(end.errors.contains("\nError while establishing server connection: \(reason)"))
            #expect(end.output == "=== Messages sent by client\n=== Messages sent by server\n")
        }
    }

    @Test("With --loop one client after another, each with a fresh state; a second one waits; an interrupt ends it")
    func loop() throws {
        let server = try ScriptedServer.echo()
        let child = try ChildTool("ctistat", ["--loop"], to: server.port)
        let first = try TestSocket.connect(child.port)
        try first.send("{\"class\":\"a\"}\n{\"class\":")
        _ = try first.receive(exactly: 23)
        let second = try TestSocket.connect(child.port)
        try second.send("{\"class\":\"b\"}\n")
        first.end()
        #expect(try second.receive(text: 14) == "{\"class\":\"b\"}\n")
        second.end()
        let report = { (name: String) in
            "=== Messages sent by client\n\(name) 1\n=== Messages sent by server\n\(name) 1\n"
        }
        try child.waitForOutput(report("b"))
        child.interrupt()
        let end = try child.finish()
        #expect(end.status == 0)
        #expect(
            end.output == report("a") + report("b") + "=== Messages sent by client\n=== Messages sent by server\n")
    }

    @Test("Without --loop a second client is dropped when the first one ends")
    func noLoop() throws {
        let server = try ScriptedServer.echo()
        let child = try ChildTool("ctispy", to: server.port)
        let first = try TestSocket.connect(child.port)
        try first.send("1\n")
        _ = try first.receive(exactly: 2)
        let second = try TestSocket.connect(child.port)
        try second.send("2\n")
        first.end()
        #expect(try child.finish().status == 0)
        #expect((try? second.receive()) ?? [] == [])
    }

    @Test("An interrupt during a session ends it with 0, and what was gathered is there")
    func interrupt() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let server = try ScriptedServer.echo()
        let stat = try ChildTool("ctistat", to: server.port)
        let save = try ChildTool("ctisave", to: server.port, files: [folder + "/c", folder + "/s"])
        for child in [stat, save] {
            let client = try TestSocket.connect(child.port)
            try client.send("{\"class\":\"a\"}\n")
            _ = try client.receive(exactly: 14)
            child.interrupt()
            let end = try child.finish()
            #expect(end.status == 0)
            if child === stat {
                #expect(end.output == "=== Messages sent by client\na 1\n=== Messages sent by server\na 1\n")
            }
            #expect((try? client.receive()) ?? [] == [])
        }
        #expect(try text(folder + "/c") == "{\n    \"class\": \"a\"\n}\n")
        #expect(try text(folder + "/s") == "{\n    \"class\": \"a\"\n}\n")
        let idle = try ChildTool("ctispy", to: server.port)
        idle.interrupt()
        #expect(try idle.finish().status == 0)
    }

    @Test("SIGTERM ends the tool at once; what was shown stays")
    func terminate() throws {
        let server = try ScriptedServer.echo()
        let child = try ChildTool("ctispy", ["--no-server"], to: server.port)
        let client = try TestSocket.connect(child.port)
        try client.send("{}\n")
        try child.waitForOutput("Client > Server\n{}\n")
        child.terminate()
        #expect(try child.finish().status == 128 + SIGTERM)
    }

    @Test("ctisave empties its files before a client comes, keeps all sessions of a loop, and takes one file for both")
    func saving() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (c, s) = (folder + "/c", folder + "/s")
        for path in [c, s] { try Data("old".utf8).write(to: URL(fileURLWithPath: path)) }
        let server = try ScriptedServer.echo()
        let child = try ChildTool("ctisave", ["--loop"], to: server.port, files: [c, s])
        #expect(try text(c) == "" && text(s) == "")
        for number in 1...2 {
            let client = try TestSocket.connect(child.port)
            try client.send("\(number)\n")
            _ = try client.receive(exactly: 2)
            client.end()
        }
        // The second session has ended when a third client is waited for.
        try child.waitForWaiting(3)
        child.interrupt()
        #expect(try child.finish().status == 0)
        #expect(try text(c) == "1\n2\n" && text(s) == "1\n2\n")

        let both = try ChildTool("ctisave", to: server.port, files: [c, c])
        let client = try TestSocket.connect(both.port)
        for number in 1...3 {
            try client.send("{\"n\":\(number)}\n")
            _ = try client.receive(exactly: 8)
        }
        client.end()
        #expect(try both.finish().status == 0)
        #expect(
            try text(c) == (1...3).map { String(repeating: "{\n    \"n\": \($0)\n}\n", count: 2) }.joined())

        let nowhere = try ChildTool(
            "ctisave", arguments: ["--listen-port", "\(both.port)", "127.0.0.1", folder + "/no/c", s]
        ).finish()
        #expect(nowhere.status == 1)
        #expect(nowhere.errors.contains("/no/c: cannot be opened for writing: No such file or directory"))
    }

    @Test("With --concurrent several clients are served at once, told apart in the output")
    func concurrent() throws {
        let server = try ScriptedServer.echo()
        let child = try ChildTool("ctispy", ["--concurrent"], to: server.port)
        let clients = try (0..<3).map { _ in try TestSocket.connect(child.port) }
        for (number, client) in clients.enumerated().reversed() {
            try client.send("\(number)\n")
            #expect(try client.receive(text: 2) == "\(number)\n")
        }
        for client in clients { client.end() }
        child.interrupt()
        let end = try child.finish()
        #expect(end.status == 0)
        for number in 1...3 {
            #expect(end.output.contains(" Client > Server (\(number))\n"))
            #expect(end.output.contains(" Server > Client (\(number))\n"))
        }
    }
}
