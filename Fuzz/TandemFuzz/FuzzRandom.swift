import TandemCore

/// The same numbers for the same seed, on every machine.
struct FuzzRandom: RandomNumberGenerator {
    private var bits: SplitMix64

    init(seed: UInt64) { bits = SplitMix64(seed: seed) }

    /// Numbers that depend on an input alone, so that a reproducer needs no seed beside it.
    init(of input: [UInt8]) {
        self.init(seed: input.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 })
    }

    mutating func next() -> UInt64 { bits.next() }

    /// A number from 0 to `limit` - 1; 0 when there is none.
    mutating func below(_ limit: Int) -> Int { limit > 1 ? Int(next() % UInt64(limit)) : 0 }

    mutating func oneIn(_ count: Int) -> Bool { below(count) == 0 }
}

extension [UInt8] {
    /// The bytes in pieces of random lengths: single bytes, a few, many, in any order.
    func pieces(_ random: inout FuzzRandom) -> [ArraySlice<UInt8>] {
        var pieces: [ArraySlice<UInt8>] = []
        var start = 0
        let longest = [1, 3, 17, count + 1][random.below(4)]
        while start < count {
            let end = Swift.min(count, start + 1 + random.below(longest))
            pieces.append(self[start..<end])
            start = end
        }
        return pieces
    }
}
