import CTIServer
import Federation
import PBX
import TandemCore

/// What the node's core asks its shell to do, in order.
public enum NodeEffect {
    /// Something for the CTI listeners and their connections.
    case cti(CTIEffect)
    /// Open a link to a peer; report `linkConnected` or `dialFailed`.
    case dial(peer: SiteID)
    /// Write to a link.
    case sendLink(LinkID, [UInt8])
    /// Flush and close a link.
    case closeLink(LinkID, reason: String)
    /// Ask the PBX for something.
    case perform(PBXAction, ActionToken)
    /// Write to the store; with a barrier, call `stored(barrier:)` once this and all before it is durable.
    case store(NodeStoreOperation)
    /// Call `stored(barrier:)` once all store operations before it are durable.
    case storeBarrier(UInt64)
    /// Make a ledger line durable, then call `ledgerStored`.
    case storeLedger(LedgerEntry, callBack: Bool)
    /// Other sites became reachable or are no longer.
    case routesChanged
    /// A signal of another site's PBX driver for this site's (`PBXTrunkCarrier`).
    case trunkSignal(from: SiteID, EncodedObject)
    /// Something for the log.
    case log(FederationLogLevel, String)
}

/// What a node keeps over a restart.
public enum NodeStoreOperation: Hashable, Sendable {
    /// A presence that a user of this site set.
    case presence(user: String, state: String)
    /// Changes of a copy of another site.
    case copy(SiteID, [ObjectChange])
    /// Where that copy stands, and when it was last known to be current (Unix seconds).
    case position(SiteID, incarnation: UInt64, sequence: UInt64, lastFresh: Double)
    /// Ledger lines older than this Unix time are no longer needed.
    case trimLedger(before: Double)
    /// The incarnation in use.
    case incarnation(UInt64)
    /// A finished call of one of this site's phones.
    case call(FinishedCall)
    /// What somebody asked this site for, and what came of it.
    case audit(AuditLine)
}
