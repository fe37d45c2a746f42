import Foundation
import TandemCore
import Testing

/// One table of bounds: every constant stands in it, and the documents name no other numbers.
@Suite("Bounds")
struct BoundTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private func text(_ path: String) throws -> String {
        try String(contentsOf: Self.root.appendingPathComponent(path), encoding: .utf8)
    }

    @Test("Every constant of Limits has one row, and every row a constant")
    func complete() throws {
        let source = try text("Sources/TandemCore/Limits.swift")
        let constants = source.matches(of: /static let ([A-Za-z]+) =/).map { String($0.output.1) }
        #expect(constants.count > 40)
        #expect(Bound.all.map(\.name).sorted() == constants.sorted())
        #expect(Set(Bound.all.map(\.subject)).count == Bound.all.count)
    }

    @Test("docs/operating.md shows every bound as the code has it")
    func documented() throws {
        let path = "docs/operating.md"
        let manual = try text(path)
        let begin = try #require(manual.range(of: "TANDEM_UPDATE_DOCS=1 writes it anew) -->\n"))
        let end = try #require(manual.range(of: "<!-- end of bounds -->"))
        let table = "\n" + Bound.markdown + "\n"
        if ProcessInfo.processInfo.environment["TANDEM_UPDATE_DOCS"] == "1" {
            try (String(manual[..<begin.upperBound]) + table + manual[end.lowerBound...])
                .write(to: Self.root.appendingPathComponent(path), atomically: true, encoding: .utf8)
        } else {
            #expect(manual[begin.upperBound..<end.lowerBound] == table, "run the test with TANDEM_UPDATE_DOCS=1")
        }
    }

    @Test("What the documents say of a bound in a sentence is its value")
    func sentences() throws {
        func shown(_ name: String) throws -> String { try #require(Bound.all.first { $0.name == name }).text }
        func number(_ value: Int) -> String { Bound.Value.count(value).text }
        let sentences = [
            (
                "docs/protocol.md",
                "A line may have \(try shown("clientLineBeforeLogin")) before the login and \(try shown("clientLineAfterLogin"))"
            ),
            ("docs/protocol.md", "within \(Limits.loginTime.inNanoseconds / 1_000_000_000) seconds."),
            ("docs/protocol.md", "`idempotencykey` (1 to \(Limits.clientKey) printable ASCII characters"),
            ("docs/rcti.md", "at most \(try shown("peerFrame"))."),
            ("docs/rcti.md", "1 to \(Limits.siteID) letters"),
            ("docs/rcti.md", "about \(try shown("snapshotChunk"))"),
            ("docs/rcti.md", "1 to \(number(Limits.federationKey)) printable ASCII characters"),
            ("docs/architecture.md", "at most \(try shown("pendingBytesPerSubscriber")) pending"),
            ("docs/watching-the-wire.md", "only once \(try shown("shownPending")) wait"),
            ("docs/watching-the-wire.md", "beyond \(Limits.shownDepth) levels"),
            ("docs/watching-the-wire.md", "Beyond \(number(Limits.shownClasses)) classes"),
            ("docs/watching-the-wire.md", "A line longer than \(try shown("shownLine"))"),
            (
                "docs/watching-the-wire.md",
                "A handshake has \(Limits.handshakeTime.inNanoseconds / 1_000_000_000) seconds"
            ),
        ]
        for (path, sentence) in sentences {
            #expect(try text(path).replacing("\n", with: " ").contains(sentence), "\(path) must say: \(sentence)")
        }
    }

    @Test("No document names a size that is no bound")
    func strangers() throws {
        let known = Set(Bound.all.map(\.text) + Bound.all.map { $0.text.replacing(" bytes", with: " characters") })
        let folder = Self.root.appendingPathComponent("docs")
        let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".md") }
        #expect(files.count > 5)
        for file in files.map({ "docs/" + $0 }) + ["README.md"] {
            for found in try text(file).matches(
                of: /([0-9][0-9,]*) (?:printable |ASCII )*(KiB|MiB|GiB|bytes|characters)\b/)
            {
                let size = "\(found.output.1) \(found.output.2)"
                #expect(known.contains(size), "\(file): \(size) is no bound of the table")
            }
        }
    }

    @Test("Sizes and numbers are written as people read them")
    func texts() {
        #expect(Bound.Value.bytes(64 << 10).text == "64 KiB")
        #expect(Bound.Value.bytes(1 << 20).text == "1 MiB")
        #expect(Bound.Value.bytes(2 << 30).text == "2 GiB")
        #expect(Bound.Value.bytes(1_024).text == "1,024 bytes")
        #expect(Bound.Value.bytes(512).text == "512 bytes")
        #expect(Bound.Value.count(1_000_000).text == "1,000,000")
        #expect(Bound.Value.count(64).text == "64")
        #expect(Bound.Value.time(.seconds(5)).text == "5 s")
    }

    @Test("A client's key of full length fits between nodes, whatever site and user are called")
    func keys() {
        #expect(Limits.siteID + 3 * Limits.configuredID + Limits.clientKey + 2 <= Limits.federationKey)
    }
}
