/// Finds line ends.
public enum LineScanner {
    /// The place of the first `\n`, eight bytes at a time.
    @inline(__always)
    public static func newline(in buffer: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        guard let base = buffer.baseAddress else { return nil }
        let ones: UInt64 = 0x0101_0101_0101_0101
        var place = start
        while place &+ 8 <= buffer.count {
            let raw = UnsafeRawPointer(base + place).loadUnaligned(as: UInt64.self)
            let word = UInt64(littleEndian: raw) ^ (ones &* 0x0A)
            let marks = (word &- ones) & ~word & (ones &* 0x80)
            if marks != 0 { return place &+ (marks.trailingZeroBitCount &>> 3) }
            place &+= 8
        }
        while place < buffer.count {
            if base[place] == 0x0A { return place }
            place &+= 1
        }
        return nil
    }
}
