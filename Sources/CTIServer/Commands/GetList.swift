import CTIProtocol
import TandemCore

/// `getlist`: ids, configuration and status of a site's objects, answered at once from the copies that this node holds
/// (CTI reference 5.1). The status of a site that is not fresh says so.
struct GetList: BuiltInCommand {
    static let messageClass = CTIClass.getList

    let request: CTIListRequest

    init(_ fields: CTIFields) throws(CTICommandError) { request = try CTIListRequest(fields) }

    /// Lists of the 2011 protocol that no site of ours has; clients ask for them and are content with nothing.
    private static let emptyLists: Set = ["incalls", "outcalls", "contexts", "phonebooks", "entities"]

    static func handle(_ command: GetList, _ connection: CTIConnection) -> CTIHandlerResult {
        let request = command.request
        var site = connection.environment.homeSite
        if let name = request.siteName {
            guard let named = SiteID(name), connection.environment.knows(named) else {
                return command.warn("unknown_ipbxid", connection)
            }
            site = named
        }
        guard let function = request.function else { return command.warn("unknown_function", connection) }
        guard request.list != nil || emptyLists.contains(request.listName) else {
            return command.warn("unknown_listname", connection)
        }
        command.answer(function, site, connection)
        return .pending
    }

    private func answer(_ function: CTIListRequest.Function, _ site: SiteID, _ connection: CTIConnection) {
        let environment = connection.environment
        let replyID = connection.replyID
        let name = request.listName
        connection.server.respond(connection) { writer, now in
            // An id stands in every request for an object.
            guard function != .ids, let id = request.id else {
                let ids = request.list.map { Self.ids(of: $0, at: site, environment) } ?? []
                return CTIReplies.listIDs(replyID: replyID, list: name, site: site, ids: ids, now: now, into: &writer)
            }
            let object = request.list.flatMap { environment.object(ObjectID($0, site, id)) }
            guard function == .status else {
                return CTIReplies.config(
                    replyID: replyID, list: name, site: site, id: id, object?.config ?? .empty, now: now,
                    into: &writer)
            }
            var status = object?.status ?? .empty
            let (freshness, age) = environment.freshness(of: site)
            if let list = request.list, object != nil, !freshness.isFresh {
                status = StatusView(freshness: freshness, age: age).show(status, of: list)
            }
            CTIReplies.status(replyID: replyID, list: name, site: site, id: id, status, now: now, into: &writer)
        }
    }

    /// Shorter ids first, so that numbers stand in their order. This is the one place that sorts them.
    private static func ids(
        of type: ObjectType, at site: SiteID, _ environment: any CTIEnvironment
    ) -> [String] {
        environment.objectIDs(of: type, at: site).sorted { ($0.utf8.count, $0) < ($1.utf8.count, $1) }
    }

    /// The request's own keys and what is wrong with them.
    private func warn(_ text: String, _ connection: CTIConnection) -> CTIHandlerResult {
        connection.reply { writer in
            writer.key("function")
            writer.string(request.functionName)
            writer.key("listname")
            writer.string(request.listName)
            if let site = request.siteName {
                writer.key("tipbxid")
                writer.string(site)
            }
            if let id = request.id {
                writer.key("tid")
                writer.string(id)
            }
            writer.key("warning_string")
            writer.string(text)
        }
        return .pending
    }
}
