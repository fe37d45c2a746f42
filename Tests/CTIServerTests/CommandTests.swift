import CTIServer
import TandemCore
import Testing

@Suite("Lists, presence, chat and small commands (CTI reference 4 and 5)")
struct CommandTests {
    @Test("4.2: getipbxlist names all sites, home first")
    func sites() {
        let port = Port()
        let reply = port.ask(port.logIn(), #"{"class":"getipbxlist","commandid":7}"#)
        #expect(reply == json(#"{"class":"getipbxlist","replyid":7,"ipbxlist":["paris","lyon"]}"#))
    }

    @Test("4.3: keepalive's healthy answer")
    func keepalive() {
        let port = Port()
        let reply = port.ask(port.logIn(), #"{"class":"keepalive","commandid":8,"rate-bytes":4096}"#)
        #expect(reply == json(#"{"class":"keepalive","replyid":8,"warning_string":"return_is_none"}"#))
    }

    @Test(
        "5.1: getlist answers ids, configuration and status",
        arguments: [
            (
                #""function":"listid","listname":"phones","tipbxid":"paris""#,
                #""function":"listid","listname":"phones","tipbxid":"paris","list":["2","12"]"#
            ),
            (
                #""function":"listid","listname":"phones""#,
                #""function":"listid","listname":"phones","tipbxid":"paris","list":["2","12"]"#
            ),
            (
                #""function":"listid","listname":"channels","tipbxid":"lyon""#,
                #""function":"listid","listname":"channels","tipbxid":"lyon","list":["PJSIP/201-1"]"#
            ),
            (
                #""function":"listid","listname":"incalls","tipbxid":"lyon""#,
                #""function":"listid","listname":"incalls","tipbxid":"lyon","list":[]"#
            ),
            (
                #""function":"updateconfig","listname":"phones","tipbxid":"lyon","tid":"1""#,
                #""function":"updateconfig","listname":"phones","tipbxid":"lyon","tid":"1","config":{"number":"201"}"#
            ),
            (
                #""function":"updatestatus","listname":"phones","tid":12"#,
                #""function":"updatestatus","listname":"phones","tipbxid":"paris","tid":"12","status":{"hintstatus":"0","channels":[]}"#
            ),
            (
                #""function":"updatestatus","listname":"channels","tipbxid":"lyon","tid":"PJSIP/201-1""#,
                #""function":"updatestatus","listname":"channels","tipbxid":"lyon","tid":"PJSIP/201-1","status":{"commstatus":"linked-caller","state":"Up"}"#
            ),
            (
                #""function":"updatestatus","listname":"users","tid":"99""#,
                #""function":"updatestatus","listname":"users","tipbxid":"paris","tid":"99","status":{}"#
            ),
            (
                #""function":"updateconfig","listname":"users","tid":"99""#,
                #""function":"updateconfig","listname":"users","tipbxid":"paris","tid":"99","config":{}"#
            ),
            (
                #""function":"listid","listname":"users","tipbxid":"tokyo""#,
                #""function":"listid","listname":"users","tipbxid":"tokyo","warning_string":"unknown_ipbxid""#
            ),
            (
                #""function":"listid","listname":"cats""#,
                #""function":"listid","listname":"cats","warning_string":"unknown_listname""#
            ),
            (
                #""function":"guess","listname":"users""#,
                #""function":"guess","listname":"users","warning_string":"unknown_function""#
            ),
        ])
    func getList(_ request: String, _ answer: String) {
        let port = Port()
        let reply = port.ask(port.logIn(), #"{"class":"getlist","commandid":1,\#(request)}"#)
        #expect(reply == json(#"{"class":"getlist","replyid":1,\#(answer)}"#))
    }

    @Test("4.4: availstate is pushed to all and acknowledged once it is durable")
    func availState() {
        let port = Port()
        let alice = port.logIn()
        let bob = port.logIn("bob")
        port.clear()
        port.node.storesAtOnce = false
        port.send(alice, #"{"class":"availstate","availstate":"away","commandid":9}"#)
        let push = json(
            #"{"class":"getlist","function":"updatestatus","listname":"users","tipbxid":"paris","tid":"5","status":{"availstate":"away"}}"#
        )
        #expect(port.lines(alice) == [push])
        #expect(port.lines(bob) == [push])
        port.node.store()
        port.run()
        #expect(port.lines(alice) == [push, ["class": "availstate", "replyid": 9]])
        #expect(port.lines(bob) == [push])
    }

    @Test("4.4: an unknown state changes nothing and gets the same acknowledgement")
    func unknownState() {
        let port = Port()
        let alice = port.logIn()
        port.clear()
        #expect(port.ask(alice, #"{"class":"availstate","availstate":"asleep"}"#) == ["class": "availstate"])
        #expect(port.node.presenceOfUser["5"] == "available")
    }

    @Test("Somebody else's presence needs the right; at another site it is submitted there")
    func availStateOfOthers() {
        let port = Port()
        let alice = port.logIn()
        let bob = port.logIn("bob")
        let refused = port.ask(bob, #"{"class":"availstate","availstate":"away","userid":"5"}"#)
        #expect(refused["warning_string"] == "unallowed")
        port.send(alice, #"{"class":"availstate","availstate":"away","userid":7}"#)
        #expect(port.node.presenceOfUser["7"] == "away")
        port.clear()
        port.send(
            alice, #"{"class":"availstate","availstate":"away","ipbxid":"lyon","userid":"7","commandid":3}"#)
        #expect(port.lines(alice).isEmpty)
        let submitted = port.node.submissions[0]
        #expect(submitted.submission.verb == "availstate")
        #expect(submitted.submission.target == SiteID("lyon"))
        #expect(submitted.submission.user == "5")
        #expect(
            submitted.submission.body.encoded.decoded()
                == json(#"{"class":"availstate","availstate":"away","ipbxid":"lyon","userid":"7"}"#))
        port.server.finish(submitted.ticket, .done(.empty), now: port.node.now)
        port.run()
        #expect(port.lines(alice) == [["class": "availstate", "replyid": 3]])
        let unknown = port.ask(alice, #"{"class":"availstate","availstate":"away","userid":"77"}"#)
        #expect(unknown["warning_string"] == "unknown_user")
        let nowhere = port.ask(alice, #"{"class":"availstate","availstate":"away","ipbxid":"tokyo"}"#)
        #expect(nowhere["warning_string"] == "unknown_ipbxid")
    }

    @Test("4.9: chitchat reaches every connection of a user of this site")
    func chitChat() {
        let port = Port()
        let alice = port.logIn()
        let bobs = [port.logIn("bob"), port.logIn("bob")]
        port.clear()
        let ack = port.ask(alice, #"{"class":"chitchat","to":"paris/7","text":"hi\nthere","commandid":6}"#)
        #expect(ack == ["class": "chitchat", "replyid": 6, "delivered": 2])
        for bob in bobs {
            #expect(
                port.lines(bob) == [
                    ["class": "chitchat", "to": "paris/7", "from": "paris/5", "text": "hi\nthere"]
                ])
        }
        #expect(port.rawInbox[bobs[0]] == port.rawInbox[bobs[1]])
    }

    @Test("4.9: chitchat to another site is submitted there")
    func remoteChitChat() {
        let port = Port()
        let alice = port.logIn()
        port.clear()
        port.send(alice, #"{"class":"chitchat","to":["lyon","7"],"text":"hi","commandid":6}"#)
        let submitted = port.node.submissions[0]
        #expect(submitted.submission.target == SiteID("lyon"))
        #expect(
            submitted.submission.body.encoded.decoded()
                == json(#"{"class":"chitchat","to":"lyon/7","from":"paris/5","text":"hi"}"#))
        port.server.finish(submitted.ticket, .done(EncodedObject(["delivered": 3])), now: port.node.now)
        port.run()
        #expect(port.lines(alice) == [["class": "chitchat", "replyid": 6, "delivered": 3]])
        #expect(
            port.ask(alice, #"{"class":"chitchat","to":"tokyo/7","text":"hi"}"#)["warning_string"]
                == "unknown_ipbxid")
        let long = String(repeating: "x", count: Limits.chatText + 1)
        #expect(
            port.ask(alice, #"{"class":"chitchat","to":"paris/7","text":"\#(long)"}"#)["warning_string"]
                == "text_too_long")
    }

    @Test(
        "What became of a submitted command is said in words",
        arguments: [
            (CTIOutcome.noRoute(SiteID("lyon")!), "noroute"), (.timeout(at: SiteID("lyon")!), "timeout"),
            (.forbidden(at: SiteID("lyon")!), "forbidden"), (.unknown(at: SiteID("lyon")!), "unknown_outcome"),
            (.refused(reason: "because", .empty), "because"),
        ])
    func plainOutcomes(_ outcome: CTIOutcome, _ warning: String) {
        let port = Port()
        let alice = port.logIn()
        port.clear()
        port.send(alice, #"{"class":"chitchat","to":"lyon/7","text":"hi","commandid":6}"#)
        port.server.finish(port.node.submissions[0].ticket, outcome, now: port.node.now)
        port.run()
        #expect(port.lines(alice).count == 1)
        #expect(port.lines(alice)[0]["warning_string"] == .string(warning))
        #expect(port.lines(alice)[0]["replyid"] == 6)
    }

    @Test("1.4: when the server stops, every client is told and then closed")
    func shutDown() {
        let port = Port()
        let alice = port.logIn()
        let stranger = port.open()
        port.clear()
        port.server.shutDown(reason: "maintenance", now: port.node.now)
        port.run()
        for client in [alice, stranger] {
            #expect(
                port.lines(client) == [
                    ["class": "disconnect", "type": "server_stopped", "mode": "stop", "reason": "maintenance"]
                ])
            #expect(port.closed[client] == "maintenance")
        }
        let late = port.open()
        #expect(port.closed[late] != nil)
        #expect(port.node.connected.isEmpty)
    }

    @Test("Operators see connections and profiles; nobody sees a password")
    func status() {
        let port = Port()
        let alice = port.logIn("alice", address: "198.51.100.7")
        _ = port.logIn("bob")
        _ = port.open()
        let status = port.server.status
        #expect(status.profiles == ["supervisor": 1, "client": 1])
        #expect(status.loggedIn == 2 && port.server.loggedInCount == 2)
        #expect(status.connections.count == 3)
        #expect(status.connections[0].client == alice)
        #expect(status.connections[0].login == "alice")
        #expect(status.connections[0].address == "198.51.100.7")
        #expect(status.connections[0].bytesIn > 0 && status.connections[0].bytesOut > 0)
        #expect(status.connections[2].login == nil)
        #expect(port.logs.allSatisfy { !$0.contains("secret") })
    }
}
