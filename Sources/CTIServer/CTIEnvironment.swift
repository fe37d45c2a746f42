import CTIProtocol
import SiteModel
import TandemCore

/// What command handlers may ask of the node that hosts them. `NodeCore` conforms; tests bring their own.
///
/// Everything happens on the node's one loop, so nothing here is `async`: commands for a PBX or another site are
/// submitted, and their lines come back through `CTIServer.progress` and `CTIServer.finish`.
public protocol CTIEnvironment: AnyObject {
    /// The site of this node.
    var homeSite: SiteID { get }
    /// All known sites, home first, then by name.
    var sites: [SiteID] { get }
    /// Whether a site is known, the home included. Asked for every command, so it must not cost a list.
    func knows(_ site: SiteID) -> Bool
    /// What the home site's PBX can do; empty for a node without one.
    var capabilities: Set<PBXCapability> { get }
    /// What the PBX of each other site can do, as far as it is known; everything where it is not.
    var capabilitiesElsewhere: [Set<PBXCapability>] { get }
    /// How current the picture of a site is, and for how many seconds it has not been.
    func freshness(of site: SiteID) -> (freshness: Freshness, age: Double?)
    /// Both halves of an object, nil when it does not exist.
    func object(_ id: ObjectID) -> (config: EncodedObject, status: EncodedObject)?
    /// Ids of a list of a site, in no particular order.
    func objectIDs(of type: ObjectType, at site: SiteID) -> [String]
    /// The configured user of a login name at this site.
    func user(login: String) -> (id: String, user: SiteConfiguration.User)?
    /// Whether what an argument of a command names is a user's own (of this site): a call of the user's phones, as either
    /// end of it or as a seat in a room, one of these phones or its number, the user's agent or mailbox. All of it, where
    /// it names several.
    func isOwn(_ argument: CTIArgumentKey, of command: IPBXCommand, user: String) -> Bool
    /// Presence states that users of this site may have.
    var presences: [SiteConfiguration.Presence] { get }
    /// Sets a presence of a user of this site; false: no such state. The acknowledgement MUST wait for `whenStored`.
    func setPresence(user: String, state: String) -> Bool
    /// A user's first connection came or the last one went.
    func setConnected(user: String, connected: Bool)
    /// Sends a command to the site that executes it. Lines and answer come back under the ticket.
    func submit(_ command: CTISubmission, ticket: CTITicket)
    /// Whether the store can be written; while it cannot, what must be durable is refused (`store_unavailable`).
    var canStore: Bool { get }
    /// Calls back once everything said so far is durable (SIGKILL-proof): true, or false when the store cannot be written.
    func whenStored(_ body: @escaping (Bool) -> Void)
}
