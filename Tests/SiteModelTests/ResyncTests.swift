import SiteModel
import TandemCore
import Testing

@Suite("Resync of a site")
struct ResyncTests {
    @Test("After a resync only confirmed channels remain, with their age")
    func confirmedChannels() {
        var world = World()
        world.see(.resyncBegan, .resyncEnded)
        #expect(world.status(.site, "self")["pbx"] == "up")
        world.see(ringing(alice, "PJSIP/101", bob, "SIP/102") + answered(alice, bob, bridge: "b1"))
        world.see(created(carol, "PJSIP/103", state: .up))
        let age = world.status(.channel, alice)["timestamp"]
        world.see(.connectionLost(reason: "gone"))
        #expect(world.status(.site, "self")["reason"] == "gone")
        #expect(world.status(.site, "self")["since"] == .integer(Int64(world.clock)))
        #expect(world.has(.channel, carol))
        world.see(
            .resyncBegan, created(alice, "PJSIP/101", state: .up), created(bob, "SIP/102", state: .up),
            .bridgeEntered(channel: alice, bridge: "b1"), .bridgeEntered(channel: bob, bridge: "b1"), .resyncEnded)
        #expect(!world.has(.channel, carol))
        #expect(world.status(.phone, "3")["channels"] == [])
        #expect(world.status(.channel, alice)["commstatus"] == "linked-caller")
        #expect(world.status(.channel, alice)["timestamp"] == age)
        #expect(world.last.count == 3, "the ghost, its phone and site/self")
        world.expectAgreement()
    }

    @Test("A further snapshot of a PBX that is up leaves since when it is")
    func furtherSnapshot() {
        var world = World()
        world.see(.resyncBegan, .resyncEnded)
        let since = world.status(.site, "self")["since"]
        world.see(.resyncBegan, .resyncEnded)
        #expect(world.status(.site, "self")["since"] == since)
        #expect(world.last.isEmpty)
    }

    @Test("A call that ended while the PBX was away is not shown as talking")
    func endedWhileAway() {
        var world = World()
        world.see(ringing(alice, "PJSIP/101", bob, "SIP/102") + answered(alice, bob, bridge: "b1"))
        world.see(.connectionLost(reason: "gone"), .resyncBegan, created(alice, "PJSIP/101", state: .up), .resyncEnded)
        #expect(world.status(.channel, alice)["commstatus"] == "ready")
        #expect(!world.has(.channel, bob))
        world.expectAgreement()
    }

    @Test("A channel name that a restarted PBX uses again is another call")
    func reusedChannelName() {
        var world = World()
        world.see(created(alice, "PJSIP/101", state: .up, id: "1"), .held(channel: alice, on: true))
        world.see(
            .connectionLost(reason: "restart"), .resyncBegan, created(alice, "PJSIP/101", state: .up, id: "2"),
            .resyncEnded)
        #expect(world.status(.channel, alice)["holded"] == false)
        #expect(world.status(.phone, "1")["channels"] == [.string(alice)])
        world.expectAgreement()
    }

    @Test("Queue callers, members, room members and parked calls that are gone go")
    func goneMembersAndCallers() {
        var world = World()
        world.see(
            .resyncBegan, created(alice, "PJSIP/101", state: .up), created(bob, "SIP/102", state: .up),
            .queueMember(QueueMemberFact(queue: "support", interface: "PJSIP/103")),
            .queueEntryJoined(queue: "support", channel: alice, position: 1, waitedSeconds: 0),
            .roomJoined(room: "700", channel: bob, admin: false, muted: false, callerNumber: "", callerName: ""),
            .parked(
                lot: "default", space: "701", channel: carol, parker: "", callerNumber: "", callerName: "",
                timeoutSeconds: 9), .resyncEnded)
        #expect(world.status(.queue, "1")["phonemembers"] == ["3"])
        #expect(world.status(.queue, "1")["incalls"] == [.string(alice)])
        world.see(
            .resyncBegan, created(alice, "PJSIP/101", state: .up), created(bob, "SIP/102", state: .up), .resyncEnded)
        #expect(world.status(.queue, "1")["phonemembers"] == [])
        #expect(world.status(.queue, "1")["incalls"] == [])
        #expect(world.status(.meetme, "1")["channels"] == .object([:]))
        #expect(world.status(.parking, "0")["701"] == .object([:]))
        #expect(world.status(.channel, bob)["talkingto_kind"] == .null)
        world.expectAgreement()
    }

    @Test("A snapshot of a large queue emits the member list once")
    func largeQueueSnapshot() {
        var world = World()
        world.see(.resyncBegan)
        world.see((0..<200).map { .queueMember(QueueMemberFact(queue: "support", interface: "PJSIP/9\($0)")) })
        world.see((0..<50).map { .endpointSeen(endpoint: "PJSIP/9\($0)", number: nil, context: nil, displayName: nil) })
        #expect(world.pushed(.queue, "1").isEmpty)
        world.see(.queueMember(QueueMemberFact(queue: "support", interface: "PJSIP/101")))
        world.see(.resyncEnded)
        #expect(world.pushed(.queue, "1").count == 1)
        world.expectAgreement()
    }

    @Test("What only the PBX knows becomes objects with ids made of digits")
    func discoveredObjects() throws {
        var world = World()
        world.see(
            .resyncBegan, .endpointSeen(endpoint: "PJSIP/200", number: nil, context: nil, displayName: "Zoe"),
            .endpointSeen(endpoint: "PJSIP/102", number: nil, context: nil, displayName: nil), .queueSeen(queue: "it"),
            .agent(number: "2002", name: "Max", state: .loggedOff, channel: nil, phoneNumber: nil),
            .mailboxSeen(mailbox: "200", context: "default", fullName: "Zoe", email: ""),
            .trunkSeen(name: "world", technology: "PJSIP", host: "192.0.2.1"), .resyncEnded)
        let id = try #require(world.model.phone(endpoint: "SIP/200"))
        #expect(id.count == 10 && id.first == "1" && id.allSatisfy(\.isNumber))
        #expect(world.config(.phone, id)["number"] == "200")
        #expect(world.config(.phone, id)["firstname"] == "Zoe")
        #expect(world.copy.keys.filter { $0.type == .phone }.count == 4)
        #expect(world.copy.keys.filter { $0.type == .queue }.count == 2)
        #expect(world.copy.keys.filter { $0.type == .trunk }.count == 2)
        var again = World()
        again.see(.endpointSeen(endpoint: "PJSIP/200", number: nil, context: nil, displayName: nil))
        #expect(again.model.phone(endpoint: "PJSIP/200") == id, "the same after a restart")
        world.see(.resyncBegan, .resyncEnded)
        #expect(!world.has(.phone, id))
        #expect(world.copy.keys.filter { $0.type == .queue }.count == 1)
        world.expectAgreement()
        var closed = World(World.office(discover: false))
        closed.see(
            .endpointSeen(endpoint: "PJSIP/200", number: nil, context: nil, displayName: nil), .queueSeen(queue: "it"))
        #expect(closed.last.isEmpty)
    }

    @Test("A member is recognised although its agent is told later")
    func lateAgent() {
        var world = World()
        world.see(
            .resyncBegan, .queueMember(QueueMemberFact(queue: "support", interface: "Agent/77", target: .agent("77"))),
            .agent(number: "77", name: "Max", state: .idle, channel: nil, phoneNumber: nil), .resyncEnded)
        let id = world.model.agent(number: "77") ?? "none"
        #expect(world.status(.queue, "1")["agentmembers"] == [.string(id)])
        #expect(world.status(.agent, id)["queues"] == ["1"])
        world.expectAgreement()
    }

    @Test("A reload emits only what differs and keeps the calls")
    func reload() {
        var world = World()
        world.see(.endpointSeen(endpoint: "PJSIP/200", number: nil, context: nil, displayName: nil))
        world.see(ringing(alice, "PJSIP/101", bob, "SIP/102") + answered(alice, bob, bridge: "b1"))
        world.see(.queueMember(QueueMemberFact(queue: "support", interface: "PJSIP/103")))
        var changes: [ObjectChange] = []
        world.model.reconfigure(World.office(), at: world.now, into: &changes)
        #expect(changes.isEmpty)
        var office = World.office()
        office.users["1"]?.name = "Alice Moreau"
        office.phones["3"] = nil
        office.phones["4"] = .init(number: "200", endpoint: "SIP/200")
        office.queues["2"] = .init(name: "it", number: "501")
        world.model.reconfigure(office, at: world.now, into: &changes)
        world.fold(changes)
        world.expectAgreement()
        #expect(!world.has(.phone, "3"))
        #expect(world.has(.phone, "4") && world.has(.queue, "2"))
        #expect(
            world.copy.keys.filter { $0.type == .phone }.count == 3, "the discovered phone is the configured one now")
        #expect(world.config(.user, "1")["lastname"] == "Moreau")
        #expect(world.status(.channel, alice)["commstatus"] == "linked-caller")
        #expect(world.status(.channel, bob)["peerdisplay"] == "Alice Moreau (101)")
        #expect(world.status(.queue, "1")["phonemembers"] == [])
        world.see(ended(bob), ended(alice))
        world.expectAgreement()
    }
}
