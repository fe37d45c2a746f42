import AMI
import TandemCore

/// A message as plain values, for comparing readers.
struct PlainMessage: Hashable, Sendable {
    var kind: AMIMessage.Kind
    var event: AMIEventName
    var names: [String]
    var values: [String]

    init(_ message: borrowing AMIMessage) {
        kind = message.kind
        event = message.event
        names = (0..<message.count).map { message.name(at: $0) }
        values = (0..<message.count).map { message.value(at: $0) }
    }

    init(kind: AMIMessage.Kind, event: AMIEventName, names: [String], values: [String]) {
        self.kind = kind
        self.event = event
        self.names = names
        self.values = values
    }
}

/// Reads bytes at once, in pieces of a size.
func read(_ bytes: [UInt8], pieces: Int = .max, limits: AMILimits = AMILimits())
    -> [PlainMessage]
{
    var decoder = AMIDecoder(limits: limits)
    var messages: [PlainMessage] = []
    var index = 0
    while index < bytes.count {
        let end = min(bytes.count, pieces == .max ? bytes.count : index + pieces)
        decoder.decode(Array(bytes[index..<end])) { messages.append(PlainMessage($0)) }
        index = end
    }
    return messages
}

/// The oracle: the same rules, written to be read. No `Response: Follows`.
func plainRead(_ bytes: [UInt8]) -> [PlainMessage] {
    var lines: [[UInt8]] = []
    var line: [UInt8] = []
    for byte in bytes {
        line.append(byte)
        if line == [10] {
            lines.append([])
            line = []
            continue
        }
        if line.count >= 2, line[line.count - 2] == 13, byte == 10 {
            lines.append(Array(line.dropLast(2)))
            line = []
        }
    }
    var messages: [PlainMessage] = []
    var names: [[UInt8]] = []
    var values: [[UInt8]] = []
    func finish(isBanner: Bool = false) {
        let first = names.first.map(fold) ?? ""
        let kind: AMIMessage.Kind =
            isBanner ? .banner : first == "event" ? .event : first == "response" ? .response : .other
        let event = AMIEventName.allCases.first {
            kind == .event && $0 != .other && fold(Array("\($0.name)".utf8)) == fold(values[0])
        }
        messages.append(
            PlainMessage(
                kind: kind, event: event ?? .other, names: names.map { String(decoding: $0, as: UTF8.self) },
                values: values.map { String(decoding: $0, as: UTF8.self) }))
        names = []
        values = []
    }
    for (number, line) in lines.enumerated() {
        if line.isEmpty {
            if !names.isEmpty { finish() }
            continue
        }
        var text = line
        while text.last == 10 { text.removeLast() }
        if let colon = text.firstIndex(of: 58), colon <= Int(UInt16.max) {
            names.append(Array(text[..<colon]))
            var value = Array(text[(colon + 1)...])
            if value.first == 32 { value.removeFirst() }
            values.append(value)
        } else {
            names.append([])
            values.append(text)
        }
        if number == 0, names[0].isEmpty, values[0].starts(with: Array("Asterisk Call Manager/".utf8)) {
            finish(isBanner: true)
        }
    }
    return messages
}

/// Bytes with bit 5 set: how names compare.
func fold(_ bytes: [UInt8]) -> String { String(decoding: bytes.map { $0 | 0x20 }, as: UTF8.self) }

/// A small random source with a seed, the same on every machine.
struct Random: RandomNumberGenerator {
    private var bits: SplitMix64
    init(_ seed: UInt64) { bits = SplitMix64(seed: seed &+ 0x9E37_79B9_7F4A_7C15) }
    mutating func next() -> UInt64 { bits.next() }
}

/// Text with CR LF line ends.
func wire(_ text: String) -> [UInt8] { Array(text.replacing("\n", with: "\r\n").utf8) }
