import CTIProtocol
import TandemCore

/// `ipbxcommand`: something to be done at a PBX (CTI reference 4.15 to 4.22). It is read from the line once, by the row
/// of its command; the site that executes it does the rest, and its lines come back through the ticket.
struct IPBXRequest: BuiltInCommand {
    static let messageClass = CTIClass.ipbxCommand

    /// What the line turned out to be.
    private enum Content {
        case command(IPBXCommand)
        case fault(IPBXFault)
        /// The command is not of this release.
        case unknown
        /// The profile does not list it.
        case unallowed
        /// The profile lists it for what is the user's own; this argument names something else, or nothing.
        case notOwn(CTIArgument)
    }

    /// The command as sent, for the answer.
    private let name: String
    private let key: CTIIdempotencyKey?
    private let content: Content

    /// Without a connection nobody knows whom the special forms mean.
    init(_ fields: CTIFields) throws(CTICommandError) { throw .invalid("command") }

    init(_ fields: CTIFields, from connection: CTIConnection) throws(CTICommandError) {
        name = try fields.string("command")
        if let text = try fields.optionalString("idempotencykey") {
            key = CTIIdempotencyKey(text)
            guard key != nil else { throw .invalid("idempotencykey") }
        } else {
            key = nil
        }
        guard let verb = fields.verb else {
            content = .unknown
            return
        }
        guard connection.rights.allows(verb) else {
            content = .unallowed
            return
        }
        do throws(IPBXFault) {
            let environment = connection.environment
            let command = try IPBXCommand(verb, fields, from: connection.requester) { environment.knows($0) }
            // Whose something is, is known at the user's own site only: the executing site relies on this.
            let foreign =
                connection.rights.allowsForOthers(verb)
                ? nil
                : verb.entry.arguments.first {
                    $0.isOwn && command[$0.key] != nil
                        && !environment.isOwn($0.key, of: command, user: connection.userID)
                }
            content = foreign.map { .notOwn($0) } ?? .command(command)
        } catch {
            content = .fault(error)
        }
    }

    static func handle(_ request: IPBXRequest, _ connection: CTIConnection) -> CTIHandlerResult {
        let server = connection.server
        switch request.content {
        case .command(let command):
            _ = server.submit(
                CTISubmission(
                    .ipbxCommand(command), as: request.name, target: command.target, user: connection.userID,
                    key: request.key),
                for: connection, style: .ipbxCommand(command.verb))
        case .fault(let fault): request.refuse(fault, connection)
        case .unknown:
            server.counters.unknownClass += 1
            request.warn("unknown", connection)
        case .unallowed:
            server.counters.unallowed += 1
            request.warn("unallowed", connection)
        case .notOwn(let argument):
            server.counters.unallowed += 1
            request.refuse(.notOwn(argument), as: "unallowed", connection)
        }
        return .pending
    }

    private func warn(_ text: String, _ connection: CTIConnection) {
        connection.reply { writer in
            writer.key("command")
            writer.string(name)
            writer.key("warning_string")
            writer.string(text)
        }
    }

    /// The synchronous reply for arguments that cannot be used.
    private func refuse(_ fault: IPBXFault, as warning: String? = nil, _ connection: CTIConnection) {
        if warning != nil {
            // Counted as what it is.
        } else if let error = fault.fieldError {
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
            if let warning = warning ?? fault.fieldError?.description {
                writer.key("warning_string")
                writer.string(warning)
            }
        }
    }
}
