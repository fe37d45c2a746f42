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
            try decoder.decode(Array(Self.sample[..<split])) { seen.append(PlainMessage($0)) }
            try decoder.decode(Array(Self.sample[split...])) { seen.append(PlainMessage($0)) }
            #expect(seen == expected, "split at \(split)")
            let kept = decoder.keptBytes
            #expect(kept == 0)
        }
        for size in [1, 2, 3, 7, 64] { #expect(try read(Self.sample, pieces: size) == expected) }
    }

    @Test("known headers are found by name, and words for nothing read as empty")
    func headers() throws {
        var decoder = AMIDecoder()
        var checked = false
        try decoder.decode(Self.sample) { message in
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
                try decoder.decode(Array("\(spelling): v\r\n\r\n".utf8)) { message in
                    let found = message.header(at: 0)
                    #expect(found == header)
                }
                var other = AMIDecoder()
                try other.decode(Array("\(spelling)x: v\r\nx\(spelling): v\r\n\r\n".utf8)) {
                    let known = AMIHeader.allCases.map { "\($0.name)".lowercased() }
                    for index in 0..<$0.count where !known.contains($0.name(at: index).lowercased()) {
                        let found = $0.header(at: index)
                        #expect(found == .other)
                    }
                }
            }
        }
        for event in AMIEventName.allCases where event != .other {
            let messages = try read(Array("Event: \(event.name)\r\n\r\n".utf8))
            #expect(messages.map(\.event) == [event])
        }
        #expect(try read(Array("Event: NoSuchThing\r\n\r\n".utf8)).map(\.event) == [.other])
    }

    @Test("a line feed before CR LF ends neither the line nor the message")
    func lineFeedBeforeLineEnd() throws {
        let bytes =
            Array(
                "Response: Success\r\nActionID: 4\r\nMessage: Park successful\n\r\n\r\n".utf8
            ) + Array("Event: Agents\r\nCallStarted: 17\n\r\nChannel: a\r\n\r\n".utf8)
        let messages = try read(bytes)
        #expect(messages.count == 2)
        #expect(messages.first?.values == ["Success", "4", "Park successful"])
        #expect(messages.last?.values == ["Agents", "17", "a"])
    }

    @Test("extra empty lines, repeated and empty headers, lines without a colon")
    func oddities() throws {
        let messages = try read(
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
        let messages = try read(bytes)
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
        let messages = try read(bytes, pieces: pieces)
        #expect(messages.count == 2)
        #expect(messages[0].names == ["Response", "Privilege", "ActionID", "", "", ""])
        #expect(messages[0].values == ["Follows", "Command", "9", "Name: x\nSecond", "", "Third"])
        #expect(messages[1].event == .hangup)
    }

    @Test("a byte that differs from a colon in one bit ends no name, in any pieces", arguments: [Int.max, 1, 7])
    func almostColon(pieces: Int) throws {
        let bytes = Array("Event: Hangup\r\n\r\nEvent\u{1A}evice: is one long line here\r\n\r\n".utf8)
        let messages = try read(bytes, pieces: pieces)
        #expect(messages.map(\.kind) == [.event, .other])
        #expect(messages[1].names == ["Event\u{1A}evice"])
    }

    @Test("limits end the stream with a typed error that stays")
    func limits() throws {
        let limits = AMILimits(lineBytes: 100, headers: 5, messageBytes: 300)
        let long = Array("Event: \(String(repeating: "x", count: 200))".utf8)
        #expect(throws: AMIDecodingError.lineTooLong(limit: 100)) { try read(long, limits: limits) }
        #expect(throws: AMIDecodingError.lineTooLong(limit: 100)) { try read(long, pieces: 1, limits: limits) }
        let many = Array(String(repeating: "A: b\r\n", count: 6).utf8)
        #expect(throws: AMIDecodingError.tooManyHeaders(limit: 5)) { try read(many, limits: limits) }
        let large = Array(String(repeating: "A: \(String(repeating: "y", count: 90))\r\n", count: 4).utf8)
        #expect(throws: AMIDecodingError.messageTooLarge(limit: 300)) { try read(large, limits: limits) }
        #expect(throws: AMIDecodingError.messageTooLarge(limit: 300)) { try read(large, pieces: 7, limits: limits) }
        var decoder = AMIDecoder(limits: limits)
        for _ in 0..<2 {
            do {
                try decoder.decode(long) { _ in Issue.record("no message is complete") }
                Issue.record("the limit is not kept")
            } catch {
                #expect(error == .lineTooLong(limit: 100))
            }
        }
        #expect("\(AMIDecodingError.lineTooLong(limit: 100))".contains("100 bytes"))
    }

    @Test("at the very limit of a line and of a message the pieces make no difference", arguments: 0..<6)
    func exactLimits(excess: Int) throws {
        let header = "Event: \(String(repeating: "x", count: 93 + excess))\r\n\r\n"
        let output = "Response: Follows\r\n\(String(repeating: "y", count: 75 + excess))\r\n--END COMMAND--\r\n\r\n"
        for (text, limits) in [
            (header, AMILimits(lineBytes: 100)), (header, AMILimits(messageBytes: 104)),
            (output, AMILimits(messageBytes: 115)),
        ] {
            let bytes = Array(text.utf8)
            let whole = try? read(bytes, limits: limits)
            #expect((whole == nil) == (excess > 0), "\(bytes.count) bytes")
            for pieces in 1..<12 { #expect((try? read(bytes, pieces: pieces, limits: limits)) == whole) }
        }
    }

    @Test("endless output of a command is bounded")
    func followsLimit() {
        let bytes = Array("Response: Follows\r\n\(String(repeating: "line\r\n", count: 100))".utf8)
        #expect(throws: AMIDecodingError.messageTooLarge(limit: 200)) {
            try read(bytes, limits: AMILimits(messageBytes: 200))
        }
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
            #expect(try read(bytes) == expected)
            #expect(try read(bytes, pieces: Int.random(in: 1...9, using: &random)) == expected)
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

    @Test("the pipeline verifier agrees: bad input ends in an error")
    func verifierOnBadInput() throws {
        #expect(throws: AMIDecodingError.lineTooLong(limit: 20)) {
            try ByteToMessageDecoderVerifier.verifyDecoder(
                stringInputOutputPairs: [(String(repeating: "x", count: 50), [])],
                decoderFactory: { VerifierAdapter(limits: AMILimits(lineBytes: 20)) })
        }
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
        try decoder.decode(bytes) { ready.append(PlainMessage($0)) }
        for message in ready { context.fireChannelRead(wrapInboundOut(message)) }
        ready.removeAll()
        return .needMoreData
    }

    func decodeLast(context: ChannelHandlerContext, buffer: inout ByteBuffer, seenEOF: Bool) throws -> DecodingState {
        try decode(context: context, buffer: &buffer)
    }
}
