import TandemCore

/// How much a decoder is willing to hold. What exceeds it is left out and counted; the stream goes on.
public struct AMILimits: Hashable, Sendable {
    /// Bytes of one header line.
    public var lineBytes: Int
    /// Headers of one message.
    public var headers: Int
    /// Bytes of one message; also the bound of `Command` output.
    public var messageBytes: Int

    /// The defaults fit the largest messages of Asterisk (endpoint details: 200 headers, 8 KB) many times over.
    public init(
        lineBytes: Int = Limits.managerLine, headers: Int = Limits.managerHeaders,
        messageBytes: Int = Limits.managerMessage
    ) {
        self.lineBytes = lineBytes
        self.headers = headers
        self.messageBytes = messageBytes
    }
}

/// Makes messages of bytes as they arrive, in pieces of any size. No byte is looked at twice, and nothing is allocated
/// per message: a message that lies whole in the given bytes is read there; only an unfinished one is kept.
///
/// What Asterisk really sends and this reads: LF inside a value and before its CR LF, extra empty lines, repeated and
/// empty headers, `: ` in values, bytes that are no UTF-8, `Response: Follows` with raw lines up to
/// `--END COMMAND--`, the greeting line, and a message whose closing empty line is a line feed alone.
///
/// A line or header beyond the limits is left out of its message; a message beyond them is left out whole. What is left
/// out does not depend on the pieces in which it came, and is not kept.
public struct AMIDecoder: ~Copyable {
    private let headers: FoldedNameTable
    private let events: FoldedNameTable
    private let limits: AMILimits

    private var fields: UnsafeMutablePointer<AMIField>
    private var fieldCapacity: Int
    /// The known header that came after each header the last time: a guess that is nearly always right, because
    /// Asterisk writes the headers of an event in one order.
    private let followers: UnsafeMutablePointer<UInt8>
    /// Stands for the beginning of a message among `followers`.
    private static let beginning: UInt8 = 255

    /// The unfinished message of earlier calls.
    private var kept: [UInt8] = []
    /// What the last scan wants taken out of the middle of what it was given: the inside of a line that is left out.
    private var cut: Range<Int>?

    // The unfinished message's state; offsets count from its first byte.
    private var fieldCount = 0
    private var lineStart = 0
    private var scanned = 0
    private var follows = false
    private var isFirstLine = true
    /// The unfinished message is too large already: what comes of it is not kept.
    private var isDropping = false

    /// Lines left out of their messages: too long, or more than a message may have.
    public private(set) var skippedLines: UInt64 = 0
    /// Messages left out because they were too large.
    public private(set) var skippedMessages: UInt64 = 0
    /// Messages read so far, the greeting included.
    public private(set) var messageCount: UInt64 = 0
    /// Bytes given so far.
    public private(set) var receivedBytes: UInt64 = 0

    /// A decoder for one connection, from its first byte.
    public init(limits: AMILimits = AMILimits()) {
        self.limits = limits
        headers = FoldedNameTable(
            AMIHeader.allCases.filter { $0 != .other }.map { (name: $0.name, identifier: $0.rawValue) })
        events = FoldedNameTable(
            AMIEventName.allCases.filter { $0 != .other }.map { (name: $0.name, identifier: $0.rawValue) })
        fieldCapacity = 64
        fields = .allocate(capacity: 64)
        followers = .allocate(capacity: 256)
        followers.initialize(repeating: 0, count: 256)
    }

    deinit {
        fields.deallocate()
        followers.deallocate()
    }

    /// Bytes of an unfinished message that are kept for the next call.
    public var keptBytes: Int { kept.count }

    /// Reads more bytes and lends each message that they complete to `body`, in order.
    public mutating func decode(_ bytes: UnsafeRawBufferPointer, _ body: (borrowing AMIMessage) -> Void) {
        guard !bytes.isEmpty else { return }
        receivedBytes &+= UInt64(bytes.count)
        if kept.isEmpty {
            let used = scan(bytes, body)
            let cut = takeCut(at: bytes.count)
            kept.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[used..<cut.lowerBound]))
            kept.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[cut.upperBound...]))
        } else {
            kept.append(contentsOf: bytes)
            // The array leaves `self` while it is read, so that `scan` may change the rest of `self`.
            var buffer: [UInt8] = []
            swap(&buffer, &kept)
            let used = buffer.withUnsafeBytes { scan($0, body) }
            swap(&buffer, &kept)
            kept.removeSubrange(takeCut(at: kept.count))
            if used == kept.count {
                kept.removeAll(keepingCapacity: kept.capacity <= 262_144)
            } else if used > 0 {
                kept.removeSubrange(..<used)
            }
        }
    }

    /// The same for an array of bytes.
    public mutating func decode(_ bytes: [UInt8], _ body: (borrowing AMIMessage) -> Void) {
        bytes.withUnsafeBytes { decode($0, body) }
    }

    /// What is to be taken out of the bytes given to the last scan; an empty range at `end`: nothing.
    private mutating func takeCut(at end: Int) -> Range<Int> {
        defer { cut = nil }
        return cut ?? end..<end
    }

    // MARK: The scanner

    /// Reads a buffer whose first byte is the first byte of a message (of which `scanned` bytes are done already).
    /// Returns how many bytes belong to finished messages.
    private mutating func scan(_ buffer: UnsafeRawBufferPointer, _ body: (borrowing AMIMessage) -> Void) -> Int {
        guard let start = buffer.baseAddress else { return 0 }
        let end = buffer.count
        // Locals, written back at the end: the loop then works on registers.
        let followers = followers
        let lineLimit = limits.lineBytes
        let messageLimit = limits.messageBytes
        let headerLimit = limits.headers
        var message = 0
        var line = lineStart
        var position = scanned
        var count = fieldCount
        var previous = count == 0 ? Self.beginning : fields[count - 1].identifier
        while true {
            // A fresh line: is it the one that came here the last time?
            var nameLength = 0
            var identifier = followers[Int(previous)]
            if identifier != 0, position == line, end &- line >= FoldedNameTable.patternBytes, !follows {
                nameLength = headers.begins(start + line, with: identifier)
                position = line &+ nameLength
            }
            guard let newline = indexOfByte(10, start, from: position, to: end) else { break }
            position = newline &+ 1
            var lineEnd = newline &- 1
            if newline == line, !follows {
                // A line feed where a line begins: the empty line of a writer who forgot the carriage return.
                lineEnd = line
            } else if newline == line || start.load(fromByteOffset: lineEnd, as: UInt8.self) != 13 {
                // A line feed inside the line. The name found above is looked for again at the line's true end.
                continue
            }
            if !isDropping, position &- message > messageLimit {
                beginDropping()
                count = 0
                previous = Self.beginning
            }
            if isDropping {
                if follows {
                    follows = !Self.endsOutput(UnsafeRawBufferPointer(start: start + line, count: lineEnd - line))
                } else if lineEnd == line {
                    isDropping = false
                }
                message = position
                line = position
                continue
            }
            if follows {
                if followsLine(start + message, from: line - message, to: lineEnd - message, count: &count) {
                    line = position
                    continue
                }
            }
            if lineEnd == line {
                if count > 0 { emit(start + message, count: count, byteCount: position - message, body) }
                count = 0
                message = position
                line = position
                previous = Self.beginning
                continue
            }
            if lineEnd &- line > lineLimit || count >= headerLimit {
                skippedLines &+= 1
                line = position
                continue
            }
            if count == fieldCapacity { growFields(used: count) }
            var valueEnd = lineEnd
            // LF right before CR LF belongs to no value.
            while valueEnd > line, start.load(fromByteOffset: valueEnd &- 1, as: UInt8.self) == 10 { valueEnd &-= 1 }
            if nameLength == 0 {
                nameLength = nameEnd(start, line: line, valueEnd: valueEnd)
                identifier =
                    nameLength < 0
                    ? 0 : headers.identifier(start + line, length: nameLength, readable: end &- line)
                followers[Int(previous)] = identifier
            }
            var valueStart = line
            if nameLength >= 0 {
                valueStart = line &+ nameLength &+ 1
                if valueStart < valueEnd, start.load(fromByteOffset: valueStart, as: UInt8.self) == 32 {
                    valueStart &+= 1
                }
            } else {
                nameLength = 0
            }
            fields[count] = AMIField(
                nameStart: UInt32(truncatingIfNeeded: line &- message),
                valueStart: UInt32(truncatingIfNeeded: valueStart &- message),
                valueEnd: UInt32(truncatingIfNeeded: valueEnd &- message),
                nameLength: UInt16(truncatingIfNeeded: nameLength), identifier: identifier)
            count &+= 1
            previous = identifier
            if count == 1, beginsSpecially(start + message) {
                emit(start + message, count: 1, byteCount: position - message, body)
                count = 0
                message = position
                previous = Self.beginning
            }
            line = position
        }
        endUnfinished(&message, &count, line: line, end: end)
        lineStart = line - message
        scanned = end - message - (cut?.count ?? 0)
        fieldCount = count
        return message
    }

    /// Bounds what is kept of a message that goes on: of the last line of one that is left out only what its end may have
    /// begun in.
    private mutating func endUnfinished(_ message: inout Int, _ count: inout Int, line: Int, end: Int) {
        if !isDropping, end - message > limits.messageBytes {
            beginDropping()
            count = 0
            message = line
        }
        let tail = Self.endMark.utf8CodeUnitCount + 2
        if isDropping, end - line > tail { cut = line..<(end - tail) }
    }

    private mutating func beginDropping() {
        isDropping = true
        skippedMessages &+= 1
    }

    /// The length of the name of a line, -1 when it has none.
    @inline(__always)
    private func nameEnd(_ start: UnsafeRawPointer, line: Int, valueEnd: Int) -> Int {
        guard let colon = indexOfByte(UInt8(ascii: ":"), start, from: line, to: valueEnd),
            colon &- line <= Int(UInt16.max)
        else { return -1 }
        return colon &- line
    }

    /// Looks at the first line of a message: true for the greeting, which is a message by itself; notes command output.
    @inline(__always)
    private mutating func beginsSpecially(_ base: UnsafeRawPointer) -> Bool {
        let wasFirst = isFirstLine
        isFirstLine = false
        if fields[0].identifier == AMIHeader.response.rawValue { follows = isFollows(base) }
        return wasFirst && isBanner(base)
    }

    private mutating func emit(
        _ base: UnsafeRawPointer, count: Int, byteCount: Int, _ body: (borrowing AMIMessage) -> Void
    ) {
        messageCount &+= 1
        follows = false
        let first = fields[0]
        var kind = AMIMessage.Kind.other
        var event = AMIEventName.other
        switch first.header {
        case .event:
            kind = .event
            let length = Int(first.valueEnd) &- Int(first.valueStart)
            let identifier = events.identifier(
                base + Int(first.valueStart), length: length, readable: byteCount &- Int(first.valueStart))
            event = AMIEventName(rawValue: identifier) ?? .other
        case .response:
            kind = .response
        default:
            if messageCount == 1, isBanner(base) { kind = .banner }
        }
        body(
            AMIMessage(base: base, fields: fields, count: count, kind: kind, event: event, byteCount: byteCount))
    }

    // MARK: Rare things

    private mutating func growFields(used: Int) {
        let larger = UnsafeMutablePointer<AMIField>.allocate(capacity: fieldCapacity * 2)
        larger.moveInitialize(from: fields, count: used)
        fields.deallocate()
        fields = larger
        fieldCapacity *= 2
    }

    private func isBanner(_ base: UnsafeRawPointer) -> Bool {
        let field = fields[0]
        let text: StaticString = "Asterisk Call Manager/"
        guard field.nameLength == 0, Int(field.valueEnd) - Int(field.valueStart) >= text.utf8CodeUnitCount else {
            return false
        }
        return AMIMessage.equal(
            UnsafeRawBufferPointer(start: base + Int(field.valueStart), count: text.utf8CodeUnitCount), text)
    }

    private func isFollows(_ base: UnsafeRawPointer) -> Bool {
        let field = fields[0]
        return AMIMessage.equal(
            UnsafeRawBufferPointer(
                start: base + Int(field.valueStart), count: Int(field.valueEnd) - Int(field.valueStart)),
            "Follows")
    }

    private static let endMark: StaticString = "--END COMMAND--"

    /// A line of `Response: Follows`. False: it is an ordinary header, to be read in the usual way. `Privilege` and `ActionID` come first; all that follows is output, with empty lines,
    /// up to the end mark.
    private mutating func followsLine(
        _ base: UnsafeRawPointer, from start: Int, to end: Int, count: inout Int
    ) -> Bool {
        let line = UnsafeRawBufferPointer(start: base + start, count: end - start)
        let hasOutput = fields[count - 1].header == .output && fields[count - 1].nameLength == 0
        if !hasOutput, Self.begins(line, "Privilege:") || Self.begins(line, "ActionID:") { return false }
        var valueEnd = end
        if Self.endsOutput(line) {
            follows = false
            valueEnd = end - Self.endMark.utf8CodeUnitCount
            if valueEnd > start, base.load(fromByteOffset: valueEnd - 1, as: UInt8.self) == 10 { valueEnd -= 1 }
        }
        if valueEnd == start, !follows { return true }
        guard count < limits.headers else {
            skippedLines &+= 1
            return true
        }
        if count == fieldCapacity { growFields(used: count) }
        fields[count] = AMIField(
            nameStart: UInt32(truncatingIfNeeded: start), valueStart: UInt32(truncatingIfNeeded: start),
            valueEnd: UInt32(truncatingIfNeeded: valueEnd), nameLength: 0, identifier: AMIHeader.output.rawValue)
        count += 1
        return true
    }

    private static func endsOutput(_ line: UnsafeRawBufferPointer) -> Bool {
        line.count >= endMark.utf8CodeUnitCount
            && AMIMessage.equal(UnsafeRawBufferPointer(rebasing: line.suffix(endMark.utf8CodeUnitCount)), endMark)
    }

    private static func begins(_ line: UnsafeRawBufferPointer, _ text: StaticString) -> Bool {
        guard line.count >= text.utf8CodeUnitCount else { return false }
        return AMIMessage.equal(UnsafeRawBufferPointer(rebasing: line.prefix(text.utf8CodeUnitCount)), text)
    }
}
