/// One line of the benchmark report.
struct BenchmarkRow {
    /// What was measured.
    let name: String
    /// The measured figure with its unit.
    let figure: String
    /// The budget with its unit.
    let bar: String
    /// Figure divided by budget: above 1 the budget is missed.
    let ratio: Double

    /// A time against its budget, both in nanoseconds.
    init(_ name: String, nanoseconds: Double, budget: Double) {
        self.name = name
        figure = Self.text(nanoseconds)
        bar = Self.text(budget)
        ratio = nanoseconds / budget
    }

    private static func text(_ nanoseconds: Double) -> String {
        nanoseconds < 100 ? "\(Double(Int(nanoseconds * 10 + 0.5)) / 10) ns" : "\(Int(nanoseconds + 0.5)) ns"
    }
}

/// Keeps the optimiser from dropping work whose result nobody reads.
@inline(never)
func consume<Value>(_ value: Value) {
    withExtendedLifetime(value) {}
}

/// Nanoseconds of one run of `body`: the quietest of 15 rounds of about 20 ms each, because on a shared machine every
/// disturbance makes a round slower and none makes it faster.
func bestNanoseconds(_ body: () -> Void) -> Double {
    let clock = ContinuousClock()
    func time(_ runs: Int) -> Double {
        let spent = clock.measure { for _ in 0..<runs { body() } }.components
        return Double(spent.seconds) * 1e9 + Double(spent.attoseconds) / 1e9
    }
    for _ in 0..<100 { body() }
    let runs = max(1, Int(20e6 / max(1, time(1_000) / 1_000)))
    return (0..<15).map { _ in time(runs) / Double(runs) }.min() ?? 0
}
