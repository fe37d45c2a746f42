import TandemCore

/// What the federation core asks its shell to do, in order.
public enum FederationEffect: Sendable {
    /// Open a connection to the peer's rcti listener; report `linkConnected` or `dialFailed`.
    case dial(peer: SiteID)
    /// Write these bytes (whole lines with their line feeds).
    case send(LinkID, [UInt8])
    /// Flush, then close the socket. The reason is for the log.
    case close(LinkID, reason: String)
    /// A copy of another site changed: tell clients and store.
    case changed(SiteID, [ObjectChange])
    /// A site became known, fresh, stale or unknown.
    case freshness(SiteID, Freshness)
    /// The routing table changed.
    case routesChanged
    /// Make this ledger line durable, then call `ledgerStored(key)`. Answers need no call back.
    case storeLedger(LedgerEntry, callBack: Bool)
    /// Forget ledger lines older than this Unix time.
    case trimLedger(before: Double)
    /// Run the command here. Report with `progress` and `finish`.
    case execute(CommandRequest)
    /// A line for the submitter before the answer (CTI keys of one `ipbxcommand` reply).
    case progress(CommandToken, EncodedObject)
    /// The one answer.
    case answered(CommandToken, CommandAnswer)
    /// Position of a copy, for the store: written with the changes of the same turn.
    case position(SiteID, incarnation: UInt64, sequence: UInt64)
    /// Someone else holds a higher incarnation of our site (this node lost its disk): persist this one, we use it now.
    case incarnationRaised(UInt64)
    /// Something an operator should read. Never holds a secret.
    case log(FederationLogLevel, String)
}
