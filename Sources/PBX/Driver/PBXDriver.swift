import SiteModel
import TandemCore

/// The part that speaks to one kind of PBX. Lives on the node's event loop: everything is called there, and `deliver` is
/// called there, in order, never from inside a call of the node.
///
/// After each (re)connection it delivers `resyncBegan`, the snapshot, `resyncEnded`; when the PBX is lost, a `failed` for
/// each action under way, then `connectionLost`. Most drivers are a `DriverSession` in DriverKit's
/// `ConnectedDriver`, which sees to all that.
public protocol PBXDriver: AnyObject {
    /// What this PBX can do, as long as the driver lives: it is told to other sites and to clients at their login.
    /// Everything else is refused before it reaches it.
    var capabilities: Set<PBXCapability> { get }
    /// Running counts since the driver was made.
    var metrics: DriverMetrics { get }
    /// Connects, and keeps reconnecting, until `stop`. Events come through `deliver`, several at a time.
    func start(deliver: @escaping ([PBXEvent]) -> Void)
    /// Asks the PBX for something. Its events carry the token; exactly one of them is final, come what may.
    func perform(_ action: PBXAction, token: ActionToken)
    /// The site's objects are configured otherwise from now on, while the node runs: a driver that is connected tells
    /// everything once more between `resyncBegan` and `resyncEnded`, so that what was added has its state. One whose PBX
    /// knows nothing of people need not when only they differ (`SiteConfiguration.objectsOfPBX`).
    func siteChanged(from former: SiteConfiguration, to site: SiteConfiguration)
    /// Somebody may have changed something at the PBX: a driver that waits before its next attempt makes it now.
    func connectNow()
    /// Ends the connection. What is delivered afterwards are the final events of actions that were under way or are asked
    /// later, nothing else.
    func stop()
}

extension PBXDriver {
    /// A driver that never waits has nothing to do.
    public func connectNow() {}
}

/// A driver whose PBX has its calls to other sites carried by the federation: its trunks lead wherever the federation has
/// a route. (Others have wires of their own, SIP trunks say.)
public protocol PBXTrunkCarrier: PBXDriver {
    /// Gives the driver the carriage. Called once, before `start`.
    func carryTrunks(over carriage: TrunkCarriage)
    /// These sites can be reached now, and no others.
    func trunksChanged(reachable: [SiteID])
    /// A signal of a site's driver of the same kind. It comes from a peer: one that cannot be understood is dropped.
    func receiveTrunkSignal(_ signal: EncodedObject, from site: SiteID)
}

/// What the federation does for a `PBXTrunkCarrier`.
public struct TrunkCarriage {
    /// Sends a signal to the driver of a site. Signals to one site arrive in order; after a lost link they may come twice.
    public var send: (_ site: SiteID, _ signal: EncodedObject) -> Void
    /// What is dialled before a number of each other site, as far as the sites have told by now.
    public var prefixes: () -> [SiteID: String]

    /// Makes a carriage.
    public init(
        send: @escaping (_ site: SiteID, _ signal: EncodedObject) -> Void, prefixes: @escaping () -> [SiteID: String]
    ) {
        self.send = send
        self.prefixes = prefixes
    }
}
