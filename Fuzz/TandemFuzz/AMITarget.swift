import AMI
import TandemCore

extension FuzzTarget {
    static let ami = FuzzTarget(
        name: "ami", promise: "however a stream is cut, the same messages come out, and no value breaks a line of ours",
        dictionary: [
            "\r\n\r\n", "\r\n", "\n", "\r", ": ", ":", "Event: ", "Event: Newchannel\r\n", "Response: Success\r\n",
            "Response: Follows\r\n", "--END COMMAND--", "ActionID: 1\r\n", "Uniqueid: ",
            "Channel: PJSIP/101-0000001\r\n",
            "EventList: start", "Asterisk Call Manager/9.0.0\r\n", "Output: ", "\u{0}", "é",
        ], smokeCases: 250
    ) { input in
        let limits = AMILimits(lineBytes: 512, headers: 24, messageBytes: 2_048)
        let whole = PlainStream(input, pieces: [input[...]], limits: limits)
        var random = FuzzRandom(of: input)
        for _ in 0..<3 {
            let cut = PlainStream(input, pieces: input.pieces(&random), limits: limits)
            guard cut.messages == whole.messages else {
                let (one, other) = zip(cut.messages, whole.messages).first { $0 != $1 } ?? (cut.messages.last, nil)
                return .wrong(
                    "cut: \(one.map { "\($0)" } ?? "fewer"), whole: \(other.map { "\($0)" } ?? "another number")")
            }
            // Of two limits that one line exceeds, the pieces decide which is noticed first.
            guard (cut.error == nil) == (whole.error == nil) else {
                return .wrong(
                    "cut: \(cut.error.map { "\($0)" } ?? "no error"), whole: \(whole.error.map { "\($0)" } ?? "none")")
            }
            guard cut.keptMost <= limits.messageBytes + limits.lineBytes + input.count else {
                return .wrong("kept too much")
            }
        }
        for message in whole.messages {
            if let problem = message.problemWhenSent { return .wrong(problem) }
        }
        let kinds = Set(whole.messages.map { "\($0.kind)" }).sorted().joined(separator: " ")
        return .fine("\(kinds), \(whole.error.map { "\($0)" } ?? "no error")")
    }
}

/// What a decoder makes of a stream.
private struct PlainStream {
    var messages: [PlainMessage] = []
    var error: AMIDecodingError?
    var keptMost = 0

    init(_ input: [UInt8], pieces: [ArraySlice<UInt8>], limits: AMILimits) {
        var decoder = AMIDecoder(limits: limits)
        for piece in pieces {
            let result = GuardedBytes.with(piece) { bytes -> (messages: [PlainMessage], error: AMIDecodingError?) in
                var messages: [PlainMessage] = []
                do throws(AMIDecodingError) {
                    try decoder.decode(UnsafeRawBufferPointer(bytes)) { messages.append(PlainMessage($0)) }
                    return (messages, nil)
                } catch { return (messages, error) }
            }
            messages += result.messages
            error = result.error
            keptMost = max(keptMost, decoder.keptBytes)
            if error != nil { return }
        }
    }
}

private struct PlainMessage: Hashable {
    let kind: AMIMessage.Kind
    let event: AMIEventName
    let names: [String]
    let values: [String]

    init(_ message: borrowing AMIMessage) {
        kind = message.kind
        event = message.event
        names = (0..<message.count).map { message.name(at: $0) }
        values = (0..<message.count).map { message.value(at: $0) }
    }

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
        try? bytes.withUnsafeBytes {
            try decoder.decode($0) { message in
                read = (1..<message.count).map { message.value(at: $0) }
            }
        }
        // Leading spaces belong to the separator for a reader.
        func trimmed(_ values: [String]) -> [String] { values.map { String($0.drop { $0 == " " }) } }
        return read.map(trimmed) == trimmed(sent) ? nil : "the sent values are read otherwise"
    }
}
