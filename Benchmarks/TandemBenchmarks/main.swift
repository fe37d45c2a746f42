import Foundation

// TandemBenchmarks [PART ...]: all parts, or those named. `--serve FILE` is what its own child processes run.
let arguments = Array(CommandLine.arguments.dropFirst())
if arguments.first == "--serve", arguments.count == 2 {
    try await NodeProcesses.serve(arguments[1])
    exit(0)
}

let parts: [(name: String, run: () async throws -> [BenchmarkRow])] = [
    ("wire", { WireBenchmarks.run() }),
    ("cti", { CTIBenchmarks.run() }),
    ("federation", { FederationBenchmarks.run() }),
    ("ami", { AMIBenchmarks.run() }),
    ("node", { try await NodeBenchmarks.run() }),
    ("proxy", { ProxyBenchmarks.run() }),
]
let wanted = parts.filter { arguments.isEmpty || arguments.contains($0.name) }
guard !wanted.isEmpty else {
    print("parts: " + parts.map(\.name).joined(separator: ", "))
    exit(64)
}
var missed = 0
for part in wanted {
    let rows = try await part.run()
    let width = max(46, rows.map(\.name.count).max() ?? 0)
    for row in rows {
        let name = row.name + String(repeating: " ", count: width - row.name.count)
        let figure = String(repeating: " ", count: max(0, 22 - row.figure.count)) + row.figure
        let bar = String(repeating: " ", count: max(0, 16 - row.bar.count)) + row.bar
        let mark = row.ratio >= 1 ? "met" : "missed"
        if row.ratio < 1 { missed += 1 }
        print("\(name) \(figure) \(bar)   x \(Double(Int(row.ratio * 100 + 0.5)) / 100)  \(mark)")
    }
}
print("\nx: how often the bar fits, 1 or more meets it. Missed: \(missed).")
