import Federation
import Foundation
import TandemCore
import Testing

@Suite("The documented timings")
struct DocumentedTimingsTests {
    @Test("docs/operating.md says after which time a site is stale, unknown and forgotten")
    func documented() throws {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("docs/operating.md")
        let manual = try String(contentsOf: path, encoding: .utf8).replacing("\n", with: " ")
        func seconds(_ duration: Duration) -> String { "\(Double(duration.inNanoseconds) / 1e9) s" }
        let (wan, lan) = (FederationTimings.wan, FederationTimings.lan)
        for sentence in [
            "(\(seconds(wan.staleAfter)) by default, \(seconds(lan.staleAfter)) with `timings: lan`)",
            "After \(wan.unknownAfter.inNanoseconds / 60_000_000_000) minutes it is *unknown*",
            "after \(wan.forgetAfter.inNanoseconds / 86_400_000_000_000) days its objects are forgotten",
        ] {
            #expect(manual.contains(sentence), "docs/operating.md must say: \(sentence)")
        }
        #expect(wan.unknownAfter == lan.unknownAfter && wan.forgetAfter == lan.forgetAfter)
    }
}
