import Federation
import TandemCore

/// What happens next in the world.
enum WorldEvent {
    case tick(SiteID, life: Int)
    case dialOutcome(from: SiteID, life: Int, to: SiteID)
    case dialRefused(from: SiteID, life: Int, to: SiteID, reason: String)
    case accept(Connection)
    case arrive(Connection, from: Int, Connection.Packet)
    case drained(Connection, end: Int, bytes: Int)
    case stored(SiteID, life: Int, LedgerEntry, callBack: Bool)
    case finish(SiteID, life: Int, IdempotencyKey, CommandAnswer)
    case progress(SiteID, life: Int, IdempotencyKey)
}
