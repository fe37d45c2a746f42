/// A line was longer than its limit. The connection that sent it must be closed: what follows has no frame.
public struct LineTooLong: Error, Hashable, Sendable, CustomStringConvertible {
    /// The limit in bytes that was exceeded.
    public let limit: Int

    /// Names the limit.
    public init(limit: Int) { self.limit = limit }

    /// A sentence with the limit.
    public var description: String { "a line is longer than \(limit) bytes; the connection must be closed" }
}

/// Cuts chunks of bytes into lines (CTI reference 1.2), for whoever receives chunks that it does not keep.
///
/// A line that lies within one chunk is lent without copying; only the unfinished end of a chunk is kept. No byte is
/// looked at twice. `\r\n` is accepted, empty lines are skipped; an exact framer keeps both, for those who only look on.
public struct LineFramer: Sendable {
    /// What one step found.
    public enum Step: Hashable, Sendable {
        /// A line was handed to the closure; there may be more in the chunk.
        case line
        /// The chunk is used up.
        case needsMore
        /// The line is too long. Reported once; whatever comes after it is swallowed.
        case tooLong(LineTooLong)
    }

    /// The longest line in bytes, without its terminator. It may be changed between two steps (after a login).
    public var limit: Int
    /// The beginning of a line whose end has not arrived, at most `limit` bytes and a `\r`.
    private var tail: [UInt8] = []
    /// Whether a line was too long; the framer then swallows everything.
    public private(set) var hasFailed = false

    /// Whether empty lines and the `\r` before a line feed belong to what is handed out.
    public let isExact: Bool

    /// A framer at the start of a line.
    public init(limit: Int, isExact: Bool = false) {
        self.limit = limit
        self.isExact = isExact
    }

    /// How many bytes of an unfinished line are kept.
    public var pendingBytes: Int { tail.count }

    /// Reads one line of a chunk from `position` on and lends it to `body`; the lent bytes MUST NOT leave the closure.
    /// Call it with the same chunk until it answers something other than `line`.
    @inlinable
    public mutating func next(
        in chunk: UnsafeBufferPointer<UInt8>, at position: inout Int, _ body: (UnsafeBufferPointer<UInt8>) -> Void
    ) -> Step {
        while let found = find(in: chunk, at: &position) {
            switch found {
            case .whole(let range):
                body(UnsafeBufferPointer(rebasing: chunk[range]))
                return .line
            case .joined(let count):
                lendTail(count, body)
                return .line
            case .step(let step):
                return step
            }
        }
        return .needsMore
    }

    /// Reads all lines of a chunk with the present limit.
    @inlinable
    public mutating func append(
        _ chunk: UnsafeRawBufferPointer, _ body: (UnsafeBufferPointer<UInt8>) -> Void
    ) throws(LineTooLong) {
        let bytes = chunk.bindMemory(to: UInt8.self)
        var position = 0
        while true {
            switch next(in: bytes, at: &position, body) {
            case .line: continue
            case .needsMore: return
            case .tooLong(let fault): throw fault
            }
        }
    }

    /// Reads all lines of a chunk with the present limit.
    @inlinable
    public mutating func append(
        _ chunk: ArraySlice<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Void
    ) throws(LineTooLong) {
        let fault = chunk.withUnsafeBytes { bytes -> LineTooLong? in
            do throws(LineTooLong) {
                try append(bytes, body)
                return nil
            } catch {
                return error
            }
        }
        if let fault { throw fault }
    }

    @usableFromInline
    enum Found {
        /// A line within the chunk.
        case whole(Range<Int>)
        /// The kept tail is now a line of this many bytes.
        case joined(Int)
        case step(Step)
    }

    /// One line or the chunk's end; nil when the chunk is used up.
    @usableFromInline
    mutating func find(in chunk: UnsafeBufferPointer<UInt8>, at position: inout Int) -> Found? {
        guard !hasFailed else {
            position = chunk.count
            return nil
        }
        while position < chunk.count {
            let start = position
            guard let end = LineScanner.newline(in: chunk, from: start) else {
                position = chunk.count
                return keep(UnsafeBufferPointer(rebasing: chunk[start...])).map { .step(.tooLong($0)) }
            }
            position = end + 1
            if tail.isEmpty {
                let endsInReturn = !isExact && end > start && chunk[end - 1] == 0x0D
                let length = endsInReturn ? end - 1 - start : end - start
                if length > limit { return .step(.tooLong(fail())) }
                if length > 0 || isExact { return .whole(start..<(start + length)) }
                continue
            }
            // The tail is within the limit; look before joining, so that a huge chunk is not copied.
            let endsInReturn = !isExact && (end > start ? chunk[end - 1] : tail[tail.count - 1]) == 0x0D
            let length = tail.count + end - start - (endsInReturn ? 1 : 0)
            if length > limit { return .step(.tooLong(fail())) }
            if length == 0 {
                tail.removeAll(keepingCapacity: true)
                continue
            }
            tail.append(contentsOf: chunk[start..<end])
            return .joined(length)
        }
        return nil
    }

    /// Keeps the unfinished end of a chunk unless it is too long already.
    private mutating func keep(_ rest: UnsafeBufferPointer<UInt8>) -> LineTooLong? {
        let total = tail.count + rest.count
        if total > limit, total > limit + 1 || rest[rest.count - 1] != 0x0D { return fail() }
        tail.append(contentsOf: rest)
        return nil
    }

    private mutating func fail() -> LineTooLong {
        hasFailed = true
        tail = []
        return LineTooLong(limit: limit)
    }

    @usableFromInline
    mutating func lendTail(_ count: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
        tail.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[..<count])) }
        // A long line's memory is not kept for the short ones that follow.
        tail.removeAll(keepingCapacity: tail.capacity <= 4_096)
    }
}
