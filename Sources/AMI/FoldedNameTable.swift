/// Finds a known name by its bytes: a hash over two words, one index byte, one comparison of up to four words.
///
/// Names are 1 to 32 bytes. Bytes compare with bit 5 set, which makes letters equal in both cases (and changes nothing
/// about digits and `-`). Holds only plain memory, so a lookup touches no reference count.
struct FoldedNameTable: ~Copyable {
    /// The words of a name: everything up to 32 bytes is covered by its first 16 and its last 16 bytes.
    struct Words {
        var first: UInt64
        var last: UInt64
        var second: UInt64
        var secondLast: UInt64
    }

    private struct Entry {
        var words: Words
        var length: UInt8
        var identifier: UInt8
    }

    /// A name with its `:` as it begins a line: four words, and which of their bits count.
    private struct Pattern {
        var words: SIMD4<UInt64>
        var masks: SIMD4<UInt64>
        /// Bytes of the name without the `:`; 0: the name is too long to be guessed.
        var length: Int
    }

    private static let slotCount = 1024
    static let longest = 32
    /// How many bytes `begins` reads.
    static let patternBytes = 32
    private static let fold: UInt64 = 0x2020_2020_2020_2020

    private let slots: UnsafeMutablePointer<UInt8>
    private let entries: UnsafeMutablePointer<Entry>
    private let patterns: UnsafeMutablePointer<Pattern>

    /// Makes a table of at most 254 names; the identifier 0 means "not known".
    init(_ names: [(name: StaticString, identifier: UInt8)]) {
        precondition(names.count < 255, "the table holds 254 names")
        slots = .allocate(capacity: Self.slotCount)
        slots.initialize(repeating: 0, count: Self.slotCount)
        entries = .allocate(capacity: names.count + 1)
        entries.initialize(
            repeating: Entry(
                words: Words(first: 0, last: 0, second: 0, secondLast: 0), length: 0, identifier: 0),
            count: names.count + 1)
        patterns = .allocate(capacity: 256)
        patterns.initialize(repeating: Pattern(words: .zero, masks: .zero, length: 0), count: 256)
        for (index, (name, identifier)) in names.enumerated() {
            let length = name.utf8CodeUnitCount
            precondition((1...Self.longest).contains(length), "a known name has 1 to 32 bytes")
            let start = UnsafeRawPointer(name.utf8Start)
            let words = Self.words(start, length: length, readable: length)
            entries[index + 1] = Entry(words: words, length: UInt8(length), identifier: identifier)
            var slot = Self.slot(words, length: length)
            while slots[slot] != 0 { slot = (slot + 1) % Self.slotCount }
            slots[slot] = UInt8(index + 1)
            patterns[Int(identifier)] = Self.pattern(name)
        }
    }

    private static func pattern(_ name: StaticString) -> Pattern {
        let length = name.utf8CodeUnitCount
        var pattern = Pattern(words: .zero, masks: .zero, length: 0)
        guard length < patternBytes else { return pattern }
        pattern.length = length
        for index in 0...length {
            // Bit 5 does not count in a name, and counts in the colon, or 0x1A would be one as well.
            let counted: UInt8 = index == length ? 0xFF : 0xDF
            let byte = index == length ? UInt8(ascii: ":") : name.utf8Start[index] & counted
            pattern.words[index / 8] |= UInt64(byte) << UInt64(index % 8 * 8)
            pattern.masks[index / 8] |= UInt64(counted) << UInt64(index % 8 * 8)
        }
        return pattern
    }

    /// Whether the line at `start`, of which 32 bytes may be read, begins with the name and `:`. Returns the name's
    /// length, or 0. No branch depends on the name.
    @inline(__always)
    borrowing func begins(_ start: UnsafeRawPointer, with identifier: UInt8) -> Int {
        let pattern = patterns + Int(identifier)
        let words = pattern.pointee.words
        let masks = pattern.pointee.masks
        var difference = UInt64(littleEndian: start.loadUnaligned(as: UInt64.self)) & masks[0] ^ words[0]
        difference |=
            UInt64(littleEndian: start.loadUnaligned(fromByteOffset: 8, as: UInt64.self)) & masks[1] ^ words[1]
        difference |=
            UInt64(littleEndian: start.loadUnaligned(fromByteOffset: 16, as: UInt64.self)) & masks[2] ^ words[2]
        difference |=
            UInt64(littleEndian: start.loadUnaligned(fromByteOffset: 24, as: UInt64.self)) & masks[3] ^ words[3]
        return difference == 0 ? pattern.pointee.length : 0
    }

    deinit {
        slots.deallocate()
        entries.deallocate()
        patterns.deallocate()
    }

    /// The identifier of the name at `start`, or 0. `readable` bytes from `start` may be read (at least `length`).
    @inline(__always)
    borrowing func identifier(_ start: UnsafeRawPointer, length: Int, readable: Int) -> UInt8 {
        if length > Self.longest || length == 0 { return 0 }
        let words = Self.words(start, length: length, readable: readable)
        var slot = Self.slot(words, length: length)
        while true {
            let index = slots[slot]
            if index == 0 { return 0 }
            let entry = entries + Int(index)
            if Int(entry.pointee.length) == length, entry.pointee.words.first == words.first,
                entry.pointee.words.last == words.last, entry.pointee.words.second == words.second,
                entry.pointee.words.secondLast == words.secondLast
            {
                return entry.pointee.identifier
            }
            slot = (slot + 1) & (Self.slotCount - 1)
        }
    }

    @inline(__always)
    private static func words(_ start: UnsafeRawPointer, length: Int, readable: Int) -> Words {
        if length >= 8 {
            let first = start.loadUnaligned(as: UInt64.self) | fold
            let last = start.loadUnaligned(fromByteOffset: length - 8, as: UInt64.self) | fold
            if length <= 16 { return Words(first: first, last: last, second: 0, secondLast: 0) }
            return Words(
                first: first, last: last, second: start.loadUnaligned(fromByteOffset: 8, as: UInt64.self) | fold,
                secondLast: start.loadUnaligned(fromByteOffset: length - 16, as: UInt64.self) | fold)
        }
        var word: UInt64 = 0
        if readable >= 8 {
            word = UInt64(littleEndian: start.loadUnaligned(as: UInt64.self))
        } else {
            for index in 0..<length { word |= UInt64(start.load(fromByteOffset: index, as: UInt8.self)) << (8 * index) }
        }
        let mask = (UInt64(1) << UInt64(8 * length)) &- 1
        return Words(first: (word | fold) & mask, last: 0, second: 0, secondLast: 0)
    }

    @inline(__always)
    private static func slot(_ words: Words, length: Int) -> Int {
        let mixed =
            (words.first &* 0x9E37_79B9_7F4A_7C15) ^ (words.last &* 0xC2B2_AE3D_27D4_EB4F)
            ^ (words.second &* 0x1656_67B1_9E37_79F9)
        let spread = (mixed &+ UInt64(truncatingIfNeeded: length)) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: spread >> 54)
    }
}
