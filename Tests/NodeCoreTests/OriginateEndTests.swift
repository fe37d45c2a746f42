import PBX
import SiteModel
import Testing

@testable import NodeCore

@Suite("Why a call ended, in the words of CTI") struct OriginateEndTests {
    @Test(
        "every end has its originatereason and its text",
        arguments: [
            (OriginateEnd.answered, "4", "answered"), (.unreachable, "0", "not registered"), (.hungUp, "1", "hung up"),
            (.noAnswer, "3", "not answered"), (.busy, "5", "busy"), (.congested, "8", "not answered"),
            (.failed(nil), "0", "could not make the call"),
            (.failed(.networkOutOfOrder), "0", "38 network out of order"),
        ])
    func words(end: OriginateEnd, reason: String, text: String) {
        #expect(end.ctiReason == reason)
        #expect(end.text.contains(text))
    }
}
