import CTIProtocol
import Foundation
import Testing

/// docs/protocol.md holds the table of classes as the code has it.
@Suite("The documented table of classes")
struct DocumentedTableTests {
    @Test("docs/protocol.md shows every class and command as the code knows them")
    func documented() throws {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("docs/protocol.md")
        let text = try String(contentsOf: path, encoding: .utf8)
        let begin = try #require(text.range(of: "writes it anew) -->\n"))
        let end = try #require(text.range(of: "<!-- end of table -->"))
        let table = "\n" + CTITableMarkdown.render() + "\n"
        if ProcessInfo.processInfo.environment["TANDEM_UPDATE_DOCS"] == "1" {
            try (String(text[..<begin.upperBound]) + table + text[end.lowerBound...])
                .write(to: path, atomically: true, encoding: .utf8)
        } else {
            #expect(text[begin.upperBound..<end.lowerBound] == table, "run the test with TANDEM_UPDATE_DOCS=1")
        }
    }
}
