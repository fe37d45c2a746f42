import CTIProtocol
import TandemCore

/// `getlist`: ids, configuration and status of a site's objects, answered at once from the copies that this node holds
/// (CTI reference 5.1). The status of a site that is not fresh says so.
struct GetList: CTICommand {
    static let commandClass = "getlist"
    static let requiredFields = [CTIField("function"), CTIField("listname")]

    let function: String
    let listname: String
    /// The site that is asked for; nil: home.
    let ipbxid: String?
    let objectID: String?

    init(_ fields: CTIFields) throws(CTICommandError) {
        function = try fields.string("function")
        listname = try fields.string("listname")
        ipbxid = try fields.optionalString("tipbxid")
        objectID = try fields.optionalID("tid")
        guard function == "listid" || objectID != nil || !Self.functions.contains(function) else {
            throw .missing(["tid"])
        }
    }

    private static let functions: Set = ["listid", "updateconfig", "updatestatus"]
    /// Lists of the 2011 protocol that no site of ours has; clients ask for them and are content with nothing.
    private static let emptyLists: Set = ["incalls", "outcalls", "contexts", "phonebooks", "entities"]

    static func handle(_ command: GetList, _ connection: CTIConnection) -> CTIHandlerResult {
        let environment = connection.environment
        var site = environment.homeSite
        if let name = command.ipbxid {
            guard let named = SiteID(name), named == site || environment.sites.contains(named) else {
                return command.warn("unknown_ipbxid", connection)
            }
            site = named
        }
        guard functions.contains(command.function) else { return command.warn("unknown_function", connection) }
        let type = ObjectType(listName: command.listname)
        guard type != nil || emptyLists.contains(command.listname) else {
            return command.warn("unknown_listname", connection)
        }
        command.answer(type, site, connection)
        return .pending
    }

    private func answer(_ type: ObjectType?, _ site: SiteID, _ connection: CTIConnection) {
        let environment = connection.environment
        let replyID = connection.replyID
        connection.server.respond(connection) { writer, now in
            guard function != "listid", let objectID else {
                let ids = type.map { Self.ids(of: $0, at: site, environment) } ?? []
                return CTIReplies.listIDs(
                    replyID: replyID, list: listname, site: site, ids: ids, now: now, into: &writer)
            }
            let object = type.flatMap { environment.object(ObjectID($0, site, objectID)) }
            guard function == "updatestatus" else {
                return CTIReplies.config(
                    replyID: replyID, list: listname, site: site, id: objectID, object?.config ?? .empty, now: now,
                    into: &writer)
            }
            var status = object?.status ?? .empty
            let (freshness, age) = environment.freshness(of: site)
            if let type, object != nil, !freshness.isFresh {
                status = StatusView(freshness: freshness, age: age).show(status, of: type)
            }
            CTIReplies.status(
                replyID: replyID, list: listname, site: site, id: objectID, status, now: now, into: &writer)
        }
    }

    /// Shorter ids first, so that numbers stand in their order.
    private static func ids(
        of type: ObjectType, at site: SiteID, _ environment: any CTIEnvironment
    ) -> [String] {
        environment.objectIDs(of: type, at: site).sorted { ($0.utf8.count, $0) < ($1.utf8.count, $1) }
    }

    /// The request's own keys and what is wrong with them.
    private func warn(_ text: String, _ connection: CTIConnection) -> CTIHandlerResult {
        connection.reply { writer in
            writer.key("function")
            writer.string(function)
            writer.key("listname")
            writer.string(listname)
            if let ipbxid {
                writer.key("tipbxid")
                writer.string(ipbxid)
            }
            if let objectID {
                writer.key("tid")
                writer.string(objectID)
            }
            writer.key("warning_string")
            writer.string(text)
        }
        return .pending
    }
}
