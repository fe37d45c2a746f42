import TandemCore

/// The same seed gives the same test, on every machine.
struct SeededGenerator: RandomNumberGenerator {
    private var bits: SplitMix64
    init(seed: UInt64) { bits = SplitMix64(seed: seed) }

    mutating func next() -> UInt64 { bits.next() }

    mutating func text(upTo length: Int = 24) -> String {
        let alphabet: [Character] = [
            "a", "Z", "0", "/", "\"", "\\", "\n", "\r", "\t", "\u{0}", "\u{1F}", "\u{7F}", "é", "ß", "中", "\u{FFFD}",
            "\u{10FFFF}", "😀", "e\u{301}", " ", ":", "{", "]", "\u{2028}", "\u{8}", "\u{C}",
        ]
        let size = Int.random(in: 0...length, using: &self)
        return String((0..<size).map { _ in alphabet.randomElement(using: &self) ?? "a" })
    }

    mutating func value(depth: Int = 0) -> JSONValue {
        switch Int.random(in: 0..<(depth < 5 ? 9 : 7), using: &self) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &self))
        case 2: return .integer(Int64(bitPattern: next()) >> Int64.random(in: 0..<64, using: &self))
        case 3:
            let number = Double(bitPattern: next())
            return .double(number.isFinite ? number : 0.5)
        case 4: return .numeral("1" + String(repeating: "7", count: Int.random(in: 20...40, using: &self)))
        case 5, 6: return .string(text())
        case 7: return .array((0..<Int.random(in: 0...6, using: &self)).map { _ in value(depth: depth + 1) })
        default: return .object(object(depth: depth + 1))
        }
    }

    mutating func object(depth: Int = 0, members: Int? = nil) -> JSONObject {
        var object = JSONObject()
        for _ in 0..<(members ?? Int.random(in: 0...6, using: &self)) { object[text(upTo: 6)] = value(depth: depth) }
        return object
    }
}
