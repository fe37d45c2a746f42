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
        connection.reply { writer in
            command.writeHead(site, to: &writer)
            switch command.function {
            case "listid": command.writeIDs(type, site, environment, to: &writer)
            case "updateconfig":
                let object = command.object(type, site, environment)
                writer.key("config")
                writer.object(object?.config ?? .empty)
            default:
                writer.key("status")
                guard let type, let object = command.object(type, site, environment) else {
                    return writer.object(.empty)
                }
                let (freshness, age) = environment.freshness(of: site)
                writer.object(
                    freshness.isFresh
                        ? object.status
                        : StatusView(freshness: freshness, age: age).show(object.status, of: type))
            }
        }
        return .pending
    }

    private func object(
        _ type: ObjectType?, _ site: SiteID, _ environment: any CTIEnvironment
    ) -> (config: EncodedObject, status: EncodedObject)? {
        guard let type, let objectID else { return nil }
        return environment.object(ObjectID(type, site, objectID))
    }

    private func writeHead(_ site: SiteID, to writer: inout JSONWriter) {
        writer.key("function")
        writer.string(function)
        writer.key("listname")
        writer.string(listname)
        writer.key("tipbxid")
        writer.string(site.name)
        guard function != "listid", let objectID else { return }
        writer.key("tid")
        writer.string(objectID)
    }

    private func writeIDs(
        _ type: ObjectType?, _ site: SiteID, _ environment: any CTIEnvironment, to writer: inout JSONWriter
    ) {
        writer.key("list")
        writer.beginArray()
        if let type {
            // Shorter ids first, so that numbers stand in their order.
            let ids = environment.objectIDs(of: type, at: site).sorted {
                ($0.utf8.count, $0) < ($1.utf8.count, $1)
            }
            for id in ids { writer.string(id) }
        }
        writer.endArray()
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
