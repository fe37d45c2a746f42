import Foundation

let usage = """
    usage: TandemBenchmarks [PART ...] [--filter TEXT] [--strict] [--allocations] [--record-allocations]

      PART                  only these: @PARTS@
      --filter TEXT         only rows whose name holds TEXT; may be repeated, any of them is enough
      --strict              exit status 1 when a bar is missed or a threshold of allocations is exceeded; says which
      --allocations         only count allocations: quick, and the same on a busy machine (thresholds: allocations.json)
      --record-allocations  make what is counted now the thresholds of this kind of build
    """

/// What the command line asks for.
struct Options {
    var parts: [String] = []
    var filters: [String] = []
    var isStrict = false
    var records = false

    init(_ arguments: [String], parts known: [String]) {
        var rest = arguments[...]
        while let word = rest.popFirst() {
            switch word {
            case "--strict": isStrict = true
            case "--allocations": parts.append("allocations")
            case "--record-allocations": records = true
            case "--filter":
                guard let text = rest.popFirst() else { refuse("--filter needs a text", known) }
                filters.append(text.lowercased())
            case "--help", "-h":
                print(usage.replacing("@PARTS@", with: known.joined(separator: ", ")))
                exit(0)
            default:
                guard known.contains(word) else { refuse("\(word) is neither a part nor an option", known) }
                parts.append(word)
            }
        }
    }

    func wants(_ name: String) -> Bool { filters.isEmpty || filters.contains { name.lowercased().contains($0) } }

    private func refuse(_ problem: String, _ known: [String]) -> Never {
        FileHandle.standardError.write(
            Data(
                "TandemBenchmarks: \(problem)\n\(usage.replacing("@PARTS@", with: known.joined(separator: ", ")))\n"
                    .utf8))
        exit(64)
    }
}

let arguments = Array(CommandLine.arguments.dropFirst())
// What its own child processes run.
if arguments.first == "--serve", arguments.count == 2 {
    try await NodeProcesses.serve(arguments[1])
    exit(0)
}

var missed: [String] = []

/// Prints a row; what it says is on the screen at once, so that a later part's failure loses nothing.
@MainActor func report(_ row: BenchmarkRow) {
    guard options.wants(row.name) else { return }
    let name = row.name + String(repeating: " ", count: max(0, 52 - row.name.count))
    let figure = String(repeating: " ", count: max(0, 22 - row.figure.count)) + row.figure
    let bar = String(repeating: " ", count: max(0, 14 - row.bar.count)) + row.bar
    let isMet = row.ratio >= 1
    let ratio = Double(Int(row.ratio * 100 + 0.5)) / 100
    if !isMet { missed.append("\(row.name): \(row.figure), bar \(row.bar), x \(ratio)") }
    print("\(name) \(figure) \(bar)   x \(ratio)  \(isMet ? "met" : "missed")")
    fflush(nil)
}

@MainActor func countAllocations() throws {
    let faults = try AllocationBenchmarks.run(wants: { options.wants($0) }) { line in
        print(line)
        fflush(nil)
    }
    missed += faults
}

let parts: [(name: String, run: @MainActor () async throws -> Void)] = [
    ("wire", { WireBenchmarks.run().forEach(report) }),
    ("cti", { CTIBenchmarks.run().forEach(report) }),
    ("core", { CoreBenchmarks.run().forEach(report) }),
    ("storm", { StormBenchmarks.run().forEach(report) }),
    ("federation", { FederationBenchmarks.run().forEach(report) }),
    ("ami", { AMIBenchmarks.run().forEach(report) }),
    ("allocations", { try countAllocations() }),
    ("node", { try await NodeBenchmarks.run(report) }),
    ("life", { try await LifeBenchmarks.run(report) }),
    ("proxy", { ProxyBenchmarks.run().forEach(report) }),
]
let options = Options(arguments, parts: parts.map(\.name))
BenchmarkRow.wants = { [options] in options.wants($0) }
if options.records {
    try AllocationBenchmarks.record()
    exit(0)
}
var failed = false
for part in parts where options.parts.isEmpty || options.parts.contains(part.name) {
    do { try await part.run() } catch {
        print("\(part.name): \(error)")
        failed = true
    }
}
print("\nx: how often the bar fits, 1 or more meets it. Missed: \(missed.count).")
if options.isStrict { for line in missed { print("missed: \(line)") } }
fflush(nil)
exit(failed || options.isStrict && !missed.isEmpty ? 1 : 0)
