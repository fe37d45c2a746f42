import CTIProtocol
import Federation
import NodeCore
import PBX
import SiteModel
import TandemCore
import Testing

@Suite("Commands that come over a link are read and checked as strictly as a client's") struct PeerCommandTests {
    /// What lyon answers to a command that paris sends with any body.
    private func answer(_ pair: Pair, _ verb: String, _ body: String, user: String = "1") -> JSONObject? {
        let frame =
            #"{"class":"rcti_command","target":"lyon","key":"k-\#(verb)-\#(body.utf8.count)","deadline_ms":5000,"#
            + #""hops":["paris"],"origin":["paris","\#(user)"],"verb":"\#(verb)","body":\#(body)}"#
        Array(frame.utf8).withUnsafeBufferPointer { pair.lyon.core.linkSent(.init(1), line: $0, now: pair.lyon.now) }
        pair.lyon.run()
        return pair.lyon.outgoing.flatMap { $0.bytes.split(separator: 0x0A) }
            .compactMap { try? JSONValue(parsing: Array($0)).objectValue }
            .last { $0["class"] == "rcti_answer" }
    }

    private func joined() -> Pair {
        let pair = Pair()
        pair.join()
        pair.lyon.performsActions = false
        pair.lyon.forgetActions()
        return pair
    }

    @Test("a well-formed one is planned") func wellFormed() {
        let pair = joined()
        let body =
            #"{"class":"ipbxcommand","command":"originate","source":"user:lyon/2","destination":"exten:lyon/203"}"#
        #expect(answer(pair, "originate", body) == nil)
        guard case .originate(let call)? = pair.lyon.actions.first else {
            Issue.record("no call")
            return
        }
        #expect(call.party == .device(DeviceName(literal: "PJSIP/202")) && call.extension.text == "203")
    }

    @Test(
        "a malformed one is refused with the reason and its argument",
        arguments: [
            ("hangup", #"{"class":"ipbxcommand","command":"hangup"}"#, "source", "missing:channelids"),
            ("hangup", #"{"class":"ipbxcommand","command":"hangup","channelids":{}}"#, "source", "wrong_type"),
            (
                "originate",
                #"{"class":"ipbxcommand","command":"originate","source":"user:lyon/2","destination":"1@2"}"#,
                "destination", "nothing that can be dialled"
            ),
            (
                "originate",
                #"{"class":"ipbxcommand","command":"originate","source":"user:lyon/2","destination":"1","x":"a\nb"}"#,
                "x", "control character"
            ),
            (
                "dial",
                #"{"class":"ipbxcommand","command":"originate","source":"user:lyon/2","destination":"1"}"#, nil,
                "does not say that it is dial"
            ),
            (
                "dial", #"{"class":"ipbxcommand","command":"dial","destination":"exten:lyon/203"}"#, "ipbxid",
                "executed at paris, not at lyon"
            ),
            (
                "agentlogin", #"{"class":"ipbxcommand","command":"agentlogin","agentids":"agent:special:me"}"#, nil,
                "user 1 is not an agent"
            ),
            ("park", #"{"class":"ipbxcommand","command":"park","source":"phone:lyon/1"}"#, "source", "must be chan"),
            (
                "explode", #"{"class":"ipbxcommand","command":"explode"}"#, "noaction",
                "does not know the command explode"
            ),
        ] as [(String, String, String?, String)])
    func malformed(_ verb: String, _ body: String, _ reply: String?, _ reason: String) {
        let pair = joined()
        let answer = answer(pair, verb, body)
        #expect(answer?["outcome"] == "refused")
        #expect(answer?["reason"]?.stringValue?.contains(reason) == true, "\(answer ?? [:])")
        #expect(answer?["body"]?["ipbxreply"] == reply.map { .string($0) } ?? false)
        #expect(pair.lyon.actions.isEmpty)
    }

    @Test(
        "chat and presence are checked, too",
        arguments: [
            ("chitchat", #"{"class":"chitchat","to":"lyon/2"}"#, "missing:text"),
            ("chitchat", #"{"class":"chitchat","to":[],"text":"x"}"#, "wrong_type:to"),
            ("chitchat", #"{"class":"chitchat","to":"lyon/77","text":"x"}"#, "there is no user lyon/77 at lyon"),
            ("chitchat", #"{"class":"chitchat","to":"paris/1","text":"x"}"#, "there is no user paris/1 at lyon"),
            ("availstate", #"{"class":"availstate","userid":"2"}"#, "missing:availstate"),
            ("availstate", #"{"class":"availstate","availstate":"away","ipbxid":"paris","userid":"2"}"#, "cannot be"),
        ])
    func others(_ verb: String, _ body: String, _ reason: String) {
        let pair = joined()
        let bob = pair.lyon.logIn("lyon2")
        let answer = answer(pair, verb, body)
        #expect(answer?["outcome"] == "refused")
        #expect(answer?["reason"]?.stringValue?.contains(reason) == true, "\(answer ?? [:])")
        #expect(pair.lyon.read(bob, "chitchat").isEmpty)
    }

    @Test("a text is shown as from the one whom the frame names, and never too long") func chat() {
        let pair = joined()
        let bob = pair.lyon.logIn("lyon2")
        let body = #"{"class":"chitchat","to":"lyon/2","from":"lyon/1","text":"hi\nthere","alias":"A"}"#
        #expect(answer(pair, "chitchat", body)?["body"]?["delivered"] == 1)
        #expect(
            pair.lyon.read(bob, "chitchat") == [
                ["class": "chitchat", "to": "lyon/2", "from": "paris/1", "text": "hi\nthere", "alias": "A"]
            ])
        let long = String(repeating: "x", count: Limits.chatText + 1)
        let refused = answer(pair, "chitchat", #"{"class":"chitchat","to":"lyon/2","text":"\#(long)"}"#)
        #expect(refused?["outcome"] == "refused")
        #expect(pair.lyon.read(bob, "chitchat").isEmpty)
    }

    @Test("a client's idempotencykey has one rule, and works for users of any id") func keys() {
        var office = Pair.office("paris", prefix: "81", first: 101, trunkTo: "lyon")
        office.users["jean dupont"] = .init(
            name: "Jean", login: "jean", password: Secret("jean"), phone: "2", profile: "supervisor")
        let paris = TestSite(office, now: Pair.moment(0))
        paris.startPBX()
        paris.performsActions = false
        let jean = paris.logIn("jean")
        for _ in 0..<2 {
            _ = paris.command(jean, "dial", #""destination":"103","idempotencykey":"k/1%""#)
        }
        #expect(paris.actions.count == 1)
        for key in ["", "a b", String(repeating: "k", count: 65)] {
            let refused = paris.command(jean, "dial", #""destination":"103","idempotencykey":"\#(key)""#)
            #expect(refused.last?["warning_string"] == "invalid:idempotencykey")
        }
        let longest = String(repeating: "k", count: 64)
        #expect(paris.command(jean, "dial", #""destination":"103","idempotencykey":"\#(longest)""#).isEmpty)
        #expect(paris.actions.count == 2)
    }
}
