import TandemCore
import Testing

@testable import Configuration

/// What a file may call a device, a context, a queue or a mailbox, a PBX can be told.
@Suite("Names of a file for the PBX") struct NamesForPBXTests {
    private static let candidates = [
        "support", "Vente à Paris", "a.b-c_d", "101", "PJSIP/101", "SIP/zoë", "Local/102@internal", "a@b", "a/b", "a&b",
        "a,b",
        "a|b", "${a}", "$a", "a$b", "a b", " a", "a ", "PJSIP/$x", "PJSIP/a b", "PJSIP/a&b", "../x", "é", "a;b", "`x`",
        String(repeating: "a", count: 79), String(repeating: "a", count: 81),
        "PJSIP/" + String(repeating: "a", count: 300),
        String(repeating: "q", count: 257),
    ]

    private func accepts(_ object: String) -> Bool {
        var warnings: [Diagnostic] = []
        let text = "site: paris\n" + object + "\n"
        return (try? NodeConfiguration.parse(text, file: "n.yaml", drivers: [], warnings: &warnings)) != nil
    }

    @Test("a name that a PBX cannot be told is refused where it is written", arguments: candidates)
    func accepted(_ name: String) {
        let quoted = "\"" + name + "\""
        #expect(accepts("context: \(quoted)") == (ContextName(name) != nil))
        #expect(accepts("queues: { \"1\": { name: \(quoted) } }") == (PlaceName(name) != nil))
        #expect(accepts("groups: { \"1\": { name: \(quoted) } }") == (PlaceName(name) != nil))
        #expect(accepts("meetmes: { \"1\": { name: x, number: \(quoted) } }") == (Extension(name) != nil))
        #expect(accepts("voicemails: { \"1\": { mailbox: \(quoted) } }") == (MailboxNumber(name) != nil))
        // Of devices fewer are taken: an endpoint is one word.
        #expect(!accepts("phones: { \"1\": { number: \"101\", endpoint: \(quoted) } }") || DeviceName(name) != nil)
    }
}
