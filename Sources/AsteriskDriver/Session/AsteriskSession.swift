import AMI
import DriverKit
import PBX
import SiteModel
import TandemCore

/// Speaks AMI with one Asterisk: logs in, asks for the snapshot, makes facts of events, puts actions to it. No socket and
/// no clock of its own: `ConnectedDriver` has both.
public struct AsteriskSession: DriverSession {
    struct Work {
        var token: ActionToken
        var outcome: ActionPlan.Outcome
    }

    /// A channel that an originate will make, and who calls on it when the PBX does not know.
    struct ExpectedChannel {
        var token: ActionToken
        var caller: ActionPlan.Caller?
    }

    /// The decoder cannot be copied; the session that owns it is not either.
    final class Stream {
        var decoder: AMIDecoder
        init(_ limits: AMILimits) { decoder = AMIDecoder(limits: limits) }
    }

    let settings: AsteriskSettings
    var manager: AMISession
    var interpreter = AsteriskInterpreter()
    var stream: Stream
    /// Messages of the decoders of former connections.
    private var earlierMessages: UInt64 = 0

    var snapshot: SnapshotSequence?
    var snapshotStep: AMIActionID?
    var mailboxQuestions: Set<AMIActionID> = []
    /// When everything is to be asked once more, because a module read its files anew. A `core reload` tells of each.
    private var reloadDue: Instant?
    private static let reloadPatience = Duration.seconds(2)
    var work: [AMIActionID: Work] = [:]
    /// Channels that originates will make, by the Uniqueid asked for.
    var expectedChannels: [String: ExpectedChannel] = [:]
    private var channelNumber: UInt64 = 0
    private let channelPrefix: String

    /// A session that is not connected yet.
    ///
    /// - Parameters:
    ///   - settings: How to log in, and how patient to be.
    ///   - clientName: Marks this node's questions at the PBX; unique among the clients of one PBX and among the runs of
    ///     one node (e.g. `paris-1795214065`), so that answers and channels of different clients and runs cannot be
    ///     taken for each other.
    public init(settings: AsteriskSettings, clientName: SiteID) {
        self.settings = settings
        channelPrefix = "\(clientName.name)-"
        stream = Stream(settings.limits)
        manager = AMISession(
            .init(
                user: settings.user, secret: settings.secret,
                actionIDPrefix: HeaderText("\(clientName.name)-") ?? HeaderText(literal: "tandem-"),
                loginTimeout: max(settings.connection.connectTimeout * 3, .seconds(15)), pingAfter: settings.pingAfter,
                silenceLimit: settings.pingAfter * 2, pendingLimit: settings.pendingLimit))
    }

    /// `Asterisk at HOST:PORT`.
    var place: String { settings.connection.place }

    // MARK: DriverSession

    /// What Asterisk can do. `answer` and `hold` are in it only when the phones are said to obey events in a dialogue.
    public var capabilities: Set<PBXCapability> {
        settings.phonesTakeTalkEvents
            ? ActionPlan.capabilities.union(ActionPlan.phoneCapabilities) : ActionPlan.capabilities
    }

    /// Logged in, and Asterisk is fully booted.
    public var isReady: Bool { manager.phase == .ready }

    /// The next answer that would be late, or the next ping.
    public var nextDeadline: Instant? { .earlier(manager.nextDeadline, reloadDue) }

    /// What is counted of messages and answers.
    public var metrics: DriverMetrics {
        var metrics = DriverMetrics()
        metrics.messages = earlierMessages &+ stream.decoder.messageCount
        metrics.ignored = interpreter.counters.ignored
        metrics.unknown = interpreter.counters.unknown
        metrics.lateAnswers = manager.counters.lateAnswers
        metrics.unknownAnswers = manager.counters.unknownAnswers
        metrics.timeouts = manager.counters.timeouts
        return metrics
    }

    /// The greeting is awaited.
    public mutating func connected(at now: Instant, into output: inout DriverOutput) {
        earlierMessages &+= stream.decoder.messageCount
        stream = Stream(settings.limits)
        manager.connected(at: now)
    }

    /// Forgets whom it asked.
    public mutating func disconnected() {
        _ = manager.disconnected()
        work.removeAll()
        expectedChannels.removeAll()
        mailboxQuestions.removeAll()
        snapshot = nil
        snapshotStep = nil
        reloadDue = nil
    }

    /// Endpoints, hints, queues and mailboxes may have come or gone, without an event of their own.
    mutating func noteReload(at now: Instant) {
        if reloadDue == nil { reloadDue = now + Self.reloadPatience }
    }

    /// Messages of the manager, whole or in pieces.
    public mutating func received(_ bytes: UnsafeRawBufferPointer, at now: Instant, into output: inout DriverOutput) {
        let stream = stream
        let before = stream.decoder.skippedLines &+ stream.decoder.skippedMessages
        stream.decoder.decode(bytes) { message in take(message, at: now, &output) }
        let skipped = stream.decoder.skippedLines &+ stream.decoder.skippedMessages &- before
        if skipped > 0 {
            output.noteLimitViolation(count: skipped)
            output.note("the \(place) sent \(skipped) lines or messages beyond the limits; they are left out")
        }
        collect(&output)
    }

    /// Asks what followed from the events.
    public mutating func readCompleted(at now: Instant, into output: inout DriverOutput) {
        askFollowUps(at: now)
        collect(&output)
    }

    /// Asks for the snapshot once more.
    public mutating func tellAgain(at now: Instant, into output: inout DriverOutput) {
        beginSnapshot(at: now, &output)
        collect(&output)
    }

    /// Puts an action to the manager.
    public mutating func perform(
        _ action: PBXAction, token: ActionToken, at now: Instant, into output: inout DriverOutput
    ) {
        channelNumber += 1
        guard let channelID = HeaderText("\(channelPrefix)\(channelNumber)") else {
            output.tell(token, .failed(reason: "the name of this node is too long for a channel", connection: false))
            return
        }
        // Without a consultation Asterisk would take the keys of the cancellation for those that end the call.
        if case .cancelAttendedTransfer(let channel) = action, interpreter.isInPlainCall(channel.text) {
            output.tell(
                token,
                .failed(
                    reason: "\(channel) has no consultation that could be cancelled; the call goes on as it is",
                    connection: false))
            return
        }
        let plan: ActionPlan
        do throws(ActionPlan.Refusal) {
            plan = try ActionPlan.plan(
                action, channelID: channelID,
                device: { number, context in interpreter.device(number: number, context: context) },
                agent: { number in interpreter.agentMembers[number] },
                address: { channel in HeaderText(interpreter.address(ofChannel: channel.text)) ?? channel.header })
        } catch {
            output.tell(token, .failed(reason: error.description, connection: false))
            return
        }
        do throws(AMISessionFailure) {
            let id = try manager.submit(
                plan.action, completion: plan.completion, timeout: settings.actionTimeout + plan.extraTime, at: now)
            work[id] = Work(token: token, outcome: plan.outcome)
            if case .originate(let channelID, let caller) = plan.outcome {
                expectedChannels[channelID] = ExpectedChannel(token: token, caller: caller)
            }
        } catch {
            output.tell(token, .failed(reason: error.description, connection: error == .notReady))
            return
        }
        collect(&output)
        output.wrote(token)
    }

    /// Pings, and gives up on answers that did not come.
    public mutating func advance(to now: Instant, into output: inout DriverOutput) {
        for expiry in manager.advance(to: now) {
            switch expiry {
            case .action(let id): expired(id, at: now, &output)
            case .ended(let failure): output.end("\(failure.description) (\(settings.address))")
            }
        }
        if let due = reloadDue, due <= now {
            reloadDue = nil
            output.askForSnapshot()
        }
        collect(&output)
    }

    /// Logs off.
    public mutating func sayGoodbye(at now: Instant, into output: inout DriverOutput) {
        manager.logoff(at: now)
        collect(&output)
    }

    /// Moves the manager's bytes to the output.
    private mutating func collect(_ output: inout DriverOutput) {
        let bytes = manager.takeOutput()
        if output.bytes.isEmpty { output.bytes = bytes } else { output.bytes += bytes }
    }
}
