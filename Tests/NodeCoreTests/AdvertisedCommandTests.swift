import CTIProtocol
import CTIServer
import NodeCore
import PBX
import SiteModel
import TandemCore
import Testing

/// Which commands `login_capas` lists: those that the PBX of some site can carry out, as far as the sites have told.
@Suite("login_capas lists what some site's PBX can do") struct AdvertisedCommandTests {
    private static let everything = Set(PBXCapability.allCases)
    private static let withoutListening = everything.subtracting([.listen])

    /// What a login at paris is told that it may send.
    private func advertised(_ pair: Pair) -> Set<CTIVerb> {
        _ = pair.paris.logIn("paris1")
        let words = pair.paris.capabilities["ipbxcommands"]?.arrayValue?.compactMap(\.stringValue) ?? []
        return Set(words.compactMap { CTIVerb(rawValue: $0) })
    }

    @Test(
        "what the own PBX cannot do and another one can is listed, what none can is not",
        arguments: [(withoutListening, everything, true), (everything, withoutListening, true)]
            + [(withoutListening, withoutListening, false)])
    func someSite(_ paris: Set<PBXCapability>, _ lyon: Set<PBXCapability>, isListed: Bool) {
        let pair = Pair(capabilities: ["paris": paris, "lyon": lyon])
        pair.join()
        let all = Set(CTIVerb.allCases)
        #expect(advertised(pair) == (isListed ? all : all.subtracting([.listen])))
    }

    @Test("a relay lists what other sites do, without the commands that only the own PBX could carry out")
    func relay() {
        let pair = Pair(capabilities: ["paris": []])
        pair.join()
        let told = advertised(pair)
        #expect(told == Set(CTIVerb.allCases.filter { !$0.entry.decides.isEmpty }))
        #expect(!told.contains(.dial) && told.contains(.originate))
    }

    @Test("what different sites can do is listed together, and hangupme for the own PBX alone")
    func together() {
        // Rooms need one capability of two.
        let pair = Pair(capabilities: ["paris": [.hangup], "lyon": [.roomKick]])
        pair.join()
        #expect(advertised(pair) == [.hangup, .hangupMe, .cancel, .refuse, .meetme])
    }

    @Test("a peer that has never been linked may be able to do everything, until it tells")
    func unknown() {
        let pair = Pair(capabilities: ["paris": [.hangup], "lyon": [.hangup]])
        let all = Set(CTIVerb.allCases.filter { !$0.entry.decides.isEmpty })
        #expect(advertised(pair) == all.union([.hangupMe]))
        pair.join()
        #expect(advertised(pair) == [.hangup, .hangupMe, .cancel, .refuse])
    }

    @Test("a command that is not listed goes to its site all the same, whose refusal names site and capability")
    func refused() {
        let pair = Pair(capabilities: ["paris": Self.withoutListening, "lyon": Self.withoutListening])
        pair.join()
        #expect(!advertised(pair).contains(.listen))
        pair.lyon.see(pair.lyon.pbx.phoneDials("1", "202", at: pair.lyon.now))
        pair.pass(3_000)
        let alice = pair.paris.logIn("paris1")
        pair.lyon.forgetActions()
        pair.paris.say(
            alice,
            #"{"class":"ipbxcommand","command":"listen","destination":"phone:lyon/1","listener":"phone:lyon/3"}"#)
        pair.settle()
        let answer = pair.paris.read(alice, "ipbxcommand").last
        #expect(answer?["ipbxreply"] == "noaction")
        #expect(answer?["reason"] == "the PBX of lyon cannot do listen")
        #expect(pair.lyon.actions.isEmpty)
    }

    @Test("a site tells what its PBX can do, after another configuration as well") func told() {
        let pair = Pair(capabilities: ["paris": [], "lyon": [.park, .hangup]])
        func told(_ name: String, to place: TestSite) -> JSONValue? {
            place.core.object(ObjectID("site:\(name)/self")!)?.config.value(of: "capabilities")
        }
        pair.join()
        #expect(told("lyon", to: pair.paris) == ["hangup", "park"])
        #expect(told("paris", to: pair.lyon) == [])
        var office = Pair.office("lyon", prefix: "99", first: 201, trunkTo: "paris")
        office.queues = [:]
        pair.lyon.core.reconfigure(
            NodeCoreConfiguration(
                site: office, federation: pair.lyon.core.federation.configuration, cti: CTIServerConfiguration(),
                hasPBX: true, capabilities: [.park, .hangup]), now: pair.lyon.now)
        pair.pass(2_500)
        #expect(pair.paris.core.object(ObjectID("site:lyon/self")!)?.config.value(of: "prefix") == "99")
        #expect(told("lyon", to: pair.paris) == ["hangup", "park"])
    }

    @Test("a client that logged in before is told by sitestatus when the site joins") func joins() {
        let pair = Pair(capabilities: ["lyon": [.hangup]])
        let alice = pair.paris.logIn("paris1")
        pair.join()
        let told = pair.paris.peek(alice, "sitestatus").filter { $0["ipbxid"] == "lyon" }
        #expect(told.contains { $0["config"]?["capabilities"] == ["hangup"] }, "\(told)")
    }
}
