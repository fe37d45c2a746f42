import TandemCore

/// `availstate`: sets a presence (CTI reference 4.4), one's own, or with `ipbxid` and `userid` somebody else's where
/// the profile allows it. The acknowledgement comes once the presence is durable.
struct AvailState: CTICommand {
    static let commandClass = "availstate"
    static let requiredFields = [CTIField("availstate")]

    let state: String
    let ipbxid: String?
    let userID: String?

    init(_ fields: CTIFields) throws(CTICommandError) {
        state = try fields.string("availstate")
        ipbxid = try fields.optionalString("ipbxid")
        userID = try fields.optionalID("userid")
    }

    static func handle(_ command: AvailState, _ connection: CTIConnection) -> CTIHandlerResult {
        let environment = connection.environment
        let home = environment.homeSite
        let siteName = command.ipbxid ?? home.name
        let user = command.userID ?? connection.userID
        guard let site = SiteID(siteName), site == home || environment.sites.contains(site) else {
            return .warning("unknown_ipbxid")
        }
        let isMyself = site == home && user == connection.userID
        guard isMyself || connection.profile.rights.contains(CTIProfile.availstateOthers) else {
            connection.server.counters.unallowed += 1
            return .warning("unallowed")
        }
        guard isMyself || environment.object(ObjectID(.user, site, user)) != nil else {
            return .warning("unknown_user")
        }
        guard site == home else {
            let body = EncodedObject([
                "class": "availstate", "availstate": .string(command.state), "ipbxid": .string(site.name),
                "userid": .string(user),
            ])
            connection.submit(
                CTISubmission(verb: "availstate", target: site, user: connection.userID, body: body))
            return .pending
        }
        // A state that does not exist changes nothing and is acknowledged like any other.
        _ = environment.setPresence(user: user, state: command.state)
        connection.whenStored { connection.reply() }
        return .pending
    }
}
