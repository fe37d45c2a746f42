import AMI
import TandemCore

extension FuzzTarget {
    static let ami = FuzzTarget(
        name: "ami",
        promise: "however a stream is cut, the messages of a plain reader come out, no more is kept than an unfinished "
            + "message, and no value breaks a line of ours",
        dictionary: [
            "\r\n\r\n", "\r\n", "\n", "\r", ": ", ":", "Event: ", "Event: Newchannel\r\n", "Response: Success\r\n",
            "Response: Follows\r\n", "--END COMMAND--", "ActionID: 1\r\n", "Uniqueid: ",
            "Channel: PJSIP/101-0000001\r\n",
            "EventList: start", "Asterisk Call Manager/9.0.0\r\n", "Output: ", "\u{0}", "é",
        ], smokeCases: 250
    ) { AMIOracle.judge($0) }
}

/// Compares a decoder with the plain reader, whole and in pieces.
enum AMIOracle {
    static let limits = AMILimits(lineBytes: 512, headers: 24, messageBytes: 2_048)

    /// Canaries give a fault that is put before or behind the decoder; the oracle is the same.
    static func judge(_ input: [UInt8], fault: AMIFault = AMIFault()) -> Verdict {
        let plain = PlainAMI(
            input, lineBytes: limits.lineBytes, headers: limits.headers, messageBytes: limits.messageBytes)
        let expected = plain.messages.map { PlainMessage($0) }
        var random = FuzzRandom(of: input)
        for round in 0..<4 {
            let pieces = round == 0 ? [input[...]] : input.pieces(&random)
            let got = PlainStream(pieces, limits: limits, fault: fault, plain: plain)
            if let problem = got.problem { return .wrong(problem) }
            guard got.messages == expected else {
                let (one, other) =
                    zip(got.messages, expected).first { $0 != $1 } ?? (got.messages.last, expected.last)
                return .wrong(
                    "\(pieces.count) pieces give \(got.messages.count) messages: \(one.map { "\($0)" } ?? "none"), "
                        + "not \(expected.count): \(other.map { "\($0)" } ?? "none")")
            }
            guard got.skipped == [plain.skippedLines, plain.skippedMessages] else {
                return .wrong(
                    "\(got.skipped) lines and messages are left out, not \(plain.skippedLines), \(plain.skippedMessages)"
                )
            }
        }
        for message in expected {
            if let problem = message.problemWhenSent { return .wrong(problem) }
        }
        let kinds = Set(expected.map { "\($0.kind)" }).sorted().joined(separator: " ")
        return .fine("\(kinds), \(plain.skippedLines > 0) \(plain.skippedMessages > 0)")
    }
}

/// What a canary does to a decoder that is right; nothing, for the real target.
struct AMIFault: Sendable {
    var before: @Sendable (ArraySlice<UInt8>) -> ArraySlice<UInt8> = { $0 }
    var behind: @Sendable (PlainMessage) -> PlainMessage = { $0 }
    var kept: @Sendable (Int) -> Int = { $0 }
}

/// What a decoder makes of a stream.
private struct PlainStream {
    var messages: [PlainMessage] = []
    var skipped: [Int] = []
    /// What is wrong beside the messages.
    var problem: String?

    init(_ pieces: [ArraySlice<UInt8>], limits: AMILimits, fault: AMIFault, plain: PlainAMI) {
        var decoder = AMIDecoder(limits: limits)
        var ends = plain.ends[...]
        for piece in pieces {
            let result = GuardedBytes.with(fault.before(piece)) {
                bytes -> (messages: [PlainMessage], problem: String?) in
                var messages: [PlainMessage] = []
                var problem: String?
                decoder.decode(UnsafeRawBufferPointer(bytes)) { message in
                    messages.append(fault.behind(PlainMessage(message)))
                    problem = problem ?? PlainMessage.problem(of: message)
                }
                return (messages, problem)
            }
            messages += result.messages
            problem = problem ?? result.problem
            // Exactly what has come of the unfinished message is kept; of one that is left out next to nothing.
            while ends.count > 1, ends[ends.startIndex + 1] <= piece.endIndex { ends.removeFirst() }
            let due = piece.endIndex - (ends.first ?? 0)
            let kept = fault.kept(decoder.keptBytes)
            if plain.skippedMessages == 0 ? kept != due : kept > due || kept > limits.messageBytes {
                problem = problem ?? "\(kept) bytes are kept where \(due) of a message have come"
            }
            if problem != nil { return }
        }
        skipped = [Int(decoder.skippedLines), Int(decoder.skippedMessages)]
    }
}

/// A message in plain values. Texts are compared byte by byte, as `String` does not.
struct PlainMessage: Hashable, Sendable, CustomStringConvertible {
    var kind: AMIMessage.Kind
    var event: AMIEventName
    var headers: [AMIHeader]
    var names: [[UInt8]]
    var texts: [[UInt8]]
    var byteCount: Int

    fileprivate init(_ message: borrowing AMIMessage) {
        kind = message.kind
        event = message.event
        headers = (0..<message.count).map { message.header(at: $0) }
        names = (0..<message.count).map { Array(message.name(at: $0).utf8) }
        texts = (0..<message.count).map { Array(message.value(at: $0).utf8) }
        byteCount = message.byteCount
    }

    fileprivate init(_ plain: PlainAMI.Message) {
        switch plain.kind {
        case .banner: kind = .banner
        case .event: kind = .event
        case .response: kind = .response
        case .other: kind = .other
        }
        event = .other
        if let first = plain.headers.first, kind == .event {
            let name = PlainAMI.Header(name: first.value, value: [])
            event = AMIEventName.allCases.first { $0 != .other && name.isNamed("\($0.name)") } ?? .other
        }
        headers = plain.headers.map { header in
            header.isOutput
                ? .output : AMIHeader.allCases.first { $0 != .other && header.isNamed("\($0.name)") } ?? .other
        }
        names = plain.headers.map { Array(String(decoding: $0.name, as: UTF8.self).utf8) }
        texts = plain.headers.map { Array(String(decoding: $0.value, as: UTF8.self).utf8) }
        byteCount = plain.byteCount
    }

    /// Whether asking by name gives the first header of that name; nil when it does.
    fileprivate static func problem(of message: borrowing AMIMessage) -> String? {
        for header in AMIHeader.allCases where header != .other {
            let first = (0..<message.count).first { message.header(at: $0) == header }
            guard message.has(header) == (first != nil), message.raw(header) == first.map({ message.value(at: $0) })
            else { return "\(header.name) is not its first value" }
        }
        return nil
    }

    var description: String {
        "\(kind) of \(byteCount) bytes, "
            + zip(names, values).map { name, value in
                "\(String(decoding: name, as: UTF8.self).debugDescription): \(value.debugDescription)"
            }.joined(separator: ", ")
    }

    private var values: [String] { texts.map { String(decoding: $0, as: UTF8.self) } }

    /// Values that came from a PBX go back to it in our actions: none may end a header there. Nil when none does.
    var problemWhenSent: String? {
        var action = AMIAction("Setvar")
        var sent: [String] = []
        for value in values {
            let breaks = value.utf8.contains { $0 == 13 || $0 == 10 || $0 == 0 }
            guard let text = HeaderText(value) else {
                guard breaks || value.utf8.count > 1_024 else {
                    return "refused as a header: \(value.debugDescription)"
                }
                continue
            }
            guard !breaks else { return "taken as a header: \(value.debugDescription)" }
            action = action.with("Value", text)
            sent.append(value)
        }
        var bytes: [UInt8] = []
        action.encode(id: nil, into: &bytes)
        let lines = bytes.split(separator: 10, omittingEmptySubsequences: false)
        guard lines.count == sent.count + 3,
            lines.dropLast().allSatisfy({ $0.last == 13 && !$0.dropLast().contains(13) })
        else { return "an action of \(sent.count) values has \(lines.count) lines" }
        var decoder = AMIDecoder()
        var read: [String]?
        decoder.decode(bytes) { message in read = (1..<message.count).map { message.value(at: $0) } }
        // Leading spaces belong to the separator for a reader.
        func trimmed(_ values: [String]) -> [String] { values.map { String($0.drop { $0 == " " }) } }
        return read.map(trimmed) == trimmed(sent) ? nil : "the sent values are read otherwise"
    }
}
