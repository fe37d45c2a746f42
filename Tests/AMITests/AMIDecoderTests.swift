import NIOCore
import NIOTestUtils
import Testing

@testable import AMI

@Suite("AMI decoder")
struct AMIDecoderTests {
    static let sample = wire(
        """
        Asterisk Call Manager/11.0.0
        Response: Success
        ActionID: t-1
        Message: Authentication accepted

        Event: FullyBooted
        Privilege: system,all
        Status: Fully Booted

        Event: Newchannel
        Privilege: call,all
        Channel: PJSIP/101-00000003
        ChannelState: 4
        CallerIDNum: 101
        CallerIDName: Zoë: «ÿ» 日本
        ConnectedLineNum: <unknown>
        AccountCode:\u{20}
        Exten: 102
        Uniqueid: 1795214065.0
        Linkedid: 1795214065.0


        """)

    @Test("every split of a stream gives the same messages")
    func everySplit() throws {
        let expected = plainRead(Self.sample)
        #expect(expected.count == 4)
        for split in 0...Self.sample.count {
            var decoder = AMIDecoder()
            var seen: [PlainMessage] = []
            decoder.decode(Array(Self.sample[..<split])) { seen.append(PlainMessage($0)) }
            decoder.decode(Array(Self.sample[split...])) { seen.append(PlainMessage($0)) }
            #expect(seen == expected, "split at \(split)")
            let kept = decoder.keptBytes
            #expect(kept == 0)
        }
        for size in [1, 2, 3, 7, 64] { #expect(read(Self.sample, pieces: size) == expected) }
    }

    @Test("known headers are found by name, and words for nothing read as empty")
    func headers() throws {
        var decoder = AMIDecoder()
        var checked = false
        decoder.decode(Self.sample) { message in
            guard message.event == .newchannel else { return }
            checked = true
            let texts = [
                message.text(.channel), message.text(.callerIDName), message.text(.connectedLineNum),
                message.raw(.connectedLineNum) ?? "absent", message.raw(.queue) ?? "absent",
            ]
            #expect(texts == ["PJSIP/101-00000003", "Zoë: «ÿ» 日本", "", "<unknown>", "absent"])
            let numbers = [message.integer(.channelState), message.integer(.channel), message.integer(.queue)]
            #expect(numbers == [4, nil, nil])
            let verdicts = [
                message.has(.accountCode), message.isEmpty(.accountCode), !message.has(.queue),
                message.equals(.exten, "102"), !message.equals(.exten, "10"),
                message.begins(.uniqueid, "1795214065."),
            ]
            #expect(verdicts.allSatisfy { $0 })
        }
        #expect(checked)
    }

    @Test("each known name is found in any letter case and no other name is")
    func names() throws {
        for header in AMIHeader.allCases where header != .other {
            for spelling in ["\(header.name)", "\(header.name)".uppercased(), "\(header.name)".lowercased()] {
                var decoder = AMIDecoder()
                decoder.decode(Array("\(spelling): v\r\n\r\n".utf8)) { message in
                    let found = message.header(at: 0)
                    #expect(found == header)
                }
                var other = AMIDecoder()
                other.decode(Array("\(spelling)x: v\r\nx\(spelling): v\r\n\r\n".utf8)) {
                    let known = AMIHeader.allCases.map { "\($0.name)".lowercased() }
                    for index in 0..<$0.count where !known.contains($0.name(at: index).lowercased()) {
                        let found = $0.header(at: index)
                        #expect(found == .other)
                    }
                }
            }
        }
        for event in AMIEventName.allCases where event != .other {
            let messages = read(Array("Event: \(event.name)\r\n\r\n".utf8))
            #expect(messages.map(\.event) == [event])
        }
        #expect(read(Array("Event: NoSuchThing\r\n\r\n".utf8)).map(\.event) == [.other])
    }

    @Test("a line feed before CR LF ends neither the line nor the message")
    func lineFeedBeforeLineEnd() throws {
        let bytes =
            Array(
                "Response: Success\r\nActionID: 4\r\nMessage: Park successful\n\r\n\r\n".utf8
            ) + Array("Event: Agents\r\nCallStarted: 17\n\r\nChannel: a\r\n\r\n".utf8)
        let messages = read(bytes)
        #expect(messages.count == 2)
        #expect(messages.first?.values == ["Success", "4", "Park successful"])
        #expect(messages.last?.values == ["Agents", "17", "a"])
    }

    @Test("extra empty lines, repeated and empty headers, lines without a colon")
    func oddities() throws {
        let messages = read(
            Array(
                "\r\n\r\nEvent: TestEvent\r\nState: a\r\nState: b\r\nEmpty:\r\nEmpty2: \r\nno colon here\r\n: x\r\n\r\n\r\n"
                    .utf8))
        #expect(messages.count == 1)
        #expect(messages[0].names == ["Event", "State", "State", "Empty", "Empty2", "", ""])
        #expect(messages[0].values == ["TestEvent", "a", "b", "", "", "no colon here", "x"])
    }

    @Test("bytes that are no UTF-8 are repaired and disturb nothing else")
    func invalidUTF8() throws {
        let bytes =
            Array("Event: UserEvent\r\nName: ".utf8) + [0xFF, 0xC3, 0x28, 0x80] + Array("\r\nA: b\r\n\r\n".utf8)
        let messages = read(bytes)
        #expect(messages.count == 1)
        #expect(messages[0].values[2] == "b")
        #expect(messages[0].values[1].unicodeScalars.contains("\u{FFFD}"))
    }

    @Test("Response: Follows keeps raw lines and empty lines up to the end mark", arguments: [Int.max, 1, 5])
    func follows(pieces: Int) throws {
        let bytes =
            Array(
                "Response: Follows\r\nPrivilege: Command\r\nActionID: 9\r\nName: x\nSecond\r\n\r\nThird\n--END COMMAND--\r\n\r\n"
                    .utf8) + Array("Event: Hangup\r\n\r\n".utf8)
        let messages = read(bytes, pieces: pieces)
        #expect(messages.count == 2)
        #expect(messages[0].names == ["Response", "Privilege", "ActionID", "", "", ""])
        #expect(messages[0].values == ["Follows", "Command", "9", "Name: x\nSecond", "", "Third"])
        #expect(messages[1].event == .hangup)
    }

    @Test("a byte that differs from a colon in one bit ends no name, in any pieces", arguments: [Int.max, 1, 7])
    func almostColon(pieces: Int) throws {
        let bytes = Array("Event: Hangup\r\n\r\nEvent\u{1A}evice: is one long line here\r\n\r\n".utf8)
        let messages = read(bytes, pieces: pieces)
        #expect(messages.map(\.kind) == [.event, .other])
        #expect(messages[1].names == ["Event\u{1A}evice"])
    }

    /// What is read and what is left out, by pieces of a size.
    private static func limited(
        _ text: String, pieces: Int, limits: AMILimits
    ) -> (messages: [PlainMessage], lines: UInt64, whole: UInt64, kept: Int) {
        var decoder = AMIDecoder(limits: limits)
        var messages: [PlainMessage] = []
        var kept = 0
        let bytes = wire(text)
        for start in stride(from: 0, to: bytes.count, by: pieces) {
            decoder.decode(Array(bytes[start..<min(bytes.count, start + pieces)])) { messages.append(PlainMessage($0)) }
            kept = max(kept, decoder.keptBytes)
        }
        return (messages, decoder.skippedLines, decoder.skippedMessages, kept)
    }

    @Test(
        "what goes over a limit is left out and counted, and the stream goes on", arguments: [1, 2, 3, 7, 50, 100_000])
    func limits(pieces: Int) {
        let limits = AMILimits(lineBytes: 100, headers: 5, messageBytes: 300)
        let next = "Event: Hangup\nChannel: x-1\n\n"
        let long = "Event: Newexten\nAppData: \(String(repeating: "x", count: 150))\nChannel: y-1\n\n"
        var got = Self.limited(long + next, pieces: pieces, limits: limits)
        #expect(got.messages.map(\.names) == [["Event", "Channel"], ["Event", "Channel"]])
        #expect(got.messages.map(\.event) == [.newexten, .hangup])
        #expect(got.lines == 1 && got.whole == 0)
        let many = "Event: Hold\n" + (0..<8).map { "H\($0): v\n" }.joined() + "\n"
        got = Self.limited(many + next, pieces: pieces, limits: limits)
        #expect(got.messages.map(\.names) == [["Event", "H0", "H1", "H2", "H3"], ["Event", "Channel"]])
        #expect(got.lines == 4 && got.whole == 0)
        let large = "Event: Hold\n" + (0..<4).map { "A\($0): \(String(repeating: "y", count: 90))\n" }.joined() + "\n"
        got = Self.limited(large + next + large + next, pieces: pieces, limits: limits)
        #expect(got.messages.map(\.event) == [.hangup, .hangup])
        #expect(got.lines == 0 && got.whole == 2)
        // Without an end: next to nothing is kept.
        got = Self.limited(next + String(repeating: "z", count: 50_000), pieces: pieces, limits: limits)
        #expect(got.messages.count == 1 && got.whole == 1)
        #expect(pieces > 50 || got.kept <= 350)
        got = Self.limited(String(repeating: "z", count: 50_000) + "\n\n" + next, pieces: pieces, limits: limits)
        #expect(got.messages.map(\.event) == [.hangup])
    }

    @Test("at the very limit of a line and of a message the pieces make no difference", arguments: 0..<6)
    func exactLimits(excess: Int) {
        let header = "Event: \(String(repeating: "x", count: 93 + excess))\n\n"
        let output = "Response: Follows\n\(String(repeating: "y", count: 75 + excess))\n--END COMMAND--\n\n"
        for (text, limits) in [
            (header, AMILimits(lineBytes: 100)), (header, AMILimits(messageBytes: 104)),
            (output, AMILimits(messageBytes: 115)),
        ] {
            let whole = Self.limited(text, pieces: 1000, limits: limits)
            #expect(whole.messages.isEmpty == (excess > 0), "\(text.utf8.count) bytes")
            #expect(whole.lines + whole.whole == (excess > 0 ? 1 : 0))
            for pieces in 1..<12 {
                let got = Self.limited(text, pieces: pieces, limits: limits)
                #expect(got.messages == whole.messages && got.lines == whole.lines && got.whole == whole.whole)
            }
        }
    }

    @Test("endless output of a command is left out, and what follows its end is read", arguments: [1, 7, 100_000])
    func followsLimit(pieces: Int) {
        let text =
            "Response: Follows\n\(String(repeating: "line\n\n", count: 100))--END COMMAND--\n\nEvent: Hangup\n\n"
        let got = Self.limited(text, pieces: pieces, limits: AMILimits(messageBytes: 200))
        #expect(got.messages.map(\.event) == [.hangup])
        #expect(got.whole == 1 && (pieces > 50 || got.kept <= 250))
    }

    @Test("a message whose empty line is a line feed alone does not swallow the next", arguments: [Int.max, 1, 3])
    func bareEmptyLine(pieces: Int) {
        let bytes = Array(
            "Event: Hold\r\nChannel: x-1\r\n\nEvent: Hangup\r\nChannel: x\n\ny\r\n\r\n\n\nEvent: Unhold\r\n\n".utf8)
        let messages = read(bytes, pieces: pieces)
        #expect(messages.map(\.event) == [.hold, .hangup, .unhold])
        #expect(messages[1].values[1] == "x\n\ny")
    }

    @Test("random streams read the same as by the plain reader, in any pieces", arguments: 0..<40)
    func fuzz(seed: Int) throws {
        var random = Random(UInt64(seed))
        let words = [
            "Event", "Response", "Channel", "uniqueid", "X", "Newchannel", "Hangup", "\n", "\r", "\r\n", ": ", ":",
            " ", "é", "<unknown>", "Cause-txt", "\0", "Success", "\r\n\r\n", "Event: Newstate\r\n", "-", "\u{FFFD}",
        ]
        for _ in 0..<50 {
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 0...80, using: &random) {
                if Int.random(in: 0..<12, using: &random) == 0 {
                    bytes.append(UInt8.random(in: 0...255, using: &random))
                } else {
                    bytes += Array(words[Int.random(in: 0..<words.count, using: &random)].utf8)
                }
            }
            let expected = plainRead(bytes)
            #expect(read(bytes) == expected)
            #expect(read(bytes, pieces: Int.random(in: 1...9, using: &random)) == expected)
        }
    }

    @Test("the pipeline verifier agrees: good input, cut anywhere")
    func verifier() throws {
        // The verifier plays its input several times to one decoder; a greeting comes only once.
        let greeting = "Asterisk Call Manager/11.0.0\r\n".utf8.count
        let expected = Array(plainRead(Self.sample).dropFirst())
        let text = String(decoding: Self.sample.dropFirst(greeting), as: UTF8.self)
        try ByteToMessageDecoderVerifier.verifyDecoder(
            stringInputOutputPairs: [(text, expected)], decoderFactory: { VerifierAdapter(limits: AMILimits()) })
    }
}

/// Lets NIO's verifier drive the decoder: the decoder keeps unfinished bytes itself, so each call takes all.
final class VerifierAdapter: ByteToMessageDecoder {
    typealias InboundOut = PlainMessage
    private let limits: AMILimits
    private var decoder: AMIDecoder
    private var ready: [PlainMessage] = []

    init(limits: AMILimits) {
        self.limits = limits
        decoder = AMIDecoder(limits: limits)
    }

    func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
        let bytes = buffer.readBytes(length: buffer.readableBytes) ?? []
        decoder.decode(bytes) { ready.append(PlainMessage($0)) }
        for message in ready { context.fireChannelRead(wrapInboundOut(message)) }
        ready.removeAll()
        return .needMoreData
    }

    func decodeLast(context: ChannelHandlerContext, buffer: inout ByteBuffer, seenEOF: Bool) throws -> DecodingState {
        try decode(context: context, buffer: &buffer)
    }
}
