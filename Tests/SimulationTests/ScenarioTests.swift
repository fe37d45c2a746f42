import Foundation
import Testing

@testable import Simulation

/// Each file of `Scenarios` is a script with the traces that it must give. `TANDEM_SCENARIO_REWRITE=1` writes the real
/// traces into the files: review the difference before committing it.
@Suite("Scenarios") struct ScenarioTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "Scenarios")
    static let names: [String] =
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
        .filter { $0.hasSuffix(".txt") }.sorted()

    @Test("gives the trace in its file", arguments: names) func scenario(name: String) throws {
        let file = Self.folder.appending(path: name)
        let script = try String(contentsOf: file, encoding: .utf8)
        let real = try Scenario.run(script)
        if ProcessInfo.processInfo.environment["TANDEM_SCENARIO_REWRITE"] != nil {
            try real.write(to: file, atomically: true, encoding: .utf8)
            return
        }
        let expected = script.split(separator: "\n", omittingEmptySubsequences: false)
        let got = real.split(separator: "\n", omittingEmptySubsequences: false)
        for (number, lines) in zip(expected, got).enumerated() where lines.0 != lines.1 {
            Issue.record("\(name) line \(number + 1): expected `\(lines.0)`, got `\(lines.1)`")
            return
        }
        #expect(expected.count == got.count)
    }

    @Test("the folder holds the scenarios") func folderIsFound() { #expect(Self.names.count >= 12) }
}
