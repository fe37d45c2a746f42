import TandemCore
import Testing

@testable import NodeCore

@Suite("What other sites tell of their PBXs' capabilities") struct SiteCapabilitiesTests {
    private static let everything = Set(PBXCapability.allCases)

    @Test(
        "known words count, others do not; who tells nothing that can be read may be able to do everything",
        arguments: [
            (#"{"capabilities":["hangup","park"]}"#, [.hangup, .park]), (#"{"capabilities":[]}"#, []),
            (#"{"capabilities":["hangup","teleport",7,null]}"#, [.hangup]), (#"{"name":"lyon"}"#, everything),
            (#"{"capabilities":"hangup"}"#, everything), (#"{"capabilities":null}"#, everything),
        ] as [(String, Set<PBXCapability>)])
    func words(_ config: String, _ expected: Set<PBXCapability>) throws {
        var known = SiteCapabilities()
        let told = try #require(try JSONValue(parsing: Array(config.utf8)).objectValue)
        known.read(EncodedObject(told), of: site("lyon"))
        #expect(known[site("lyon")] == expected)
        #expect(known[site("nice")] == Self.everything)
    }

    @Test("a site that tells no more counts as one that never told") func forgotten() {
        var known = SiteCapabilities()
        known.read(EncodedObject(["capabilities": ["hangup"]]), of: site("lyon"))
        #expect(known[site("lyon")] == [.hangup])
        known.read(nil, of: site("lyon"))
        #expect(known[site("lyon")] == Self.everything)
    }
}
