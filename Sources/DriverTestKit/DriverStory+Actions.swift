import PBX
import SiteModel
import TandemCore

extension DriverStory {
    /// Actions: exactly one final event each, come what may; capabilities that are true.
    static let actions: [DriverStory] = [
        DriverStory(
            "an originate tells: written, accepted, its channel, answered; and the call can be ended",
            needs: [.originate, .hangup]
        ) { scene in
            try await scene.stand.connect()
            let mark = scene.log.count
            let token = try await scene.stand.ask(try scene.originate(scene.names.first))
            try await scene.stage.awaitRinging(scene.names.first.number, on: scene.stand)
            try await scene.stage.answer(scene.names.first.number, on: scene.stand)
            let events = try await scene.stand.end(of: token)
            let channel = try await scene.channel(of: scene.names.first, from: mark)
            try scene.expect(
                events == [
                    .written, .accepted(final: false), .channel(channel), .originated(channel: channel, end: .answered),
                ], "\(events)")
            let ended = try await scene.stand.perform(.hangup(channel: try scene.text(channel)))
            try scene.expect(ended == [.written, .accepted(final: true)], "\(ended)")
            try await scene.awaitEnd(of: channel, from: mark)
        },
        DriverStory("an originate to a phone that cannot be reached says so", needs: [.originate]) { scene in
            try await scene.stand.connect()
            let events = try await scene.stand.perform(try scene.originate(scene.names.absent))
            try scene.expect(
                events == [.written, .accepted(final: false), .originated(channel: nil, end: .unreachable)],
                "\(events)")
        },
        DriverStory("what the PBX refuses is refused with its words: an unknown channel", needs: [.hangup]) { scene in
            try await scene.stand.connect()
            let events = try await scene.stand.perform(try scene.hangUpNothing())
            guard case .failed(let reason, connection: false)? = events.last, events.first == .written,
                events.count == 2, !reason.isEmpty
            else { throw StoryFailure("\(events)") }
        },
        DriverStory(
            "many actions at once end once each, in the order in which they were asked", needs: [.hangup]
        ) { scene in
            try await scene.stand.connect()
            let mark = scene.log.count
            let action = try scene.hangUpNothing()
            let tokens = try await scene.stand.ask(Array(repeating: action, count: 50))
            for token in tokens { _ = try await scene.stand.end(of: token) }
            let finals = scene.log.events(from: mark).compactMap { event -> ActionToken? in
                if case .action(let token, let outcome) = event, outcome.isFinal { token } else { nil }
            }
            try scene.expect(finals == tokens, "\(finals.map(\.number))")
            let metrics = try await scene.stand.metrics()
            try scene.expect(metrics.actions == 50 && metrics.actionsRefused == 50, "\(metrics)")
        },
        DriverStory(
            "a PBX lost after it took an action: that one fails once, and nobody claims to know", needs: [.originate]
        ) { scene in
            try await scene.stand.connect()
            let mark = scene.log.count
            let token = try await scene.stand.ask(try scene.originate(scene.names.first))
            try await scene.stage.awaitRinging(scene.names.first.number, on: scene.stand)
            try await scene.log.wait("written") { $0 == .action(token, .written) }
            try await scene.stage.cut(on: scene.stand)
            let events = try await scene.stand.end(of: token)
            guard case .failed(_, connection: true)? = events.last, events.first == .written else {
                throw StoryFailure("\(events)")
            }
            try await scene.awaitLoss(from: mark)
            try await scene.stage.hangUp(scene.names.first.number, on: scene.stand)
            try await scene.stage.restore(on: scene.stand)
            try await scene.log.fact("second snapshot", from: mark) { $0 == .resyncEnded }
            let metrics = try await scene.stand.metrics()
            try scene.expect(metrics.actionsLost == 1 && metrics.connections == 2, "\(metrics)")
        },
        DriverStory(
            "a driver that is stopped ends what is under way, and tells nothing more of the PBX",
            needs: [.originate, .hangup]
        ) { scene in
            try await scene.stand.connect()
            let token = try await scene.stand.ask(try scene.originate(scene.names.first))
            try await scene.stage.awaitRinging(scene.names.first.number, on: scene.stand)
            try await scene.log.wait("written") { $0 == .action(token, .written) }
            try await scene.stand.stop()
            let events = try await scene.stand.end(of: token)
            guard case .failed(_, connection: true)? = events.last else { throw StoryFailure("\(events)") }
            let mark = scene.log.count
            let late = try await scene.stand.perform(try scene.hangUpNothing())
            guard case .failed(_, connection: true)? = late.last, late.count == 1 else {
                throw StoryFailure("after the stop: \(late)")
            }
            try await scene.stage.hangUp(scene.names.first.number, on: scene.stand)
            try scene.expect(scene.log.facts(from: mark).isEmpty, "\(scene.log.facts(from: mark))")
        },
        DriverStory("capabilities are true: what is told reaches the PBX, what is not told is refused before it") {
            scene in
            try await scene.stand.connect()
            let told = try await scene.stand.capabilities()
            for capability in PBXCapability.allCases {
                let action = try scene.sample(of: capability)
                guard action.capability == capability else {
                    throw StoryFailure("the kit has no action for \(capability)")
                }
                let events = try await scene.stand.perform(action)
                if told.contains(capability) {
                    try scene.expect(events.first == .written, "\(capability) is told and was not tried: \(events)")
                    guard action.isRefusedEverywhere else { continue }
                    guard case .failed(_, connection: false)? = events.last else {
                        throw StoryFailure("\(capability) was done to a channel that is not there: \(events)")
                    }
                } else {
                    guard case .failed(_, connection: false)? = events.last, events.count == 1 else {
                        throw StoryFailure("\(capability) is not told and was not refused: \(events)")
                    }
                }
            }
        },
    ]
}

extension PBXAction {
    /// Whether the sample is about a channel that is not there, of which every PBX knows at once.
    fileprivate var isRefusedEverywhere: Bool {
        switch self {
        case .hangup, .redirect, .attendedTransfer, .cancelAttendedTransfer, .park, .record, .roomMute, .roomKick: true
        default: false
        }
    }
}

extension Scene {
    /// A well-formed action that does no harm: it names a channel that is not there, or a phone that is away.
    func sample(of capability: PBXCapability) throws -> PBXAction {
        let channel: ChannelName = try text(names.noChannel)
        let context: ContextName = try text(names.context)
        let away: DeviceName = try text(names.absent.endpoint)
        let number = try number(names.second.number)
        let queue: PlaceName = try text(names.queue ?? "no queue")
        let agent = try self.number("9999")
        return switch capability {
        case .originate: try originate(names.absent)
        case .hangup: .hangup(channel: channel)
        case .redirect: .redirect(channel: channel, extension: number, context: context)
        case .attendedTransfer: .attendedTransfer(channel: channel, extension: number, context: context)
        case .cancelAttendedTransfer: .cancelAttendedTransfer(channel: channel)
        case .park: .park(channel: channel, returnTo: nil, lot: nil, timeoutSeconds: 10)
        case .answer: .answer(channel: channel)
        case .hold: .hold(channel: channel, on: true)
        case .agentLogin:
            .agentLogin(agent: agent, extension: try self.number(names.absent.number), context: context)
        case .agentLogoff: .agentLogoff(agent: agent)
        case .queueAdd:
            .queueAdd(queue: queue, member: .party(.device(away)), shownName: nil, penalty: 0, paused: true)
        case .queueRemove: .queueRemove(queue: queue, member: .told(away))
        case .queuePause: .queuePause(queue: queue, member: .told(away), paused: false, reason: nil)
        case .roomMute: .roomMute(room: try text("9998"), channel: channel, muted: true)
        case .roomKick: .roomKick(room: try text("9998"), channel: channel)
        case .record: .record(channel: channel, on: true, file: FileName(literal: "story"))
        case .listen: .listen(listener: .device(away), channel: channel)
        case .notify: .notify(endpoint: away, variables: [DeviceVariable(literal: "Event=check-sync")])
        case .mailboxCount:
            .mailboxCount(mailbox: try text(names.absent.number), context: ContextName(literal: "default"))
        }
    }
}
