import TandemCore
import Testing

@testable import AMI

@Suite("AMI actions")
struct AMIActionTests {
    @Test("an action is written as one message with its headers in order")
    func encoding() throws {
        let action = AMIAction("Originate").with("Channel", HeaderText(literal: "PJSIP/101"))
            .with("Async", literal: "true").with("Variable", literal: "A=1").with("Variable", literal: "B=2: x")
            .with("CallerID", optional: nil)
        var bytes: [UInt8] = []
        action.encode(id: HeaderText("t-7"), into: &bytes)
        #expect(
            String(decoding: bytes, as: UTF8.self)
                == "Action: Originate\r\nActionID: t-7\r\nChannel: PJSIP/101\r\nAsync: true\r\nVariable: A=1\r\n"
                + "Variable: B=2: x\r\n\r\n")
        let messages = read(bytes)
        #expect(messages.map(\.kind) == [.other])
        #expect(messages[0].values == ["Originate", "t-7", "PJSIP/101", "true", "A=1", "B=2: x"])
    }

    @Test("no text from outside can become a second header")
    func injection() {
        for text in ["a\r\nAction: Hangup", "a\nb", "a\rb", "a\0b"] { #expect(HeaderText(text) == nil) }
    }
}
