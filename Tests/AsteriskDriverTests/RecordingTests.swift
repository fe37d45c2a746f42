import AMI
import DriverTestKit
import Foundation
import PBX
import SiteModel
import Testing

@testable import AsteriskDriver

/// Replays what real Asterisks said (Scripts/record-ami) and compares the facts with the trace beside each recording.
///
/// `TANDEM_WRITE_FACTS=1 swift test --filter RecordingTests` writes the traces into the source folder anew; read the
/// difference before committing it.
@Suite("Recordings of real PBXs")
struct RecordingTests {
    struct Recording: CustomTestStringConvertible, Sendable {
        var version: String
        var name: String
        var testDescription: String { "\(version)/\(name)" }
        var file: URL { folder(version).appendingPathComponent("\(name).ami") }
        func folder(_ version: String) -> URL { RecordingTests.folder.appendingPathComponent(version) }
        func bytes() throws -> [UInt8] { Array(try Data(contentsOf: file)) }
    }

    static let folder = Bundle.module.resourceURL?.appendingPathComponent("Recordings") ?? URL(fileURLWithPath: "/")

    static let all: [Recording] = ["16", "22"].flatMap { version in
        let folder = folder.appendingPathComponent(version)
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return files.filter { $0.hasSuffix(".ami") }.sorted()
            .map { Recording(version: version, name: String($0.dropLast(4))) }
    }

    static func named(_ name: String) -> [Recording] { all.filter { $0.name == name } }

    /// The facts of a recording, as the driver would make them: list items and events alike.
    static func facts(_ bytes: [UInt8], pieces: Int = 65_536) throws -> [PBXFact] {
        var decoder = AMIDecoder()
        var interpreter = AsteriskInterpreter()
        var events: [PBXEvent] = []
        var index = 0
        while index < bytes.count {
            let end = min(bytes.count, index + pieces)
            decoder.decode(Array(bytes[index..<end])) { message in
                if message.kind == .banner {
                    // A recording may hold two connections (restart).
                    interpreter.reset()
                } else if message.kind == .event {
                    interpreter.apply(message, into: &events)
                    if message.equals(.event, "CoreShowChannelsComplete") {
                        interpreter.channelListCompleted(into: &events)
                    }
                } else if message.has(.newMessages) {
                    _ = interpreter.applyMailboxCount(message, into: &events)
                }
            }
            index = end
        }
        return events.compactMap { if case .fact(let fact) = $0 { fact } else { nil } }
    }

    static func trace(_ facts: [PBXFact]) -> String {
        facts.map { fact in
            "\(fact)".replacing("SiteModel.", with: "").replacing("QueueMemberFact", with: "")
                .replacing(#/Optional\(("(?:[^"\\]|\\.)*")\)/#) { $0.output.1 }
        }.joined(separator: "\n") + "\n"
    }

    @Test("there are recordings of both versions")
    func present() {
        #expect(Self.all.filter { $0.version == "16" }.count >= 18)
        #expect(Self.all.filter { $0.version == "22" }.count >= 18)
    }

    @Test("the facts are those of the reviewed trace", arguments: all)
    func golden(recording: Recording) throws {
        let trace = Self.trace(try Self.facts(recording.bytes()))
        if ProcessInfo.processInfo.environment["TANDEM_WRITE_FACTS"] == "1" {
            let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .appendingPathComponent("Recordings/\(recording.version)/\(recording.name).facts")
            try trace.write(to: source, atomically: true, encoding: .utf8)
            return
        }
        let expected = try String(
            contentsOf: recording.file.deletingPathExtension().appendingPathExtension("facts"), encoding: .utf8)
        #expect(trace == expected, "\(firstDifference(trace, expected))")
    }

    @Test("pieces of any size give the same facts", arguments: all, [1, 7, 1500])
    func pieces(recording: Recording, size: Int) throws {
        let bytes = Array(try recording.bytes().prefix(size == 1 ? 40_000 : .max))
        #expect(try Self.facts(bytes, pieces: size) == Self.facts(bytes))
    }

    @Test("every channel that began ends, and its facts keep their order", arguments: all)
    func balance(recording: Recording) throws {
        guard !["snapshot", "restart"].contains(recording.name) else { return }
        let facts = try Self.facts(recording.bytes())
        try FactOrder.check(facts)
        var channels: Set<String> = []
        for fact in facts {
            switch fact {
            case .channelCreated(let channel, _, _, _, _, _, _, _, _): channels.insert(channel)
            case .channelEnded(let channel, _): channels.remove(channel)
            default: break
            }
        }
        #expect(channels.isEmpty, "never ended: \(channels)")
    }

    @Test("an internal call: rings, is answered, is one conversation, ends", arguments: named("internal-call"))
    func internalCall(recording: Recording) throws {
        let facts = try Self.facts(recording.bytes())
        let caller = try #require(channel(of: "PJSIP/101", facts))
        let callee = try #require(channel(of: "PJSIP/102", facts))
        let ring = try #require(facts.firstIndex(of: .dialBegan(caller: caller, callee: callee)))
        let answer = try #require(
            facts.firstIndex(of: .dialEnded(caller: caller, callee: callee, outcome: .answered)))
        let bridges = Set(
            facts.compactMap { if case .bridgeEntered(_, let bridge) = $0 { bridge } else { nil } })
        let bridge = try #require(bridges.first)
        #expect(bridges.count == 1)
        let talk = try #require(facts.firstIndex(of: .bridgeEntered(channel: caller, bridge: bridge)))
        #expect(facts.contains(.bridgeEntered(channel: callee, bridge: bridge)))
        let end = try #require(
            facts.firstIndex(of: .channelEnded(channel: caller, cause: .normalClearing)))
        #expect(ring < answer && answer < talk && talk < end)
        #expect(facts.contains(.endpointState(endpoint: "PJSIP/102", state: .ringing)))
        #expect(
            facts.last { if case .endpointState("PJSIP/102", _) = $0 { true } else { false } }
                == .endpointState(endpoint: "PJSIP/102", state: .idle))
        #expect(facts.contains(.channelConnectedLine(channel: caller, number: "102", name: "paris 102")))
    }

    @Test("agents who wait are in no conversation, and are on call while they talk", arguments: named("agent"))
    func agent(recording: Recording) throws {
        let facts = try Self.facts(recording.bytes())
        let states = facts.compactMap { fact -> AgentState? in
            if case .agent("1001", _, let state, _, _) = fact { state } else { nil }
        }
        #expect(states.reduced == [.loggedOff, .idle, .onCall, .idle, .loggedOff])
        let other = facts.compactMap { fact -> AgentState? in
            if case .agent("1002", _, let state, _, _) = fact { state } else { nil }
        }
        #expect(other.reduced == [.loggedOff, .idle, .loggedOff])
        let waiting = try #require(channel(of: "PJSIP/105", facts))
        #expect(!facts.contains { if case .bridgeEntered(waiting, _) = $0 { true } else { false } })
        let working = try #require(channel(of: "PJSIP/104", facts))
        #expect(facts.contains { if case .bridgeEntered(working, _) = $0 { true } else { false } })
    }

    @Test(
        "a trunk call: the calling site sees no hold and no transfer, only another name", arguments: named("trunk-call")
    )
    func trunkCall(recording: Recording) throws {
        let facts = try Self.facts(recording.bytes())
        let caller = try #require(channel(of: "PJSIP/101", facts))
        #expect(channel(of: "PJSIP/trunk-lyon", facts) != nil)
        #expect(!facts.contains { if case .held = $0 { true } else { false } })
        #expect(
            facts.contains {
                if case .channelConnectedLine(caller, let number, _) = $0 { number.hasSuffix("102") } else { false }
            })
        let far = Recording(version: recording.version, name: "trunk-call-lyon")
        #expect(try Self.facts(far.bytes()).contains { if case .held(_, on: true) = $0 { true } else { false } })
    }

    @Test("a room is a room, not a conversation of two", arguments: named("conference"))
    func conference(recording: Recording) throws {
        let facts = try Self.facts(recording.bytes())
        #expect(!facts.contains { if case .bridgeEntered = $0 { true } else { false } })
        let joined = facts.filter { if case .roomJoined("800", _, _, _, _, _) = $0 { true } else { false } }
        #expect(joined.count == 6)  // three joins, and three in the list
        let second = try #require(channel(of: "PJSIP/102", facts))
        #expect(facts.contains(.roomMuted(room: "800", channel: second, muted: true)))
        #expect(facts.contains(.roomMuted(room: "800", channel: second, muted: false)))
        #expect(facts.contains(.roomEnded(room: "800")))
    }

    @Test(
        "a snapshot in the middle of life finds the call, the queue entry, the room and the agent",
        arguments: named("snapshot"))
    func snapshot(recording: Recording) throws {
        let facts = try Self.facts(recording.bytes())
        let first = try #require(channel(of: "PJSIP/101", facts))
        let second = try #require(channel(of: "PJSIP/102", facts))
        let bridges = facts.compactMap { fact -> String? in
            if case .bridgeEntered(let channel, let bridge) = fact, [first, second].contains(channel) {
                bridge
            } else {
                nil
            }
        }
        #expect(bridges.count == 2 && Set(bridges).count == 1)
        #expect(facts.filter { if case .bridgeEntered = $0 { true } else { false } }.count == 2)
        #expect(facts.contains { if case .queueEntryJoined("sales", _, 1, _) = $0 { true } else { false } })
        #expect(facts.contains { if case .roomJoined("800", _, _, _, "103", _) = $0 { true } else { false } })
        #expect(facts.contains { if case .agent("1001", "Agent 1001", .idle, .some, _) = $0 { true } else { false } })
        #expect(
            facts.contains(.endpointSeen(endpoint: "PJSIP/101", number: "101", context: "phones", displayName: nil)))
        #expect(facts.contains(.endpointState(endpoint: "PJSIP/109", state: .unavailable)))
        #expect(facts.contains { if case .endpointRegistration("PJSIP/101", .some) = $0 { true } else { false } })
        #expect(facts.contains(.endpointRegistration(endpoint: "PJSIP/109", address: nil)))
        #expect(facts.contains { if case .mailboxSeen("101", "default", _, "") = $0 { true } else { false } })
    }

    @Test("who consults is known from leaving the call to coming back or going", arguments: named("transfer-atxfer"))
    func consultation(recording: Recording) throws {
        var interpreter = AsteriskInterpreter()
        var decoder = AMIDecoder()
        var consulting: [String] = []
        decoder.decode(try recording.bytes()) { message in
            var events: [PBXEvent] = []
            guard message.kind == .event else { return }
            interpreter.apply(message, into: &events)
            let all = interpreter.leftBehind.keys.filter { interpreter.isConsulting($0) }.sorted()
            if all != (consulting.last.map { $0.isEmpty ? [] : [$0] } ?? []) { consulting.append(all.first ?? "") }
        }
        // One consultation, of the phone that transfers, and none at the end.
        #expect(consulting.count >= 2 && consulting.last?.isEmpty == true)
        #expect(consulting.first?.hasPrefix("PJSIP/101-") == true)
        #expect(interpreter.leftBehind.isEmpty)
    }

    @Test("parking: space, retrieval, return and giving up", arguments: named("park"))
    func park(recording: Recording) throws {
        let facts = try Self.facts(recording.bytes())
        let parked = facts.filter { if case .parked("default", _, _, _, "102", _, _, _) = $0 { true } else { false } }
        let unparked = facts.filter { if case .unparked("default", _, _) = $0 { true } else { false } }
        #expect(parked.count == 4 && unparked.count == 3)  // one of the four is the list
    }
}

private func channel(of endpoint: String, _ facts: [PBXFact]) -> String? {
    for case .channelCreated(let channel, endpoint, _, _, _, _, _, _, _) in facts { return channel }
    return nil
}

private func firstDifference(_ left: String, _ right: String) -> String {
    for (number, pair) in zip(left.split(separator: "\n"), right.split(separator: "\n")).enumerated()
    where pair.0 != pair.1 {
        return "line \(number + 1): got \(pair.0), expected \(pair.1)"
    }
    return "one is longer"
}

extension [AgentState] {
    /// Without repetitions.
    fileprivate var reduced: [AgentState] {
        reduce(into: []) { if $0.last != $1 { $0.append($1) } }
    }
}
