import Configuration
import NIOCore
import PBX
import SimulatedPBX
import SiteModel
import TandemCore

/// The shell around a simulated PBX: gives it the time, and carries its trunk calls to the simulated PBXs of other sites
/// as commands of the federation, so that they take the same routes as everything else.
final class SimulatedDriver: PBXDriver {
    private var pbx: SimulatedPBX
    private let loop: any EventLoop
    private var deliver: (([PBXEvent]) -> Void)?
    private var timer: Scheduled<Void>?
    private var timerDue: Instant?

    /// Sends a trunk signal towards its site. Set before `start`.
    var sendTrunk: (SiteID, EncodedObject) -> Void = { _, _ in }
    /// The dialling prefixes of the other sites, as far as the federation knows them by now.
    var prefixes: () -> [SiteID: String] = { [:] }

    init(configuration: SiteConfiguration, settings: PBXConfiguration.Simulated, loop: any EventLoop) {
        var behaviour = Behaviour()
        behaviour.reaction = .answers(after: settings.ring)
        behaviour.talk = settings.talk
        behaviour.seed = settings.seed
        behaviour.voicemailNumber = configuration.voicemailNumber
        behaviour.voicemailPrefix = "*86"
        pbx = SimulatedPBX(configuration: configuration, behaviour: behaviour)
        self.loop = loop
    }

    var capabilities: Set<String> { SimulatedPBX.capabilities }

    func start(deliver: @escaping ([PBXEvent]) -> Void) {
        self.deliver = deliver
        report(pbx.start(at: NodeClock.now()))
    }

    func perform(_ action: PBXAction, token: ActionToken) {
        pbx.behaviour.sitePrefixes = prefixes()
        report(pbx.perform(action, token: token, at: NodeClock.now()))
    }

    func stop() {
        deliver = nil
        timer?.cancel()
        timer = nil
    }

    /// A trunk leads wherever the federation has a route.
    func trunksChanged(reachable: [SiteID]) {
        var events: [PBXEvent] = []
        let now = NodeClock.now()
        for site in Set(pbx.configuration.trunks.values.compactMap(\.site)).sorted() {
            events += pbx.setTrunk(to: site, reachable: reachable.contains(site), at: now)
        }
        report(events)
    }

    /// A signal from another site's simulated PBX. One that is no signal is dropped: it came from a peer.
    func receive(_ body: EncodedObject, from site: SiteID) {
        guard let signal = TrunkSignal(body, from: site, to: pbx.configuration.site) else { return }
        pbx.behaviour.sitePrefixes = prefixes()
        report(pbx.receive(signal, at: NodeClock.now()))
    }

    private func report(_ events: [PBXEvent]) {
        for signal in pbx.takeTrunkSignals() { sendTrunk(signal.to, signal.encoded) }
        if !events.isEmpty { deliver?(events) }
        schedule()
    }

    private func schedule() {
        guard deliver != nil, let due = pbx.nextDeadline else { return }
        if let timerDue, timer != nil, timerDue <= due { return }
        timer?.cancel()
        timerDue = due
        let wait = max(.zero, due - NodeClock.now().instant)
        let bound = NIOLoopBound(self, eventLoop: loop)
        timer = loop.scheduleTask(in: .nanoseconds(wait.inNanoseconds)) {
            let driver = bound.value
            driver.timer = nil
            driver.timerDue = nil
            driver.pbx.behaviour.sitePrefixes = driver.prefixes()
            driver.report(driver.pbx.advance(to: NodeClock.now()))
        }
    }
}
