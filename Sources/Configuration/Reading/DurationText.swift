import TandemCore

/// Durations as the configuration files write them: seconds, or a number with a unit.
enum DurationText {
    private static let units: [(String, Double)] = [
        ("ns", 1), ("us", 1e3), ("ms", 1e6), ("s", 1e9), ("min", 60e9), ("m", 60e9), ("h", 3_600e9), ("d", 86_400e9),
    ]

    /// Reads `5`, `2.5s`, `250ms`, `15m`, `24h` or `7d`; nil when it is no such text, negative or over 10,000 days.
    static func parse(_ text: String) -> Duration? {
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let unit = text[digits.endIndex...].drop { $0 == " " }
        guard let number = Double(digits) else { return nil }
        let scale: Double
        if unit.isEmpty {
            scale = 1e9
        } else if let known = units.first(where: { $0.0 == unit }) {
            scale = known.1
        } else {
            return nil
        }
        let nanoseconds = (number * scale).rounded()
        guard nanoseconds >= 0, nanoseconds <= 10_000 * 86_400e9 else { return nil }
        return .nanoseconds(Int64(nanoseconds))
    }

    /// The shortest text that reads back as the same duration.
    static func write(_ duration: Duration) -> String {
        let nanoseconds = duration.inNanoseconds
        for (unit, scale) in [
            ("d", 86_400_000_000_000), ("h", 3_600_000_000_000), ("s", 1_000_000_000),
            ("ms", 1_000_000), ("us", 1_000),
        ] as [(String, Int64)]
        where nanoseconds % scale == 0 && nanoseconds > 0 {
            return "\(nanoseconds / scale)\(unit)"
        }
        return nanoseconds == 0 ? "0s" : "\(nanoseconds)ns"
    }
}
