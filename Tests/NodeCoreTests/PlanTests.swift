import NodeCore
import PBX
import SiteModel
import TandemCore
import Testing

@Suite("Commands become actions of the PBX (CTI reference 4.15 to 4.22)") struct PlanTests {
    private func dialled(_ destination: String, with pair: Pair) -> PBXAction.Originate? {
        let alice = pair.paris.logIn("paris1")
        pair.paris.performsActions = false
        pair.paris.forgetActions()
        _ = pair.paris.command(alice, "dial", #""destination":"\#(destination)""#)
        guard case .originate(let call)? = pair.paris.actions.first, pair.paris.actions.count == 1 else { return nil }
        return call
    }

    @Test(
        "dial: every form of a destination of the own site becomes its number",
        arguments: [
            ("user:paris/2", "102", "paris 2"), ("phone:paris/3", "103", "103"), ("exten:paris/555", "555", "555"),
            ("0044 20", "004420", "004420"), (#"\"Bob\" <102>"#, "102", "102"),
            ("queue:paris/1", "500", "support"), ("group:paris/1", "600", "sales"),
            ("meetme:paris/1", "700", "meetme board"), ("voicemail:paris/1", "*97", "Voicemail"),
        ])
    func dialHome(destination: String, expected: String, shown: String) throws {
        let call = try #require(dialled(destination, with: Pair()))
        #expect(call.party == .device(header("PJSIP/101")))
        #expect(call.extension.text == expected)
        #expect(call.context.text == "default")
        // The phone that rings first shows who is called, the called person sees who calls.
        #expect(call.calledNumber?.text == expected)
        if shown != expected { #expect(call.calledName?.text == shown) }
        #expect(call.callerNumber?.text == "101" && call.callerName?.text == "paris 1")
    }

    @Test(
        "dial: an object of another site is its number behind that site's prefix",
        arguments: [
            ("user:lyon/2", "82202"), ("phone:lyon/3", "82203"), ("exten:lyon/555", "82555"),
            ("queue:lyon/1", "82600"), ("group:lyon/1", "82700"), ("meetme:lyon/1", "82800"),
        ])
    func dialFar(destination: String, expected: String) throws {
        let pair = Pair()
        pair.join()
        #expect(try #require(dialled(destination, with: pair)).extension.text == expected)
    }

    @Test("dial: the trunk's own prefix counts more than what the far site says") func trunkPrefix() throws {
        let office = Pair.office("paris", prefix: "81", first: 101, trunkTo: "lyon", trunkPrefix: "9")
        let paris = TestSite(office, links: [.init(peer: site("lyon"))], now: Pair.moment(0))
        paris.startPBX()
        paris.performsActions = false
        // lyon is known by name only.
        paris.core.linkConnected(
            .init(1), certificateSite: site("lyon"), dialed: true, target: site("lyon"), now: Pair.moment(0))
        for line in [
            #"{"class":"rcti_hello","version":[1,1],"site":"lyon","incarnation":1,"features":[],"nonce":1,"t":0}"#,
            #"{"class":"rcti_linkstate","origin":"lyon","incarnation":1,"sequence":1,"neighbours":[["paris",10]]}"#,
            #"{"class":"rcti_heartbeat","t":1,"echo":[0,0],"clocks":[["lyon",1,0,1,0]]}"#,
        ] {
            Array(line.utf8).withUnsafeBufferPointer { paris.core.linkSent(.init(1), line: $0, now: Pair.moment(0)) }
        }
        paris.run()
        let alice = paris.logIn("paris1")
        _ = paris.command(alice, "dial", #""destination":"exten:lyon/201""#)
        guard case .originate(let call)? = paris.actions.first else {
            Issue.record("no call")
            return
        }
        #expect(call.extension.text == "9201")
    }

    @Test("dial: the channel made for it names its request, no other does") func autocall() throws {
        let pair = Pair()
        let alice = pair.paris.logIn("paris1")
        _ = pair.paris.command(alice, "dial", #""destination":"user:paris/2""#)
        pair.pass(5_000)
        let own = try #require(pair.paris.core.model.channels(ofPhone: "1").first)
        let other = try #require(pair.paris.core.model.channels(ofPhone: "2").first)
        func autocall(_ channel: String) -> JSONValue? {
            pair.paris.core.object(ObjectID(.channel, pair.paris.name, channel))?.status.value(of: "autocall")
        }
        #expect(autocall(own)?.stringValue?.hasPrefix("paris-") == true)
        #expect(autocall(other) == false)
    }

    @Test("dial: the same request of another life of the node has another name") func autocallOfLives() throws {
        let names = try [UInt64(1), 2].map { life in
            let paris = TestSite(
                Pair.office("paris", prefix: "81", first: 101, trunkTo: "lyon"), incarnation: life,
                now: Pair.moment(1_000))
            paris.startPBX()
            _ = paris.command(paris.logIn("paris1"), "dial", #""destination":"user:paris/2""#)
            let channel = try #require(paris.core.model.channels(ofPhone: "1").first)
            let status = paris.core.object(ObjectID(.channel, paris.name, channel))?.status
            return status?.value(of: "autocall")?.stringValue
        }
        #expect(names == ["paris-1-1", "paris-2-1"])
    }

    @Test("dial: who has no phone, and what has no number, is refused with the argument's name") func dialRefused() {
        let pair = Pair()
        let nobody = pair.paris.logIn("nobody")
        #expect(pair.paris.command(nobody, "dial", #""destination":"user:paris/1""#).last?["ipbxreply"] == "source")
        let alice = pair.paris.logIn("paris1")
        #expect(pair.paris.command(alice, "dial", #""destination":"user:paris/9""#).last?["ipbxreply"] == "destination")
        #expect(pair.paris.actions.isEmpty)
    }

    @Test("originate runs at the source's site, also when that is another one") func originateFar() throws {
        let pair = Pair()
        pair.join()
        pair.lyon.performsActions = false
        let alice = pair.paris.logIn("paris1")
        _ = pair.paris.command(alice, "originate", #""source":"user:lyon/2","destination":"user:paris/1""#)
        pair.settle()
        guard case .originate(let call)? = pair.lyon.actions.first else {
            Issue.record("lyon makes no call")
            return
        }
        #expect(call.party == .device(header("PJSIP/202")) && call.extension.text == "81101")
        #expect(pair.paris.actions.isEmpty)
    }

    /// alice (101) talks with 102; her channel and the other one.
    private func talking(_ pair: Pair) -> (own: String, other: String) {
        pair.paris.see(pair.paris.pbx.phoneDials("1", "102", at: pair.paris.now))
        pair.pass(3_000)
        pair.paris.performsActions = false
        pair.paris.forgetActions()
        return (
            pair.paris.core.model.channels(ofPhone: "1").first ?? "",
            pair.paris.core.model.channels(ofPhone: "2").first ?? ""
        )
    }

    @Test("hangup, hangupme, transfer, atxfer, parking and record act on the right channel") func channels() {
        let pair = Pair()
        let alice = pair.paris.logIn("paris1")
        let (own, other) = talking(pair)
        #expect(!own.isEmpty && !other.isEmpty)
        _ = pair.paris.command(alice, "hangup", #""channelids":"chan:paris/\#(other)""#)
        _ = pair.paris.command(alice, "hangupme")
        _ = pair.paris.command(alice, "transfer", #""destination":"exten:paris/103""#)
        _ = pair.paris.command(alice, "transfer", #""source":"chan:paris/\#(own)","destination":"user:paris/3""#)
        _ = pair.paris.command(alice, "atxfer", #""destination":"user:lyon/9""#)
        _ = pair.paris.command(alice, "atxfer", #""destination":"exten:paris/103""#)
        _ = pair.paris.command(alice, "parking", #""source":"chan:paris/\#(other)""#)
        _ = pair.paris.command(alice, "intercept", #""tointercept":"chan:paris/\#(other)","catcher":"user:paris/3""#)
        let expected: [PBXAction] = [
            .hangup(channel: header(other)), .hangup(channel: header(own)),
            .redirect(channel: header(other), extension: number("103"), context: header("default")),
            .redirect(channel: header(own), extension: number("103"), context: header("default")),
            .attendedTransfer(channel: header(own), extension: number("103"), context: header("default")),
            .park(channel: header(other), returnTo: header(own), lot: nil, timeoutSeconds: 120),
            .redirect(channel: header(other), extension: number("103"), context: header("default")),
        ]
        #expect(pair.paris.actions == expected)
    }

    @Test("record: a channel that is named and not there is refused; nobody else is recorded instead") func record() {
        let pair = Pair()
        let alice = pair.paris.logIn("paris1")
        let (_, other) = talking(pair)
        let refused = pair.paris.command(alice, "record", #""subcommand":"start","channel":"PJSIP/104-dead""#)
        #expect(refused.last?["ipbxreply"] == "source")
        #expect(pair.paris.actions.isEmpty)
        _ = pair.paris.command(alice, "record", #""subcommand":"start","channel":"\#(other)""#)
        guard case .record(let channel, true, _)? = pair.paris.actions.first else {
            Issue.record("nothing is recorded")
            return
        }
        #expect(channel.text == other)
    }

    @Test("queue commands: the own agent, a phone, and a member of another site through the trunk") func queues() {
        let pair = Pair()
        pair.join()
        pair.paris.performsActions = false
        let alice = pair.paris.logIn("paris1")
        _ = pair.paris.command(alice, "queueadd", #""member":"agent:special:me","queue":"queue:paris/1""#)
        _ = pair.paris.command(alice, "queueremove", #""member":"phone:paris/2","queue":"queue:paris/1""#)
        _ = pair.paris.command(alice, "queuepause", #""member":"phone:paris/2","queue":"queue:paris/all""#)
        _ = pair.paris.command(alice, "queueadd", #""member":"phone:lyon/2","queue":"queue:paris/1","penalty":"3""#)
        let actions = pair.paris.actions
        #expect(actions.count == 4)
        guard actions.count == 4, case .queueAdd(_, .agent(let agent), _, _, _) = actions[0],
            case .queueAdd(let queue, .party(let far), _, let penalty, let paused) = actions[3]
        else { return }
        #expect(agent.text == "1003")
        #expect(actions[1] == .queueRemove(queue: header("support"), member: .told(header("PJSIP/102"))))
        #expect(actions[2] == .queuePause(queue: nil, member: .told(header("PJSIP/102")), paused: true, reason: nil))
        #expect(queue.text == "support" && "\(far)" == "82202@default" && penalty == 3 && !paused)
    }

    @Test("queuepause: a group that only the configuration knows is none of the PBX's queues") func configuredGroup() {
        var office = Pair.office("paris", prefix: "81", first: 101, trunkTo: "lyon")
        office.groups["1"]?.members = [ObjectID(.agent, site("paris"), "3")]
        let paris = TestSite(office, now: Pair.moment(0))
        paris.performsActions = false
        paris.see([
            .fact(.resyncBegan),
            .fact(
                .queueMember(QueueMemberFact(queue: "support", interface: "Local/1003@agents", target: .agent("1003")))),
            .fact(.queueMember(QueueMemberFact(queue: "support", interface: "PJSIP/103"))),
            .fact(
                .queueMember(
                    QueueMemberFact(
                        queue: "support", interface: "Local/103@x",
                        target: .number("103", context: "default", watching: nil)))),
            .fact(.resyncEnded),
        ])
        #expect(paris.core.model.members(of: ObjectKey(.group, "1")).count == 1)
        let alice = paris.logIn("paris1")
        _ = paris.command(alice, "queuepause", #""member":"agent:paris/3","queue":"queue:paris/all""#)
        #expect(
            paris.actions == [
                .queuePause(queue: nil, member: .told(header("Local/1003@agents")), paused: true, reason: nil)
            ])
        paris.forgetActions()
        _ = paris.command(alice, "queuepause", #""member":"phone:paris/3","queue":"queue:paris/1""#)
        #expect(Set(paris.actions).count == 2, "the phone is there twice: \(paris.actions)")
    }

    @Test("queueremove from all queues: another site's phone is not taken for our phone of the same id") func sameID() {
        let pair = Pair()
        pair.join()
        pair.lyon.performsActions = false
        let alice = pair.paris.logIn("paris1")
        // lyon's own phone 2 is in lyon's queue; paris' phone 2 is not.
        _ = pair.paris.command(alice, "queueremove", #""member":"phone:paris/2","queue":"queue:lyon/all""#)
        pair.settle()
        #expect(pair.paris.read(alice, "ipbxcommand").last?["ipbxreply"] == "noaction")
        #expect(pair.lyon.actions.isEmpty)
    }

    @Test("meetme: seats become channels; a seat that nobody has is refused") func meetme() {
        let pair = Pair()
        let alice = pair.paris.logIn("paris1")
        pair.paris.see(pair.paris.pbx.phoneDials("2", "700", at: pair.paris.now))
        pair.paris.performsActions = false
        let channel = pair.paris.core.model.channels(ofPhone: "2").first ?? ""
        for room in ["paris/1", "700"] {
            _ = pair.paris.command(alice, "meetme", #""function":"MeetmeMute","functionargs":["\#(room)","1"]"#)
        }
        _ = pair.paris.command(alice, "meetme", #""function":"MeetmeKick","functionargs":["paris/1","1","1"]"#)
        let refused = pair.paris.command(alice, "meetme", #""function":"MeetmeMute","functionargs":["paris/1","9"]"#)
        #expect(refused.last?["ipbxreply"] == "noaction")
        #expect(
            pair.paris.actions == [
                .roomMute(room: header("700"), channel: header(channel), muted: true),
                .roomMute(room: header("700"), channel: header(channel), muted: true),
                .roomKick(room: header("700"), channel: header(channel)),
            ])
    }

    @Test("agentlogin: the own agent at the own phone") func agents() {
        let pair = Pair()
        pair.paris.performsActions = false
        let alice = pair.paris.logIn("paris1")
        _ = pair.paris.command(alice, "agentlogin")
        _ = pair.paris.command(alice, "agentlogout", #""agentids":"3""#)
        #expect(
            pair.paris.actions == [
                .agentLogin(agent: number("1003"), extension: number("101"), context: header("default")),
                .agentLogoff(agent: number("1003")),
            ])
    }

    @Test("answer, refuse and cancel: a phone, or a user's phones, stand for the call that is meant") func phones() {
        let pair = Pair()
        let alice = pair.paris.logIn("paris1")
        pair.paris.see(pair.paris.pbx.phoneDials("1", "102", at: pair.paris.now))
        pair.paris.performsActions = false
        let caller = pair.paris.core.model.channels(ofPhone: "1").first ?? ""
        let called = pair.paris.core.model.channels(ofPhone: "2").first ?? ""
        #expect(!caller.isEmpty && pair.paris.core.model.channel(called)?.state == .ringing)
        for phone in ["phone:paris/2", "user:paris/2"] {
            _ = pair.paris.command(alice, "answer", #""phoneids":"\#(phone)""#)
            _ = pair.paris.command(alice, "refuse", #""phoneids":"\#(phone)""#)
        }
        _ = pair.paris.command(alice, "cancel", #""phoneids":"phone:paris/1""#)
        #expect(
            pair.paris.actions == [
                .answer(channel: header(called)), .hangup(channel: header(called)), .answer(channel: header(called)),
                .hangup(channel: header(called)), .hangup(channel: header(caller)),
            ])
        // Nobody else's call is ended instead.
        let refused = pair.paris.command(alice, "refuse", #""phoneids":"phone:paris/3""#)
        #expect(refused.last?["ipbxreply"] == "noaction")
        #expect(pair.paris.actions.count == 5)
    }

    @Test("cancel: a call made for the user is given up while either phone rings, not when they talk") func cancel() {
        let pair = Pair()
        let alice = pair.paris.logIn("paris1")
        _ = pair.paris.command(alice, "dial", #""destination":"exten:paris/102""#)
        pair.paris.performsActions = false
        func isCancelled(_ state: ChannelState, _ stage: CallStage) -> Bool {
            let own = pair.paris.core.model.channels(ofPhone: "1").first ?? ""
            let channel = pair.paris.core.model.channel(own)
            #expect(channel?.state == state && channel?.stage == stage)
            pair.paris.forgetActions()
            _ = pair.paris.command(alice, "cancel", #""phoneids":"phone:paris/1""#)
            return pair.paris.actions == [.hangup(channel: header(own))]
        }
        #expect(isCancelled(.ringing, .ringing))
        pair.pass(2_500)
        #expect(isCancelled(.up, .calling))
        // The called phone's owner refuses; cancel is the caller's.
        pair.paris.forgetActions()
        let refused = pair.paris.command(alice, "cancel", #""phoneids":"phone:paris/2""#)
        #expect(refused.last?["ipbxreply"] == "noaction")
        pair.pass(2_500)
        #expect(!isCancelled(.up, .linked))
    }

    @Test("refuse and cancel: a channel under an older key is the one that ends, and none is never the own one")
    func olderKeys() {
        let pair = Pair()
        let alice = pair.paris.logIn("paris1")
        let (_, other) = talking(pair)
        for verb in ["refuse", "cancel"] {
            for key in ["channelid", "source"] {
                pair.paris.forgetActions()
                _ = pair.paris.command(alice, verb, #""\#(key)":"chan:paris/\#(other)""#)
                #expect(pair.paris.actions == [.hangup(channel: header(other))], "\(verb) \(key)")
            }
            pair.paris.forgetActions()
            for empty in [#"",""#, #""""#, "[]"] {
                let answer = pair.paris.command(alice, verb, "\"channelids\":\(empty)").last
                #expect(answer?["warning_string"] == "missing:channelids", "\(verb) \(empty)")
            }
            #expect(pair.paris.actions.isEmpty)
        }
    }

    @Test("queueadd and queueremove: a user of the own site is in a queue with the main phone") func userAsMember() {
        let pair = Pair()
        pair.paris.performsActions = false
        let alice = pair.paris.logIn("paris1")
        _ = pair.paris.command(alice, "queueadd", #""member":"user:special:me","queue":"queue:paris/1""#)
        _ = pair.paris.command(alice, "queueremove", #""member":"user:paris/2","queue":"queue:paris/all""#)
        guard case .queueAdd(_, let member, _, _, _)? = pair.paris.actions.first else {
            Issue.record("nobody is added")
            return
        }
        #expect(member == .party(.device(header("PJSIP/101"))))
        #expect(
            pair.paris.actions.dropFirst() == [
                .queueRemove(queue: header("support"), member: .told(header("PJSIP/102")))
            ])
        let refused = pair.paris.command(alice, "queueadd", #""member":"user:paris/9","queue":"queue:paris/1""#)
        #expect(refused.last?["ipbxreply"] == "member")
    }

    @Test("answer: a channel counts more than a phone, as the row says") func answerChannel() {
        let pair = Pair()
        let alice = pair.paris.logIn("paris1")
        for (caller, number) in [("1", "102"), ("2", "103")] {
            pair.paris.see(pair.paris.pbx.phoneDials(caller, number, at: pair.paris.now))
        }
        pair.paris.performsActions = false
        let meant = pair.paris.core.model.channels(ofPhone: "3").first ?? ""
        #expect(!meant.isEmpty)
        _ = pair.paris.command(
            alice, "answer", #""channelids":"chan:paris/\#(meant)","phoneids":"phone:paris/2""#)
        #expect(pair.paris.actions == [.answer(channel: header(meant))])
    }

    @Test("parking: a lot of another site is refused, not taken for the own lot of the same id") func farLot() {
        let pair = Pair()
        pair.join()
        let alice = pair.paris.logIn("paris1")
        let (_, other) = talking(pair)
        let answer = pair.paris.command(
            alice, "parking", #""source":"chan:paris/\#(other)","destination":"parking:lyon/0""#)
        #expect(answer.last?["ipbxreply"] == "destination")
        #expect(pair.paris.actions.isEmpty)
    }

    @Test("queueadd: None, null and nothing mean not paused and penalty 0", arguments: ["null", #""None""#, #""""#])
    func leftOut(_ value: String) {
        let pair = Pair()
        pair.paris.performsActions = false
        let alice = pair.paris.logIn("paris1")
        _ = pair.paris.command(
            alice, "queueadd",
            #""member":"phone:paris/3","queue":"queue:paris/1","paused":\#(value),"penalty":\#(value)"#)
        guard case .queueAdd(_, _, _, 0, false)? = pair.paris.actions.first else {
            Issue.record("refused, or added otherwise")
            return
        }
    }
}
