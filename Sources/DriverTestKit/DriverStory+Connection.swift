import PBX
import SiteModel
import TandemCore

extension DriverStory {
    /// Connecting, losing and finding the PBX again.
    static let connection: [DriverStory] = [
        DriverStory("a connection begins with one snapshot between resyncBegan and resyncEnded") { scene in
            try await scene.stand.connect()
            let facts = scene.log.facts()
            try scene.expect(facts.first == .resyncBegan, "something was told before the snapshot: \(facts.prefix(3))")
            try scene.expect(
                facts.count { $0 == .resyncBegan } == 1 && facts.count { $0 == .resyncEnded } == 1,
                "not one bracket: \(facts)")
            let snapshot = facts.prefix { $0 != .resyncEnded }
            for phone in [scene.names.first, scene.names.second, scene.names.absent] {
                try scene.expect(
                    snapshot.contains {
                        if case .endpointSeen(phone.endpoint, _, _, _) = $0 { true } else { false }
                    }, "the snapshot does not tell of \(phone.endpoint): \(snapshot)")
            }
            try scene.expect(
                snapshot.contains(.endpointState(endpoint: scene.names.absent.endpoint, state: .unavailable)),
                "the snapshot does not tell that \(scene.names.absent.endpoint) is unavailable: \(snapshot)")
            if let queue = scene.names.queue {
                try scene.expect(
                    snapshot.contains(.queueSeen(queue: queue)), "no queue in the snapshot: \(snapshot)")
            }
            let metrics = try await scene.stand.metrics()
            try scene.expect(metrics.connections == 1 && metrics.messages > 0, "\(metrics)")
        },
        DriverStory("a snapshot tells the calls that are there", callsBetweenPhones: true) { scene in
            try await scene.stand.connect()
            let (first, second) = try await scene.talk(from: 0)
            var mark = scene.log.count
            try await scene.stage.cut(on: scene.stand)
            try await scene.awaitLoss(from: mark)
            try await scene.stage.restore(on: scene.stand)
            try await scene.log.fact("second snapshot", from: mark) { $0 == .resyncEnded }
            let facts = scene.log.facts(from: mark)
            for channel in [first, second] {
                try scene.expect(
                    facts.contains {
                        if case .channelCreated(channel, _, _, .up, _, _, _, _, _) = $0 { true } else { false }
                    },
                    "the snapshot does not tell of \(channel): \(facts)")
                try scene.expect(
                    facts.contains { if case .bridgeEntered(channel, _) = $0 { true } else { false } },
                    "the snapshot does not tell that \(channel) talks: \(facts)")
            }
            mark = scene.log.count
            try await scene.stage.hangUp(scene.names.first.number, on: scene.stand)
            try await scene.awaitEnd(of: first, from: mark)
            try await scene.awaitEnd(of: second, from: mark)
        },
        DriverStory(
            "a site that is configured otherwise is told once more, over the same connection, and calls go on",
            callsBetweenPhones: true
        ) { scene in
            try await scene.stand.connect()
            let (first, second) = try await scene.talk(from: 0)
            var mark = scene.log.count
            // Twice in a row: the second wish waits for the end of the first snapshot.
            let site = try scene.configured()
            var former = site
            former.phones["further"] = .init(number: "5999", endpoint: "SIP/5999")
            let before = former
            try await scene.stand.call { driver in
                driver.siteChanged(from: before, to: site)
                driver.siteChanged(from: before, to: site)
            }
            try await scene.log.fact("snapshot", from: mark) { $0 == .resyncEnded }
            let place = scene.log.events(from: mark).firstIndex(of: .fact(.resyncEnded)) ?? 0
            try await scene.log.fact("second snapshot", from: mark + place + 1) { $0 == .resyncEnded }
            let facts = scene.log.facts(from: mark)
            try scene.expect(
                facts.count { $0 == .resyncBegan } == 2 && facts.count { $0 == .resyncEnded } == 2,
                "not two brackets: \(facts)")
            for channel in [first, second] {
                try scene.expect(
                    facts.contains {
                        if case .channelCreated(channel, _, _, .up, _, _, _, _, _) = $0 { true } else { false }
                    },
                    "the second snapshot does not tell of \(channel): \(facts)")
                try scene.expect(
                    !facts.contains { if case .channelEnded(channel, _) = $0 { true } else { false } },
                    "\(channel) did not outlive the change: \(facts)")
            }
            let metrics = try await scene.stand.metrics()
            try scene.expect(metrics.connections == 1, "\(metrics)")
            mark = scene.log.count
            try await scene.stage.hangUp(scene.names.first.number, on: scene.stand)
            try await scene.awaitEnd(of: first, from: mark)
            try await scene.awaitEnd(of: second, from: mark)
        },
        DriverStory(
            "a lost connection is told once, and the next snapshot leaves no ghost of a call", callsBetweenPhones: true
        ) { scene in
            try await scene.stand.connect()
            _ = try await scene.talk(from: 0)
            let mark = scene.log.count
            try await scene.stage.cut(on: scene.stand)
            try await scene.awaitLoss(from: mark)
            try await scene.stage.hangUp(scene.names.first.number, on: scene.stand)
            try await scene.stage.restore(on: scene.stand)
            try await scene.log.fact("second snapshot", from: mark) { $0 == .resyncEnded }
            let since = scene.log.facts(from: mark)
            let reasons = since.compactMap { if case .connectionLost(let reason) = $0 { reason } else { nil } }
            try scene.expect(Set(reasons).count == reasons.count, "the same loss was told again: \(reasons)")
            try scene.expect(since.count { $0 == .resyncBegan } == 1, "not one bracket after the cut: \(since)")
            // What a node would show: every fact from the beginning, applied.
            guard let site = SiteID("stage") else { throw StoryFailure("no site name") }
            var model = SiteModel(configuration: SiteConfiguration(site: site))
            var changes: [ObjectChange] = []
            for fact in scene.log.facts() {
                model.apply(fact, at: Moment(instant: Instant(nanoseconds: 0), unixTime: 0), into: &changes)
            }
            let ghosts = model.allObjects().filter { $0.key.type == .channel }.map(\.key.id)
            try scene.expect(ghosts.isEmpty, "ghosts: \(ghosts)")
        },
        DriverStory("what is asked of a PBX that is away fails at once, and says so", needs: [.hangup]) { scene in
            try await scene.stand.connect()
            let mark = scene.log.count
            try await scene.stage.cut(on: scene.stand)
            try await scene.awaitLoss(from: mark)
            let events = try await scene.stand.perform(try scene.hangUpNothing())
            guard case .failed(let reason, connection: true)? = events.last, events.count == 1, !reason.isEmpty else {
                throw StoryFailure("\(events)")
            }
            try await scene.stage.restore(on: scene.stand)
            try await scene.log.fact("second snapshot", from: mark) { $0 == .resyncEnded }
        },
    ]
}
