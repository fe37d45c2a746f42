/// Finds a byte eight at a time, without a call into the C library (this target imports nothing of the system).
@inline(__always)
func indexOfByte(_ wanted: UInt8, _ base: UnsafeRawPointer, from start: Int, to end: Int) -> Int? {
    let pattern = UInt64(wanted) &* 0x0101_0101_0101_0101
    var index = start
    while index &+ 8 <= end {
        let word = UInt64(littleEndian: base.loadUnaligned(fromByteOffset: index, as: UInt64.self)) ^ pattern
        let hit = (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
        // The lowest marked byte is exact: a borrow only disturbs the bytes above the first match.
        if hit != 0 { return index &+ (hit.trailingZeroBitCount >> 3) }
        index &+= 8
    }
    while index < end {
        if base.load(fromByteOffset: index, as: UInt8.self) == wanted { return index }
        index &+= 1
    }
    return nil
}
