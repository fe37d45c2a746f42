import CTIProtocol
import TandemCore

/// `availstate`: sets a presence (CTI reference 4.4), one's own, or with `ipbxid` and `userid` somebody else's where
/// the profile allows it. The acknowledgement comes once the presence is durable.
struct AvailState: BuiltInCommand {
    static let messageClass = CTIClass.availState

    let change: CTIPresenceChange

    init(_ fields: CTIFields) throws(CTICommandError) { change = try CTIPresenceChange(fields) }

    static func handle(_ command: AvailState, _ connection: CTIConnection) -> CTIHandlerResult {
        let environment = connection.environment
        let home = environment.homeSite
        let change = command.change
        let user = change.user ?? connection.userID
        guard let site = SiteID(change.siteName ?? home.name), environment.knows(site) else {
            return .warning("unknown_ipbxid")
        }
        let isMyself = site == home && user == connection.userID
        guard isMyself || connection.rights.allowsForOthers(messageClass) else {
            connection.server.counters.unallowed += 1
            return .warning("unallowed")
        }
        guard isMyself || environment.object(ObjectID(.user, site, user)) != nil else {
            return .warning("unknown_user")
        }
        guard site == home else {
            let change = CTIPresenceChange(state: change.state, site: site, user: user)
            connection.submit(
                CTISubmission(
                    .availState(change), as: commandClass, target: site, user: connection.userID))
            return .pending
        }
        guard environment.canStore else { return .warning("store_unavailable") }
        // A state that does not exist changes nothing and is acknowledged like any other.
        _ = environment.setPresence(user: user, state: change.state)
        connection.whenStored { connection.reply() }
        return .pending
    }
}
