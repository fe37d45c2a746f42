import Federation
import SiteModel
import TandemCore

// What operators ask for.
extension NodeCore {
    /// Asks a site for a sign of life; the callback gets its one answer.
    public func ping(_ target: SiteID, now: Moment, answered: @escaping (CommandAnswer) -> Void) {
        self.now = now
        submit(
            verb: NodeVerb.ping.rawValue, target: target, user: "", body: EncodedObject(["class": "ping"]),
            submitter: .callback(answered))
        settle()
    }

    /// Tells peers and clients that the node stops.
    public func beginDrain(reason: String, now: Moment) {
        self.now = now
        cti.shutDown(reason: reason, now: now)
        federation.beginDrain(now: now)
        settle()
    }

    /// The node stops now, without an answer from the PBX: what is under way is audited as `unknown`.
    public func stop(now: Moment) {
        self.now = now
        for line in audit.stop(at: site, now: now) { effects.append(.store(.audit(line))) }
        settle()
    }

    /// New configuration: objects, links and the CTI port's behaviour change by difference; whatever did not change goes on
    /// undisturbed. Whether a PBX stands beside the node, and what it can do, stays as it was at the start.
    public func reconfigure(_ configuration: NodeCoreConfiguration, now: Moment) {
        self.now = now
        var changes: [ObjectChange] = []
        model.reconfigure(configuration.site, at: now, into: &changes)
        publish(&changes)
        federation.reconfigure(configuration.federation, now: now)
        cti.apply(configuration.cti)
        cti.endConnections(where: { model.userByLogin($1) != $0 }, now: now)
        settle()
    }

    /// Keeps what an operator asked of this node, and what came of it; `refusal`: why it was not done.
    public func operatorAsked(_ action: String, target: String, refusal: String? = nil, now: Moment) {
        self.now = now
        effects.append(
            .store(
                .audit(
                    AuditLine(
                        unixTime: now.unixTime, site: site, user: "", action: action,
                        target: AuditTrail.cut(target),
                        outcome: refusal.map { AuditTrail.cut("refused: " + $0) } ?? "done")))
        )
    }

    /// What is dialled before a number of another site, as far as the sites have told by now.
    public var knownPrefixes: [SiteID: String] {
        var prefixes: [SiteID: String] = [:]
        for other in federation.knownSites where other != site {
            guard let config = federation.object(ObjectID(.site, other, "self"))?.config else { continue }
            prefixes[other] = config.value(of: "prefix")?.idText
        }
        return prefixes
    }

    /// Sends a signal of this site's PBX driver to the driver of another site (`PBXTrunkCarrier`).
    public func sendTrunkSignal(to target: SiteID, signal: EncodedObject, now: Moment) {
        self.now = now
        submit(verb: NodeVerb.trunkSignal.rawValue, target: target, user: "", body: signal, submitter: .nobody)
        settle()
    }
}
