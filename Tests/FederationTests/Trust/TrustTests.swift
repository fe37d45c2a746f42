import TandemCore
import Testing

@testable import Federation

@Suite("Trust") struct TrustTests {
    private static func trust(allowUnauthenticated: Bool = false) -> Trust {
        Trust(
            FederationConfiguration(
                site: site("a"),
                links: [
                    .init(peer: site("open")),
                    .init(
                        peer: site("narrow"),
                        policy: LinkPolicy(export: [.user], accept: [.user, .phone], verbs: ["hangup"])),
                ], allowUnauthenticated: allowUnauthenticated))
    }

    @Test(
        "who names itself is let in or told why not",
        arguments: [
            ("open", "open", nil, nil), ("open", "open", "open", nil), ("a", "a", nil, "own name"),
            ("open", "mallory", nil, "the certificate names mallory"), ("open", nil, nil, "no certificate"),
            ("open", "open", "narrow", "narrow was dialled"), ("x", "x", nil, "no configured peer"),
        ] as [(String, String?, String?, String?)])
    func objections(claimed: String, certificate: String?, target: String?, objection: String?) {
        let answer = Self.trust().objection(
            to: site(claimed), certificate: certificate.map { site($0) }, target: target.map { site($0) })
        #expect((answer == nil) == (objection == nil))
        if let objection { #expect(answer?.contains(objection) == true) }
    }

    @Test("without certificates a name is enough where the configuration says so") func unauthenticated() {
        let trust = Self.trust(allowUnauthenticated: true)
        #expect(trust.objection(to: site("open"), certificate: nil, target: nil) == nil)
        #expect(trust.objection(to: site("x"), certificate: nil, target: nil) != nil)
    }

    @Test("types pass as the link's policy says; for strangers none") func types() {
        let trust = Self.trust()
        #expect(trust.exports(to: site("open")) == TypeFilter(nil) && trust.exports(to: site("open")).isOpen)
        for type in ObjectType.allCases {
            #expect(trust.exports(to: site("open")).passes(type))
            #expect(trust.exports(to: site("narrow")).passes(type) == (type == .user))
            #expect(trust.accepts(from: site("narrow")).passes(type) == [.user, .phone].contains(type))
            #expect(!trust.exports(to: site("x")).passes(type))
        }
        #expect(!trust.exports(to: site("narrow")).isOpen)
    }

    @Test(
        "commands are allowed as the link's policy says, where they are executed",
        arguments: [
            ("open", "dial", "a", "b", .allowed), ("narrow", "hangup", "a", "b", .allowed),
            ("narrow", "dial", "a", "b", .forbiddenVerb), ("narrow", "dial", "z", "b", .allowed),
            ("open", "dial", "a", "a", .forgedOrigin), ("x", "dial", "a", "b", .forbiddenVerb),
        ] as [(String, String, String, String, Trust.CommandVerdict)])
    func commands(peer: String, verb: String, target: String, origin: String, verdict: Trust.CommandVerdict) {
        let request = CommandRequest(
            key: key("k"), target: site(target), origin: CommandOrigin(site: site(origin), user: "1"), verb: verb,
            body: .empty, timeLeft: .seconds(1))
        #expect(Self.trust().verdict(on: request, from: site(peer)) == verdict)
    }
}
