/// A node's clock: its own zero, and its own speed.
struct SkewedClock {
    let offset: Int64
    let partsPerMillion: Int64

    func local(_ world: Int64) -> Int64 { offset + world + world / 1_000 * partsPerMillion / 1_000 }

    /// The first world time at which the clock shows at least this.
    func world(_ local: Int64) -> Int64 {
        let elapsed = local - offset
        var guess = elapsed - elapsed / 1_000 * partsPerMillion / 1_000 - 1_000_000
        // The clock is monotonic and nearly as fast as the world: a short walk ends the search.
        var step: Int64 = 1_000_000
        while step > 0 {
            while self.local(guess + step) < local { guess += step }
            step /= 10
        }
        return guess + 1
    }
}
