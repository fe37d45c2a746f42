import TandemCore
import Testing

@Suite("Names for a PBX") struct PBXNameTests {
    private func check<Kind: PBXNameKind>(_ kind: Kind.Type, good: [String], bad: [String]) {
        for text in good { #expect(PBXName<Kind>(text)?.header.text == text, "\(Kind.self): \(text)") }
        let always = [
            "", "a\r\nb", "a\nb", "a\u{0}", "a\u{7F}", "a\tb", String(repeating: "a", count: Kind.longest + 1),
        ]
        for text in bad + always { #expect(PBXName<Kind>(text) == nil, "\(Kind.self): \(text)") }
        #expect(Kind.longest <= Limits.headerText && !Kind.alphabet.isEmpty)
    }

    @Test("each kind takes what is its name, and nothing that would be syntax to a PBX")
    func kinds() {
        check(
            PBXNameKinds.Channel.self,
            good: [
                "PJSIP/101-00000001", "SIP/Zeta usa-1", "Local/102@internal-00000001;1", "Local/102@internal/n",
                "PJSIP/zoë-1",
            ],
            bad: ["a,b", "a|b", "a&b", "${a}", "a\\", "a\"", "/a/", " a", "a "])
        check(
            PBXNameKinds.Context.self, good: ["default", "from-internal_2.x"],
            bad: ["a b", "a@b", "a/b", "a,b", "é", "a&b", "${a}"])
        check(
            PBXNameKinds.Place.self, good: ["support", "Vente à Paris", "800"],
            bad: ["a,b", "a@b", "a/b", "a&b", " a", "a ", "${a}"])
        check(
            PBXNameKinds.Mailbox.self, good: ["101", "alice.m", "*98#", "+33-1"],
            bad: ["101@default", "101&102", "10 1", "1,2", "&Local/666@evil@default"])
        check(PBXNameKinds.Shown.self, good: ["Zoë, \"the\" boss & co", " lunch "], bad: [])
        check(PBXNameKinds.File.self, good: ["call-7", "a.wav"], bad: ["../x", "/x", ".x", "a b", "a,b", "é"])
        check(
            PBXNameKinds.Variable.self, good: ["Event=check-sync", "A=b c"], bad: ["Event", "=x", "a b=c", "a,b=c"])
    }
}
