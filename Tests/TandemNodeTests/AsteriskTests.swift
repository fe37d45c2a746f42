import AsteriskDriver
import Configuration
import PBXTestSupport
import TandemClient
import TandemCore
import TandemNode
import Testing

/// Real Asterisks 22 and 16, real phones, a relay between the nodes.
@Suite("A federation of real Asterisks", .enabled(if: TestPBX.isEnabled), .serialized)
struct AsteriskFederationTests {
    @Test("The tour passes between Asterisk 22 and 16 across a relay")
    func tour() async throws {
        try await AsteriskStage.run(["101"]) { stage in
            for site in [stage.paris, stage.lyon] { try await stage.phone(site, "mode 101 auto") }
            let home = try #require(stage.federation.configuration("paris").listen.cti)
            let far = try #require(stage.federation.configuration("lyon").listen.cti)
            let guide = TourGuide(
                home: .init(site: "paris", host: home.host, port: home.port, login: "alice", password: "alice"),
                far: .init(site: "lyon", host: far.host, port: far.port, login: "farid", password: "farid"),
                patience: 20, print: { print("TOUR", $0) })
            try await guide.walk()
        }
    }

    @Test(
        "A call is seen at the other site: hint codes, channels, talking to whom, hold, times; and ends without a trace"
    )
    func remoteView() async throws {
        try await AsteriskStage.run { stage in
            let (farid, paris) = (stage.farid, stage.paris)
            try await stage.see(farid, "phones", "paris", "9", "not registered") { $0["hintstatus"] == "4" }
            try await stage.phone(paris, "dial 101 102", "wait 102 ringing 15")
            try await stage.see(farid, "phones", "paris", "2", "rings") { $0["hintstatus"] == "8" }
            try await stage.see(farid, "phones", "paris", "1", "is in use") { $0["hintstatus"] == "1" }
            let caller = try await stage.channel("PJSIP/101", "paris", seenBy: farid)
            let called = try await stage.channel("PJSIP/102", "paris", seenBy: farid)
            try await stage.see(farid, "channels", "paris", called, "rings") {
                $0["commstatus"] == "ringing" && $0["direction"] == "in"
            }
            try await stage.see(farid, "channels", "paris", caller, "calls") {
                $0["commstatus"] == "calling" && $0["direction"] == "out"
            }
            try await stage.phone(paris, "answer 102", "wait 101 up 15")
            let one = try await stage.see(farid, "channels", "paris", caller, "talks") {
                $0["commstatus"] == "linked-caller"
            }
            let two = try await stage.see(farid, "channels", "paris", called, "talks") {
                $0["commstatus"] == "linked-called"
            }
            #expect(one["talkingto_kind"] == "channel")
            #expect(one["talkingto_id"]?.stringValue?.hasSuffix(called) ?? false, "\(one)")
            #expect(two["talkingto_id"]?.stringValue?.hasSuffix(caller) ?? false, "\(two)")
            let clock = NodeClock.now().unixTime
            #expect(abs((one["timestamp"]?.doubleValue ?? 0) - clock) < 30, "\(one)")
            // The home shows the same.
            #expect(try await stage.alice.half("updatestatus", list: "channels", site: "paris", id: caller) == one)
            try await stage.phone(paris, "hold 101")
            try await eventually("a channel on hold, seen from lyon") {
                let held = try await farid.half("updatestatus", list: "channels", site: "paris", id: called)
                let holder = try await farid.half("updatestatus", list: "channels", site: "paris", id: caller)
                return held["holded"] == true || holder["holded"] == true
            }
            try await stage.phone(paris, "resume 101")
            try await eventually("no channel on hold, seen from lyon") {
                let held = try await farid.half("updatestatus", list: "channels", site: "paris", id: called)
                let holder = try await farid.half("updatestatus", list: "channels", site: "paris", id: caller)
                return held["holded"] == false && holder["holded"] == false
            }
            try await stage.phone(paris, "hangup 102", "wait 101 idle 15")
            try await stage.quiet("paris", seenBy: farid)
            for id in ["1", "2"] {
                try await stage.see(farid, "phones", "paris", id, "idle") { $0["hintstatus"] == "0" }
            }
            try await stage.federation.equal("paris", at: "lyon")
            try await stage.federation.equal("lyon", at: "paris")
        }
    }

    @Test("Queue, agent, room, mailbox and parking of one site are seen and worked from the other")
    func features() async throws {
        try await AsteriskStage.run { stage in
            let (farid, paris) = (stage.farid, stage.paris)
            // A queue: its members, then a call that waits, then that it is taken.
            try await eventually("both members of paris' queue are seen") {
                let queue = try await farid.half("updatestatus", list: "queues", site: "paris", id: "1")
                return queue["phonemembers"]?.arrayValue?.count == 2
            }
            try await stage.phone(paris, "dial 103 500", "wait 101 ringing 15", "wait 102 ringing 15")
            let waiting = try await stage.see(farid, "queues", "paris", "1", "one call waits") {
                $0["entries"]?.arrayValue?.count == 1
            }
            #expect(waiting["entries"]?.arrayValue?.first?["number"] == "103", "\(waiting)")
            try await stage.phone(paris, "answer 101", "wait 103 up 15")
            try await stage.see(farid, "queues", "paris", "1", "nobody waits") {
                $0["entries"]?.arrayValue?.isEmpty ?? false
            }
            let members = try await farid.list("queuemembers", site: "paris")
            #expect(members.count >= 2, "\(members)")
            try await stage.phone(paris, "hangup 103", "wait 101 idle 15")
            try await stage.quiet("paris", seenBy: farid)

            // A member comes and pauses by command from lyon.
            stage.expectDone(
                try await stage.command(farid, "queuepause", ["queue": "queue:paris/1", "member": "phone:paris/2"]),
                "pause")
            try await eventually("the member's pause is seen") {
                for id in try await farid.list("queuemembers", site: "paris") {
                    if try await farid.half("updatestatus", list: "queuemembers", site: "paris", id: id)["paused"]
                        == "1"
                    {
                        return true
                    }
                }
                return false
            }
            stage.expectDone(
                try await stage.command(farid, "queueunpause", ["queue": "queue:paris/1", "member": "phone:paris/2"]),
                "unpause")

            // An agent logs in on phone 104, by command from lyon.
            let (id, mark) = await farid.send([
                "class": "ipbxcommand", "command": "agentlogin", "agentids": "agent:paris/1", "agentphonenumber": "104",
            ])
            try await stage.phone(paris, "wait 104 ringing 15", "answer 104", "wait 104 up 15")
            _ = try await farid.wait(from: mark, for: "the login's end", within: 20) {
                $0["replyid"] == .integer(id) && $0["response"] == "ok"
            }
            let agent = try await stage.see(farid, "agents", "paris", "1", "logged in") {
                $0["availability"] == "available"
            }
            #expect(agent["phonenumber"] == "104", "\(agent)")
            stage.expectDone(try await stage.command(farid, "agentlogout", ["agentids": "agent:paris/1"]), "logoff")
            try await stage.see(farid, "agents", "paris", "1", "logged out") { $0["availability"] == "logged_out" }
            try await stage.quiet("paris", seenBy: farid)

            // A room.
            try await stage.phone(paris, "dial 103 800", "wait 103 up 15")
            let room = try await stage.see(farid, "meetmes", "paris", "1", "has a guest") {
                $0["channels"]?.objectValue?.count == 1
            }
            let guest = try #require(room["channels"]?.objectValue?.first { _ in true })
            #expect(guest.value["number"] == "103", "\(room)")
            let seat = try #require(guest.value["usernum"]?.stringValue)
            stage.expectDone(
                try await stage.command(
                    farid, "meetme", ["function": "MeetmeMute", "functionargs": ["paris/1", .string(seat)]]), "mute")
            try await stage.see(farid, "meetmes", "paris", "1", "muted") {
                $0["channels"]?.objectValue?.first { _ in true }?.value["ismuted"] == true
            }
            stage.expectDone(
                try await stage.command(
                    farid, "meetme", ["function": "MeetmeKick", "functionargs": ["paris/1", .string(seat)]]), "kick")
            try await stage.see(farid, "meetmes", "paris", "1", "empty") {
                $0["channels"]?.objectValue?.isEmpty ?? true
            }
            try await stage.phone(paris, "wait 103 idle 15")

            // A message for mailbox 103. No event tells when the greeting is over (6 to 8 s) and the message begins; one
            // of less than a second would be thrown away.
            try await stage.phone(paris, "dial 101 103", "wait 103 ringing 15", "reject 103", "wait 101 up 15")
            try await Task.sleep(for: .seconds(14))
            try await stage.phone(paris, "hangup 101", "wait 101 idle 15")
            try await stage.see(farid, "voicemails", "paris", "3", "one new message") {
                $0["new"] == 1 && $0["waiting"] == true
            }

            // A call is parked by command from lyon.
            try await stage.pbx.call(paris, from: "101", to: "102", answeredBy: "102")
            let parked = try await stage.channel("PJSIP/102", "paris", seenBy: farid)
            stage.expectDone(
                try await stage.command(farid, "parking", ["source": .string("chan:paris/" + parked)]), "park")
            try await eventually("the parked call is seen") {
                for id in try await farid.list("parkinglots", site: "paris") {
                    let lot = try await farid.half("updatestatus", list: "parkinglots", site: "paris", id: id)
                    if JSONValue.object(lot).description.contains(parked) { return true }
                }
                return false
            }
            try await stage.see(farid, "channels", "paris", parked, "parked") { $0["parked"] == true }
            stage.expectDone(
                try await stage.command(farid, "hangup", ["channelids": .string("chan:paris/" + parked)]), "hangup")
            try await stage.quiet("paris", seenBy: farid)
            try await stage.federation.equal("paris", at: "lyon")
        }
    }

    @Test("Commands from the other site run at the right PBX, and their replies come back under the client's number")
    func commands() async throws {
        try await AsteriskStage.run { stage in
            let (alice, farid, paris, lyon) = (stage.alice, stage.farid, stage.paris, stage.lyon)
            // Originate: both phones of paris, asked for at lyon; the caller's phone rings longer than a command's deadline.
            let (id, mark) = await farid.send([
                "class": "ipbxcommand", "command": "originate", "source": "phone:paris/1",
                "destination": "exten:paris/102",
            ])
            try await stage.phone(paris, "wait 101 ringing 15")
            try await Task.sleep(for: .seconds(12))
            try await stage.phone(paris, "answer 101", "wait 102 ringing 15", "answer 102", "wait 102 up 15")
            _ = try await farid.wait(from: mark, for: "originatereason 4", within: 10) {
                $0["replyid"] == .integer(id) && $0["originatereason"] == "4"
            }
            let lines = await farid.received.dropFirst(mark).filter { $0["replyid"] == .integer(id) }
            #expect(lines.first?["ipbxreply"] == true, "\(lines)")
            #expect(!lines.contains { $0["ipbxreply"] == "unknown_outcome" }, "\(lines)")

            // Blind transfer of 102's partner to 103.
            let moved = try await stage.channel("PJSIP/101", "paris", seenBy: farid)
            stage.expectDone(
                try await stage.command(
                    farid, "transfer", ["source": .string("chan:paris/" + moved), "destination": "exten:paris/103"]),
                "transfer")
            try await stage.phone(paris, "wait 103 ringing 15", "answer 103", "wait 103 up 15", "wait 102 idle 15")
            // Hang up.
            stage.expectDone(
                try await stage.command(farid, "hangup", ["channelids": .string("chan:paris/" + moved)]), "hangup")
            try await stage.phone(paris, "wait 101 idle 15", "wait 103 idle 15")
            try await stage.quiet("paris", seenBy: farid)

            // Enquiry call and its cancelling.
            try await stage.pbx.call(paris, from: "101", to: "102", answeredBy: "102")
            let caller = try await stage.channel("PJSIP/101", "paris", seenBy: farid)
            try await stage.see(farid, "channels", "paris", caller, "talks") { $0["commstatus"] == "linked-caller" }
            stage.expectDone(
                try await stage.command(
                    farid, "atxfer", ["source": .string("chan:paris/" + caller), "destination": "exten:paris/103"]),
                "atxfer")
            try await stage.phone(paris, "wait 103 ringing 15")
            stage.expectDone(
                try await stage.command(farid, "transfercancel", ["channelids": .string("chan:paris/" + caller)]),
                "cancel")
            try await stage.phone(paris, "wait 103 idle 20")
            _ = try await stage.command(farid, "hangup", ["channelids": .string("chan:paris/" + caller)])
            try await stage.quiet("paris", seenBy: farid)

            // Intercept: a call that rings at paris is fetched to farid's own phone at lyon, over the trunk.
            try await stage.phone(paris, "dial 101 102", "wait 102 ringing 15")
            let caught = try await stage.channel("PJSIP/101", "paris", seenBy: farid)
            stage.expectDone(
                try await stage.command(farid, "intercept", ["tointercept": .string("chan:paris/" + caught)]),
                "intercept")
            try await stage.phone(lyon, "wait 101 ringing 15", "answer 101", "wait 101 up 15")
            try await stage.phone(paris, "wait 101 up 15", "wait 102 idle 15")
            stage.expectDone(
                try await stage.command(farid, "hangup", ["channelids": .string("chan:paris/" + caught)]), "hangup")
            try await stage.phone(lyon, "wait 101 idle 15")
            for site in ["paris", "lyon"] { try await stage.quiet(site, seenBy: alice) }

            // A phone that is not registered, and a channel that does not exist.
            let dead = try await stage.command(
                farid, "originate", ["source": "phone:paris/9", "destination": "exten:paris/102"],
                until: { $0["reason"] != nil })
            #expect(dead.contains { $0["originatereason"] == "0" }, "\(dead)")
            #expect(dead.last?["reason"]?.stringValue?.contains("not registered") ?? false, "\(dead)")
            #expect(dead.last?["response"] == "ko", "\(dead)")
            let ghost = try await stage.command(farid, "hangup", ["channelids": "chan:paris/PJSIP/101-0000dead"])
            #expect(ghost.last?["ipbxreply"] == "source")
            #expect(ghost.last?["reason"] != nil)
        }
    }

    @Test("No text of a client becomes a second header at the manager")
    func injection() async throws {
        try await AsteriskStage.run { stage in
            let (farid, paris) = (stage.farid, stage.paris)
            try await stage.pbx.call(paris, from: "101", to: "102", answeredBy: "102")
            let channel = try await stage.channel("PJSIP/101", "paris", seenBy: farid)
            try await stage.see(farid, "channels", "paris", channel, "talks") { $0["commstatus"] == "linked-caller" }
            let chan = JSONValue.string("chan:paris/" + channel)
            let good: [(String, JSONObject)] = [
                ("originate", ["source": "phone:paris/3", "destination": "exten:paris/104"]),
                ("dial", ["destination": "exten:paris/104"]),
                ("transfer", ["source": chan, "destination": "exten:paris/104"]),
                ("atxfer", ["source": chan, "destination": "exten:paris/104"]),
                ("transfercancel", ["channelids": chan]),
                ("intercept", ["tointercept": chan, "catcher": "phone:paris/4"]),
                ("parking", ["source": chan, "destination": "parking:paris/1"]),
                ("park", ["source": chan, "destination": "parking:paris/1"]),
                ("hangup", ["channelids": chan]), ("refuse", ["channelids": chan]),
                ("cancel", ["channelids": chan]), ("answer", ["phoneids": "phone:paris/1"]),
                ("agentlogin", ["agentids": "agent:paris/1", "agentphonenumber": "104"]),
                ("agentlogout", ["agentids": "agent:paris/1"]),
                ("queueadd", ["queue": "queue:paris/1", "member": "phone:paris/3", "penalty": "1", "paused": "0"]),
                ("queueremove", ["queue": "queue:paris/1", "member": "phone:paris/2"]),
                ("queuepause", ["queue": "queue:paris/1", "member": "phone:paris/2", "reason": "lunch"]),
                ("queueunpause", ["queue": "queue:paris/1", "member": "phone:paris/2"]),
                ("queuepause_all", ["member": "agent:paris/1"]), ("queueremove_all", ["member": "agent:paris/1"]),
                ("meetme", ["function": "MeetmeMute", "functionargs": ["paris/1", "1"]]),
                ("record", ["subcommand": "start", "channel": chan]),
                ("listen", ["destination": chan, "listener": "user:paris/3"]),
                ("mailboxcount", ["mailbox": "voicemail:paris/1", "context": "default"]),
            ]
            let tails = [
                "\r\nAction: Hangup\r\nChannel: \(channel)", "\nAction: Hangup\nChannel: \(channel)",
                "\rAction: Hangup", "\r\n\r\nAction: Hangup\r\nChannel: \(channel)\r\n\r\n", "\u{0}Action: Hangup",
                "\u{85}Action: Hangup", "\u{2028}Action: Hangup",
            ]
            var tried = 0
            for (name, fields) in good {
                for (key, value) in fields {
                    for (number, tail) in tails.enumerated() {
                        let bad: JSONValue =
                            value.arrayValue.map { .array([$0[0], .string(($0.last?.stringValue ?? "") + tail)]) }
                            ?? .string((value.stringValue ?? "") + tail)
                        var changed = fields
                        changed[key] = bad
                        let lines = try await stage.command(
                            farid, name, changed,
                            until: {
                                $0["ipbxreply"] != nil || $0["warning_string"] != nil || $0["reason"] != nil
                            })
                        tried += 1
                        let refused = lines.contains { $0["ipbxreply"] != true }
                        if number < 5 { #expect(refused, "\(name) with \(key): \(lines)") }
                    }
                }
                // The command's own name and unknown fields too.
                for (key, value) in ["command": name + tails[0], "extra": tails[0], tails[0]: "x"] {
                    var changed = fields
                    changed[key] = .string(value)
                    let lines = try await stage.command(
                        farid, name, changed, until: { _ in true })
                    #expect(lines.allSatisfy { $0["ipbxreply"] != true }, "\(name) with \(key): \(lines)")
                    tried += 1
                }
            }
            #expect(tried > 300)
            // The manager got no header from them: the node's own lines are all it has.
            let sent = stage.wire.sent
            #expect(sent.contains("Action: Login"))
            // A text may hold these words, but no line may begin with them.
            let lines = sent.utf8.split { $0 == 13 || $0 == 10 }.map { String(decoding: $0, as: UTF8.self) }
            #expect(!lines.contains { $0.hasPrefix("Action: Hangup") })
            #expect(lines.allSatisfy { $0.contains(": ") && $0.first?.isLetter ?? false })
            let still = try await stage.channel("PJSIP/101", "paris", seenBy: farid)
            #expect(still == channel)
        }
    }

    @Test(
        "When the Asterisk is killed its site is stale with its age everywhere, commands say why; restarted it is fresh without a ghost"
    )
    func killed() async throws {
        try await AsteriskStage.run { stage in
            let (alice, farid, paris) = (stage.alice, stage.farid, stage.paris)
            try await stage.pbx.call(paris, from: "101", to: "102", answeredBy: "102")
            let channel = try await stage.channel("PJSIP/101", "paris", seenBy: farid)
            let marks = [await alice.mark, await farid.mark]
            try await stage.pbx.kill(paris)
            for (client, mark) in zip([alice, farid], marks) {
                _ = try await client.wait(from: mark, for: "paris stale", within: 10) {
                    $0["class"] == "sitestatus" && $0["ipbxid"] == "paris" && $0["state"] == "stale"
                }
                let phone = try await client.half("updatestatus", list: "phones", site: "paris", id: "1")
                #expect(phone["stale"] == true)
                #expect(phone["age"]?.doubleValue != nil)
                let reply = try await stage.command(client, "hangup", ["channelids": .string("chan:paris/" + channel)])
                #expect(reply.last?["ipbxreply"] == "noconn", "\(reply)")
                #expect(reply.last?["reason"]?.stringValue?.contains("away") ?? false, "\(reply)")
            }
            let ready = try await AdminClient(.socket(path: "\(stage.federation.folder)/paris/tandem.sock")).request(
                "/readyz")
            #expect(ready.status == 503)
            try await Task.sleep(for: .seconds(1))
            let age = try await farid.half("updatestatus", list: "phones", site: "paris", id: "1")["age"]?.doubleValue
            #expect((age ?? 0) >= 1)
            let healing = [await alice.mark, await farid.mark]
            try await stage.pbx.start(paris)
            for (client, mark) in zip([alice, farid], healing) {
                _ = try await client.wait(from: mark, for: "paris fresh", within: 60) {
                    $0["class"] == "sitestatus" && $0["ipbxid"] == "paris" && $0["state"] == "fresh"
                }
                #expect(try await client.list("channels", site: "paris").isEmpty, "a ghost channel")
                let phone = try await client.half("updatestatus", list: "phones", site: "paris", id: "1")
                #expect(phone["stale"] != true)
            }
            try await stage.phone(paris, "wait 101 registered 40", "wait 102 registered 40")
            try await stage.pbx.call(paris, from: "101", to: "102", answeredBy: "102")
            try await stage.see(farid, "phones", "paris", "1", "in use") { $0["hintstatus"] == "1" }
            try await stage.federation.equal("paris", at: "lyon")
        }
    }

    @Test("A manager that falls silent makes the site stale, and one that answers again makes it fresh")
    func silentManager() async throws {
        try await AsteriskStage.run(["101"]) { stage in
            let mark = await stage.farid.mark
            try await stage.wire.cutSilently()
            _ = try await stage.farid.wait(from: mark, for: "paris stale", within: 40) {
                $0["class"] == "sitestatus" && $0["ipbxid"] == "paris" && $0["state"] == "stale"
            }
            let reply = try await stage.command(
                stage.alice, "originate", ["source": "phone:paris/1", "destination": "exten:paris/101"])
            #expect(reply.last?["ipbxreply"] == "noconn", "\(reply)")
            let healing = await stage.farid.mark
            try await stage.wire.heal()
            _ = try await stage.farid.wait(from: healing, for: "paris fresh", within: 60) {
                $0["class"] == "sitestatus" && $0["ipbxid"] == "paris" && $0["state"] == "fresh"
            }
        }
    }

    @Test("A wrong secret of the manager is named in status, readiness and log, never printed")
    func wrongSecret() async throws {
        let pbx = try await TestPBX(version: "22", sites: ["paris"], phones: [])
        do {
            var topology = Topology.demo(pbx: .asterisk)
            topology.sites.removeLast(2)
            topology.links = []
            topology.sites[0].site.trunks = [:]
            topology.sites[0].pbx = AsteriskDriverFactory.settings(
                host: "127.0.0.1", port: pbx.sites[0].amiPort, user: "cti", secret: Secret("not-this-one"))
            let capture = LogCapture()
            try await TestFederation.run(topology, logger: capture.logger, logLevel: .debug) { federation in
                try await federation.eventually("the reason is shown") {
                    let reason = try await federation.ask("paris", "/status")["pbx"]?["reason"]?.stringValue ?? ""
                    return reason.lowercased().contains("authentication") || reason.contains("refus")
                }
                let ready = try await AdminClient(.socket(path: "\(federation.folder)/paris/tandem.sock")).request(
                    "/readyz")
                #expect(ready.status == 503)
                print("SAYS", String(decoding: ready.body, as: UTF8.self))
                #expect(!capture.lines(of: "paris").isEmpty)
                #expect(!capture.lines.contains { $0.text.contains("not-this-one") })
            }
        } catch {
            await pbx.close()
            throw error
        }
        await pbx.close()
    }
}
