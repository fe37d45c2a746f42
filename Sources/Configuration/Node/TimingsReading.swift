import Federation

/// Reads and writes `timings:`, a preset or a preset with differences.
enum TimingsReading {
    static let presets: [(String, FederationTimings)] = [("lan", .lan), ("wan", .wan)]

    /// The keys that are durations.
    static var durations: [(String, WritableKeyPath<FederationTimings, Duration>)] {
        [
            ("heartbeat", \.heartbeat), ("link_timeout", \.linkTimeout), ("stale_after", \.staleAfter),
            ("unknown_after", \.unknownAfter), ("forget_after", \.forgetAfter),
            ("greeting_timeout", \.greetingTimeout), ("command_deadline", \.commandDeadline),
            ("call_deadline", \.callDeadline), ("command_grace", \.commandGrace),
            ("ledger_retention", \.ledgerRetention),
        ]
    }

    static func read(_ cursor: Cursor) -> FederationTimings? {
        if cursor.scalarText != nil { return cursor.word(presets) }
        guard let section = cursor.section(["preset"] + durations.map(\.0) + ["redial", "log_length"]) else {
            return nil
        }
        var timings = section["preset"]?.word(presets) ?? .wan
        for (key, path) in durations {
            guard let field = section[key], let duration = field.duration() else { continue }
            if duration < .milliseconds(1) { field.expect("1ms or more") } else { timings[keyPath: path] = duration }
        }
        if let redial = section["redial"], let pair = redial.list("[shortest, longest]") {
            let pauses = pair.compactMap { $0.duration() }
            if pauses.count == 2, pauses[0] <= pauses[1], pauses[0] >= .milliseconds(1) {
                timings.redial = pauses[0]...pauses[1]
            } else {
                redial.fail("accepted: [shortest, longest], such as [250ms, 10s]")
            }
        }
        if let length = section["log_length"]?.integer(16...10_000_000, "entries") { timings.logLength = length }
        order(cursor, timings)
        return timings
    }

    private static func order(_ cursor: Cursor, _ timings: FederationTimings) {
        let rules: [(Bool, String)] = [
            (
                timings.linkTimeout >= timings.heartbeat * 2,
                "link_timeout must be at least twice heartbeat, else one late heartbeat cuts the link"
            ),
            (timings.staleAfter >= timings.linkTimeout, "stale_after must not be shorter than link_timeout"),
            (timings.unknownAfter > timings.staleAfter, "unknown_after must be longer than stale_after"),
            (timings.forgetAfter >= timings.unknownAfter, "forget_after must not be shorter than unknown_after"),
            (
                timings.ledgerRetention >= timings.longestDeadline,
                "ledger_retention must not be shorter than command_deadline and call_deadline, else a repeated command could run twice"
            ),
        ]
        for (holds, message) in rules where !holds { cursor.fail(message) }
    }
}
