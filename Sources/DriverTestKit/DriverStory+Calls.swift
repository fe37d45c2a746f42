import PBX
import SiteModel

extension DriverStory {
    /// Facts of calls, in order.
    static let calls: [DriverStory] = [
        DriverStory(
            "a call's facts come in order: created, dialled, answered, bridged, ended", callsBetweenPhones: true
        ) { scene in
            try await scene.stand.connect()
            let mark = scene.log.count
            let (first, second) = try await scene.talk(from: mark)
            try await scene.stage.hangUp(scene.names.first.number, on: scene.stand)
            try await scene.awaitEnd(of: first, from: mark)
            try await scene.awaitEnd(of: second, from: mark)
            let facts = scene.log.facts(from: mark)
            func place(_ what: String, _ matches: (PBXFact) -> Bool) throws -> Int {
                guard let place = facts.firstIndex(where: matches) else { throw StoryFailure("no \(what): \(facts)") }
                return place
            }
            let begin = [
                try place("creation of the caller") {
                    if case .channelCreated(first, _, _, _, _, _, _, _, _) = $0 { true } else { false }
                },
                try place("creation of the called") {
                    if case .channelCreated(second, _, _, _, _, _, _, _, _) = $0 { true } else { false }
                },
            ]
            // A phone may ring before its PBX has told who rings it: the one says nothing of the other.
            let dial = try place("dial") { $0 == .dialBegan(caller: first, callee: second) }
            let ringing = [
                try place("ringing") { $0 == .channelState(channel: second, state: .ringing) },
                try place("answer") { $0 == .channelState(channel: second, state: .up) },
            ]
            let end = [
                try place("conversation") { if case .bridgeEntered(second, _) = $0 { true } else { false } },
                try place("end of the conversation") {
                    if case .bridgeLeft(second, _) = $0 { true } else { false }
                },
                try place("end") { if case .channelEnded(second, .normalClearing) = $0 { true } else { false } },
            ]
            for order in [begin + [dial] + end, begin + ringing + end] {
                try scene.expect(order == order.sorted(), "out of order: \(facts)")
            }
            _ = try place("outcome of the dial") { $0 == .dialEnded(caller: first, callee: second, outcome: .answered) }
        },
        DriverStory(
            "a call that is given up was cancelled and never a conversation", callsBetweenPhones: true
        ) { scene in
            try await scene.stand.connect()
            let mark = scene.log.count
            try await scene.stage.dial(scene.names.first.number, scene.names.second.number, on: scene.stand)
            let first = try await scene.channel(of: scene.names.first, from: mark)
            let second = try await scene.channel(of: scene.names.second, from: mark)
            try await scene.stage.hangUp(scene.names.first.number, on: scene.stand)
            try await scene.awaitEnd(of: first, from: mark)
            try await scene.awaitEnd(of: second, from: mark)
            let facts = scene.log.facts(from: mark)
            try scene.expect(
                facts.contains(.dialEnded(caller: first, callee: second, outcome: .cancelled)),
                "not cancelled: \(facts)")
            try scene.expect(
                !facts.contains { if case .bridgeEntered = $0 { true } else { false } }, "a conversation: \(facts)")
        },
        DriverStory("a phone's state follows its call: ringing, in use, idle", callsBetweenPhones: true) { scene in
            try await scene.stand.connect()
            let mark = scene.log.count
            let (first, second) = try await scene.talk(from: mark)
            try await scene.stage.hangUp(scene.names.second.number, on: scene.stand)
            try await scene.awaitEnd(of: first, from: mark)
            try await scene.awaitEnd(of: second, from: mark)
            let endpoint = scene.names.second.endpoint
            try await scene.log.fact("idle phone", from: mark) {
                $0 == .endpointState(endpoint: endpoint, state: .idle)
            }
            let states = scene.log.facts(from: mark).compactMap { fact -> DeviceState? in
                if case .endpointState(endpoint, let state) = fact { state } else { nil }
            }
            try scene.expect(states == [.ringing, .inUse, .idle], "\(states)")
        },
    ]
}
