@testable import CTIProxy
import TandemCore
import Testing

@Suite("Arguments of the tools")
struct OptionTests {
    private func options(_ tool: ProxyTool, _ words: String...) throws -> ToolOptions {
        guard case .run(let options) = OptionParser(tool).parse(words) else {
            throw Golden.GoldenError(text: "\(OptionParser(tool).parse(words))")
        }
        return options
    }

    private func complaint(_ tool: ProxyTool, _ words: [String]) -> String? {
        guard case .usageError(let text) = OptionParser(tool).parse(words) else { return nil }
        return text.split(separator: "\n").last.map(String.init)
    }

    @Test("Defaults: 50030 to 5003, this machine only, one client, quiet")
    func defaults() throws {
        let options = try options(.spy, "host")
        #expect(
            options
                == {
                    var expected = ToolOptions(.spy)
                    expected.host = "host"
                    return expected
                }())
        #expect(options.listenPort == 50_030)
        #expect(options.port == 5_003)
        #expect(options.listenAddress == "127.0.0.1")
    }

    @Test("Options and arguments come in any order, long ones abbreviated or with an equals sign, short ones joined")
    func order() throws {
        let spy = try options(
            .spy, "--listen-p", "1234", "host", "--pretty", "--port=99", "-vs", "a", "-sb", "--strip=c=d")
        #expect(spy.listenPort == 1_234)
        #expect(spy.port == 99)
        #expect(spy.prettyPrints && spy.isVerbose)
        #expect(spy.strip == ["a", "b", "c=d"].map { Array($0.utf8) })
        let save = try options(.save, "c", "--loop", "s", "--listen-addr", "127.0.0.1", "h")
        #expect(save.host == "c" && save.clientFile == "s" && save.serverFile == "h" && save.loops)
        #expect(try options(.spy, "--", "-host").host == "-host")
    }

    @Test("Newer options make no older abbreviation ambiguous")
    func abbreviations() throws {
        #expect(try options(.spy, "h", "--s", "a").strip.count == 1)
        #expect(try options(.save, "h", "a", "b", "--s", "x").strip.count == 1)
        #expect(try options(.stat, "h", "--m").reportsMessages)
        #expect(try options(.stat, "h", "--n").reportsNetwork)
        #expect(try options(.stat, "h", "--lo").loops)
        #expect(try options(.stat, "h", "--la").reportsLatency)
        #expect(try options(.stat, "h", "--p", "7").port == 7)
        #expect(try options(.spy, "h", "--r").isRaw)
        #expect(try options(.spy, "h", "--e", "a=b").exclude != nil)
        #expect(complaint(.spy, ["h", "--p", "7"]) != nil)
        #expect(complaint(.spy, ["h", "--no"]) != nil)
        #expect(complaint(.spy, ["h", "--l", "7"]) != nil)
    }

    @Test("The value of a filter is all after the first equals sign, the last one given counts, an empty one is none")
    func filters() throws {
        #expect(try options(.spy, "h", "-i", "a=1", "--include", "eq=a=b").include == FieldFilter("eq=a=b"))
        #expect(FieldFilter("eq=a=b")?.value == Array("a=b".utf8))
        #expect(FieldFilter("class=")?.value == [])
        #expect(try options(.spy, "h", "--include", "").include == nil)
        #expect(try options(.spy, "h", "--include=a=1", "--include=").include == nil)
    }

    @Test(
        "Usage errors",
        arguments: [
            (ProxyTool.spy, []), (.spy, ["a", "b"]), (.save, ["h"]), (.save, ["h", "c"]),
            (.save, ["h", "c", "s", "x"]),
            (.spy, ["h", "--what"]), (.spy, ["h", "-x"]), (.spy, ["h", "--port"]), (.spy, ["h", "--port", "0"]),
            (.spy, ["h", "--port", "65536"]), (.spy, ["h", "--port", "abc"]), (.spy, ["h", "--port", "-1"]),
            (.spy, ["h", "--port="]), (.spy, ["h", "--listen-port", "5 0"]), (.spy, ["h", "--listen-port", "0x10"]),
            (.spy, ["h", "--listen-addr="]),
            (.spy, ["h", "--no-client", "--no-server"]), (.stat, ["h", "-m", "-n"]), (.spy, ["h", "--raw=1"]),
            (.save, ["h", "c", "s", "--exclude", "a=b"]), (.save, ["h", "c", "s", "--raw"]),
            (.save, ["h", "c", "s", "--pretty-print"]), (.stat, ["h", "--strip", "a"]), (.stat, ["h", "--raw"]),
            (.spy, ["h", "-m"]), (.spy, ["h", "--include", "class"]), (.spy, ["h", "--exclude", "class"]),
            (.spy, ["h", "--tls-cert", "x"]), (.spy, ["h", "--starttls"]), (.spy, ["h", "--tls-ca", "x"]),
            (.spy, ["h", "--raw", "--mask-secrets"]), (.spy, ["h", "--raw", "--json"]),
            (.spy, ["h", "--show-secrets"]),
            (.spy, ["--from", "f", "h"]), (.stat, ["--from", "f", "-n"]), (.spy, [""]),
        ] as [(ProxyTool, [String])])
    func usage(_ tool: ProxyTool, _ words: [String]) throws {
        let line = try #require(complaint(tool, words))
        #expect(line.hasPrefix("\(tool.rawValue): error: "))
        guard case .usageError(let text) = OptionParser(tool).parse(words) else { return }
        #expect(text.hasPrefix("usage: \(tool.rawValue) [-h]"))
        #expect(text.hasSuffix("\n"))
    }

    @Test("Help names every option and shows examples", arguments: [ProxyTool.spy, .save, .stat])
    func help(_ tool: ProxyTool) throws {
        for word in ["-h", "--help", "--he"] {
            guard case .help(let text) = OptionParser(tool).parse(["--loop", word]) else {
                Issue.record("\(word) gave no help")
                return
            }
            for option in OptionParser.Option.all(of: tool) { #expect(text.contains("--" + option.long)) }
            #expect(text.contains("\nexamples:\n  \(tool.rawValue) "))
        }
    }

    @Test("Every example in the help is accepted", arguments: [ProxyTool.spy, .save, .stat])
    func examples(_ tool: ProxyTool) throws {
        for line in tool.examples.split(separator: "\n") {
            let command = line.split(separator: "  ", omittingEmptySubsequences: true).first ?? line
            let words = command.split(separator: " ").map(String.init).filter { !$0.hasPrefix(">") }
            guard words.first == tool.rawValue else { continue }
            guard case .run = OptionParser(tool).parse(Array(words.dropFirst())) else {
                Issue.record("\(command) is not accepted")
                continue
            }
        }
    }
}
