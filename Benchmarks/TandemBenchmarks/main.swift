let rows = WireBenchmarks.run() + CTIBenchmarks.run()
let width = rows.map(\.name.count).max() ?? 0
for row in rows {
    let name = row.name + String(repeating: " ", count: width - row.name.count)
    print("\(name)  \(row.figure)  (budget \(row.bar), ratio \(Double(Int(row.ratio * 100 + 0.5)) / 100))")
}
