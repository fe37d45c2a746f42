import TandemCore

/// `getipbxlist`: the names of all sites, home first (CTI reference 4.2).
struct GetIPBXList: CTICommand {
    static let commandClass = "getipbxlist"

    init(_ fields: CTIFields) throws(CTICommandError) {}

    static func handle(_ command: GetIPBXList, _ connection: CTIConnection) -> CTIHandlerResult {
        connection.reply { writer in
            writer.key("ipbxlist")
            writer.beginArray()
            for site in connection.environment.sites { writer.string(site.name) }
            writer.endArray()
        }
        return .pending
    }
}
