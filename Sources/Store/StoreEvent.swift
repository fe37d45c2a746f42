import TandemCore

/// What an operator should know.
public enum StoreEvent: Hashable, Sendable {
    /// Writes fail; they wait in memory and are tried again.
    case unwritable(StoreError)
    /// Writes succeed again; nothing was lost that is not reported below.
    case writable
    /// Too much was waiting: the stored copy of a site was given up. Send it anew: `forgetSite`, then its objects as
    /// `added`, then its position. Until then the node simply fetches it from its peers at the next start.
    case copyDropped(SiteID)
    /// Too much was waiting: this many calls of the history and audit lines were given up.
    case recordsDropped(calls: Int, auditLines: Int)
    /// A row held values that cannot be. It was moved to the table `set_aside`; copies are fetched anew.
    case setAside(table: String, row: String)
    /// Further rows were set aside, which are not told one by one.
    case moreSetAside(Int)
    /// A batch came after `close()`.
    case ignoredAfterClose
}
