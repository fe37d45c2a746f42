import TandemCore

/// A message of a saved dialogue, as a line of the wire (indented ones keep their line feeds, which are blanks).
public struct SavedMessage: Hashable, Sendable {
    /// Who sent it.
    public var side: Side
    /// Its bytes: JSON, or a line that was none.
    public var bytes: [UInt8]

    /// Makes a message.
    public init(side: Side, bytes: [UInt8]) {
        self.side = side
        self.bytes = bytes
    }
}

/// Reads what `ctisave` wrote: a sequence of indented JSON texts and of lines that were no JSON, or the objects of its
/// `--json` form, which know who sent them.
public struct SavedDialogue {
    private var tape = JSONTape()

    /// A reader.
    public init() {}

    /// The messages of one file.
    public mutating func messages(in file: [UInt8], from side: Side) -> [SavedMessage] {
        var lines = file.split(separator: 0x0A, omittingEmptySubsequences: false)[...]
        // The file ends in a line feed; what follows it is no line.
        if lines.last?.isEmpty == true { lines.removeLast() }
        var found: [SavedMessage] = []
        while let line = lines.popFirst() {
            if let text = indentedText(line, &lines) {
                found.append(SavedMessage(side: side, bytes: text))
            } else {
                found.append(record(Array(line)) ?? SavedMessage(side: side, bytes: Array(line)))
            }
        }
        return found
    }

    /// A text over several lines: an opening bracket alone, indented lines, the closing bracket alone. Nil when the
    /// lines are something else; then only the first one is used up.
    private mutating func indentedText(_ first: ArraySlice<UInt8>, _ rest: inout ArraySlice<ArraySlice<UInt8>>)
        -> [UInt8]?
    {
        guard first.count == 1, let opening = first.first,
            opening == UInt8(ascii: "{") || opening == UInt8(ascii: "[")
        else { return nil }
        // '}' is '{' + 2 and ']' is '[' + 2.
        var end = rest.startIndex
        while end < rest.endIndex, rest[end].starts(with: "    ".utf8) { end += 1 }
        guard end < rest.endIndex, rest[end].elementsEqual([opening + 2]) else { return nil }
        var text = Array(first)
        for line in rest[...end] {
            text.append(0x0A)
            text.append(contentsOf: line)
        }
        guard isJSON(text) else { return nil }
        rest = rest[(end + 1)...]
        return text
    }

    private mutating func isJSON(_ text: [UInt8]) -> Bool {
        text.withUnsafeBufferPointer { buffer in
            (try? tape.parse(buffer, depthLimit: JSONTape.maximumLenientDepth, dialect: .lenient)) != nil
        }
    }

    /// The message in an object of the `--json` form.
    private mutating func record(_ line: [UInt8]) -> SavedMessage? {
        guard line.first == UInt8(ascii: "{"), isJSON(line) else { return nil }
        return line.withUnsafeBufferPointer { buffer in
            tape.withView(of: buffer) { record -> SavedMessage? in
                guard record.member("connection") != nil,
                    let side = record.string("direction").flatMap({
                        $0 == "client" ? Side.client : $0 == "server" ? .server : nil
                    })
                else { return nil }
                if let message = record.member("message") {
                    return SavedMessage(side: side, bytes: Array(message.rawBytes))
                }
                if let text = record.member("text") { return SavedMessage(side: side, bytes: text.decodedString) }
                return record.string("base64").map { SavedMessage(side: side, bytes: Base64.read($0)) }
            }
        }
    }

    /// Puts the halves of a dialogue together: an answer stands after its question. A half without identifiers comes
    /// after the other.
    public mutating func merged(client: [SavedMessage], server: [SavedMessage]) -> [SavedMessage] {
        var questions: [[UInt8]: [Int]] = [:]
        for (place, message) in client.enumerated().reversed() {
            if let id = identifier("commandid", of: message) { questions[id, default: []].append(place) }
        }
        var result: [SavedMessage] = []
        var next = 0
        for message in server {
            if let id = identifier("replyid", of: message), let place = questions[id]?.last {
                // The same identifier again belongs to the next question that has it, if there is one.
                if (questions[id]?.count ?? 0) > 1 { questions[id]?.removeLast() }
                while next <= place, next < client.count {
                    result.append(client[next])
                    next += 1
                }
            }
            result.append(message)
        }
        return result + client[next...]
    }

    /// The text of an identifier as it would be printed.
    mutating func identifier(_ key: String, of message: SavedMessage) -> [UInt8]? {
        guard isJSON(message.bytes) else { return nil }
        return message.bytes.withUnsafeBufferPointer { buffer in
            tape.withView(of: buffer) { view -> [UInt8]? in
                guard let value = view.member(key), !value.isNull else { return nil }
                var text: [UInt8] = []
                var formatter = MessageFormatter()
                formatter.write(value, into: &text)
                return text
            }
        }
    }
}

extension Base64 {
    /// The bytes of a text; what is no letter of the alphabet is skipped.
    static func read(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        var word: UInt32 = 0
        var bits: UInt32 = 0
        for byte in text.utf8 {
            let value: UInt32
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = UInt32(byte) - 65
            case UInt8(ascii: "a")...UInt8(ascii: "z"): value = UInt32(byte) - 71
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = UInt32(byte) + 4
            case UInt8(ascii: "+"): value = 62
            case UInt8(ascii: "/"): value = 63
            default: continue
            }
            word = word << 6 | value
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: word >> bits))
            }
        }
        return bytes
    }
}
