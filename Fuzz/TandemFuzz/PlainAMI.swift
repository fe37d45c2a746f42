/// What a stream of AMI says, read in the plainest way: the whole stream at hand, one line after the other. Slow, and
/// written from the format, so that a decoder which is wrong the same way every time disagrees with it.
struct PlainAMI {
    struct Header: Hashable {
        var name: [UInt8]
        var value: [UInt8]
        var isOutput = false
    }

    struct Message: Hashable {
        enum Kind: Hashable { case banner, response, event, other }
        var kind: Kind
        var headers: [Header]
        var byteCount: Int
    }

    private(set) var messages: [Message] = []
    /// Lines left out of their messages, and messages left out whole, because of the limits.
    private(set) var skippedLines = 0
    private(set) var skippedMessages = 0
    /// The places before which nothing need be kept any more: ends of messages and of empty lines between them.
    private(set) var ends = [0]

    private let lineBytes: Int
    private let headerCount: Int
    private let messageBytes: Int

    init(_ stream: [UInt8], lineBytes: Int, headers: Int, messageBytes: Int) {
        self.lineBytes = lineBytes
        headerCount = headers
        self.messageBytes = messageBytes
        read(stream)
    }

    private mutating func read(_ stream: [UInt8]) {
        var place = 0
        var begin = 0
        var message: [Header] = []
        var isOutput = false
        var isFirst = true
        var isTooLarge = false
        while true {
            guard let (line, length) = Self.line(of: stream[place...], isOutput: isOutput) else {
                // What has no end yet must keep to the limit as well.
                if !isTooLarge, stream.count - begin > messageBytes { skippedMessages += 1 }
                return
            }
            place += length
            if !isTooLarge, place - begin > messageBytes {
                skippedMessages += 1
                isTooLarge = true
                message = []
            }
            if isTooLarge {
                if isOutput {
                    isOutput = !line.ends(with: "--END COMMAND--")
                } else if line.isEmpty {
                    isTooLarge = false
                    message = []
                }
                begin = place
                ends.append(place)
                continue
            }
            var header: Header?
            var isLong = false
            if isOutput {
                if message.last?.isOutput != true,
                    line.starts(with: "Privilege:".utf8) || line.starts(with: "ActionID:".utf8)
                {
                    header = Self.header(line)
                    isLong = line.count > lineBytes
                } else if line.ends(with: "--END COMMAND--") {
                    isOutput = false
                    var text = Array(line.dropLast("--END COMMAND--".utf8.count))
                    if text.last == 10 { text.removeLast() }
                    if !text.isEmpty { header = Header(name: [], value: text, isOutput: true) }
                } else {
                    header = Header(name: [], value: line, isOutput: true)
                }
            } else if !line.isEmpty {
                header = Self.header(line)
                isLong = line.count > lineBytes
            }
            if let header {
                if isLong || message.count == headerCount {
                    skippedLines += 1
                    continue
                }
                message.append(header)
                guard message.count == 1 else { continue }
                let isGreeting = isFirst && line.starts(with: "Asterisk Call Manager/".utf8) && header.name.isEmpty
                isFirst = false
                if !isGreeting {
                    isOutput = header.isNamed("Response") && header.value.elementsEqual("Follows".utf8)
                    continue
                }
                messages.append(Message(kind: .banner, headers: message, byteCount: place - begin))
            } else if !message.isEmpty, line.isEmpty, !isOutput {
                let kind: Message.Kind =
                    message[0].isNamed("Event") ? .event : message[0].isNamed("Response") ? .response : .other
                messages.append(Message(kind: kind, headers: message, byteCount: place - begin))
            } else if !message.isEmpty {
                continue  // a mark alone in its line
            }
            message = []
            begin = place
            ends.append(place)
        }
    }

    /// The first line, without its end, and how many bytes it has with it. A line ends with CR LF; either alone is a byte
    /// like any other, but for a line feed where a line begins: outside of output that is an empty line.
    private static func line(of rest: ArraySlice<UInt8>, isOutput: Bool) -> (line: [UInt8], length: Int)? {
        if rest.first == 10, !isOutput { return ([], 1) }
        var line: [UInt8] = []
        for byte in rest {
            line.append(byte)
            if line.ends(with: "\r\n") { return (line.dropLast(2), line.count) }
        }
        return nil
    }

    /// Name, colon, at most one space, value. A line without a colon is all value. Line feeds at the end are not meant.
    private static func header(_ line: [UInt8]) -> Header {
        var line = line
        while line.last == 10 { line.removeLast() }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return Header(name: [], value: line) }
        var value = line[(colon + 1)...]
        if value.first == 32 { value.removeFirst() }
        return Header(name: Array(line[..<colon]), value: Array(value))
    }
}

extension PlainAMI.Header {
    /// Names differ neither by case nor by bit 5 of any other byte: so the decoder compares, and no name of Asterisk
    /// can tell the difference.
    func isNamed(_ text: String) -> Bool { name.map { $0 | 0x20 } == text.utf8.map { $0 | 0x20 } }
}

extension [UInt8] {
    fileprivate func ends(with text: String) -> Bool { suffix(text.utf8.count).elementsEqual(text.utf8) }
}
