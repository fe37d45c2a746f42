import CTIServer
import Federation
import SiteModel
import TandemCore

// What command handlers ask of their node.
extension NodeCore: CTIEnvironment {
    /// The site of this node.
    public var homeSite: SiteID { site }

    /// All known sites, home first.
    public var sites: [SiteID] { [site] + federation.knownSites.filter { $0 != site }.sorted() }

    /// Whether a site is known, this one included.
    public func knows(_ site: SiteID) -> Bool { site == self.site || federation.knows(site) }

    /// What the PBXs of other sites can do. A site that has not told, or that keeps it back, may be able to do
    /// everything; so may a peer that has never been linked.
    public var capabilitiesElsewhere: [Set<PBXCapability>] {
        let others = Set(federation.knownSites).union(federation.configuration.links.map(\.peer)).subtracting([site])
        return others.map { abilities[$0] }
    }

    /// How current the picture of a site is, and its age in seconds when it is not.
    public func freshness(of site: SiteID) -> (freshness: Freshness, age: Double?) {
        let current = effectiveFreshness(of: site)
        return (current, current.age(at: now.instant))
    }

    /// Both halves of an object.
    public func object(_ id: ObjectID) -> (config: EncodedObject, status: EncodedObject)? { federation.object(id) }

    /// Ids of a list of a site.
    public func objectIDs(of type: ObjectType, at site: SiteID) -> [String] { federation.ids(site: site, type: type) }

    /// The user of a login name.
    public func user(login: String) -> (id: String, user: SiteConfiguration.User)? {
        guard let id = model.userByLogin(login), let user = model.user(id) else { return nil }
        return (id, user)
    }

    /// Presence states of this site.
    public var presences: [SiteConfiguration.Presence] { model.configuration.presences }

    /// Sets a presence; the acknowledgement waits for `whenStored`.
    public func setPresence(user: String, state: String) -> Bool {
        var changes: [ObjectChange] = []
        guard model.setPresence(user: user, state: state, at: now, into: &changes) else { return false }
        effects.append(.store(.presence(user: user, state: state)))
        publish(&changes)
        return true
    }

    /// A user's first connection came or the last one went.
    public func setConnected(user: String, connected: Bool) {
        var changes: [ObjectChange] = []
        model.setConnection(user: user, connected: connected, at: now, into: &changes)
        publish(&changes)
    }

    /// Sends a command on its way.
    public func submit(_ command: CTISubmission, ticket: CTITicket) {
        submit(
            command.body, as: command.verb, target: command.target, user: command.user, key: command.key,
            submitter: .client(ticket))
    }

    /// Whether the store can be written.
    public var canStore: Bool { storeProblem == nil }

    /// Calls back with true once all store operations so far are durable, with false when they cannot be.
    public func whenStored(_ body: @escaping (Bool) -> Void) {
        guard canStore else { return body(false) }
        nextNumber += 1
        barriers[nextNumber] = body
        effects.append(.storeBarrier(nextNumber))
    }
}
