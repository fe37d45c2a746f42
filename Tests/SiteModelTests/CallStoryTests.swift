import SiteModel
import TandemCore
import Testing

@Suite("Calls in the model")
struct CallStoryTests {
    @Test("A call shows ringing, talking and its end on both channels and phones")
    func callStages() {
        var world = World()
        world.see(ringing(alice, "PJSIP/101", bob, "PJSIP/102"))
        #expect(world.status(.channel, alice)["commstatus"] == "calling")
        #expect(world.status(.channel, alice)["direction"] == "out")
        #expect(world.status(.channel, alice)["peerdisplay"] == "Bob Durand (102)")
        #expect(world.status(.channel, alice)["thisdisplay"] == "Alice Martin")
        #expect(world.status(.channel, bob)["commstatus"] == "ringing")
        #expect(world.status(.channel, bob)["direction"] == "in")
        #expect(world.status(.channel, bob)["talkingto_id"] == .string(alice))
        #expect(world.status(.channel, bob)["state"] == "Ringing")
        #expect(world.status(.phone, "2")["channels"] == [.string(bob)])
        world.see(answered(alice, bob, bridge: "b1"))
        #expect(world.status(.channel, alice)["commstatus"] == "linked-caller")
        #expect(world.status(.channel, bob)["commstatus"] == "linked-called")
        #expect(world.status(.channel, bob)["peerdisplay"] == "Alice Martin (101)")
        #expect(world.model.peer(of: alice) == bob)
        world.see(.bridgeLeft(channel: bob, bridge: "b1"), ended(bob), .bridgeLeft(channel: alice, bridge: "b1"))
        #expect(world.status(.channel, alice)["commstatus"] == "ready")
        #expect(world.status(.channel, alice)["talkingto_id"] == .null)
        world.see(ended(alice))
        #expect(!world.has(.channel, alice))
        #expect(world.status(.phone, "1")["channels"] == [])
        world.expectAgreement()
    }

    @Test("Only changed keys are pushed, in one patch per object")
    func changedKeysOnly() {
        var world = World()
        world.see(ringing(alice, "PJSIP/101", bob, "SIP/102"))
        world.see(.channelState(channel: bob, state: .up))
        #expect(world.last.count == 1)
        #expect(world.pushed(.channel, bob).map(\.keys) == [["state"]])
        world.see(.channelState(channel: bob, state: .up))
        #expect(world.last.isEmpty)
        world.see(.endpointState(endpoint: "SIP/101", state: .inUse))
        #expect(world.pushed(.phone, "1") == [["hintstatus": "1"]])
        world.see(.endpointState(endpoint: "PJSIP/101", state: .inUse))
        #expect(world.last.isEmpty)
    }

    @Test("The age of a call counts from its last stage")
    func ageOfACall() {
        var world = World()
        world.see(ringing(alice, "PJSIP/101", bob, "SIP/102"))
        #expect(world.status(.channel, bob)["timestamp"] == 1003)
        world.see(answered(alice, bob, bridge: "b1"))
        #expect(world.status(.channel, bob)["timestamp"] == 1009)
        world.see(.held(channel: bob, on: true))
        #expect(world.status(.channel, bob)["timestamp"] == 1009)
    }

    @Test("Hold and monitoring are flags of the channel")
    func holdAndMonitoring() {
        var world = World()
        world.see(created(alice, "PJSIP/101"), .held(channel: alice, on: true), .monitored(channel: alice, on: true))
        #expect(world.status(.channel, alice)["holded"] == true)
        #expect(world.status(.channel, alice)["monitored"] == true)
        world.see(.held(channel: alice, on: false))
        #expect(world.pushed(.channel, alice) == [["holded": false]])
    }

    @Test("A caller returns to ready when nobody answers")
    func unansweredCaller() {
        var world = World()
        world.see(ringing(alice, "PJSIP/101", bob, "SIP/102"))
        world.see(.channelState(channel: alice, state: .up))
        world.see(.dialEnded(caller: alice, callee: bob, outcome: .noAnswer), ended(bob))
        #expect(world.status(.channel, alice)["commstatus"] == "ready")
        #expect(world.status(.channel, alice)["peerdisplay"] == .null)
        world.expectAgreement()
    }

    @Test("A blind transfer joins the remaining party with the new one")
    func blindTransfer() {
        var world = World()
        world.see(ringing(alice, "PJSIP/101", bob, "SIP/102") + answered(alice, bob, bridge: "b1"))
        world.see(.bridgeLeft(channel: bob, bridge: "b1"), ended(bob), .bridgeLeft(channel: alice, bridge: "b1"))
        world.see(
            created(carol, "PJSIP/103"), .dialBegan(caller: alice, callee: carol),
            .channelState(channel: carol, state: .ringing))
        #expect(world.status(.channel, alice)["commstatus"] == "calling")
        world.see(answered(alice, carol, bridge: "b2"))
        #expect(world.status(.channel, alice)["talkingto_id"] == .string(carol))
        #expect(world.status(.channel, carol)["commstatus"] == "linked-called")
        world.expectAgreement()
    }

    @Test("An attended transfer moves a channel into the other bridge")
    func attendedTransfer() {
        var world = World()
        let enquiry = "SIP/102-00000009"
        world.see(ringing(alice, "PJSIP/101", bob, "SIP/102") + answered(alice, bob, bridge: "b1"))
        world.see(ringing(enquiry, "SIP/102", carol, "PJSIP/103") + answered(enquiry, carol, bridge: "b2"))
        #expect(world.status(.phone, "2")["channels"] == [.string(bob), .string(enquiry)])
        world.see(
            .bridgeLeft(channel: bob, bridge: "b1"), .bridgeLeft(channel: carol, bridge: "b2"),
            .bridgeEntered(channel: carol, bridge: "b1"), .bridgeLeft(channel: enquiry, bridge: "b2"), ended(bob),
            ended(enquiry))
        #expect(world.status(.channel, alice)["talkingto_id"] == .string(carol))
        #expect(world.status(.channel, carol)["talkingto_id"] == .string(alice))
        #expect(world.status(.channel, alice)["peerdisplay"] == "Bob Durand (103)")
        world.expectAgreement()
    }

    @Test("A call through a channel inside the PBX shows the real parties, whatever its halves are called")
    func innerChannels() {
        var world = World()
        let one = "inner-one"
        let two = "inner-two"
        world.see(
            created(alice, "PJSIP/101", state: .ring), created(one, nil),
            .channelsPaired(channel: one, other: two), created(two, nil, state: .ring),
            .channelsPaired(channel: two, other: one),
            .dialBegan(caller: alice, callee: one), created(carol, "PJSIP/103"),
            .dialBegan(caller: two, callee: carol))
        #expect(world.status(.channel, carol)["talkingto_id"] == .string(alice))
        #expect(world.status(.channel, alice)["talkingto_id"] == .string(carol))
        world.see(
            .bridgeEntered(channel: carol, bridge: "b2"), .bridgeEntered(channel: two, bridge: "b2"),
            .bridgeEntered(channel: one, bridge: "b1"), .bridgeEntered(channel: alice, bridge: "b1"))
        #expect(world.status(.channel, alice)["commstatus"] == "linked-caller")
        #expect(world.model.peer(of: alice) == carol)
        world.see(
            .bridgeLeft(channel: carol, bridge: "b2"), .bridgeLeft(channel: one, bridge: "b1"),
            .bridgeEntered(channel: carol, bridge: "b1"), .bridgeLeft(channel: two, bridge: "b2"), ended(one),
            ended(two))
        #expect(world.model.peer(of: carol) == alice)
        world.expectAgreement()
    }

    @Test("A trunk call shows the caller id of the far party and counts on the trunk")
    func trunkCall() {
        var world = World()
        let trunk = "PJSIP/trunk-lyon-00000007"
        world.see(
            created(trunk, "PJSIP/trunk-lyon", state: .ring, number: "201", name: "Zoe"), created(bob, "SIP/102"),
            .dialBegan(caller: trunk, callee: bob))
        #expect(world.status(.channel, bob)["peerdisplay"] == "Zoe (201)")
        #expect(world.status(.trunk, "1")["calls"] == 1)
        world.see(.trunkState(name: "trunk-lyon", reachable: true), ended(trunk))
        #expect(world.status(.trunk, "1")["calls"] == 0)
        #expect(world.status(.trunk, "1")["hintstatus"] == "0")
        world.expectAgreement()
    }

    @Test("A renamed channel is another object with the same call")
    func renamedChannel() {
        var world = World()
        world.see(ringing(alice, "PJSIP/101", bob, "SIP/102") + answered(alice, bob, bridge: "b1"))
        world.see(.channelRenamed(from: bob, to: "SIP/102-0000000b", endpoint: "SIP/102"))
        #expect(!world.has(.channel, bob))
        #expect(world.status(.channel, "SIP/102-0000000b")["commstatus"] == "linked-called")
        #expect(world.status(.channel, "SIP/102-0000000b")["timestamp"] == 1009)
        #expect(world.model.peer(of: alice) == "SIP/102-0000000b")
        world.expectAgreement()
    }

    @Test("Parking shows the space on lot and channel, and frees it")
    func parking() {
        var world = World()
        world.see(
            created(bob, "SIP/102", state: .up),
            .parked(
                lot: "parkinglot_default", space: "701", channel: bob, parker: "PJSIP/101", callerNumber: "102",
                callerName: "Bob", timeoutSeconds: 45))
        #expect(world.status(.channel, bob)["parked"] == true)
        #expect(world.status(.channel, bob)["talkingto_kind"] == "parking")
        #expect(world.status(.channel, bob)["talkingto_id"] == "701@default")
        #expect(world.status(.channel, bob)["peerdisplay"] == "Parking (701 in default)")
        #expect(world.status(.parking, "0")["701"]?["parked"] == .string(bob))
        world.see(.unparked(lot: "default", space: "701", channel: bob))
        #expect(world.status(.parking, "0")["701"] == .object([:]))
        #expect(world.status(.channel, bob)["parked"] == false)
        world.see(
            .parked(
                lot: "default", space: "702", channel: bob, parker: "", callerNumber: "", callerName: "",
                timeoutSeconds: 45), ended(bob))
        #expect(world.status(.parking, "0")["702"] == .object([:]))
        world.expectAgreement()
    }

    @Test("The active channel is the talking one, then the ringing one")
    func activeChannel() {
        var world = World()
        let second = "PJSIP/101-00000008"
        world.see(ringing(carol, "PJSIP/103", second, "PJSIP/101"))
        #expect(world.model.activeChannel(ofUser: "1")?.name == second)
        world.see(ringing(alice, "PJSIP/101", bob, "SIP/102") + answered(alice, bob, bridge: "b1"))
        #expect(world.model.activeChannel(ofUser: "1")?.name == alice)
        #expect(world.model.activeChannel(ofUser: "1")?.peer == bob)
        #expect(world.model.channel(uniqueID: alice)?.phone == "1")
    }
}
