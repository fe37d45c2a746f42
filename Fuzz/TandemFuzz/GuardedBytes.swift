#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Memory that ends where a page begins that nobody may touch: whoever reads behind an input dies at once.
///
/// What lies before an input is filled with quotes and braces, which a reader that looks there would take for text.
enum GuardedBytes {
    private static let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    private static let room = 2 * Mutator.longest

    private struct Memory: @unchecked Sendable {  // Only its address is shared, and targets run one after the other.
        let start: UnsafeMutablePointer<UInt8>
        let count: Int
    }

    private static let memory: Memory = {
        let count = (room + page - 1) / page * page
        guard
            let start = mmap(nil, count + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
            start != MAP_FAILED, mprotect(start + count, page, PROT_NONE) == 0
        else { fatalError("no memory for guarded bytes") }
        return Memory(start: start.assumingMemoryBound(to: UInt8.self), count: count)
    }()

    /// Lends the bytes at the very end of the guarded memory; longer ones from the heap, unguarded.
    static func with<Result>(_ bytes: some Collection<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result
    {
        guard bytes.count <= memory.count - 8 else {
            return Array(bytes).withUnsafeBufferPointer { body($0) }
        }
        let start = memory.start + memory.count - bytes.count
        for (index, byte) in "\"{[\"{[\"{".utf8.enumerated() { start[index - 8] = byte }
        var place = start
        for byte in bytes {
            place.pointee = byte
            place += 1
        }
        return body(UnsafeBufferPointer(start: start, count: bytes.count))
    }
}
