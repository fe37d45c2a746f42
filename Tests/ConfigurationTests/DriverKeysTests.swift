import Foundation
import PBX
import TandemCore
import Testing

@testable import Configuration

@Suite("keys of drivers") struct DriverKeysTests {
    private func complaints(_ pbx: String, drivers: [DriverDescription] = drivers) -> [String] {
        var warnings: [Diagnostic] = []
        do {
            _ = try NodeConfiguration.parse(
                "site: paris\npbx: \(pbx)\n", file: "n", drivers: drivers, warnings: &warnings)
            return []
        } catch { return error.diagnostics.map(\.description) }
    }

    private func settings(_ pbx: String, drivers: [DriverDescription] = drivers) throws -> DriverSettings {
        var warnings: [Diagnostic] = []
        return try NodeConfiguration.parse(
            "site: paris\npbx: \(pbx)\n", file: "n", drivers: drivers, warnings: &warnings
        ).pbx
    }

    /// A driver with a key of every kind.
    private static let toy = DriverDescription(
        name: "toy", summary: "a PBX of ten lines",
        keys: [
            .required("host", .host, "where it is"), .optional("port", .port, standard: .number(7), "its port"),
            .optional("word", .text, "a word"), .optional("context", .context, "a context"),
            .required("secret", .secret, "what only it knows"),
            .optional("loud", .flag, standard: .flag(true), "whether it is loud"),
            .optional("wait", .duration, standard: .duration(.seconds(3)), "how long it waits"),
            .optional("size", .number(1...9), "how large it is"), .optional("calls", .address, "where calls go"),
            .optional("ca", .file, "whom it trusts"),
        ],
        check: { settings in
            settings.number("size") == 5 ? [.init(key: "size", message: "five is not accepted with a host")] : []
        })

    @Test("a driver that was made elsewhere is read, completed and written like those of the house")
    func anyDriver() throws {
        let text =
            #"{ driver: toy, host: h, secret: s, word: w, context: c, wait: 250ms, size: 3, calls: "h:1", ca: a }"#
        let toy = try settings(text, drivers: [Self.toy])
        #expect(toy.driver == "toy" && toy.text("host") == "h" && toy.number("port") == 7 && toy.flag("loud"))
        #expect(toy.duration("wait") == .milliseconds(250) && toy.number("size") == 3)
        #expect(toy.address("calls") == ListenAddress(host: "h", port: 1) && toy.secret("secret")?.reveal() == "s")
        #expect(toy.mappingFiles { "/etc/" + $0 }.text("ca") == "/etc/a")
        var node = NodeConfiguration(site: .init(site: try #require(SiteID("paris"))))
        node.pbx = toy
        var warnings: [Diagnostic] = []
        let again = try NodeConfiguration.parse(
            node.yaml(drivers: [Self.toy]), file: "n", drivers: [Self.toy], warnings: &warnings)
        #expect(again.pbx == toy)
    }

    @Test(
        "each kind of key says what was found and what is accepted",
        arguments: [
            ("host: \"a b\"", "pbx.host: found \"a b\"; accepted: a host name or address"),
            ("port: 0", "pbx.port: found \"0\"; accepted: a port from 1 to 65535"),
            ("word: \"\"", "pbx.word: found \"\"; accepted: a text without line breaks"),
            ("context: \"a b\"", "pbx.context: found \"a b\"; accepted: a dialplan context"),
            ("loud: perhaps", "pbx.loud: found \"perhaps\"; accepted: true or false"),
            ("wait: long", "pbx.wait: found \"long\"; accepted: a duration such as"),
            ("size: 10", "pbx.size: found \"10\"; accepted: a whole number from 1 to 9"),
            ("size: 5", "pbx.size: five is not accepted with a host"),
            ("calls: here", "pbx.calls: found \"here\"; accepted: HOST:PORT"),
            ("ca: \"\"", "pbx.ca: found \"\"; accepted: a file name"),
            ("wrd: w", "pbx: unknown key \"wrd\"; did you mean \"word\"?"),
        ])
    func wrongValue(field: String, message: String) {
        let keys = field.hasPrefix("host") ? field : "host: h, " + field
        let found = complaints("{ driver: toy, secret: s, \(keys) }", drivers: [Self.toy])
        #expect(found.count == 1 && found[0].hasPrefix("n:2:") && found[0].contains(message), "\(found)")
    }

    @Test("missing keys are named with what they are; a secret is not repeated") func missing() {
        #expect(
            complaints("{ driver: asterisk, secret: \"ge\\nheim\" }") == [
                "n:2:6: error: pbx: the key \"host\" is missing; accepted: the host of the manager interface",
                "n:2:6: error: pbx: the key \"user\" is missing; accepted: the manager user",
                "n:2:34: error: pbx.secret: accepted: a text without line breaks, at most 1024 bytes",
            ])
        #expect(
            complaints("{ port: 1 }") == [
                "n:2:6: error: pbx: the key \"driver\" is missing; accepted: asterisk, simulated or none"
            ])
    }

    @Test("a seed below 0 and one that is no number are refused, the largest is not", arguments: ["-1", "x", "1.5"])
    func seed(_ text: String) throws {
        #expect(complaints("{ driver: simulated, seed: \(text) }").allSatisfy { $0.contains("pbx.seed") })
        #expect(complaints("{ driver: simulated, seed: \(text) }").count == 1)
        #expect(try settings("{ driver: simulated, seed: \(Int.max) }").number("seed") == Int.max)
    }

    @Test("what TLS needs is refused without TLS, where it stands", arguments: ["ca", "server_name"])
    func withoutTLS(_ key: String) {
        #expect(
            complaints("{ driver: asterisk, host: h, user: u, secret: s, \(key): c }") == [
                "n:2:\(57 + key.count): error: pbx.\(key): \(key) is only used with tls: true"
            ])
    }

    @Test("a later driver that is registered is no later driver any more") func laterDriver() throws {
        let sip = DriverDescription(name: "sip", summary: "a SIP switch", keys: [])
        #expect(try settings("{ driver: sip }", drivers: [sip]).driver == "sip")
        #expect(
            complaints("{ driver: freeswitch }", drivers: [sip]) == [
                "n:2:16: error: pbx.driver: the driver \"freeswitch\" is not part of this release; accepted: sip, none"
            ])
    }

    @Test("the manual lists the keys of every driver as they are", arguments: drivers.map(\.name))
    func manual(name: String) throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let manual = try String(contentsOf: root.appendingPathComponent("docs/operating.md"), encoding: .utf8)
        let driver = try #require(drivers.first { $0.name == name })
        #expect(manual.contains(driver.markdown), "docs/operating.md must hold:\n\(driver.markdown)")
    }
}
