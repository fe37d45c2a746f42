import PBX
import PBXTestSupport
import SiteModel
import TandemCore
import Testing

@testable import AsteriskDriver

@Suite("Driver against real Asterisks", .enabled(if: TestPBX.isEnabled), .serialized)
struct RealAsteriskTests {
    static func settings(_ site: TestPBX.Site, pingAfter: Duration = .seconds(10)) -> AsteriskSettings {
        AsteriskSettings(
            host: "127.0.0.1", port: site.amiPort, user: .init(literal: "tandem"), secret: Secret("tandem"),
            shortestRetryDelay: .milliseconds(100), longestRetryDelay: .milliseconds(500), pingAfter: pingAfter)
    }

    static let context = ContextName(literal: "internal")

    static func channel(of endpoint: String, _ facts: [PBXFact]) -> ChannelName? {
        for case .channelCreated(let channel, endpoint, _, _, _, _, _, _, _) in facts { return ChannelName(channel) }
        return nil
    }

    @Test("a call, a kill in its middle, a restart: facts, loss, resync and no ghost", arguments: TestPBX.versions)
    func callAndRestart(version: String) async throws {
        let pbx = try await TestPBX(version: version, sites: ["paris"])
        do {
            let paris = pbx.sites[0]
            let harness = try await DriverHarness(Self.settings(paris))
            try await harness.fact("snapshot") { $0 == .resyncEnded }
            let seen = try await harness.facts()
            #expect(
                seen.contains(.endpointSeen(endpoint: "PJSIP/101", number: "101", context: "phones", displayName: nil)))
            #expect(seen.contains(.endpointState(endpoint: "PJSIP/109", state: .unavailable)))
            #expect(seen.contains(.queueSeen(queue: "support")))

            var mark = try await harness.mark()
            try await pbx.call(paris, from: "101", to: "102", answeredBy: "102")
            try await harness.fact(from: mark, "conversation") {
                if case .bridgeEntered(let channel, _) = $0 { channel.hasPrefix("PJSIP/101") } else { false }
            }

            mark = try await harness.mark()
            try await pbx.kill(paris)
            try await harness.fact(from: mark, "loss") { if case .connectionLost = $0 { true } else { false } }
            let refused = try await harness.perform(.hangup(channel: .init(literal: "PJSIP/101-1")), token: 1)
            #expect(refused.count == 1)
            guard case .failed(_, connection: true) = refused[0] else {
                Issue.record("\(refused)")
                return
            }
            try await pbx.start(paris)
            try await harness.fact(from: mark, "resync") { $0 == .resyncEnded }
            let again = try await harness.facts(from: mark)
            #expect(!again.contains { if case .channelCreated = $0 { true } else { false } }, "a ghost channel")
            #expect(again.contains(.resyncBegan))
            #expect(try await harness.run { $0.metrics.connections } == 2)

            // The phones come back by themselves; a call works again.
            try await pbx.phone(paris, "wait 101 registered 40")
            try await pbx.phone(paris, "wait 102 registered 40")
            mark = try await harness.mark()
            try await pbx.call(paris, from: "101", to: "102", answeredBy: "102")
            try await harness.fact(from: mark, "conversation") { if case .bridgeEntered = $0 { true } else { false } }
            try await pbx.stop(paris)
            try await harness.fact(from: mark, "goodbye") {
                if case .connectionLost(let reason) = $0 { reason.contains("shuts down") } else { false }
            }
            try await harness.close()
        } catch {
            await pbx.close()
            throw error
        }
        await pbx.close()
    }

    @Test(
        "actions: originate, transfer, park, queue, room, recording, listening, mailbox, refusals",
        arguments: TestPBX.versions)
    func actions(version: String) async throws {
        let pbx = try await TestPBX(version: version, sites: ["paris"], phones: ["101", "102", "103", "104"])
        do {
            let paris = pbx.sites[0]
            let harness = try await DriverHarness(Self.settings(paris))
            try await harness.fact("snapshot") { $0 == .resyncEnded }

            // A phone that is not registered is refused at once.
            let dead = try await harness.perform(
                .originate(
                    .init(
                        calling: .device(.init(literal: "PJSIP/109")), extension: Extension("102")!,
                        context: Self.context)
                ),
                token: 1)
            #expect(dead == [.written, .accepted(final: false), .originated(channel: nil, end: .unreachable)])

            // Click to dial.
            var mark = try await harness.mark()
            async let called = harness.perform(
                .originate(
                    .init(
                        calling: .device(.init(literal: "PJSIP/101")), extension: Extension("102")!,
                        context: Self.context,
                        callerName: ShownText("Ann"), callerNumber: Extension("101"),
                        calledName: ShownText("Zoë, the \"first\""), calledNumber: Extension("102"))), token: 2)
            // The phone that rings first shows who is called, the other who calls: as if it had been dialled by hand.
            try await pbx.phone(paris, "wait 101 ringing 15")
            #expect(try await pbx.shown(paris, on: "101") == "102 Zoë, the first")
            for command in ["answer 101", "wait 102 ringing 15"] { try await pbx.phone(paris, command) }
            #expect(try await pbx.shown(paris, on: "102") == "101 paris 101")
            for command in ["answer 102", "wait 102 up 15"] { try await pbx.phone(paris, command) }
            let events = try await called
            let first = try #require(Self.channel(of: "PJSIP/101", try await harness.facts(from: mark)))
            #expect(
                events == [
                    .written, .accepted(final: false), .channel(first.text),
                    .originated(channel: first.text, end: .answered),
                ])
            try await harness.fact(from: mark, "conversation") {
                if case .bridgeEntered(first.text, _) = $0 { true } else { false }
            }
            let second = try #require(Self.channel(of: "PJSIP/102", try await harness.facts(from: mark)))

            // There is no consultation to cancel, and the call goes on.
            let cancelled = try await harness.perform(.cancelAttendedTransfer(channel: first), token: 99)
            #expect(
                cancelled == [
                    .failed(
                        reason: "\(first) has no consultation that could be cancelled; the call goes on as it is",
                        connection: false)
                ])
            for phone in ["101", "102"] { try await pbx.phone(paris, "wait \(phone) up 1") }

            // Recording and listening.
            let yes: [PBXActionEvent] = [.written, .accepted(final: true)]
            #expect(
                try await harness.perform(
                    .record(channel: first, on: true, file: .init(literal: "a-test")), token: 3) == yes)
            try await harness.fact(from: mark) { $0 == .monitored(channel: first.text, on: true) }
            #expect(
                try await harness.perform(
                    .record(channel: first, on: false, file: .init(literal: "a-test")), token: 4) == yes)
            async let heard = harness.perform(
                .listen(listener: .device(.init(literal: "PJSIP/104")), channel: first), token: 5)
            try await pbx.phone(paris, "wait 104 ringing 15")
            try await pbx.phone(paris, "answer 104")
            #expect(try await heard == yes)
            try await pbx.phone(paris, "hangup 104")

            // Blind transfer of the other leg, then parking, then the end.
            mark = try await harness.mark()
            #expect(
                try await harness.perform(
                    .redirect(channel: second, extension: Extension("103")!, context: Self.context), token: 6) == yes)
            for command in ["wait 103 ringing 15", "answer 103"] { try await pbx.phone(paris, command) }
            try await harness.fact(from: mark, "transfer") {
                if case .bridgeEntered(second.text, _) = $0 { true } else { false }
            }
            #expect(
                try await harness.perform(.park(channel: second, returnTo: nil, lot: nil, timeoutSeconds: 40), token: 7)
                    == yes)
            try await harness.fact(from: mark, "parked") {
                if case .parked("default", _, second.text, _, _, _, _, _) = $0 { true } else { false }
            }
            #expect(try await harness.perform(.hangup(channel: second), token: 8) == yes)
            try await harness.fact(from: mark, "unparked") {
                if case .unparked("default", _, second.text) = $0 { true } else { false }
            }
            try await harness.fact(from: mark, "end") {
                if case .channelEnded(second.text, _) = $0 { true } else { false }
            }
            try await pbx.phone(paris, "wait 103 idle 15")

            // Enquiry call and its cancelling.
            mark = try await harness.mark()
            try await pbx.call(paris, from: "101", to: "102", answeredBy: "102")
            try await harness.fact(from: mark, "conversation") {
                if case .bridgeEntered(let channel, _) = $0 { channel.hasPrefix("PJSIP/101") } else { false }
            }
            let caller = try #require(Self.channel(of: "PJSIP/101", try await harness.facts(from: mark)))
            #expect(
                try await harness.perform(
                    .attendedTransfer(channel: caller, extension: Extension("103")!, context: Self.context), token: 9)
                    == yes)
            try await pbx.phone(paris, "wait 103 ringing 15")
            #expect(try await harness.perform(.cancelAttendedTransfer(channel: caller), token: 10) == yes)
            try await pbx.phone(paris, "wait 103 idle 20")
            #expect(try await harness.perform(.hangup(channel: caller), token: 11) == yes)

            // Queues.
            let queue = PlaceName(literal: "sales")
            let member = DeviceName(literal: "PJSIP/103")
            let add = PBXAction.queueAdd(
                queue: queue, member: .party(.device(member)), shownName: .init(literal: "Phone 103"), penalty: 1,
                paused: false)
            #expect(try await harness.perform(add, token: 12) == yes)
            let twice = try await harness.perform(add, token: 13)
            #expect(twice == [.written, .failed(reason: "Unable to add interface: Already there", connection: false)])
            #expect(
                try await harness.perform(
                    .queuePause(queue: nil, member: .told(member), paused: true, reason: .init(literal: "lunch")),
                    token: 14) == yes)
            try await harness.fact(from: mark, "pause") {
                if case .queueMember(let fact) = $0 {
                    fact.queue == "sales" && fact.paused && fact.pausedReason == "lunch"
                } else {
                    false
                }
            }
            #expect(try await harness.perform(.queueRemove(queue: queue, member: .told(member)), token: 15) == yes)
            try await harness.fact(from: mark, "removal") {
                $0 == .queueMemberRemoved(queue: "sales", interface: "PJSIP/103")
            }

            // A room.
            mark = try await harness.mark()
            try await pbx.phone(paris, "dial 101 800")
            try await harness.fact(from: mark, "room") {
                if case .roomJoined("800", _, _, _, "101", _) = $0 { true } else { false }
            }
            let guest = try #require(Self.channel(of: "PJSIP/101", try await harness.facts(from: mark)))
            let room = PlaceName(literal: "800")
            #expect(try await harness.perform(.roomMute(room: room, channel: guest, muted: true), token: 16) == yes)
            try await harness.fact(from: mark, "mute") {
                $0 == .roomMuted(room: "800", channel: guest.text, muted: true)
            }
            #expect(try await harness.perform(.roomMute(room: room, channel: guest, muted: false), token: 17) == yes)
            #expect(try await harness.perform(.roomKick(room: room, channel: guest), token: 18) == yes)
            try await harness.fact(from: mark, "kick") { $0 == .roomEnded(room: "800") }

            // Agents: the driver finds the phone of the number.
            mark = try await harness.mark()
            async let login = harness.perform(
                .agentLogin(
                    agent: Extension("1002")!, extension: Extension("104")!, context: .init(literal: "phones")),
                token: 19)
            try await pbx.phone(paris, "wait 104 ringing 15")
            try await pbx.phone(paris, "answer 104")
            #expect(try await login == yes)
            try await harness.fact(from: mark, "login") {
                if case .agent("1002", "Agent 1002", .idle, .some(let channel), nil) = $0 {
                    channel.hasPrefix("PJSIP/104")
                } else {
                    false
                }
            }
            #expect(try await harness.perform(.agentLogoff(agent: Extension("1002")!), token: 20) == yes)
            try await harness.fact(from: mark, "logoff") {
                if case .agent("1002", _, .loggedOff, nil, nil) = $0 { true } else { false }
            }

            // Mailbox, notification, and what does not exist.
            #expect(
                try await harness.perform(
                    .mailboxCount(mailbox: .init(literal: "101"), context: .init(literal: "default")),
                    token: 21) == [.written, .counted(new: 0, old: 0), .accepted(final: true)])
            try await harness.fact(from: mark, "mailbox") {
                if case .mailbox("101", "default", 0, 0, false) = $0 { true } else { false }
            }
            #expect(
                try await harness.perform(
                    .notify(
                        endpoint: .init(literal: "PJSIP/101"), variables: [.init(literal: "Event=check-sync")]
                    ), token: 22) == yes)
            let nowhere = try await harness.perform(
                .hangup(channel: .init(literal: "PJSIP/101-deadbeef")), token: 23)
            guard case .failed(let reason, connection: false) = nowhere.last else {
                Issue.record("\(nowhere)")
                return
            }
            #expect(reason.contains("No such channel"))
            try await harness.close()
        } catch {
            await pbx.close()
            throw error
        }
        await pbx.close()
    }

    @Test("a PBX that is there but silent is given up and taken up again", arguments: TestPBX.versions.prefix(1))
    func frozen(version: String) async throws {
        let pbx = try await TestPBX(version: version, sites: ["paris"], phones: [])
        do {
            let harness = try await DriverHarness(Self.settings(pbx.sites[0], pingAfter: .seconds(1)))
            try await harness.fact("snapshot") { $0 == .resyncEnded }
            let mark = try await harness.mark()
            try await pbx.freeze(pbx.sites[0], true)
            try await harness.fact(from: mark, "loss") { if case .connectionLost = $0 { true } else { false } }
            try await pbx.freeze(pbx.sites[0], false)
            try await harness.fact(from: mark, seconds: 60, "resync") { $0 == .resyncEnded }
            try await harness.close()
        } catch {
            await pbx.close()
            throw error
        }
        await pbx.close()
    }
}
