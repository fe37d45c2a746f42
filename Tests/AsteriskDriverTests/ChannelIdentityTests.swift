import AMI
import PBX
import SiteModel
import TandemCore
import Testing

@testable import AsteriskDriver

/// A channel is its unique id: its name may change, repeat, and hold blanks.
@Suite("Identity of channels")
struct ChannelIdentityTests {
    typealias Reading = InterpreterTests

    private static func message(_ event: String, _ channel: String, _ id: String, _ more: String = "") -> String {
        "Event: \(event)\nChannel: \(channel)\nUniqueid: \(id)\nChannelState: 6\n\(more)\n"
    }

    private static func names(_ facts: [PBXFact]) -> [String] {
        facts.map { fact in
            switch fact {
            case .channelCreated(let channel, let endpoint, let id, _, _, _, _, _, _):
                "\(channel) of \(endpoint ?? "nobody") is \(id)"
            case .channelState(let channel, _): "\(channel) changes"
            case .channelRenamed(let old, let new, let endpoint): "\(old) is \(new) of \(endpoint ?? "nobody")"
            case .channelEnded(let channel, _): "\(channel) ends"
            default: "\(fact)"
            }
        }
    }

    @Test("a masquerade of the 1.8 era: two channels change places, the events of each stay its own")
    func masquerade() throws {
        var interpreter = AsteriskInterpreter()
        func rename(_ old: String, _ new: String, _ id: String) -> String {
            "Event: Rename\nChannel: \(old)\nNewname: \(new)\nUniqueid: \(id)\n\n"
        }
        let text =
            Self.message("Newchannel", "SIP/a-1", "1.1") + Self.message("Newchannel", "SIP/b-2", "1.2")
            + rename("SIP/b-2", "SIP/b-2<MASQ>", "1.2") + rename("SIP/a-1", "SIP/b-2", "1.1")
            + rename("SIP/b-2<MASQ>", "SIP/a-1<ZOMBIE>", "1.2")
            // On its way since before the change: the old name, the same channel.
            + Self.message("Newstate", "SIP/a-1", "1.1") + Self.message("Hangup", "SIP/a-1<ZOMBIE>", "1.2")
            + Self.message("Hangup", "SIP/b-2", "1.1")
        #expect(
            Self.names(try Reading.facts(text, &interpreter)) == [
                "SIP/a-1 of SIP/a is 1.1", "SIP/b-2 of SIP/b is 1.2", "SIP/b-2 is SIP/b-2<MASQ> of SIP/b",
                "SIP/a-1 is SIP/b-2 of SIP/b", "SIP/b-2<MASQ> is SIP/a-1<ZOMBIE> of SIP/a", "SIP/b-2 changes",
                "SIP/a-1<ZOMBIE> ends", "SIP/b-2 ends",
            ])
        #expect(interpreter.names.areRegular)
    }

    @Test("two channels of one name are two channels, and each is reached by what the PBX understands")
    func repeatedName() throws {
        var interpreter = AsteriskInterpreter()
        let name = "AsyncGoto/PJSIP/101-00000001"
        let begin = Self.message("Newchannel", name, "1.1") + Self.message("Newchannel", name, "1.2")
        #expect(
            Self.names(
                try Reading.facts(
                    begin + Self.message("Newstate", name, "1.1") + Self.message("Newstate", name, "1.2"), &interpreter)
            ) == [
                "\(name) of nobody is 1.1", "\(name)#1.2 of nobody is 1.2", "\(name) changes", "\(name)#1.2 changes",
            ])
        #expect(interpreter.address(ofChannel: "\(name)#1.2") == "1.2")
        #expect(interpreter.address(ofChannel: name) == name)
        #expect(
            Self.names(
                try Reading.facts(
                    Self.message("Hangup", name, "1.1") + Self.message("Newstate", name, "1.2"), &interpreter))
                == ["\(name) ends", "\(name)#1.2 changes"])
        // The name is free again.
        #expect(
            Self.names(try Reading.facts(Self.message("Newchannel", name, "1.3"), &interpreter))
                == ["\(name) of nobody is 1.3"])
        #expect(
            Self.names(try Reading.facts(Self.message("Hangup", name, "1.2"), &interpreter)) == ["\(name)#1.2 ends"])
        #expect(interpreter.names.areRegular)
    }

    @Test("channels that a list does not name any more make room for their names")
    func listed() throws {
        var interpreter = AsteriskInterpreter()
        let name = "SIP/a-1"
        _ = try Reading.facts(Self.message("Newchannel", name, "1.1"), &interpreter)
        interpreter.beginSnapshot()
        _ = try Reading.facts(Self.message("Newchannel", "SIP/b-1", "1.2"), &interpreter)
        var events: [PBXEvent] = []
        interpreter.channelListCompleted(into: &events)
        #expect(
            Self.names(try Reading.facts(Self.message("Newchannel", name, "1.9"), &interpreter)) == [
                "SIP/a-1 of SIP/a is 1.9"
            ])
        #expect(
            Self.names(try Reading.facts(Self.message("Newchannel", "SIP/b-1", "1.8"), &interpreter)) == [
                "SIP/b-1#1.8 of SIP/b is 1.8"
            ])
    }

    @Test("a device's name may hold blanks; what begins with a slash or ends with a blank is no channel")
    func blanks() throws {
        let plan = try ActionPlan.plan(
            .hangup(channel: .init(literal: "SIP/Zeta usa-0000061a")), channelID: .init(literal: "x"),
            device: { _, _ in nil })
        #expect(ActionPlanTests.text(plan) == "Action: Hangup|Channel: SIP/Zeta usa-0000061a||")
        for name in ["/SIP.*/", "SIP/a-1 ", " SIP/a-1"] { #expect(ChannelName(name) == nil) }
        #expect(throws: ActionPlan.Refusal.self) {
            try ActionPlan.plan(
                .hangup(channel: .init(literal: "a")), channelID: .init(literal: "x"), device: { _, _ in nil })
        }
    }
}
