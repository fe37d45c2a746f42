import TandemCore

/// Slows an address that keeps failing to log in: beyond a few failures its attempts are judged one after the other,
/// with a pause before each. A pure value; the server's tick does the waiting.
public struct LoginThrottle {
    /// The numbers.
    public struct Settings: Hashable, Sendable {
        /// Failures that cost nothing.
        public var freeFailures = Limits.freeLoginFailures
        /// The pause before each further attempt.
        public var pause: Duration = .seconds(1)
        /// An attempt that would wait longer than this is turned away.
        public var longestWait: Duration = .seconds(4)
        /// After this long without a failure an address is forgotten.
        public var forgetAfter: Duration = .seconds(60)
        /// Addresses that are remembered; beyond it the table starts anew.
        public var addresses = Limits.throttledAddresses
        /// The standard numbers.
        public init() {}
    }

    /// What to do with an attempt.
    public enum Verdict: Hashable, Sendable {
        /// Judge it now.
        case now
        /// Judge it then.
        case later(Instant)
        /// Turn it away.
        case never
    }

    private struct Record {
        var failures: Int
        var last: Instant
        var nextSlot: Instant
    }

    private let settings: Settings
    private var records: [String: Record] = [:]

    /// A throttle that knows nobody.
    public init(_ settings: Settings) { self.settings = settings }

    /// Decides about an attempt from an address.
    public mutating func attempt(from address: String, now: Instant) -> Verdict {
        guard var record = records[address] else { return .now }
        if now - record.last > settings.forgetAfter {
            records[address] = nil
            return .now
        }
        guard record.failures >= settings.freeFailures else { return .now }
        let slot = max(now, record.nextSlot) + settings.pause
        guard slot - now <= settings.longestWait else { return .never }
        record.nextSlot = slot
        records[address] = record
        return .later(slot)
    }

    /// Notes a failure.
    public mutating func failed(from address: String, now: Instant) {
        if records[address] == nil, records.count >= settings.addresses { makeRoom(now) }
        var record = records[address] ?? Record(failures: 0, last: now, nextSlot: now)
        record.failures += 1
        record.last = now
        records[address] = record
    }

    /// Notes a success: the address starts anew.
    public mutating func succeeded(from address: String) { records[address] = nil }

    private mutating func makeRoom(_ now: Instant) {
        let fresh = records.filter { now - $0.value.last <= settings.forgetAfter }
        records = fresh.count < settings.addresses ? fresh : [:]
        // All of them are recent: a flood from many addresses. Starting anew is cheaper than a search per failure, and
        // costs the flood no more than its free failures.
    }

    /// How many addresses are remembered.
    public var count: Int { records.count }
}
