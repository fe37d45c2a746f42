import Foundation
import TandemCore
import Testing

@testable import Configuration

/// However a file is written, each value counts or is complained about, and soon.
@Suite("How a file is written")
struct FileStyleTests {
    private func read(_ text: String) -> (node: NodeConfiguration?, said: [String]) {
        var warnings: [Diagnostic] = []
        do {
            let node = try NodeConfiguration.parse(text, file: "n.yaml", drivers: drivers, warnings: &warnings)
            return (node, warnings.map(\.description))
        } catch { return (nil, error.diagnostics.map(\.description)) }
    }

    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = NSTemporaryDirectory() + "f-" + String(UInt64.random(in: 0...UInt64.max), radix: 36)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    private func load(_ path: String) -> [String] {
        var warnings: [Diagnostic] = []
        do {
            _ = try NodeConfiguration.load(path, drivers: drivers, warnings: &warnings)
            return warnings.map(\.description)
        } catch { return error.diagnostics.map(\.description) }
    }

    @Test("A mark of the byte order at the beginning is no part of the first key")
    func byteOrderMark() {
        let found = read("\u{FEFF}site: paris\nprefix: \"81\"\n")
        #expect(found.node?.name.name == "paris" && found.node?.site.prefix == "81" && found.said == [])
        #expect(
            read("\u{FEFF}site: paris\nprefxi: 1\n").said.first?.hasPrefix("n.yaml:2:1: error: unknown key") == true)
        #expect(read("\u{FEFF}sit: paris\n").said.first?.hasPrefix("n.yaml:1:1: error: unknown key \"sit\"") == true)
    }

    @Test(
        "A text that YAML takes for something else gets the hint to quote it",
        arguments: [
            ("*98", "9: error: *98 is an alias of YAML that names nothing; accepted: \"*98\", in quotes"),
            ("*98#", "12: error: *98# is an alias of YAML that names nothing; accepted: \"*98#\", in quotes"),
            ("@98", "9: error: @98 is no text without quotes; accepted: \"@98\", in quotes"),
            (
                "#31",
                "8: error: prefix: #31 is a comment here, and nothing stands before it; accepted: a text that begins with # in quotes: \"#31\""
            ),
            (
                "&5",
                "9: error: prefix: &5 names this value for aliases, and no alias uses it; accepted: a text that begins with & in quotes"
            ),
            (
                "&5 81",
                "9: error: prefix: &5 names this value for aliases, and no alias uses it; accepted: a text that begins with & in quotes"
            ),
            (
                "!foo 81",
                "9: error: prefix: the tag !foo is not read; accepted: no tag, and a text that begins with ! in quotes"
            ),
            (
                "81 #2",
                "9: warning: prefix: #2 is a comment here and no part of \"81\"; if it should be, quote the whole"
            ),
        ])
    func unquoted(_ value: String, _ complaint: String) {
        #expect(read("site: paris\nprefix: \(value)\n").said == ["n.yaml:2:" + complaint])
        #expect(read("site: paris\r\nprefix: \(value)\r\n").said == ["n.yaml:2:" + complaint])
    }

    @Test("In flow style the hint is the same, and a comment with a blank behind its sign is one")
    func flow() {
        let text = "site: paris\nphones: { \"1\": { number: *98, endpoint: \"PJSIP/1\" } }\n"
        #expect(
            read(text).said == [
                "n.yaml:2:26: error: *98 is an alias of YAML that names nothing; accepted: \"*98\", in quotes"
            ])
        #expect(read("site: paris # here\nprefix: # none\nstore: none #\n").said == [])
    }

    @Test("A key that stands twice is found whatever its style: quoted or not, flow or block, with any line ends")
    func twice() {
        let phone = "{ number: \"101\", endpoint: \"PJSIP/1\" }"
        #expect(
            read("site: paris\nphones:\n  \"1\": \(phone)\n  1: \(phone)\n").said.first
                == "n.yaml:4:3: error: phones: the key \"1\" stands here and at line 3; accepted: each key once, with or without quotes"
        )
        for text in [
            "site: paris\nphones: { \"1\": \(phone), 1: \(phone) }\n",
            "site: paris\nphones: { \"1\": \(phone), '1': \(phone) }\n",
            "site: paris\nphones: { \"1\": \(phone) }\nphones:\n  \"2\": \(phone)\n",
            "site: paris\nlog: { level: info, level: debug }\n", "site: paris\r\nprefix: \"81\"\r\nprefix: \"82\"\r\n",
        ] {
            let said = read(text).said
            #expect(said.contains { $0.contains(" stands ") && $0.contains("accepted: each key once") }, "\(said)")
        }
    }

    @Test("Aliases are honoured; merge keys, keys that are no texts and second documents are refused")
    func features() {
        let found = read("site: paris\nprefix: &p \"81\"\ncontext: *p\n")
        #expect(found.said == [])
        #expect(found.node?.site.prefix == "81" && found.node?.site.context == "81")
        #expect(
            read("site: paris\n<<: { prefix: \"81\" }\n").said == [
                "n.yaml:2:1: error: merge keys (<<) are not read; accepted: each key written out"
            ])
        #expect(
            read("site: paris\n? [a]\n: b\n").said == [
                "n.yaml:2:3: error: found a list or mapping as key; accepted: a text"
            ])
        #expect(
            read("site: paris\n---\nsite: lyon\n").said == [
                "n.yaml:2:1: error: a second document begins here (--- or ...); accepted: one document"
            ])
    }

    @Test("Aliases of aliases do not make a small file a large one")
    func expansion() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1..<8 {
            let alias = "*a\(level - 1)"
            text += "a\(level): &a\(level) [" + [String](repeating: alias, count: 10).joined(separator: ", ") + "]\n"
        }
        #expect(
            read(text).said == [
                "n.yaml:1:1: error: the file holds more than \(Limits.configurationValues) values (an alias counts each time)"
            ])
    }

    @Test("Of very many errors some are told and the rest counted; a file beyond the bound is not read")
    func large() throws {
        let text = "site: paris\n" + (1...5_000).map { "unknown_\($0): x\n" }.joined()
        let said = read(text).said
        #expect(said.count == Limits.configurationProblems + 1)
        #expect(said.last == "n.yaml: error: and \(5_000 - Limits.configurationProblems) more errors")
        try withFolder { folder in
            let path = folder + "/big.yaml"
            #expect(FileManager.default.createFile(atPath: path, contents: Data("site: paris\n".utf8)))
            let handle = try #require(FileHandle(forWritingAtPath: path))
            try handle.truncate(atOffset: UInt64(50 << 20))
            try handle.close()
            #expect(load(path) == ["\(path): error: is longer than 16 MiB: not a configuration"])
            try Data([0xFF, 0xFE, 0x73, 0]).write(to: URL(fileURLWithPath: path))
            #expect(load(path) == ["\(path): error: is UTF-16; accepted: UTF-8"])
            #expect(load(folder) == ["\(folder): error: cannot be read: Is a directory"])
        }
    }

    @Test("A control socket's path that is too long is told with its line, one that just fits is taken")
    func controlPath() throws {
        try withFolder { folder in
            let path = folder + "/n.yaml"
            for (length, fits) in [(Limits.socketPath, true), (Limits.socketPath + 1, false)] {
                let control = "/" + String(repeating: "c", count: length - 1)
                try Data("site: paris\ncontrol: \(control)\n".utf8).write(to: URL(fileURLWithPath: path))
                let said = load(path)
                #expect(said.isEmpty == fits, "\(said)")
                if !fits {
                    #expect(said.first?.hasPrefix("\(path):2:10: error: control: ") == true, "\(said)")
                    #expect(said.first?.contains("has 108 bytes, too long for a socket") == true)
                }
            }
            // The standard name in a deep folder as well.
            let deep = folder + "/" + String(repeating: "d", count: 100)
            try FileManager.default.createDirectory(atPath: deep, withIntermediateDirectories: true)
            try Data("site: paris\n".utf8).write(to: URL(fileURLWithPath: deep + "/n.yaml"))
            #expect(load(deep + "/n.yaml").first?.contains("too long for a socket") == true)
        }
    }
}
