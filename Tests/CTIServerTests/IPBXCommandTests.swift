import CTIServer
import TandemCore
import Testing

@Suite("ipbxcommand: replies (CTI reference 4.15)")
struct IPBXCommandTests {
    private func dial(_ port: Port, _ client: ClientID) -> CTITicket {
        port.clear()
        port.send(client, #"{"class":"ipbxcommand","command":"dial","commandid":77,"destination":"exten:lyon/201"}"#)
        #expect(port.lines(client).isEmpty)
        return port.node.submissions.last!.ticket
    }

    @Test("The complete exchange of a dial: each line comes as the site reports it")
    func dialExchange() {
        let port = Port()
        let alice = port.logIn()
        let ticket = dial(port, alice)
        for object: JSONObject in [
            ["ipbxreply": true], ["response": "ok"], ["autocall_channel": "PJSIP/101-7"],
        ] {
            port.server.progress(ticket, EncodedObject(object), now: port.node.now)
        }
        port.server.finish(
            ticket, .done(EncodedObject(["channel": "PJSIP/101-7", "originatereason": "4", "exten": "82201"])),
            now: port.node.now)
        port.run()
        #expect(
            port.lines(alice) == [
                json(#"{"class":"ipbxcommand","replyid":77,"command":"dial","ipbxreply":true}"#),
                json(#"{"class":"ipbxcommand","replyid":77,"command":"dial","response":"ok"}"#),
                json(#"{"class":"ipbxcommand","replyid":77,"command":"dial","autocall_channel":"PJSIP/101-7"}"#),
                json(
                    #"{"class":"ipbxcommand","replyid":77,"command":"dial","channel":"PJSIP/101-7","originatereason":"4","exten":"82201"}"#
                ),
                json(#"{"class":"dial_success","replyid":77,"exten":"82201"}"#),
            ])
    }

    @Test("Lines that were lost on the way are made up for by the answer, and nothing is said twice", arguments: 0...3)
    func lostLines(lost: Int) {
        let port = Port()
        let alice = port.logIn()
        let ticket = dial(port, alice)
        let lines: [JSONObject] = [["ipbxreply": true], ["response": "ok"], ["autocall_channel": "C"]]
        for line in lines.dropFirst(lost) { port.server.progress(ticket, EncodedObject(line), now: port.node.now) }
        let answer: JSONObject = [
            "ipbxreply": true, "response": "ok", "autocall_channel": "C", "originatereason": "4", "exten": "82201",
        ]
        port.server.finish(ticket, .done(EncodedObject(answer)), now: port.node.now)
        port.run()
        var told = JSONObject()
        var count = 0
        for line in port.lines(alice) where line["class"] == "ipbxcommand" {
            for (key, value) in line where answer[key] != nil {
                told[key] = value
                count += 1
            }
        }
        #expect(told == answer && count == answer.count)
        #expect(port.lines(alice).last?["class"] == "dial_success")
    }

    @Test("A refusal that stands alone says that the PBX was asked, when it was")
    func refusedAlone() {
        let port = Port()
        let alice = port.logIn()
        let ticket = dial(port, alice)
        let result = EncodedObject(["ipbxreply": true, "originatereason": "5"])
        port.server.finish(ticket, .refused(reason: "busy", result), now: port.node.now)
        port.run()
        #expect(
            port.lines(alice) == [
                json(
                    #"{"class":"ipbxcommand","replyid":77,"command":"dial","response":"ko","reason":"busy","ipbxreply":true,"originatereason":"5"}"#
                )
            ])
    }

    @Test("A command that is done without a word is acknowledged")
    func acknowledged() {
        let port = Port()
        let alice = port.logIn()
        let ticket = dial(port, alice)
        port.server.finish(ticket, .done(.empty), now: port.node.now)
        port.run()
        #expect(
            port.lines(alice) == [json(#"{"class":"ipbxcommand","replyid":77,"command":"dial","ipbxreply":true}"#)])
    }

    @Test("A site cannot forge the envelope of a reply")
    func noForgery() {
        let port = Port()
        let alice = port.logIn()
        let ticket = dial(port, alice)
        port.server.progress(
            ticket,
            EncodedObject(["class": "disconnect", "replyid": 1, "timenow": 0, "command": "x", "response": "ok"]),
            now: port.node.now)
        port.run()
        #expect(
            port.lines(alice) == [json(#"{"class":"ipbxcommand","replyid":77,"command":"dial","response":"ok"}"#)])
    }

    @Test(
        "What was not done says why, and the connection stays",
        arguments: [
            (CTIOutcome.refused(reason: "busy", .empty), #""ipbxreply":false,"response":"ko","reason":"busy""#),
            (
                .refused(reason: "no PBX", EncodedObject(["ipbxreply": "noconn"])),
                #""ipbxreply":"noconn","response":"ko","reason":"no PBX""#
            ),
            (.noRoute(SiteID("lyon")!), #""ipbxreply":"noroute","reason":"no path leads to lyon","site":"lyon""#),
            (
                .timeout(at: SiteID("lyon")!),
                #""ipbxreply":"timeout","reason":"the time was up at lyon; the command was not run","site":"lyon""#
            ),
            (
                .forbidden(at: SiteID("lyon")!),
                #""ipbxreply":"forbidden","reason":"the policy of lyon forbids it","site":"lyon""#
            ),
            (
                .unknown(at: SiteID("lyon")!),
                #""ipbxreply":"unknown_outcome","reason":"the command went to lyon; whether it was run is not known","site":"lyon""#
            ),
        ])
    func failures(_ outcome: CTIOutcome, _ members: String) {
        let port = Port()
        let alice = port.logIn()
        let ticket = dial(port, alice)
        port.server.finish(ticket, outcome, now: port.node.now)
        port.run()
        #expect(
            port.lines(alice) == [json(#"{"class":"ipbxcommand","replyid":77,"command":"dial",\#(members)}"#)])
        #expect(port.closed.isEmpty)
    }

    @Test("A refusal after the synchronous reply adds only what is new")
    func refusedLate() {
        let port = Port()
        let alice = port.logIn()
        let ticket = dial(port, alice)
        port.server.progress(ticket, EncodedObject(["ipbxreply": true]), now: port.node.now)
        port.server.finish(ticket, .refused(reason: "no such channel", .empty), now: port.node.now)
        port.run()
        #expect(
            port.lines(alice).last
                == json(
                    #"{"class":"ipbxcommand","replyid":77,"command":"dial","response":"ko","reason":"no such channel"}"#
                ))
    }

    @Test("Answers for a client that has gone are dropped and counted")
    func clientGone() {
        let port = Port()
        let alice = port.logIn()
        let bob = port.logIn("bob")
        let ticket = dial(port, alice)
        port.close(alice)
        port.clear()
        port.server.progress(ticket, EncodedObject(["ipbxreply": true]), now: port.node.now)
        port.server.finish(ticket, .done(.empty), now: port.node.now)
        port.server.finish(ticket, .done(.empty), now: port.node.now)
        port.run()
        #expect(port.lines(alice).isEmpty && port.lines(bob).isEmpty)
        #expect(port.server.counters.answersDropped == 4)
    }

    @Test("Each answer finds its own client and command")
    func manyTickets() {
        let port = Port()
        let clients = [port.logIn(), port.logIn("bob"), port.logIn()]
        port.clear()
        for round in 1...5 {
            for (place, client) in clients.enumerated() {
                port.send(
                    client,
                    #"{"class":"ipbxcommand","command":"dial","commandid":\#(round * 10 + place),"destination":"1002"}"#
                )
            }
        }
        for entry in port.node.submissions.reversed() {
            port.server.finish(entry.ticket, .done(.empty), now: port.node.now)
        }
        port.run()
        for (place, client) in clients.enumerated() {
            let ids = port.lines(client).compactMap { $0["replyid"]?.integerValue }
            #expect(ids == [5, 4, 3, 2, 1].map { Int64($0 * 10 + place) })
        }
    }

    @Test("A client with too many unanswered commands is told so")
    func tooMany() {
        var configuration = CTIServerConfiguration()
        configuration.pendingCommandsPerClient = 2
        let port = Port(configuration)
        let alice = port.logIn()
        port.clear()
        for _ in 0..<3 {
            port.send(alice, #"{"class":"ipbxcommand","command":"hangupme","commandid":1}"#)
        }
        #expect(port.node.submissions.count == 2)
        #expect(port.lines(alice).map { $0["warning_string"] } == ["too_many_pending"])
        port.server.finish(port.node.submissions[0].ticket, .done(.empty), now: port.node.now)
        port.run()
        port.send(alice, #"{"class":"ipbxcommand","command":"hangupme"}"#)
        #expect(port.node.submissions.count == 3)
    }

    @Test("A node that answers at once is understood")
    func synchronousAnswer() {
        let port = Port()
        let alice = port.logIn()
        port.clear()
        port.node.answersAtOnce = .done(EncodedObject(["ipbxreply": 1]))
        let reply = port.ask(alice, #"{"class":"ipbxcommand","command":"hangupme","commandid":1}"#)
        #expect(reply == json(#"{"class":"ipbxcommand","replyid":1,"command":"hangupme","ipbxreply":1}"#))
        #expect(port.server.status.connections[0].pendingCommands == 0)
    }

    @Test("4.15: an unknown sub-command is answered")
    func unknownCommand() {
        let port = Port()
        let reply = port.ask(port.logIn(), #"{"class":"ipbxcommand","command":"explode","commandid":1}"#)
        #expect(
            reply == json(#"{"class":"ipbxcommand","replyid":1,"command":"explode","warning_string":"unknown"}"#))
    }

    @Test("The client's idempotency key goes with the command, and not in its body")
    func idempotencyKey() {
        let port = Port()
        let alice = port.logIn()
        port.send(alice, #"{"class":"ipbxcommand","command":"hangupme","idempotencykey":"k-1","commandid":5}"#)
        port.send(alice, #"{"class":"ipbxcommand","command":"hangupme"}"#)
        #expect(port.node.submissions.map(\.submission.key?.text) == ["k-1", nil])
        #expect(
            port.node.submissions[0].submission.body.encoded.decoded() == [
                "class": "ipbxcommand", "command": "hangupme",
            ])
    }

    @Test(
        "4.15: an argument that cannot be used is named in ipbxreply",
        arguments: [
            (#""command":"dial""#, #""destination""#, "missing:destination"),
            (#""command":"dial","destination":"#, #""destination""#, "wrong_type:destination"),
            (#""command":"dial","destination":"agent:paris/3""#, #""destination""#, "invalid:destination"),
            (#""command":"dial","destination":"exten:paris/1@2""#, #""destination""#, "invalid:destination"),
            (#""command":"originate","destination":"1""#, #""source""#, "missing:source"),
            (#""command":"originate","source":"queue:paris/1","destination":"1""#, #""source""#, "invalid:source"),
            (#""command":"originate","source":"user:special:me""#, #""destination""#, "missing:destination"),
            (#""command":"transfer","source":"phone:paris/1","destination":"1""#, #""source""#, "invalid:source"),
            (#""command":"hangup""#, #""source""#, "missing:channelids"),
            (#""command":"hangup","channelids":"SIP/abc""#, #""source""#, "invalid:channelids"),
            (#""command":"intercept""#, #""source""#, "missing:tointercept"),
            (#""command":"parking""#, #""source""#, "missing:source"),
            (#""command":"queueadd","queue":"queue:paris/1""#, #""member""#, "missing:member"),
            (#""command":"queueadd","member":"agent:paris/3""#, #""queue""#, "missing:queue"),
            (#""command":"queueadd","member":"agent:paris/3","queue":"support""#, #""queue""#, "invalid:queue"),
            (#""command":"queueadd","member":"queue:paris/3","queue":"queue:paris/1""#, #""member""#, "invalid:member"),
            (#""command":"record","channel":"SIP/a""#, #""noaction""#, "missing:subcommand"),
            (#""command":"record","subcommand":"pause","channel":"SIP/a""#, #""noaction""#, "invalid:subcommand"),
            (#""command":"meetme","function":"MeetmeMute""#, #""noaction""#, "missing:functionargs"),
            (#""command":"mailboxcount""#, #""noaction""#, "missing:mailbox"),
            (#""command":"agentlogin","agentphonenumber":"12@x""#, #""invalid_exten""#, "invalid:agentphonenumber"),
            (
                #""command":"dial","destination":"exten:paris/1\r\nAction: Logoff""#, #""destination""#,
                "invalid:destination"
            ),
            (#""command":"dial","destination":"1","note":"a\nb""#, #""note""#, "invalid:note"),
        ])
    func unusable(_ fields: String, _ reply: String, _ warning: String) {
        let fields = fields.hasSuffix(":") ? fields + "[]" : fields
        let port = Port()
        let answer = port.ask(port.logIn(), #"{"class":"ipbxcommand","commandid":1,\#(fields)}"#)
        #expect(answer["ipbxreply"] == json("{\"r\":\(reply)}")["r"])
        #expect(answer["warning_string"] == .string(warning))
        #expect(answer["reason"]?.stringValue?.isEmpty == false)
        #expect(answer["replyid"] == 1)
        #expect(port.node.submissions.isEmpty)
        #expect(port.closed.isEmpty)
    }

    @Test("4.15: a site that nobody knows; channels of two sites; a person who is no agent")
    func impossible() {
        let port = Port()
        let alice = port.logIn()
        let bob = port.logIn("bob")
        func reply(_ client: ClientID, _ fields: String) -> JSONValue? {
            port.ask(client, #"{"class":"ipbxcommand",\#(fields)}"#)["ipbxreply"]
        }
        #expect(reply(alice, #""command":"hangup","channelids":"chan:tokyo/SIP/a-1""#) == "ipbxid")
        #expect(reply(alice, #""command":"dial","destination":"user:tokyo/1""#) == "ipbxid")
        #expect(
            reply(alice, #""command":"hangup","channelids":["chan:paris/SIP/a-1","chan:lyon/SIP/b-1"]"#) == "ipbxids")
        #expect(reply(bob, #""command":"dial","destination":"user:special:myvoicemail""#) == "destination")
        var configuration = CTIServerConfiguration()
        configuration.profiles["client"] = .agent
        let agents = Port(configuration)
        let answer = agents.ask(agents.logIn("bob"), #"{"class":"ipbxcommand","command":"agentlogin"}"#)
        #expect(answer["ipbxreply"] == false)
        #expect(answer["reason"] == "user 7 is not an agent")
    }
}
