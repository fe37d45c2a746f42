import DriverKit
import NIOCore
import PBX
import SiteModel
import TandemCore

/// Joins a `BellPBX` to a node: what rings is seen by every client of the federation, and every client may ring.
public final class BellDriver: PBXDriver {
    /// What a door station can do; a node refuses everything else before it gets here.
    public let capabilities: Set<PBXCapability> = [.originate, .hangup]
    /// The door stations.
    public let pbx: BellPBX

    private struct Call {
        var token: ActionToken
        var timeout: Scheduled<Void>
    }

    private let loop: any EventLoop
    private var output = DriverOutput()
    private var messages: UInt64 = 0
    /// Calls that wait for somebody at a door.
    private var calls: [String: Call] = [:]
    private var deliver: (([PBXEvent]) -> Void)?
    private var isStopped = true
    private var isDeliveryScheduled = false

    /// A driver for this PBX; `start` listens to it.
    public init(_ pbx: BellPBX, on loop: any EventLoop) {
        self.pbx = pbx
        self.loop = loop
    }

    /// Running counts; a message is whatever the PBX says.
    public var metrics: DriverMetrics {
        var metrics = output.metrics
        metrics.messages = messages
        return metrics
    }

    /// Tells the whole state, and from then on every change.
    public func start(deliver: @escaping ([PBXEvent]) -> Void) {
        guard isStopped else { return }
        isStopped = false
        self.deliver = deliver
        pbx.listener = { [unowned self] in hear($0) }
        hear(.cable(isPlugged: pbx.isPlugged))
    }

    /// Calls under way fail; nothing else is delivered afterwards.
    public func stop() {
        guard !isStopped else { return }
        isStopped = true
        pbx.listener = { _ in }
        forgetCalls()
        output.stop("the node stopped before somebody answered at the door")
        deliverSoon()
    }

    /// The doors are those of the PBX, whatever the site is configured to be: they are told once more.
    public func siteChanged(from former: SiteConfiguration, to site: SiteConfiguration) {
        guard !isStopped, pbx.isPlugged else { return }
        tellAll()
        deliverSoon()
    }

    // MARK: What the PBX says

    private func hear(_ news: BellPBX.News) {
        messages += 1
        switch news {
        case .cable(isPlugged: true): tellAll()
        case .cable(isPlugged: false):
            forgetCalls()
            output.lose("the cable of the door stations is unplugged: plug it in again")
        case .changed(let door, let before): tellChange(of: door, before: before)
        }
        deliverSoon()
    }

    /// After every connection: the whole state between two brackets. What is not told is gone.
    private func tellAll() {
        output.beginSnapshot()
        for (door, now) in pbx.doors.sorted(by: { $0.key < $1.key }) {
            output.tell(.endpointSeen(endpoint: device(door), number: nil, context: nil, displayName: door))
            output.tell(.endpointState(endpoint: device(door), state: state(now)))
            tellChannel(of: door, now)
        }
        output.endSnapshot()
    }

    /// What a change of a door looks like in words that no brand owns: a channel while it rings or talks, and a device.
    private func tellChange(of door: String, before: BellPBX.Door) {
        let now = pbx.doors[door] ?? .broken
        switch (channel(door, before), channel(door, now)) {
        case (nil, _?): tellChannel(of: door, now)
        case (_, let channel?):
            output.tell(.channelState(channel: channel, state: .up))
            endCall(at: door, .originated(channel: channel, end: .answered))
        case (let channel?, nil):
            endCall(at: door, .originated(channel: nil, end: .hungUp))
            output.tell(.channelEnded(channel: channel, cause: .normalClearing))
        case (nil, nil): break
        }
        output.tell(.endpointState(endpoint: device(door), state: state(now)))
    }

    private func tellChannel(of door: String, _ now: BellPBX.Door) {
        guard let channel = channel(door, now) else { return }
        output.tell(
            .channelCreated(
                channel: channel, endpoint: device(door), uniqueID: channel,
                state: state(now) == .ringing ? .ringing : .up, callerNumber: "", callerName: door, extension: "",
                context: "", linkedID: channel))
    }

    private func device(_ door: String) -> String { "BELL/" + door }

    /// The call of a door, named for as long as it lasts and never again; nil: it has none.
    private func channel(_ door: String, _ now: BellPBX.Door) -> String? {
        switch now {
        case .ringing(let call), .talking(let call): "\(device(door))-\(call)"
        case .silent, .broken: nil
        }
    }

    private func state(_ now: BellPBX.Door) -> DeviceState {
        switch now {
        case .silent: .idle
        case .ringing: .ringing
        case .talking: .inUse
        case .broken: .unavailable
        }
    }

    // MARK: What the PBX is asked

    /// Rings or silences a door.
    public func perform(_ action: PBXAction, token: ActionToken) {
        output.begin(token)
        switch action {
        case _ where isStopped || !pbx.isPlugged:
            output.tell(token, .failed(reason: "the door stations cannot be reached", connection: true))
        case .originate(let call): ring(call, token)
        case .hangup(let channel): silence(channel.text, token)
        default:
            // Every action ends with exactly one final event, whatever it is.
            output.tell(token, .failed(reason: "a door station has no \(action.capability)", connection: false))
        }
        deliverSoon()
    }

    private func ring(_ call: PBXAction.Originate, _ token: ActionToken) {
        output.tell(token, .written)
        guard case .device(let name) = call.party, let door = pbx.doors.keys.first(where: { device($0) == name.text })
        else {
            return output.tell(token, .failed(reason: "there is no \(call.party)", connection: false))
        }
        output.tell(token, .accepted(final: false))
        guard pbx.ring(door), let now = pbx.doors[door], let channel = channel(door, now) else {
            let isBroken = pbx.doors[door] == .broken
            return output.tell(token, .originated(channel: nil, end: isBroken ? .unreachable : .busy))
        }
        // After the fact that introduces the channel: the PBX has just told of it.
        output.tell(token, .channel(channel))
        let patience = TimeAmount.seconds(Int64(call.timeoutSeconds))
        let timeout = loop.assumeIsolated().scheduleTask(in: patience) { [weak self] in
            guard let self else { return }
            endCall(at: door, .originated(channel: nil, end: .noAnswer))
            pbx.silence(door)
        }
        calls[door] = Call(token: token, timeout: timeout)
    }

    private func silence(_ channel: String, _ token: ActionToken) {
        output.tell(token, .written)
        guard let door = pbx.doors.first(where: { self.channel($0.key, $0.value) == channel })?.key else {
            return output.tell(token, .failed(reason: "\(channel) is silent", connection: false))
        }
        output.tell(token, .accepted(final: true))
        pbx.silence(door)
    }

    private func endCall(at door: String, _ event: PBXActionEvent) {
        guard let call = calls.removeValue(forKey: door) else { return }
        call.timeout.cancel()
        output.tell(call.token, event)
    }

    private func forgetCalls() {
        for call in calls.values { call.timeout.cancel() }
        calls.removeAll()
    }

    // MARK: Delivery

    /// In a turn of the loop of its own: a node that is called inside its own call would meet its effects half-way.
    private func deliverSoon() {
        guard !isDeliveryScheduled, !output.events.isEmpty else { return }
        isDeliveryScheduled = true
        loop.assumeIsolated().execute { [weak self] in
            guard let self else { return }
            isDeliveryScheduled = false
            deliver?(output.takeEvents())
        }
    }
}
