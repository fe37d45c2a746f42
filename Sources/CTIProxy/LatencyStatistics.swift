import TandemCore

/// How long answers took, per class of the question: from a client's `commandid` to the server's first `replyid`.
struct LatencyStatistics {
    /// Questions without an answer that are remembered; the oldest is forgotten first.
    static let openLimit = 65_536
    /// Classes that are told apart.
    private static let classLimit = 1_000

    private struct Question {
        var name: [UInt8]
        var asked: Instant
        var number: UInt64
    }

    private var open: [[UInt8]: Question] = [:]
    /// How many questions wait for an answer.
    var openCount: Int { open.count }
    /// The identifiers in the order of asking; those already answered are skipped.
    private var order: [(id: [UInt8], number: UInt64)] = []
    private var oldest = 0
    private var next: UInt64 = 0
    private var classes: [[UInt8]: Histogram] = [:]
    private var formatter = MessageFormatter()

    /// Looks at a message.
    mutating func note(_ message: JSONView, from side: Side, at now: Instant) {
        guard let value = message.member(side == .client ? "commandid" : "replyid"), !value.isNull,
            value.rawBytes.count <= Limits.commandID
        else { return }
        var id: [UInt8] = []
        formatter.write(value, into: &id)
        if side == .client {
            var name = message.member("class")?.decodedString ?? []
            if name.isEmpty { name = Array("None".utf8) }
            ask(id, name, now)
        } else if let question = open.removeValue(forKey: id) {
            guard classes[question.name] != nil || classes.count < Self.classLimit else { return }
            classes[question.name, default: Histogram()].add((now - question.asked).inNanoseconds / 1_000)
        }
    }

    private mutating func ask(_ id: [UInt8], _ name: [UInt8], _ now: Instant) {
        open[id] = Question(name: name, asked: now, number: next)
        order.append((id, next))
        next += 1
        while open.count > Self.openLimit || order.count - oldest > 2 * Self.openLimit, oldest < order.count {
            let (id, number) = order[oldest]
            if open[id]?.number == number { open[id] = nil }
            oldest += 1
        }
        if oldest > Self.openLimit {
            order.removeFirst(oldest)
            oldest = 0
        }
    }

    private var rows: [(name: [UInt8], histogram: Histogram)] {
        classes.map { (name: $0.key, histogram: $0.value) }.sorted { left, right in
            if left.histogram.count != right.histogram.count { return left.histogram.count > right.histogram.count }
            return left.name.lexicographicallyPrecedes(right.name)
        }
    }

    /// One line per class, times in milliseconds; the class with most answers first.
    func write(into output: inout [UInt8]) {
        output.append(contentsOf: "=== Latency of answers in ms\n".utf8)
        for row in rows {
            output.append(contentsOf: row.name)
            output.append(contentsOf: " \(row.histogram.count)".utf8)
            for (label, value) in row.histogram.figures {
                output.append(contentsOf: " \(label) ".utf8)
                Self.writeMilliseconds(value, into: &output)
            }
            output.append(0x0A)
        }
    }

    /// `{"getlist": {"count": 3, "p50": 0.412, "p99": 0.9, "max": 0.9}}`
    func writeObject(into output: inout [UInt8]) {
        output.append(UInt8(ascii: "{"))
        for (place, row) in rows.enumerated() {
            if place > 0 { output.append(contentsOf: ", ".utf8) }
            StringText.write(text: String(decoding: row.name, as: UTF8.self), into: &output)
            output.append(contentsOf: ": {\"count\": \(row.histogram.count)".utf8)
            for (label, value) in row.histogram.figures {
                output.append(contentsOf: ", \"\(label)\": ".utf8)
                Self.writeMilliseconds(value, into: &output)
            }
            output.append(UInt8(ascii: "}"))
        }
        output.append(UInt8(ascii: "}"))
    }

    /// Microseconds as milliseconds with three decimals.
    private static func writeMilliseconds(_ micros: Int64, into output: inout [UInt8]) {
        let rest = String(micros % 1_000)
        output.append(contentsOf: "\(micros / 1_000).".utf8)
        output.append(contentsOf: repeatElement(0x30, count: 3 - rest.utf8.count))
        output.append(contentsOf: rest.utf8)
    }
}

/// Counts of durations in buckets of less than one percent.
private struct Histogram {
    /// 128 buckets for each power of two; below 128 µs every microsecond has its own.
    private var buckets: [Int: Int] = [:]
    private(set) var count = 0
    private var maximum: Int64 = 0

    mutating func add(_ micros: Int64) {
        let value = max(0, micros)
        let shift = max(0, 64 - value.leadingZeroBitCount - 8)
        buckets[shift << 8 | Int(value >> Int64(shift)), default: 0] += 1
        count += 1
        maximum = max(maximum, value)
    }

    /// The smallest value of which at least this share of all is not above.
    private func quantile(_ share: Double) -> Int64 {
        let exact = Double(count) * share
        let wanted = max(1, Int(exact) + (Double(Int(exact)) < exact ? 1 : 0))
        var seen = 0
        for bucket in buckets.keys.sorted() {
            seen += buckets[bucket] ?? 0
            guard seen >= wanted else { continue }
            let shift = Int64(bucket >> 8)
            let last = ((Int64(bucket & 255) + 1) << shift) - 1
            return min(last, maximum)
        }
        return maximum
    }

    var figures: [(String, Int64)] {
        [("p50", quantile(0.5)), ("p99", quantile(0.99)), ("max", maximum)]
    }
}
