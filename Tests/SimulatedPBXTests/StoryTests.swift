import PBX
import SimulatedPBX
import SiteModel
import TandemCore
import Testing

@Suite("Simulated calls")
struct SimulatedCallTests {
    @Test("A call rings, is answered, lasts and ends without a trace")
    func wholeCall() {
        var site = Site()
        site.dial("1", "102")
        #expect(site.stages("1") == ["calling"])
        #expect(site.stages("2") == ["ringing"])
        #expect(site.status(.phone, "2")["hintstatus"] == "8")
        site.pass(3)
        #expect(site.stages("1") == ["linked-caller"])
        #expect(site.stages("2") == ["linked-called"])
        #expect(site.status(.phone, "1")["hintstatus"] == "1")
        site.pass(19)
        #expect(site.stages("1") == ["linked-caller"])
        site.pass(1)
        #expect(site.channelCount == 0)
        #expect(site.status(.phone, "1")["hintstatus"] == "0")
    }

    @Test("A busy, a declining and an unreachable phone end the call with their causes")
    func failedCalls() {
        for (reaction, cause) in [
            (Behaviour.Reaction.busy, ReleaseCause.userBusy), (.rejects(after: .seconds(2)), .userBusy),
            (.unreachable, .subscriberAbsent), (.ignores, .noAnswer),
        ] {
            var site = Site { behaviour, _ in behaviour.reactions["4"] = reaction }
            site.dial("1", "104")
            site.pass(30)
            let causes = site.facts.compactMap { fact -> ReleaseCause? in
                if case .channelEnded(let channel, let cause) = fact, channel.hasPrefix("PJSIP/101") {
                    cause
                } else {
                    nil
                }
            }
            #expect(causes == [cause], "\(reaction)")
            #expect(site.channelCount == 0)
        }
    }

    @Test("A caller whom nobody answers leaves a message, which is heard later")
    func voicemail() {
        var site = Site { behaviour, _ in behaviour.reactions["2"] = .ignores }
        site.dial("1", "102")
        site.pass(25)
        #expect(site.status(.voicemail, "2")["new"] == 1)
        #expect(site.status(.voicemail, "2")["waiting"] == true)
        site.dial("2", "*98")
        site.pass(5)
        #expect(site.status(.voicemail, "2")["new"] == 0)
        #expect(site.status(.voicemail, "2")["old"] == 1)
        #expect(site.channelCount == 0)
    }

    @Test("An originate calls the source first and the destination when it answers")
    func originate() {
        var site = Site()
        site.ask(
            .originate(
                .init(
                    calling: .device(site.text("PJSIP/101")), extension: site.number("102"),
                    context: site.text("default"))))
        let channel = site.channel("1")
        #expect(site.actions == [.written, .accepted(final: false), .channel(channel)])
        #expect(site.stages("2").isEmpty)
        site.pass(3)
        #expect(site.actions.last == .originated(channel: channel, end: .answered))
        #expect(site.stages("2") == ["ringing"])
        site.pass(3)
        #expect(site.stages("1") == ["linked-caller"])
    }

    @Test("An originate that fails tells the reason of a real PBX")
    func failedOriginate() {
        for (reaction, end) in [
            (Behaviour.Reaction.unreachable, OriginateEnd.unreachable), (.busy, .busy), (.ignores, .noAnswer),
        ] {
            var site = Site { behaviour, _ in behaviour.reactions["1"] = reaction }
            site.ask(
                .originate(
                    .init(
                        calling: .device(site.text("PJSIP/101")), extension: site.number("102"),
                        context: site.text("default"), timeoutSeconds: 10)))
            site.pass(12)
            #expect(site.actions.last == .originated(channel: nil, end: end))
            #expect(site.actions.filter(\.isFinal).count == 1)
            #expect(site.channelCount == 0)
        }
    }

    @Test("Hold, record and hang up act on the named channel")
    func namedChannel() {
        var site = Site { behaviour, _ in behaviour.talk = nil }
        site.dial("1", "102")
        site.pass(3)
        let own = site.channel("1")
        site.ask(.hold(channel: site.text(own), on: true))
        #expect(site.actions == [.written, .accepted(final: true)])
        #expect(site.status(.channel, own)["holded"] == true)
        #expect(site.status(.phone, "1")["hintstatus"] == "16")
        site.ask(.record(channel: site.text(own), on: true, file: site.text("x")))
        #expect(site.status(.channel, own)["monitored"] == true)
        site.ask(.hangup(channel: site.text(own)))
        #expect(site.channelCount == 0)
        site.ask(.hangup(channel: site.text(own)))
        #expect(site.actions == [.written, .failed(reason: "No such channel", connection: false)])
    }

    @Test("A blind transfer leaves the remaining party with the new one")
    func blindTransfer() {
        var site = Site { behaviour, _ in behaviour.talk = nil }
        site.dial("1", "102")
        site.pass(3)
        site.ask(
            .redirect(
                channel: site.text(site.channel("1")), extension: site.number("104"), context: site.text("default")))
        #expect(site.stages("2").isEmpty)
        site.pass(3)
        #expect(site.model.peer(of: site.channel("1")) == site.channel("4"))
    }

    @Test("An attended transfer is completed by hanging up and undone by cancelling")
    func attendedTransfer() {
        var site = Site { behaviour, _ in behaviour.talk = nil }
        site.dial("1", "102")
        site.pass(3)
        let enquire = PBXAction.attendedTransfer(
            channel: site.text(site.channel("2")), extension: site.number("104"), context: site.text("default"))
        site.ask(enquire)
        site.pass(3)
        #expect(site.model.peer(of: site.channel("2")) == site.channel("4"))
        site.ask(.cancelAttendedTransfer(channel: site.text(site.channel("2"))))
        #expect(site.actions == [.written, .accepted(final: true)])
        #expect(site.stages("4").isEmpty)
        #expect(site.model.peer(of: site.channel("2")) == site.channel("1"))
        site.ask(enquire)
        site.pass(3)
        site.take(site.pbx.phoneHangsUp("2", at: site.now))
        #expect(site.stages("2").isEmpty)
        #expect(site.model.peer(of: site.channel("1")) == site.channel("4"))
        #expect(site.channelCount == 2)
    }

    @Test("A transferer who hangs up early leaves the party ringing")
    func earlyTransfer() {
        var site = Site { behaviour, _ in behaviour.talk = nil }
        site.dial("1", "102")
        site.pass(3)
        site.ask(
            .attendedTransfer(
                channel: site.text(site.channel("2")), extension: site.number("104"), context: site.text("default")))
        site.take(site.pbx.phoneHangsUp("2", at: site.now))
        #expect(site.stages("1") == ["calling"])
        site.pass(3)
        #expect(site.model.peer(of: site.channel("1")) == site.channel("4"))
    }

    @Test("A parked call waits in a space, is retrieved there or returns")
    func parking() {
        var site = Site { behaviour, _ in behaviour.talk = nil }
        site.dial("1", "102")
        site.pass(3)
        let park = PBXAction.park(
            channel: site.text(site.channel("1")), returnTo: site.text("PJSIP/102"), lot: nil, timeoutSeconds: 10)
        site.ask(park)
        #expect(site.status(.parking, "0")["701"]?["parked"] == .string(site.channel("1")))
        #expect(site.stages("2").isEmpty)
        site.dial("4", "701")
        #expect(site.model.peer(of: site.channel("4")) == site.channel("1"))
        site.ask(park)
        site.pass(10)
        #expect(site.stages("2") == ["ringing"])
        #expect(site.status(.parking, "0")["701"] == .object([:]))
    }

    @Test("People ring, answer and hang up by hand in a training")
    func training() {
        var site = Site { behaviour, _ in
            behaviour.reaction = .ignores
            behaviour.talk = nil
        }
        site.dial("1", "104")
        site.take(site.pbx.phoneAnswers("4", at: site.now))
        #expect(site.stages("4") == ["linked-called"])
        site.take(site.pbx.phoneHolds("4", true, at: site.now))
        #expect(site.status(.channel, site.channel("4"))["holded"] == true)
        site.take(site.pbx.phoneHangsUp("1", at: site.now))
        #expect(site.channelCount == 0)
    }
}

@Suite("Simulated queues, agents and rooms")
struct SimulatedServiceTests {
    @Test("A queue rings its free members and counts the call")
    func freeMembers() {
        var site = Site()
        site.dial("1", "500")
        #expect(site.status(.queue, "1")["incalls"] == [.string(site.channel("1"))])
        #expect(site.stages("2") == ["ringing"])
        #expect(site.stages("3").isEmpty, "the agent is logged off")
        site.pass(3)
        #expect(site.status(.queue, "1")["incalls"] == [])
        #expect(site.stages("2") == ["linked-called"])
        site.pass(20)
        #expect(site.status(.queueMember, "PJSIP/102,support")["callstaken"] == "1")
    }

    @Test("A caller waits until a member comes back from a pause")
    func pausedMembers() {
        var site = Site()
        let member: DeviceName = site.text("PJSIP/102")
        site.ask(.queuePause(queue: nil, member: .told(member), paused: true, reason: site.text("lunch")))
        site.dial("1", "500")
        site.pass(8)
        #expect(site.stages("2").isEmpty)
        site.ask(.queuePause(queue: site.text("support"), member: .told(member), paused: false, reason: nil))
        #expect(site.stages("2") == ["ringing"])
    }

    @Test("An agent logs in, takes a queue call and logs off")
    func agentDay() {
        var site = Site { behaviour, _ in behaviour.reactions["2"] = .unreachable }
        let login = PBXAction.agentLogin(
            agent: site.number("1003"), extension: site.number("103"), context: site.text("default"))
        site.ask(login)
        #expect(site.actions == [.written, .accepted(final: true)])
        #expect(site.status(.agent, "3")["availability"] == "available")
        site.ask(login)
        #expect(site.actions.last == .failed(reason: "Agent already logged in", connection: false))
        site.dial("1", "500")
        site.pass(3)
        #expect(site.stages("3") == ["linked-called"])
        #expect(site.status(.agent, "3")["status"] == "AGENT_ONCALL")
        #expect(site.status(.agent, "3")["availability"] == "unavailable")
        site.pass(20)
        #expect(site.status(.agent, "3")["availability"] == "available")
        site.ask(.agentLogoff(agent: site.number("1003")))
        #expect(site.status(.agent, "3")["availability"] == "logged_out")
    }

    @Test("Round robin calls one member after the other")
    func roundRobin() {
        var site = Site { behaviour, office in
            behaviour.strategy = .roundRobin
            behaviour.talk = .seconds(2)
            office.queues["1"]?.members = [
                ObjectID(.phone, office.site, "2"), ObjectID(.phone, office.site, "3"),
                ObjectID(.phone, office.site, "4"),
            ]
        }
        var order: [String] = []
        for _ in 0..<4 {
            site.dial("1", "500")
            order += ["2", "3", "4"].filter { !site.stages($0).isEmpty }
            site.pass(6)
        }
        #expect(order == ["2", "3", "4", "2"])
    }

    @Test("Members come and go by action, with the PBX's own refusals")
    func membersByAction() {
        var site = Site()
        let add = PBXAction.queueAdd(
            queue: site.text("support"), member: .party(.device(site.text("PJSIP/104"))), shownName: nil, penalty: 1,
            paused: false)
        site.ask(add)
        #expect(site.status(.queue, "1")["phonemembers"] == ["2", "4"])
        site.ask(add)
        #expect(site.actions.last == .failed(reason: "Unable to add interface: Already there", connection: false))
        let remove = PBXAction.queueRemove(queue: site.text("support"), member: .told(site.text("PJSIP/104")))
        site.ask(remove)
        #expect(site.status(.queue, "1")["phonemembers"] == ["2"])
        site.ask(remove)
        #expect(site.actions.last == .failed(reason: "Unable to remove interface: Not there", connection: false))
    }

    @Test("A changed site keeps what stays: calls, pauses, added members, counts; what goes ends cleanly")
    func reconfigured() throws {
        var site = Site { behaviour, _ in
            behaviour.reaction = .ignores
            behaviour.talk = nil
        }
        site.dial("1", "102")
        site.take(site.pbx.phoneAnswers("2", at: site.now))
        site.dial("4", "700")
        site.ask(
            .queuePause(
                queue: nil, member: .told(site.text("PJSIP/102")), paused: true, reason: site.text("lunch")))
        site.ask(
            .queueAdd(
                queue: site.text("support"), member: .party(.device(site.text("PJSIP/101"))), shownName: nil,
                penalty: 2, paused: false))
        site.ask(.agentLogin(agent: site.number("1003"), extension: site.number("103"), context: site.text("default")))
        let talk = site.channel("1")
        site.facts = []
        site.reload { office in
            office.phones["5"] = .init(number: "105", endpoint: "PJSIP/105")
            office.phones["4"] = nil
            office.groups = [:]
            office.queues["2"] = .init(name: "night", number: "501", members: [ObjectID(.phone, office.site, "5")])
        }
        #expect(site.facts.contains(.resyncEnded))
        #expect(site.stages("1") == ["linked-caller"] && site.channel("1") == talk)
        #expect(site.status(.queueMember, "PJSIP/102,support")["paused"] == "1")
        #expect(site.status(.queueMember, "PJSIP/102,support")["paused_reason"] == "lunch")
        #expect(site.status(.queueMember, "PJSIP/101,support")["penalty"] == "2")
        #expect(site.status(.agent, "3")["status"] == "AGENT_IDLE")
        // The phone that went was alone in the room.
        #expect(site.status(.meetme, "1")["channels"] == .object([:]))
        #expect(site.status(.phone, "5")["hintstatus"] == "0")
        site.dial("5", "103")
        #expect(site.stages("3") == ["ringing"])
        site.take(site.pbx.phoneHangsUp("5", at: site.now))
        site.dial("3", "501")
        #expect(site.stages("5") == ["ringing"])
        site.take(site.pbx.phoneHangsUp("3", at: site.now))
        site.take(site.pbx.phoneHangsUp("1", at: site.now))
        #expect(site.channelCount == 0)
        site.dial("1", "104")
        #expect(site.channelCount == 0 || site.stages("1").allSatisfy { $0 != "linked-caller" })
    }

    @Test("After a reload a member that was added, and an agent, are at no phone that has another device now")
    func movedDevices() {
        var site = Site { behaviour, _ in behaviour.reaction = .ignores }
        site.ask(
            .queueAdd(
                queue: site.text("support"), member: .party(.device(site.text("PJSIP/101"))), shownName: nil,
                penalty: 0, paused: false))
        site.ask(.agentLogin(agent: site.number("1003"), extension: site.number("103"), context: site.text("default")))
        site.reload { office in
            // The device of phone 1 is that of phone 5 now.
            office.phones["1"]?.endpoint = "PJSIP/111"
            office.phones["5"] = .init(number: "105", endpoint: "PJSIP/101")
            office.phones["3"]?.endpoint = "PJSIP/113"
        }
        #expect(site.status(.agent, "3")["status"] == "AGENT_LOGGEDOFF")
        site.dial("4", "500")
        #expect(site.stages("1").isEmpty)
        #expect(site.stages("3").isEmpty)
        #expect(site.stages("5") == ["ringing"])
        site.reload { office in office.phones["5"] = nil }
        site.facts = []
        site.take(site.pbx.restart(losingCalls: true, at: site.now))
        let members = site.facts.compactMap { fact -> String? in
            if case .queueMember(let member) = fact, member.queue == "support" { member.interface } else { nil }
        }
        #expect(members == ["PJSIP/102", "Agent/1003"], "nobody is at the device any more")
    }

    @Test("A ring group rings everybody and the first who answers has the call")
    func ringGroup() {
        var site = Site { behaviour, _ in behaviour.reactions["4"] = .answers(after: .seconds(1)) }
        site.dial("1", "600")
        #expect(site.stages("2") == ["ringing"])
        #expect(site.stages("4") == ["ringing"])
        site.pass(1)
        #expect(site.stages("2").isEmpty)
        #expect(site.stages("4") == ["linked-called"])
    }

    @Test("A conference fills, mutes and empties")
    func conference() {
        var site = Site { behaviour, _ in behaviour.talk = nil }
        site.dial("1", "700")
        site.dial("2", "700")
        let second = site.channel("2")
        #expect(site.model.roomMember("1", 2) == second)
        site.ask(.roomMute(room: site.text("700"), channel: site.text(second), muted: true))
        #expect(site.status(.meetme, "1")["channels"]?[second]?["ismuted"] == true)
        site.ask(.roomKick(room: site.text("700"), channel: site.text(second)))
        #expect(site.stages("2").isEmpty)
        site.take(site.pbx.phoneHangsUp("1", at: site.now))
        #expect(site.status(.meetme, "1")["channels"] == .object([:]))
    }

    @Test("Echo, mailbox count, notify and listen answer")
    func services() {
        var site = Site()
        site.dial("1", "*43")
        #expect(site.status(.channel, site.channel("1"))["state"] == "Up")
        site.actions = []
        site.ask(.mailboxCount(mailbox: site.text("102"), context: site.text("default")))
        #expect(site.actions == [.written, .counted(new: 0, old: 0), .accepted(final: true)])
        site.ask(.mailboxCount(mailbox: site.text("999"), context: site.text("default")))
        #expect(site.actions.last == .failed(reason: "No such mailbox", connection: false))
        site.ask(.notify(endpoint: site.text("PJSIP/199"), variables: []))
        #expect(site.actions.last == .failed(reason: "Endpoint not found", connection: false))
        site.ask(.listen(listener: .device(site.text("PJSIP/104")), channel: site.text(site.channel("1"))))
        #expect(site.stages("4") == ["ringing"])
        site.pass(30)
        #expect(site.channelCount == 0)
    }

    @Test("An outage is seen, calls survive it, a restart loses them")
    func outageAndRestart() {
        var site = Site { behaviour, _ in behaviour.talk = .seconds(60) }
        site.dial("1", "102")
        site.pass(3)
        let channel = site.channel("1")
        site.ask(
            .originate(
                .init(
                    calling: .device(site.text("PJSIP/104")), extension: site.number("103"),
                    context: site.text("default"))))
        site.take(site.pbx.stop(reason: "cable cut", at: site.now))
        #expect(site.actions.last == .failed(reason: "cable cut", connection: true))
        #expect(site.status(.site, "self")["pbx"] == "down")
        site.ask(.hangup(channel: site.text(channel)))
        #expect(site.actions == [.failed(reason: "The PBX is not connected", connection: true)])
        site.actions = []
        site.pass(5)
        site.take(site.pbx.restart(losingCalls: false, at: site.now))
        #expect(site.status(.site, "self")["pbx"] == "up")
        #expect(site.stages("1") == ["linked-caller"])
        #expect(site.status(.channel, channel)["timestamp"] == 3)
        #expect(site.actions.isEmpty, "nothing more about an action that was reported failed")
        site.take(site.pbx.stop(reason: "power", at: site.now))
        site.take(site.pbx.restart(losingCalls: true, at: site.now))
        #expect(site.channelCount == 0)
    }
}

@Suite("Simulated trunks")
struct SimulatedTrunkTests {
    private func pair() -> (Site, Site) {
        var paris = Site()
        var lyon = Site("lyon", far: "paris") { _, office in office.trunks["1"]?.prefix = "81" }
        paris.connect(to: "lyon")
        lyon.connect(to: "paris")
        return (paris, lyon)
    }

    @Test("A call to another site rings, talks and ends at both")
    func farCall() {
        var (paris, lyon) = pair()
        #expect(paris.status(.trunk, "1")["hintstatus"] == "0")
        paris.dial("1", "82102")
        carry(&paris, &lyon)
        #expect(paris.stages("1") == ["calling"])
        #expect(lyon.stages("2") == ["ringing"])
        #expect(lyon.status(.channel, lyon.channel("2"))["peerdisplay"] == "User 101 (101)")
        #expect(paris.status(.trunk, "1")["calls"] == 1)
        lyon.pass(3)
        carry(&paris, &lyon)
        #expect(paris.stages("1") == ["linked-caller"])
        #expect(lyon.stages("2") == ["linked-called"])
        lyon.take(lyon.pbx.phoneHangsUp("2", at: lyon.now))
        carry(&paris, &lyon)
        #expect(paris.channelCount == 0)
        #expect(lyon.channelCount == 0)
    }

    @Test("A busy or unknown far number ends the call here")
    func failedFarCall() {
        for number in ["82104", "82999"] {
            var (paris, lyon) = pair()
            lyon.pbx.behaviour.reactions["4"] = .busy
            paris.dial("1", number)
            carry(&paris, &lyon)
            #expect(paris.channelCount == 0)
            #expect(lyon.channelCount == 0)
        }
    }

    @Test("A caller who gives up is gone at the far site too")
    func abandonedFarCall() {
        var (paris, lyon) = pair()
        paris.dial("1", "82102")
        carry(&paris, &lyon)
        paris.take(paris.pbx.phoneHangsUp("1", at: paris.now))
        carry(&paris, &lyon)
        #expect(lyon.channelCount == 0)
    }

    @Test("Without a carrier the trunk is unreachable")
    func noCarrier() {
        var site = Site()
        #expect(site.status(.trunk, "1")["hintstatus"] == "4")
        site.dial("1", "82102")
        #expect(site.channelCount == 0)
        #expect(site.pbx.takeTrunkSignals().isEmpty)
    }

    @Test("Losing the carrier ends the calls over it")
    func lostCarrier() {
        var (paris, lyon) = pair()
        paris.dial("1", "82102")
        carry(&paris, &lyon)
        lyon.pass(3)
        carry(&paris, &lyon)
        paris.connect(false, to: "lyon")
        #expect(paris.channelCount == 0)
        #expect(paris.status(.trunk, "1")["hintstatus"] == "4")
        carry(&paris, &lyon)
        #expect(lyon.channelCount == 0)
    }
}

@Suite("Simulated trunks after a reload")
struct SimulatedTrunkReloadTests {
    private func hintStatus(_ trunk: String, of site: Site) -> JSONValue? { site.status(.trunk, trunk)["hintstatus"] }

    @Test("A trunk that is added for a site that is reachable already can be called at once")
    func addedTrunk() {
        var paris = Site { _, office in office.trunks = [:] }
        paris.connect(to: "lyon")
        paris.reload { office in
            office.trunks["1"] = .init(endpoint: "PJSIP/trunk-lyon", site: SiteID("lyon"), prefix: "82")
        }
        #expect(hintStatus("1", of: paris) == "0")
        paris.dial("1", "82102")
        #expect(paris.stages("1") == ["calling"])
        #expect(paris.pbx.takeTrunkSignals().count == 1)
    }

    @Test("Calls over a trunk that is removed end at both sites as if its carrier were lost; a renamed one keeps them")
    func removedTrunk() {
        var paris = Site(), lyon = Site("lyon", far: "paris")
        paris.connect(to: "lyon")
        lyon.connect(to: "paris")
        paris.dial("1", "82102")
        carry(&paris, &lyon)
        lyon.pass(3)
        carry(&paris, &lyon)
        paris.reload { office in
            office.trunks["2"] = office.trunks["1"]
            office.trunks["2"]?.prefix = "92"
            office.trunks["1"] = nil
        }
        #expect(paris.stages("1") == ["linked-caller"])
        paris.facts = []
        paris.reload { office in office.trunks["2"]?.endpoint = "PJSIP/trunk-other" }
        let causes = paris.facts.compactMap { fact -> ReleaseCause? in
            if case .channelEnded(_, let cause) = fact { cause } else { nil }
        }
        #expect(causes == [.networkOutOfOrder, .networkOutOfOrder])
        #expect(paris.channelCount == 0)
        carry(&paris, &lyon)
        #expect(lyon.channelCount == 0)
    }
}

@Suite("Determinism of the simulated PBX")
struct SimulatedDeterminismTests {
    private func day(seed: UInt64) -> Site {
        var site = Site { behaviour, _ in
            behaviour.seed = seed
            behaviour.callEvery = .seconds(2)
            behaviour.reactions["4"] = .rejects(after: .seconds(2))
        }
        site.pass(600)
        return site
    }

    @Test("The same seed and input give the same events, another seed others")
    func sameSeed() {
        let first = day(seed: 7)
        #expect(first.facts.count > 500)
        #expect(first.facts == day(seed: 7).facts)
        #expect(first.facts != day(seed: 8).facts)
    }

    @Test("A long day leaves no ghost behind")
    func longDay() {
        var site = day(seed: 3)
        site.pbx.behaviour.callEvery = nil
        site.pass(120)
        #expect(site.channelCount == 0)
        #expect(site.status(.queue, "1")["incalls"] == [])
        for phone in ["1", "2", "3", "4"] { #expect(site.status(.phone, phone)["hintstatus"] == "0") }
        #expect(site.facts.contains { if case .queueEntryJoined = $0 { true } else { false } })
    }

    @Test("Time in one leap gives the same facts as second by second")
    func leapOfTime() {
        var steps = Site()
        var leap = Site()
        for phone in ["1", "3"] {
            steps.dial(phone, phone == "1" ? "102" : "500")
            leap.dial(phone, phone == "1" ? "102" : "500")
        }
        steps.pass(60)
        leap.clock = 60
        leap.take(leap.pbx.advance(to: leap.now))
        #expect(steps.facts == leap.facts)
    }
}
