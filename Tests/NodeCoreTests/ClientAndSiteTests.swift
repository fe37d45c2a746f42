import CTIServer
import Federation
import NodeCore
import PBX
import SiteModel
import TandemCore
import Testing

@Suite("Clients, presences, history, far sites") struct ClientAndSiteTests {
    @Test("a presence is stored before it is acknowledged") func presence() {
        let pair = Pair()
        let alice = pair.paris.logIn("paris1")
        pair.paris.storesAtOnce = false
        let line = #"{"class":"availstate","availstate":"away","commandid":7}"#
        #expect(pair.paris.say(alice, line).replies.isEmpty)
        #expect(pair.paris.stored.contains(.presence(user: "1", state: "away")))
        pair.paris.storeNow()
        #expect(pair.paris.read(alice, "availstate").count == 1)
    }

    @Test("another site's user's presence is stored there before the answer") func farPresence() {
        let pair = Pair()
        pair.join()
        let alice = pair.paris.logIn("paris1")
        pair.paris.say(
            alice, #"{"class":"availstate","availstate":"away","ipbxid":"lyon","userid":"2","commandid":7}"#)
        pair.settle()
        #expect(pair.lyon.stored.contains(.presence(user: "2", state: "away")))
        #expect(pair.paris.read(alice, "availstate").count == 1)
        #expect(pair.paris.core.object(ObjectID("user:lyon/2")!)?.status.value(of: "availstate") == "away")
    }

    @Test("a client that lags and comes back is told the present state once, piece by piece") func lagging() {
        let pair = Pair()
        let alice = pair.paris.logIn("paris1")
        pair.paris.core.clientLags(alice)
        pair.paris.see(pair.paris.pbx.phoneDials("1", "102", at: pair.paris.now))
        pair.pass(3_000)
        _ = pair.paris.read(alice, "getlist")
        #expect(!pair.paris.core.clientCaughtUp(alice, now: pair.paris.now))
        pair.paris.run()
        let phones = pair.paris.read(alice, "getlist").filter {
            $0["listname"] == "phones" && $0["function"] == "updatestatus"
        }
        #expect(phones.count { $0["tid"] == "1" } == 1)
        #expect(phones.count { $0["tid"] == "2" } == 1)
    }

    @Test("a client that lags while a site is being told piece by piece is told the rest when it comes back")
    func lagsWithinFreshness() {
        var pieces = CTIServerConfiguration()
        pieces.freshnessChunk = 1
        let paris = TestSite(
            Pair.office("paris", prefix: "81", first: 101, trunkTo: "lyon"), cti: pieces, now: Pair.moment(1_000))
        paris.startPBX()
        let alice = paris.logIn("paris1")
        paris.stopPBX("gone")
        _ = paris.read(alice, "getlist")
        paris.core.clientLags(alice)
        for step in 1...100 { paris.tick(Pair.moment(1_000 + Int64(step) * 100)) }
        _ = paris.read(alice, "getlist")
        while paris.core.clientCaughtUp(alice, now: paris.now) { paris.run() }
        paris.run()
        let told = Set(
            paris.read(alice, "getlist").filter { $0["function"] == "updatestatus" }.map { "\($0["tid"] ?? "")" })
        #expect(told.count > 5, "\(told)")
        for id in 1...3 { #expect(told.contains { $0.contains("\(id)") }) }
    }

    @Test("a client that never reads again does not collect the names of all calls for ever") func lagsForEver() {
        let pair = Pair()
        let alice = pair.paris.logIn("paris1")
        pair.paris.core.clientLags(alice)
        for round in 0..<60 {
            var events: [PBXEvent] = []
            for call in 0..<2_000 {
                let name = "PJSIP/101-\(round)-\(call)"
                events.append(
                    .fact(
                        .channelCreated(
                            channel: name, endpoint: "PJSIP/101", uniqueID: name, state: .down, callerNumber: "",
                            callerName: "", extension: "", context: "default", linkedID: name)))
                events.append(.fact(.channelEnded(channel: name, cause: .normalClearing)))
                if events.count >= 200 {
                    pair.paris.see(events)
                    events = []
                }
            }
            if pair.paris.closedClients.contains(alice) { return }
        }
        Issue.record("120,000 names are kept")
    }

    @Test("a call becomes one record per phone, with what is true of it") func history() {
        let pair = Pair()
        pair.paris.see(pair.paris.pbx.phoneDials("1", "102", at: pair.paris.now))
        pair.pass(7_000)
        pair.paris.see(pair.paris.pbx.phoneHangsUp("1", at: pair.paris.now))
        let calls = pair.paris.stored.compactMap { operation -> FinishedCall? in
            if case .call(let call) = operation { return call }
            return nil
        }
        #expect(calls.count == 2)
        let caller = calls.first { $0.phone == "1" }
        let called = calls.first { $0.phone == "2" }
        #expect(caller?.outgoing == true && caller?.answered == true && caller?.user == "1")
        #expect(called?.outgoing == false && called?.answered == true && called?.number == "101")
        for call in [caller, called] { #expect((4.5...5.5).contains(call?.talked ?? 0)) }
    }

    @Test("a call during which the PBX was lost is not recorded with an invented length") func historyGap() {
        let pair = Pair()
        pair.paris.see(pair.paris.pbx.phoneDials("1", "102", at: pair.paris.now))
        pair.pass(3_000)
        pair.paris.stopPBX("gone")
        pair.paris.see(pair.paris.pbx.restart(losingCalls: false, at: pair.paris.now))
        pair.paris.see(pair.paris.pbx.phoneHangsUp("1", at: pair.paris.now))
        #expect(
            !pair.paris.stored.contains { operation in
                if case .call = operation { return true }
                return false
            })
    }

    @Test("a call during which the site was configured otherwise is recorded whole") func historyAcrossReload() {
        let pair = Pair()
        pair.paris.see(pair.paris.pbx.phoneDials("1", "102", at: pair.paris.now))
        pair.pass(4_000)
        // One that begins while everything is told once more is whole, too.
        pair.paris.see([.fact(.resyncBegan)])
        pair.paris.see([
            .fact(
                .channelCreated(
                    channel: "PJSIP/103-77", endpoint: "PJSIP/103", uniqueID: "77", state: .ring, callerNumber: "103",
                    callerName: "", extension: "500", context: "default", linkedID: "77")),
            .fact(.channelEnded(channel: "PJSIP/103-77", cause: .normalClearing)),
        ])
        let short = pair.paris.stored.contains { operation in
            if case .call(let call) = operation { return call.phone == "3" && call.outgoing && call.number == "500" }
            return false
        }
        #expect(short)
        pair.paris.see(pair.paris.pbx.reconfigure(pair.paris.pbx.configuration, at: pair.paris.now))
        pair.pass(3_000)
        pair.paris.see(pair.paris.pbx.phoneHangsUp("1", at: pair.paris.now))
        let talked = pair.paris.stored.compactMap { operation in
            if case .call(let call) = operation, call.phone != "3" { return call.talked }
            return nil
        }
        #expect(talked.count == 2 && talked.allSatisfy { (4.5...5.5).contains($0) }, "\(talked)")
    }

    @Test(
        "whatever number a site tells for its PBX's absence, nothing breaks",
        arguments: ["-1e300", "1e300", "0", "-5", "1699999990", #""x""#, "null"])
    func hostileSince(number: String) {
        let office = Pair.office("paris", prefix: "81", first: 101, trunkTo: "lyon")
        let paris = TestSite(office, links: [.init(peer: site("lyon"), dials: false)], now: Pair.moment(0))
        paris.core.linkConnected(.init(1), certificateSite: site("lyon"), dialed: false, now: Pair.moment(0))
        for line in [
            #"{"class":"rcti_hello","version":[1,1],"site":"lyon","incarnation":1,"features":[],"nonce":1,"t":0}"#,
            #"{"class":"rcti_linkstate","origin":"lyon","incarnation":1,"sequence":1,"neighbours":[["paris",10]]}"#,
            #"{"class":"rcti_heartbeat","t":1,"echo":[0,0],"clocks":[["lyon",1,1,1,0]]}"#,
            #"{"class":"rcti_snapshot","site":"lyon","pull":1,"incarnation":1,"sequence":1,"chunk":0,"objects":"#
                + #"[["site","self",{"name":"lyon"},{"pbx":"down","since":\#(number)}]],"last":true}"#,
        ] {
            Array(line.utf8).withUnsafeBufferPointer { paris.core.linkSent(.init(1), line: $0, now: Pair.moment(0)) }
        }
        let (freshness, age) = paris.core.freshness(of: site("lyon"))
        #expect(freshness.word == "stale")
        #expect((age ?? -1) >= 0)
    }

    @Test("a copy from the store is shown with its age until its home is heard") func restored() {
        var restored = NodeRestored()
        restored.copies = [
            .init(
                site: site("lyon"), incarnation: 4, sequence: 9, age: 120,
                objects: [
                    (ObjectKey(.phone, "1"), EncodedObject(["number": "201"]), EncodedObject(["hintstatus": "8"]))
                ])
        ]
        let paris = TestSite(
            Pair.office("paris", prefix: "81", first: 101, trunkTo: "lyon"), restored: restored, now: Pair.moment(0))
        let (freshness, age) = paris.core.freshness(of: site("lyon"))
        #expect(freshness.word == "stale" && age == 120)
    }
}
