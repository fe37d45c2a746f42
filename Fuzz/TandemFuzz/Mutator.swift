/// Makes new inputs of old ones: changes of bytes, and changes that know what texts are made of.
struct Mutator {
    private let dictionary: [[UInt8]]
    /// Numbers at the edges of what fields hold.
    private static let numbers = [
        "0", "-0", "-1", "1", "63", "64", "65", "127", "128", "255", "256", "65535", "65536", "2147483647",
        "2147483648", "-2147483648", "4294967295", "4294967296", "4611686018427387904", "4611686018427387905",
        "9007199254740993", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
        "-9223372036854775809", "18446744073709551615", "18446744073709551616", "1e308", "1e309", "-1e309", "1e-400",
        "0.1", "1E+2", "01", "1.", ".5", "-", "00000000000000000000000000000001",
    ].map { Array($0.utf8) }
    private static let bytes: [UInt8] = [
        0, 9, 10, 13, 32, 0x22, 0x2C, 0x3A, 0x5B, 0x5C, 0x5D, 0x7B, 0x7D, 0x7F, 0x80, 0xBF, 0xC0, 0xED, 0xF4, 0xFF,
    ]
    /// Where a text can be cut into parts that mean something.
    private static let borders = Set("\n\r\",:[]{} ".utf8)
    /// Inputs stay small: a fault of a long input nearly always has a short brother.
    static let longest = 16_384

    init(dictionary: [String]) { self.dictionary = dictionary.map { Array($0.utf8) } }

    /// One to eight changes of `input`; `other` is what splices take from.
    func vary(_ input: [UInt8], with other: [UInt8], _ random: inout FuzzRandom) -> [UInt8] {
        var bytes = input
        for _ in 0..<(1 << random.below(4)) { change(&bytes, with: other, &random) }
        if bytes.count > Self.longest { bytes.removeSubrange(Self.longest...) }
        return bytes
    }

    private func change(_ bytes: inout [UInt8], with other: [UInt8], _ random: inout FuzzRandom) {
        let place = random.below(bytes.count + 1)
        switch random.below(13) {
        case 0 where place < bytes.count: bytes[place] ^= 1 << UInt8(random.below(8))
        case 1 where place < bytes.count: bytes[place] = UInt8(random.below(256))
        case 2: bytes.insert(Self.bytes[random.below(Self.bytes.count)], at: place)
        case 3: bytes.removeSubrange(part(of: bytes, &random))
        case 4: bytes.removeSubrange(place...)
        case 5:  // repeat a part, sometimes often: nesting, long lists, long lines
            let part = Array(bytes[part(of: bytes, &random)])
            let times = random.oneIn(8) ? 100 : 1 + random.below(3)
            guard part.count * times < Self.longest else { return }
            for _ in 0..<times { bytes.insert(contentsOf: part, at: min(place, bytes.count)) }
        case 6:  // a part of another input, in place of one of this
            let part = Array(other[part(of: other, &random)])
            bytes.replaceSubrange(self.part(of: bytes, &random), with: part)
        case 7: bytes = Array(bytes[..<place]) + other[random.below(other.count + 1)...]
        case 8 where !dictionary.isEmpty:
            bytes.insert(contentsOf: dictionary[random.below(dictionary.count)], at: place)
        case 9 where !dictionary.isEmpty:
            bytes.replaceSubrange(word(at: place, in: bytes), with: dictionary[random.below(dictionary.count)])
        case 10:
            bytes.replaceSubrange(digits(at: place, in: bytes), with: Self.numbers[random.below(Self.numbers.count)])
        case 11:  // two parts change places
            let first = part(of: bytes, &random)
            let text = Array(bytes[first])
            bytes.removeSubrange(first)
            bytes.insert(contentsOf: text, at: random.below(bytes.count + 1))
        default:  // a line end where none was, in the forms that exist
            bytes.insert(contentsOf: [[10], [13, 10], [13], [10, 10], [13, 10, 13, 10]][random.below(5)], at: place)
        }
    }

    /// A part of the bytes; mostly from border to border.
    private func part(of bytes: [UInt8], _ random: inout FuzzRandom) -> Range<Int> {
        guard !bytes.isEmpty else { return 0..<0 }
        var start = random.below(bytes.count)
        var end = min(bytes.count, start + 1 + random.below(random.oneIn(4) ? bytes.count : 40))
        if !random.oneIn(3) {
            while start > 0, !Self.borders.contains(bytes[start - 1]) { start -= 1 }
            while end < bytes.count, !Self.borders.contains(bytes[end]) { end += 1 }
        }
        return start..<end
    }

    private func word(at place: Int, in bytes: [UInt8]) -> Range<Int> {
        run(at: place, in: bytes) { !Self.borders.contains($0) }
    }

    /// The number nearest after the place; nothing, at the place, when there is none.
    private func digits(at place: Int, in bytes: [UInt8]) -> Range<Int> {
        let isDigit = { (byte: UInt8) in (0x30...0x39).contains(byte) || byte == 0x2D || byte == 0x2E }
        let first = bytes[place...].firstIndex(where: isDigit) ?? place
        return run(at: first, in: bytes, where: isDigit)
    }

    private func run(at place: Int, in bytes: [UInt8], where holds: (UInt8) -> Bool) -> Range<Int> {
        var start = place
        var end = place
        while start > 0, holds(bytes[start - 1]) { start -= 1 }
        while end < bytes.count, holds(bytes[end]) { end += 1 }
        return start..<end
    }
}
