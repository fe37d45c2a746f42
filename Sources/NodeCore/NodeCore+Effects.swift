import CTIServer
import Federation
import TandemCore

// Effects of the cores: what one asks for is handed to another, the rest goes to the shell.
extension NodeCore {
    /// Moves effects from the cores to the shell until nothing is left to do here.
    func settle() {
        while true {
            // Taken out, so that a core that is called back meanwhile finds a list of its own.
            var pending: [FederationEffect] = []
            swap(&pending, &federationEffects)
            federation.takeEffects(into: &pending)
            if pending.isEmpty {
                swap(&pending, &federationEffects)
                break
            }
            for effect in pending { carryOut(effect) }
            swap(&pending, &federationEffects)
        }
        cti.takeEffects(into: &ctiEffects)
        for effect in ctiEffects { effects.append(.cti(effect)) }
    }

    private func carryOut(_ effect: FederationEffect) {
        switch effect {
        case .dial(let peer): effects.append(.dial(peer: peer))
        case .send(let link, let bytes): effects.append(.sendLink(link, bytes))
        case .close(let link, let reason): effects.append(.closeLink(link, reason: reason))
        case .changed(let origin, let changes): copyChanged(origin, changes)
        case .position(let origin, let incarnation, let sequence):
            storePosition(origin, incarnation: incarnation, sequence: sequence)
        case .freshness(let origin, _): showFreshness(of: origin)
        case .routesChanged:
            effects.append(.log(.info, "routes changed: \(routesText)"))
            effects.append(.routesChanged)
        case .storeLedger(let entry, let callBack): effects.append(.storeLedger(entry, callBack: callBack))
        case .trimLedger(let before): effects.append(.store(.trimLedger(before: before)))
        case .execute(let request): execute(request)
        case .progress(let token, let keys):
            if case .client(let ticket)? = tickets[token] { cti.progress(ticket, keys, now: now) }
        case .answered(let token, let answer):
            switch tickets.removeValue(forKey: token) {
            case .client(let ticket): cti.finish(ticket, CTIOutcome(answer), now: now)
            case .callback(let body): body(answer)
            case .nobody, nil: break
            }
        case .incarnationRaised(let incarnation): effects.append(.store(.incarnation(incarnation)))
        case .log(let level, let text): effects.append(.log(level, text))
        }
    }

    /// The copy of another site changed.
    private func copyChanged(_ origin: SiteID, _ changes: [ObjectChange]) {
        let concernsSite = changes.contains { $0.key.type == .site }
        if concernsSite { readSiteObject(of: origin) }
        show(changes, of: origin)
        effects.append(.store(.copy(origin, changes)))
        if concernsSite { showFreshness(of: origin) }
    }

    private func storePosition(_ origin: SiteID, incarnation: UInt64, sequence: UInt64) {
        // A copy that nothing has proven yet may come from a relay that heard its home long ago.
        let unproven = federation.configuration.timings.unknownAfter.inSeconds
        let age = federation.age(of: origin, now: now.instant)?.inSeconds ?? unproven
        effects.append(
            .store(
                .position(origin, incarnation: incarnation, sequence: sequence, lastFresh: now.unixTime - age)))
    }

    func storePositionsNowAndThen() {
        guard positions.isDue(at: now.instant) else { return }
        for sync in federation.syncs where sync.site != site && sync.freshness.isFresh {
            storePosition(sync.site, incarnation: sync.incarnation, sequence: sync.sequence)
        }
    }

    private var routesText: String {
        let routes = federation.routes
        return routes.isEmpty
            ? "none" : routes.map { "\($0.site) via \($0.nextHop) (\($0.cost))" }.joined(separator: ", ")
    }
}

extension CTIOutcome {
    /// A command's answer in the words of the CTI server.
    init(_ answer: CommandAnswer) {
        self =
            switch answer {
            case .done(let keys): .done(keys)
            case .refused(let reason, let keys): .refused(reason: reason, keys)
            case .notDelivered(.noRoute, let site): .noRoute(site)
            case .notDelivered(.timeout, let site): .timeout(at: site)
            case .notDelivered(.policy, let site): .forbidden(at: site)
            case .notDelivered(.tooManyHops, let site): .noRoute(site)
            case .unknown(let site): .unknown(at: site)
            }
    }
}
