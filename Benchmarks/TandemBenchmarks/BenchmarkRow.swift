/// One line of the benchmark report: a figure beside the bar that the design sets.
struct BenchmarkRow {
    /// What was measured.
    let name: String
    /// The measured figure with its unit.
    let figure: String
    /// The bar with its unit.
    let bar: String
    /// How often the bar fits: 1 or more meets it, whether less (a time) or more (a rate) is better.
    let ratio: Double

    /// Which rows are wanted, by their names; the others are neither measured nor reported.
    ///
    /// Set once, before anything is measured.
    nonisolated(unsafe) static var wants: (String) -> Bool = { _ in true }

    /// A time against its bar, both in nanoseconds.
    init(_ name: String, nanoseconds measure: @autoclosure () -> Double, budget: Double) {
        let nanoseconds = Self.wants(name) ? measure() : budget
        self.name = name
        figure = Self.time(nanoseconds)
        bar = "≤ " + Self.time(budget)
        ratio = budget / nanoseconds
    }

    /// A rate against its bar, both per second.
    init(_ name: String, perSecond rate: Double, _ unit: String, bar: Double) {
        self.name = name
        figure = Self.count(rate) + " " + unit + "/s"
        self.bar = "≥ " + Self.count(bar) + "/s"
        ratio = rate / bar
    }

    /// Bytes against their bar.
    init(_ name: String, bytes: Double, budget: Double) {
        self.name = name
        figure = Self.count(bytes) + " B"
        bar = "≤ " + Self.count(budget) + " B"
        ratio = bytes > 0 ? budget / bytes : .infinity
    }

    private static func time(_ nanoseconds: Double) -> String {
        switch nanoseconds {
        case ..<100: "\(rounded(nanoseconds, 10)) ns"
        case ..<10_000: "\(Int(nanoseconds + 0.5)) ns"
        case ..<10_000_000: "\(rounded(nanoseconds / 1e3, 10)) µs"
        default: "\(rounded(nanoseconds / 1e6, 10)) ms"
        }
    }

    private static func count(_ number: Double) -> String {
        switch number {
        case ..<10_000: "\(Int(number + 0.5))"
        case ..<1_000_000: "\(rounded(number / 1e3, 10)) k"
        default: "\(rounded(number / 1e6, 100)) M"
        }
    }

    private static func rounded(_ number: Double, _ steps: Double) -> Double {
        Double(Int(number * steps + 0.5)) / steps
    }
}

/// Keeps the optimiser from dropping work whose result nobody reads.
@inline(never)
func consume<Value>(_ value: Value) {
    withExtendedLifetime(value) {}
}

/// Seconds that a body takes.
func seconds(_ body: () -> Void) -> Double {
    let spent = ContinuousClock().measure(body).components
    return Double(spent.seconds) + Double(spent.attoseconds) / 1e18
}

/// Nanoseconds of one run of `body`: the quietest of 15 rounds of about 20 ms each, because on a shared machine every
/// disturbance makes a round slower and none makes it faster.
func bestNanoseconds(_ body: () -> Void) -> Double {
    func time(_ runs: Int) -> Double { seconds { for _ in 0..<runs { body() } } * 1e9 }
    for _ in 0..<100 { body() }
    let runs = max(1, Int(20e6 / max(1, time(1_000) / 1_000)))
    return (0..<15).map { _ in time(runs) / Double(runs) }.min() ?? 0
}
