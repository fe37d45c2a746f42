import TandemCore

/// Who sent something.
public enum Side: Int, Hashable, Sendable {
    case client, server

    /// The other end of the connection.
    public var other: Side { self == .client ? .server : .client }
    /// The word in `--json` lines: `client` or `server`.
    public var word: String { self == .client ? "client" : "server" }
}

/// When bytes were read: for the header, for `--json` and for latencies.
public struct Stamp: Hashable, Sendable {
    /// The monotonic clock.
    public var instant: Instant
    /// Microseconds since 1970.
    public var unixMicroseconds: Int64
    /// What the local time of day is ahead of UTC, in seconds.
    public var offset: Int64

    /// Makes a stamp from both clocks.
    public init(instant: Instant, unixMicroseconds: Int64, offset: Int64 = 0) {
        self.instant = instant
        self.unixMicroseconds = unixMicroseconds
        self.offset = offset
    }

    /// The local time of day with six decimals, `14:03:59.012345`.
    func writeTimeOfDay(into output: inout [UInt8]) {
        let day: Int64 = 86_400_000_000
        let local = (unixMicroseconds + offset * 1_000_000) % day
        var rest = UInt64(local < 0 ? local + day : local)
        let micros = rest % 1_000_000
        rest /= 1_000_000
        func put(_ number: UInt64, _ digits: Int) {
            var divisor: UInt64 = 1
            for _ in 1..<digits { divisor *= 10 }
            while divisor > 0 {
                output.append(0x30 &+ UInt8(truncatingIfNeeded: number / divisor % 10))
                divisor /= 10
            }
        }
        put(rest / 3_600, 2)
        output.append(UInt8(ascii: ":"))
        put(rest / 60 % 60, 2)
        output.append(UInt8(ascii: ":"))
        put(rest % 60, 2)
        output.append(UInt8(ascii: "."))
        put(micros, 6)
    }

    /// Seconds since 1970 with six decimals, `1330972802.532145`.
    func writeUnixTime(into output: inout [UInt8]) {
        output.append(contentsOf: String(unixMicroseconds / 1_000_000).utf8)
        output.append(UInt8(ascii: "."))
        let micros = String(unixMicroseconds % 1_000_000)
        output.append(contentsOf: repeatElement(0x30, count: max(0, 6 - micros.utf8.count)))
        output.append(contentsOf: micros.utf8)
    }
}
