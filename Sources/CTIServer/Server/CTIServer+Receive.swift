import CTIProtocol
import TandemCore

extension CTIServer {
    /// What a line holds, taken out of the tape so that handlers may re-enter the server.
    private enum Line {
        case fault(JSONError)
        case message(commandClass: JSONValue?, replyID: JSONValue?, fields: CTIFields)
    }

    /// A client sent a line, without its line feed. The bytes need to live only during the call.
    public func received(_ client: ClientID, line: UnsafeBufferPointer<UInt8>, now: Moment) {
        self.now = now
        guard let session = sessions[client], !session.isClosing else { return }
        // Empty lines are ignored (CTI reference 1.2).
        guard line.contains(where: { $0 != 0x20 && $0 != 0x0D && $0 != 0x09 }) else { return }
        counters.lines += 1
        counters.bytesIn += line.count
        session.bytesIn += line.count
        switch parse(line) {
        case .fault(let error): refuseJSON(error, session)
        case .message(let commandClass, let replyID, let fields):
            guard case .string(let name)? = commandClass else {
                return refuseClass(commandClass, replyID, session)
            }
            dispatch(name, replyID, fields, session)
        }
    }

    /// A client sent a line, without its line feed.
    public func received(_ client: ClientID, line: [UInt8], now: Moment) {
        line.withUnsafeBufferPointer { received(client, line: $0, now: now) }
    }

    private func parse(_ line: UnsafeBufferPointer<UInt8>) -> Line {
        do throws(JSONError) {
            let parsed = try CTIRequest.decode(line, tape: &tape) { request in
                Line.message(
                    commandClass: request.view.member("class")?.value, replyID: request.replyID,
                    fields: CTIFields(request.view.object ?? JSONObject()))
            }
            if line.count > 1 << 16 { tape.trim(toTokens: 4_096) }
            return parsed
        } catch {
            return .fault(error)
        }
    }

    /// A client's line exceeded its limit; the rest of it is lost, so the connection ends.
    public func lineTooLong(_ client: ClientID, limit: Int, now: Moment) {
        self.now = now
        guard let session = sessions[client], !session.isClosing else { return }
        counters.lineTooLong += 1
        let bytes = encode { writer, now in
            Self.writeUnclassed("error_string", "line_too_long", replyID: nil, now: now, into: &writer) { writer in
                writer.key("limit")
                writer.integer(limit)
            }
        }
        emit(bytes, to: session)
        close(session, reason: "a line exceeds \(limit) bytes")
    }

    // MARK: Bad input (CTI reference 1.4)

    private func refuseJSON(_ error: JSONError, _ session: ClientSession) {
        counters.invalidJSON += 1
        let isLoggedIn = session.login.user != nil
        let bytes = encode { writer, now in
            Self.writeUnclassed(
                isLoggedIn ? "warning_string" : "error_string", "invalid_json", replyID: nil, now: now, into: &writer
            ) { writer in
                writer.key("offset")
                writer.integer(error.offset)
                writer.key("reason")
                writer.string(error.description)
            }
        }
        emit(bytes, to: session)
        if !isLoggedIn { close(session, reason: "invalid JSON before login: \(error)") }
    }

    private func refuseClass(_ found: JSONValue?, _ replyID: JSONValue?, _ session: ClientSession) {
        counters.missingClass += 1
        let isLoggedIn = session.login.user != nil
        let isAbsent = found?.isNull ?? true
        let bytes = encode { writer, now in
            if isLoggedIn {
                CTIReplies.warning(
                    nil, replyID: replyID, isAbsent ? "unknown" : "wrong_type:class", now: now, into: &writer)
            } else {
                CTIReplies.error(nil, replyID: replyID, "notloggedyet", now: now, into: &writer)
            }
        }
        emit(bytes, to: session)
        if !isLoggedIn {
            counters.notLoggedIn += 1
            close(session, reason: "a message without class before login")
        }
    }

    /// A line about a message whose class is not known, with more than its text.
    private static func writeUnclassed(
        _ key: StaticString, _ text: StaticString, replyID: JSONValue?, now: Double, into writer: inout JSONWriter,
        members: (inout JSONWriter) -> Void
    ) {
        writer.beginObject()
        writer.key("class")
        writer.null()
        writer.key(key)
        writer.literal(text)
        members(&writer)
        writer.key("timenow")
        writer.unixSeconds(now)
        writer.endObject()
        writer.newline()
    }

    // MARK: Dispatch

    private func dispatch(
        _ commandClass: String, _ replyID: JSONValue?, _ fields: CTIFields, _ session: ClientSession
    ) {
        switch commandClass {
        case "login_id", "login_pass", "login_capas":
            logIn(commandClass, replyID, fields, session)
            return
        default: break
        }
        guard let user = session.login.user, let rights = session.rights else {
            counters.notLoggedIn += 1
            refuse(session, commandClass, replyID, "notloggedyet")
            return
        }
        guard registry.knows(commandClass) else {
            counters.unknownClass += 1
            return warn(session, commandClass, replyID, "unknown")
        }
        guard rights.allows(commandClass) else {
            counters.unallowed += 1
            return warn(session, commandClass, replyID, "unallowed")
        }
        guard let environment else { return warn(session, commandClass, replyID, "unavailable") }
        let connection = CTIConnection(
            client: session.id, commandClass: commandClass, replyID: replyID, now: now, environment: environment,
            server: self, session: session, account: user, rights: rights)
        run(fields, connection)
    }

    private func run(_ fields: CTIFields, _ connection: CTIConnection) {
        var hasMatched = false
        var hasAnswered = false
        for entry in registry.entries(of: connection.commandClass) {
            guard entry.conditions.allSatisfy({ $0.holds(for: fields) }) else { continue }
            hasMatched = true
            do throws(CTICommandError) {
                try fields.require(entry.requiredFields)
                counters.commands += 1
                let result = try entry.run(fields, connection)
                if case .none = result { continue }
                hasAnswered = true
                answer(result, connection)
            } catch {
                hasAnswered = true
                count(error)
                warn(connection.session, connection.commandClass, connection.replyID, error.description)
            }
            if connection.session.isClosing { return }
        }
        if !hasMatched {
            counters.unknownClass += 1
            warn(connection.session, connection.commandClass, connection.replyID, "unknown")
        } else if !hasAnswered {
            reply(connection) { _ in }
        }
    }

    func count(_ error: CTICommandError) {
        switch error {
        case .missing: counters.missingField += 1
        case .wrongType: counters.wrongType += 1
        case .invalid: counters.invalidField += 1
        }
    }

    private func answer(_ result: CTIHandlerResult, _ connection: CTIConnection) {
        switch result {
        case .none, .pending: break
        case .messages(let messages):
            for message in messages {
                reply(connection, message)
            }
        case .warning(let text):
            warn(connection.session, connection.commandClass, connection.replyID, text)
        case .error(let text):
            refuse(connection.session, connection.commandClass, connection.replyID, text)
        }
    }
}
