import TandemCore

/// A small generator whose numbers depend on nothing but its seed, on every machine.
public struct SimulationRandom: RandomNumberGenerator, Sendable {
    private var bits: SplitMix64

    /// Starts from a seed.
    public init(seed: UInt64) { bits = SplitMix64(seed: seed &* 0x9E37_79B9_7F4A_7C15 &+ 0xD1B5_4A32_D192_ED03) }

    /// The next 64 bits.
    public mutating func next() -> UInt64 { bits.next() }

    /// A number below a bound (1 or more).
    public mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(max(1, bound))) }

    /// True this many times in a hundred.
    public mutating func chance(_ percent: Int) -> Bool { below(100) < percent }

    /// A duration within bounds.
    public mutating func duration(_ range: ClosedRange<Duration>) -> Duration {
        let low = range.lowerBound.inNanoseconds
        let high = range.upperBound.inNanoseconds
        return .nanoseconds(low + Int64(next() % UInt64(max(1, high - low + 1))))
    }
}
