import Foundation

// TandemBenchmarks [PART ...]: all parts, or those named. `--serve FILE` is what its own child processes run.
let arguments = Array(CommandLine.arguments.dropFirst())
if arguments.first == "--serve", arguments.count == 2 {
    try await NodeProcesses.serve(arguments[1])
    exit(0)
}

var missed = 0

/// Prints a row; what it says is on the screen at once, so that a later part's failure loses nothing.
@MainActor func report(_ row: BenchmarkRow) {
    let name = row.name + String(repeating: " ", count: max(0, 52 - row.name.count))
    let figure = String(repeating: " ", count: max(0, 22 - row.figure.count)) + row.figure
    let bar = String(repeating: " ", count: max(0, 14 - row.bar.count)) + row.bar
    let mark = row.ratio >= 1 ? "met" : "missed"
    if row.ratio < 1 { missed += 1 }
    print("\(name) \(figure) \(bar)   x \(Double(Int(row.ratio * 100 + 0.5)) / 100)  \(mark)")
    fflush(nil)
}

let parts: [(name: String, run: @MainActor () async throws -> Void)] = [
    ("wire", { WireBenchmarks.run().forEach(report) }),
    ("cti", { CTIBenchmarks.run().forEach(report) }),
    ("core", { CoreBenchmarks.run().forEach(report) }),
    ("federation", { FederationBenchmarks.run().forEach(report) }),
    ("ami", { AMIBenchmarks.run().forEach(report) }),
    ("node", { try await NodeBenchmarks.run(report) }),
    ("proxy", { ProxyBenchmarks.run().forEach(report) }),
]
let wanted = parts.filter { arguments.isEmpty || arguments.contains($0.name) }
guard !wanted.isEmpty else {
    print("parts: " + parts.map(\.name).joined(separator: ", "))
    exit(64)
}
var failed = false
for part in wanted {
    do { try await part.run() } catch {
        print("\(part.name): \(error)")
        failed = true
    }
}
print("\nx: how often the bar fits, 1 or more meets it. Missed: \(missed).")
if failed { exit(1) }
