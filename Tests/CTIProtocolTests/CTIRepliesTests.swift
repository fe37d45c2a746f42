import TandemCore
import Testing

@testable import CTIProtocol

@Suite("Lines of the server")
struct CTIRepliesTests {
    private let paris = SiteID("paris")!
    private let now = 1_315_310_000.12

    private func text(_ write: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        write(&writer)
        let text = String(decoding: writer.bytes, as: UTF8.self)
        for line in text.split(separator: "\n") {
            #expect(throws: Never.self) { try JSONValue(parsing: String(line)) }
        }
        return text
    }

    @Test("the success of a dial has the original's line")
    func dialSuccess() {
        let text = text { CTIReplies.dialSuccess(replyID: 77, number: "1002", now: now, into: &$0) }
        #expect(text == #"{"class":"dial_success","replyid":77,"exten":"1002","timenow":1315310000.12}"# + "\n")
    }

    @Test("the three answers of a login")
    func login() {
        let text = text { writer in
            CTIReplies.loginID(replyID: 1, sessionID: "q1WzE9xLp0", version: "1.2", now: now, into: &writer)
            CTIReplies.loginID(replyID: nil, sessionID: "q1WzE9xLp0", version: "2.3", now: now, into: &writer)
            CTIReplies.loginPass(replyID: 2, profile: "client", now: now, into: &writer)
            CTIReplies.loginCapas(
                replyID: 3, site: paris, user: "5", applicationName: "Client", xlets: [["grid", "0"]],
                capas: EncodedObject(["services": [""]]), now: now, into: &writer)
        }
        #expect(
            text == #"""
                {"class":"login_id","replyid":1,"xivoversion":"1.2","version":"7777","sessionid":"q1WzE9xLp0","timenow":1315310000.12}
                {"class":"login_id","xivoversion":"2.3","wazoversion":"2.3","version":"7777","sessionid":"q1WzE9xLp0","timenow":1315310000.12}
                {"class":"login_pass","replyid":2,"capalist":["client"],"timenow":1315310000.12}
                {"class":"login_capas","replyid":3,"ipbxid":"paris","userid":"5","appliname":"Client","capaxlets":[["grid","0"]],"capas":{"services":[""]},"presence":"available","timenow":1315310000.12}

                """#)
    }

    @Test("warnings, errors and short answers")
    func short() {
        let text = text { writer in
            CTIReplies.warning(nil, replyID: nil, "unknown", now: now, into: &writer)
            CTIReplies.warning("what", replyID: 4, "unknown", now: now, into: &writer)
            CTIReplies.error("dial", replyID: 5, "notloggedyet", now: now, into: &writer)
            CTIReplies.keepAlive(replyID: 8, now: now, into: &writer)
            CTIReplies.sites(replyID: 7, [paris, SiteID("lyon")!], now: now, into: &writer)
            CTIReplies.reply(.availState, replyID: 9, now: now, into: &writer)
        }
        #expect(
            text == #"""
                {"class":null,"warning_string":"unknown","timenow":1315310000.12}
                {"class":"what","replyid":4,"warning_string":"unknown","timenow":1315310000.12}
                {"class":"dial","replyid":5,"error_string":"notloggedyet","timenow":1315310000.12}
                {"class":"keepalive","replyid":8,"warning_string":"return_is_none","timenow":1315310000.12}
                {"class":"getipbxlist","replyid":7,"ipbxlist":["paris","lyon"],"timenow":1315310000.12}
                {"class":"availstate","replyid":9,"timenow":1315310000.12}

                """#)
    }

    @Test("lists and objects are answered with ids as strings")
    func lists() {
        let document = EncodedObject(["hintstatus": "0", "channels": []])
        let text = text { writer in
            CTIReplies.listIDs(replyID: 1, list: "users", site: paris, ids: ["5", "7"], now: now, into: &writer)
            CTIReplies.config(replyID: nil, list: "phones", site: paris, id: "5", .empty, now: now, into: &writer)
            CTIReplies.status(replyID: 2, list: "phones", site: paris, id: "5", document, now: now, into: &writer)
        }
        #expect(
            text == #"""
                {"class":"getlist","replyid":1,"function":"listid","listname":"users","tipbxid":"paris","list":["5","7"],"timenow":1315310000.12}
                {"class":"getlist","function":"updateconfig","listname":"phones","tipbxid":"paris","tid":"5","config":{},"timenow":1315310000.12}
                {"class":"getlist","replyid":2,"function":"updatestatus","listname":"phones","tipbxid":"paris","tid":"5","status":{"hintstatus":"0","channels":[]},"timenow":1315310000.12}

                """#)
    }

    @Test("changes are pushed, an object that appears is told whole")
    func changes() {
        let patch = EncodedObject(["hintstatus": "8"])
        let channel = ObjectKey(.channel, "SIP/a-1")
        let text = text { writer in
            CTIPush.change(.status(ObjectKey(.phone, "12"), patch: patch), site: paris, now: now, into: &writer)
            CTIPush.change(.config(ObjectKey(.user, "5"), patch: .empty), site: paris, now: now, into: &writer)
            CTIPush.change(.added(channel, config: .empty, status: patch), site: paris, now: now, into: &writer)
            CTIPush.change(.removed(channel), site: paris, now: now, into: &writer)
            CTIPush.added(list: "users", site: paris, ids: [], now: now, into: &writer)
        }
        #expect(
            text == #"""
                {"class":"getlist","function":"updatestatus","listname":"phones","tipbxid":"paris","tid":"12","status":{"hintstatus":"8"},"timenow":1315310000.12}
                {"class":"getlist","function":"updateconfig","listname":"users","tipbxid":"paris","tid":"5","config":{},"timenow":1315310000.12}
                {"class":"getlist","function":"addconfig","listname":"channels","tipbxid":"paris","list":["SIP/a-1"],"timenow":1315310000.12}
                {"class":"getlist","function":"updateconfig","listname":"channels","tipbxid":"paris","tid":"SIP/a-1","config":{},"timenow":1315310000.12}
                {"class":"getlist","function":"updatestatus","listname":"channels","tipbxid":"paris","tid":"SIP/a-1","status":{"hintstatus":"8"},"timenow":1315310000.12}
                {"class":"getlist","function":"delconfig","listname":"channels","tipbxid":"paris","list":["SIP/a-1"],"timenow":1315310000.12}

                """#)
    }

    @Test("other pushes")
    func others() {
        let text = text { writer in
            CTIPush.siteStatus(site: paris, freshness: .fresh, age: nil, now: now, into: &writer)
            CTIPush.siteStatus(
                site: paris, freshness: .stale(since: Instant(nanoseconds: 0)), age: 2.5, now: now, into: &writer)
            CTIPush.disconnect(type: "force", now: now, into: &writer)
        }
        #expect(
            text == #"""
                {"class":"sitestatus","ipbxid":"paris","state":"fresh","age":null,"timenow":1315310000.12}
                {"class":"sitestatus","ipbxid":"paris","state":"stale","age":2.5,"timenow":1315310000.12}
                {"class":"disconnect","type":"force","timenow":1315310000.12}

                """#)
    }
}
