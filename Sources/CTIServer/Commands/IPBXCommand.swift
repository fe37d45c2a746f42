import CTIProtocol
import TandemCore

/// `ipbxcommand`: something to be done at a PBX (CTI reference 4.15 to 4.22). The arguments are checked and brought
/// into one form here; the site that executes the command does the rest, and its lines come back through the ticket.
struct IPBXCommand: CTICommand {
    static let commandClass = "ipbxcommand"
    static let requiredFields = [CTIField("command")]

    let name: String
    let fields: JSONObject
    let key: String?

    init(_ fields: CTIFields) throws(CTICommandError) {
        name = try fields.string("command")
        key = try fields.optionalString("idempotencykey")
        if let key, !(1...128).contains(key.utf8.count) || !key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) {
            throw .invalid("idempotencykey")
        }
        self.fields = fields.object
    }

    static func handle(_ command: IPBXCommand, _ connection: CTIConnection) -> CTIHandlerResult {
        let server = connection.server
        guard let verb = CTIVerb(rawValue: command.name) else {
            server.counters.unknownClass += 1
            return command.warn("unknown", connection)
        }
        guard connection.rights.allows(verb) else {
            server.counters.unallowed += 1
            return command.warn("unallowed", connection)
        }
        let requester = Requester(
            home: connection.environment.homeSite, userID: connection.userID, user: connection.user)
        let sites = connection.environment.sites
        do throws(IPBXFault) {
            let plan = try IPBXPlan(verb, command.fields, requester: requester) {
                $0 == requester.home || sites.contains($0)
            }
            _ = server.submit(
                CTISubmission(
                    verb: verb.rawValue, target: plan.target, user: connection.userID,
                    body: EncodedObject(plan.body), key: command.key),
                for: connection, style: .ipbxcommand(verb.rawValue))
        } catch {
            command.refuse(error, connection)
        }
        return .pending
    }

    private func warn(_ text: String, _ connection: CTIConnection) -> CTIHandlerResult {
        connection.reply { writer in
            writer.key("command")
            writer.string(name)
            writer.key("warning_string")
            writer.string(text)
        }
        return .pending
    }

    /// The synchronous reply for arguments that cannot be used.
    private func refuse(_ fault: IPBXFault, _ connection: CTIConnection) {
        if let error = fault.fieldError {
            connection.server.count(error)
        } else {
            connection.server.counters.invalidField += 1
        }
        connection.reply { writer in
            writer.key("command")
            writer.string(name)
            writer.key("ipbxreply")
            writer.value(fault.ipbxreply)
            writer.key("reason")
            writer.string(fault.reason)
            if let error = fault.fieldError {
                writer.key("warning_string")
                writer.string(error.description)
            }
        }
    }
}
