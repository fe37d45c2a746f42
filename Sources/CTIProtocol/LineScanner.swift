/// Finds lines in a buffer that grows at its end, without looking at any byte twice.
///
/// It holds no bytes: it is the core of `LineFramer` and of any shell whose buffer belongs to someone else (a NIO
/// `ByteToMessageDecoder`). A line ends in `\n` or `\r\n`; the terminator is no part of the line and does not count
/// against the limit. Empty lines are skipped.
public struct LineScanner: Sendable {
    /// What the front of a buffer holds.
    public enum Result: Hashable, Sendable {
        /// A line: skip `skip` bytes (empty lines before it), then `length` bytes are the line; `consumed` bytes from
        /// the buffer's front are then done with, terminator included.
        case line(skip: Int, length: Int, consumed: Int)
        /// No complete line yet. `consumed` bytes of empty lines at the front are done with.
        case incomplete(consumed: Int)
        /// The line at the front is longer than the limit allows, whether it is complete or not.
        case tooLong(limit: Int)
    }

    /// The longest line in bytes. It may be changed between two calls.
    public var limit: Int
    /// How many bytes at the buffer's front have been looked at and hold no line end.
    public private(set) var scanned = 0

    /// A scanner at the start of a line.
    public init(limit: Int) { self.limit = limit }

    /// Looks for the next line in what is buffered and not consumed. The caller drops `consumed` bytes before it calls
    /// again; until then it may only append.
    public mutating func next(_ buffer: UnsafeBufferPointer<UInt8>) -> Result {
        var start = 0
        var from = scanned
        while let end = Self.newline(in: buffer, from: from) {
            let length = end > start && buffer[end - 1] == 0x0D ? end - 1 - start : end - start
            if length > limit { return .tooLong(limit: limit) }
            scanned = 0
            if length > 0 { return .line(skip: start, length: length, consumed: end + 1) }
            start = end + 1
            from = start
        }
        scanned = buffer.count - start
        // One byte more may be the `\r` of a terminator that is still on its way.
        if scanned > limit, scanned > limit + 1 || buffer[buffer.count - 1] != 0x0D { return .tooLong(limit: limit) }
        return .incomplete(consumed: start)
    }

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
