import SiteModel
import TandemCore
import Testing

@Suite("Lists of a site")
struct ListStoryTests {
    @Test("The configured objects come first, without any secret")
    func configuredObjects() {
        let world = World()
        #expect(world.config(.user, "1")["fullname"] == "Alice Martin")
        #expect(world.config(.user, "1")["linelist"] == ["1"])
        #expect(world.config(.phone, "1")["identity"] == "PJSIP/101")
        #expect(world.config(.phone, "1")["protocol"] == "sip")
        #expect(world.config(.phone, "1")["iduserfeatures"] == "1")
        #expect(world.status(.phone, "1")["hintstatus"] == "4")
        #expect(world.status(.site, "self")["pbx"] == "down")
        #expect(world.config(.site, "self") == ["prefix": "81", "context": "default", "name": "paris"])
        #expect(world.status(.group, "1")["phonemembers"] == ["2"])
        #expect(world.status(.phone, "2")["groups"] == ["1"])
        let text = world.model.allObjects().map { String(decoding: $0.config.bytes + $0.status.bytes, as: UTF8.self) }
        #expect(!text.contains { $0.contains("hidden") })
        world.expectAgreement()
    }

    @Test("A queue call passes through the queue to the member")
    func queueCall() {
        var world = World()
        let caller = "PJSIP/trunk-lyon-00000001"
        world.see(
            .queueMember(QueueMemberFact(queue: "support", interface: "PJSIP/102", membership: .fixed)),
            created(caller, "PJSIP/trunk-lyon", state: .ring, number: "201", name: "Zoe"),
            .queueEntryJoined(queue: "support", channel: caller, position: 1, waitedSeconds: 5))
        #expect(world.status(.queue, "1")["phonemembers"] == ["2"])
        #expect(world.status(.phone, "2")["queues"] == ["1"])
        #expect(world.status(.queue, "1")["incalls"] == [.string(caller)])
        #expect(world.status(.queue, "1")["entries"]?.arrayValue?.first?["position"] == 1)
        #expect(world.status(.queue, "1")["entries"]?.arrayValue?.first?["join_time"] == 998)
        #expect(world.status(.queue, "1")["entries"]?.arrayValue?.first?["name"] == "Zoe")
        world.see(created(bob, "SIP/102"), .dialBegan(caller: caller, callee: bob))
        world.see(.queueEntryLeft(queue: "support", channel: caller))
        #expect(world.status(.queue, "1")["incalls"] == [])
        world.see(answered(caller, bob, bridge: "q"))
        #expect(world.status(.channel, bob)["commstatus"] == "linked-called")
        world.expectAgreement()
    }

    @Test("Callers of a queue keep their order and positions")
    func queueOrder() {
        var world = World()
        for name in ["a", "b", "c"] { world.see(created("X/\(name)-1", nil, state: .up)) }
        world.see(
            .queueEntryJoined(queue: "support", channel: "X/a-1", position: 1, waitedSeconds: 0),
            .queueEntryJoined(queue: "support", channel: "X/b-1", position: 2, waitedSeconds: 0),
            .queueEntryJoined(queue: "support", channel: "X/c-1", position: 1, waitedSeconds: 0))
        #expect(world.status(.queue, "1")["incalls"] == ["X/c-1", "X/a-1", "X/b-1"])
        world.see(ended("X/c-1"))
        #expect(world.status(.queue, "1")["incalls"] == ["X/a-1", "X/b-1"])
        #expect(world.status(.queue, "1")["entries"]?.arrayValue?.map { $0["position"] } == [1, 2])
        world.expectAgreement()
    }

    @Test("Pausing a member pushes the member alone")
    func pausedMember() {
        var world = World()
        world.see(.queueMember(QueueMemberFact(queue: "support", interface: "PJSIP/101")))
        world.see(.queueMemberPaused(queue: "support", interface: "PJSIP/101", paused: true, reason: "lunch"))
        let since = JSONValue.integer(Int64(world.clock))
        #expect(
            world.pushed(.queueMember, "PJSIP/101,support")
                == [["paused": "1", "paused_reason": "lunch", "paused_since": since]])
        #expect(world.last.count == 2)
        #expect(world.config(.queueMember, "PJSIP/101,support")["paused"] == "1")
        world.see(.queueMemberRemoved(queue: "support", interface: "PJSIP/101"))
        #expect(!world.has(.queueMember, "PJSIP/101,support"))
        #expect(world.status(.queue, "1")["phonemembers"] == [])
        world.expectAgreement()
    }

    @Test(
        "A member is the phone that is called, else the one that is watched, else nobody",
        arguments: [
            (QueueMemberTarget.device("PJSIP/101"), ["1"]),
            (.device("PJSIP/101", watching: "SIP/102"), ["1"]),
            (.device("SIP/gateway/5551", watching: "PJSIP/101"), ["1"]),
            (.device("SIP/gateway/5551", watching: "SIP/other"), []),
            (.device("SIP/gateway/5551"), []),
            (.number("555", context: "from-queue", watching: "PJSIP/101"), ["1"]),
            (.number("555", context: "from-queue", watching: nil), []),
        ])
    func memberPhone(_ target: QueueMemberTarget, _ phones: [JSONValue]) {
        var world = World()
        world.see(.queueMember(QueueMemberFact(queue: "support", interface: "X/member", target: target)))
        #expect(world.status(.queue, "1")["phonemembers"] == .array(phones))
        world.expectAgreement()
    }

    @Test("A member that watches another device from now on is another phone")
    func otherWatch() {
        var world = World()
        let steps: [(watched: String, phones: [JSONValue])] = [("PJSIP/101", ["1"]), ("SIP/102", ["2"]), ("SIP/x", [])]
        for (watched, phones) in steps {
            world.see(
                .queueMember(
                    QueueMemberFact(
                        queue: "support", interface: "X/member", target: .device("X/member", watching: watched))))
            #expect(world.status(.queue, "1")["phonemembers"] == .array(phones))
        }
        world.expectAgreement()
    }

    @Test("An agent's availability follows login, pauses and calls")
    func agentAvailability() {
        var world = World()
        func availability() -> JSONValue? { world.status(.agent, "1")["availability"] }
        #expect(availability() == "logged_out")
        world.see(.agent(number: "1001", name: nil, state: .idle, channel: nil, phoneNumber: "101"))
        #expect(availability() == "available")
        #expect(world.status(.agent, "1")["status"] == "AGENT_IDLE")
        #expect(world.status(.agent, "1")["phonenumber"] == "101")
        let member = QueueMemberFact(
            queue: "support", interface: "Local/1001@agents", target: .agent("1001"), paused: true)
        world.see(.queueMember(member))
        #expect(availability() == "unavailable")
        #expect(world.status(.queue, "1")["agentmembers"] == ["1"])
        world.see(
            .queueMemberPaused(queue: "support", interface: "Local/1001@agents", paused: false, reason: ""))
        #expect(availability() == "available")
        world.see(ringing(alice, "PJSIP/101", bob, "SIP/102"))
        #expect(availability() == "on_call_nonacd_outgoing_internal")
        #expect(world.status(.agent, "1")["availability_since"] == .integer(Int64(world.clock) - 1))
        world.see(ended(bob), ended(alice))
        #expect(availability() == "available")
        let trunk = "PJSIP/trunk-lyon-00000007"
        world.see(ringing(trunk, "PJSIP/trunk-lyon", alice, "PJSIP/101"))
        #expect(availability() == "on_call_nonacd_incoming_external")
        world.see(ended(alice))
        world.see(.queueEntryJoined(queue: "support", channel: trunk, position: 1, waitedSeconds: 0))
        world.see(created(alice, "PJSIP/101"), .dialBegan(caller: trunk, callee: alice))
        #expect(availability() == "unavailable")
        #expect(world.status(.agent, "1")["on_call_acd"] == true)
        world.see(ended(alice), .agent(number: "1001", name: nil, state: .loggedOff, channel: nil, phoneNumber: nil))
        #expect(availability() == "logged_out")
        #expect(world.model.memberships(of: ObjectKey(.agent, "1")).map(\.interface) == ["Local/1001@agents"])
        #expect(world.model.memberName(of: ObjectKey(.agent, "1")) != nil)
        world.expectAgreement()
    }

    @Test("A conference lists its members with user numbers")
    func conferenceMembers() {
        var world = World()
        world.see(
            created(alice, "PJSIP/101", state: .up), created(bob, "SIP/102", state: .up),
            .roomJoined(
                room: "700", channel: alice, admin: true, muted: false, callerNumber: "101", callerName: "Alice"),
            .roomJoined(room: "700", channel: bob, admin: false, muted: false, callerNumber: "102", callerName: "Bob"))
        #expect(world.status(.meetme, "1")["channels"]?[bob]?["usernum"] == "2")
        #expect(world.status(.channel, bob)["talkingto_kind"] == "<meetme>")
        #expect(world.status(.channel, bob)["talkingto_id"] == "1")
        #expect(world.model.roomMember("1", 2) == bob)
        world.see(.roomMuted(room: "700", channel: bob, muted: true))
        #expect(world.status(.meetme, "1")["channels"]?[bob]?["ismuted"] == true)
        #expect(world.status(.channel, bob)["meetme_ismuted"] == true)
        world.see(.roomLeft(room: "700", channel: alice))
        #expect(world.status(.channel, alice)["commstatus"] == "ready")
        #expect(world.model.roomMember("1", 2) == bob)
        world.see(.roomEnded(room: "700"))
        #expect(world.status(.meetme, "1")["channels"] == .object([:]))
        world.expectAgreement()
    }

    @Test("Voicemail counts are pushed when they change")
    func voicemailCounts() {
        var world = World()
        world.see(.mailbox(mailbox: "101", context: "default", new: 1, old: 0, waiting: true))
        #expect(world.pushed(.voicemail, "1") == [["waiting": true, "new": 1]])
        world.see(.mailbox(mailbox: "101", context: "default", new: 1, old: 0, waiting: true))
        #expect(world.last.isEmpty)
    }

    @Test("Presence accepts the configured states only")
    func configuredPresences() {
        var world = World()
        var changes: [ObjectChange] = []
        #expect(world.model.setPresence(user: "1", state: "away", at: world.now, into: &changes))
        #expect(world.model.setPresence(user: "1", state: "away", at: world.now, into: &changes))
        #expect(!world.model.setPresence(user: "1", state: "asleep", at: world.now, into: &changes))
        #expect(!world.model.setPresence(user: "9", state: "away", at: world.now, into: &changes))
        #expect(changes.count == 1)
        world.model.setConnection(user: "1", connected: true, at: world.now, into: &changes)
        world.model.setFeature(
            user: "1", .unconditional(.init(isEnabled: true, destination: "1234")), at: world.now, into: &changes)
        world.model.setFeature(user: "1", .busy(.init(isEnabled: true)), at: world.now, into: &changes)
        world.fold(changes)
        #expect(world.status(.user, "1") == ["connection": "yes", "availstate": "away"])
        #expect(world.config(.user, "1")["destunc"] == "1234")
        #expect(world.config(.user, "1")["enableunc"] == true)
        #expect(world.config(.user, "1")["enablebusy"] == false)
        world.expectAgreement()
        var later = World()
        changes = []
        later.model.restore(presences: ["1": "away", "2": "nonsense"], into: &changes)
        later.fold(changes)
        #expect(later.status(.user, "1")["availstate"] == "away")
        #expect(later.status(.user, "2")["availstate"] == "disconnected")
    }
}
