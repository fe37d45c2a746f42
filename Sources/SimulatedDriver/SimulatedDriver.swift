import DriverKit
import NIOCore
import PBX
import SimulatedPBX
import SiteModel
import TandemCore

/// The shell around a simulated PBX: gives it the time, and carries its trunk calls to the simulated PBXs of other sites
/// over the federation, so that they take the same routes as everything else.
///
/// Confined to its event loop.
public final class SimulatedDriver: PBXTrunkCarrier {
    private var pbx: SimulatedPBX
    private let loop: any EventLoop
    private let clock: () -> Moment
    private let timer: LoopTimer
    private var output = DriverOutput()
    private var signals: [TrunkSignal] = []
    private var carriage: TrunkCarriage?
    private var deliver: (([PBXEvent]) -> Void)?
    private var isDeliveryScheduled = false
    private var isStopped = true
    private var counted = DriverMetrics()

    /// Makes a driver around a PBX; `start` sets it going.
    public init(_ pbx: SimulatedPBX, on loop: any EventLoop, now: @escaping () -> Moment) {
        self.pbx = pbx
        self.loop = loop
        clock = now
        timer = LoopTimer(on: loop)
    }

    // MARK: PBXDriver

    /// Everything.
    public var capabilities: Set<PBXCapability> { SimulatedPBX.capabilities }

    /// Running counts; a message is an event of the PBX.
    public var metrics: DriverMetrics {
        var metrics = output.metrics
        metrics.messages = counted.messages
        return metrics
    }

    /// The snapshot follows.
    public func start(deliver: @escaping ([PBXEvent]) -> Void) {
        loop.preconditionInEventLoop()
        guard isStopped else { return }
        self.deliver = deliver
        isStopped = false
        take(pbx.start(at: clock()))
    }

    /// Asks the PBX for something.
    public func perform(_ action: PBXAction, token: ActionToken) {
        loop.preconditionInEventLoop()
        output.begin(token)
        guard !isStopped else {
            output.tell(token, .failed(reason: "the simulated PBX was stopped", connection: true))
            scheduleDelivery()
            return
        }
        learnPrefixes()
        take(pbx.perform(action, token: token, at: clock()))
    }

    /// The PBX has these objects from now on, and tells all of them.
    public func siteChanged(from former: SiteConfiguration, to site: SiteConfiguration) {
        loop.preconditionInEventLoop()
        guard !isStopped else { return }
        learnPrefixes()
        take(pbx.reconfigure(site, at: clock()))
    }

    /// Actions under way fail; nothing else is delivered afterwards.
    public func stop() {
        loop.preconditionInEventLoop()
        guard !isStopped else { return }
        isStopped = true
        timer.cancel()
        signals.removeAll()
        _ = pbx.stop(reason: "the node stopped", at: clock())
        output.stop("the node stopped before the call was answered")
        scheduleDelivery()
    }

    // MARK: PBXTrunkCarrier

    /// The way to other sites.
    public func carryTrunks(over carriage: TrunkCarriage) { self.carriage = carriage }

    /// A trunk leads wherever the federation has a route.
    public func trunksChanged(reachable: [SiteID]) {
        let events = pbx.setTrunks(reachable: Set(reachable), at: clock())
        // The PBX knows it also for trunks to come, and for the time after its start.
        guard !isStopped else { return }
        take(events)
    }

    /// A signal from another site's simulated PBX. One that is no signal is dropped: it came from a peer.
    public func receiveTrunkSignal(_ body: EncodedObject, from site: SiteID) {
        guard !isStopped, let signal = TrunkSignal(body, from: site, to: pbx.configuration.site) else { return }
        learnPrefixes()
        take(pbx.receive(signal, at: clock()))
    }

    // MARK: Training

    /// Does something at the PBX that no node asks for: a person lifts a phone, the cable to the node breaks.
    public func train(_ body: (inout SimulatedPBX, Moment) -> [PBXEvent]) {
        loop.preconditionInEventLoop()
        guard !isStopped else { return }
        learnPrefixes()
        take(body(&pbx, clock()))
    }

    // MARK: Within

    private func learnPrefixes() { if let carriage { pbx.behaviour.sitePrefixes = carriage.prefixes() } }

    /// Puts what the PBX says through the rules that hold for every driver.
    private func take(_ events: [PBXEvent]) {
        counted.messages &+= UInt64(events.count)
        for event in events {
            switch event {
            case .fact(.resyncBegan): output.beginSnapshot()
            case .fact(.resyncEnded): output.endSnapshot()
            case .fact(.connectionLost(let reason)): output.lose(reason)
            case .fact(let fact): output.tell(fact)
            case .action(let token, let outcome): output.tell(token, outcome)
            }
        }
        signals += pbx.takeTrunkSignals()
        scheduleDelivery()
        timer.set(pbx.nextDeadline) { [weak self] in
            guard let self, !isStopped else { return }
            learnPrefixes()
            take(pbx.advance(to: clock()))
        }
    }

    /// Never inside a call of the node, which would meet its own effects half-way.
    private func scheduleDelivery() {
        guard !isDeliveryScheduled, !output.events.isEmpty || !signals.isEmpty else { return }
        isDeliveryScheduled = true
        loop.assumeIsolated().execute { [weak self] in
            guard let self else { return }
            isDeliveryScheduled = false
            let leaving = signals
            signals.removeAll()
            for signal in leaving { carriage?.send(signal.to, signal.encoded) }
            guard !output.events.isEmpty, let deliver else { return }
            deliver(output.takeEvents())
        }
    }
}
