import CTIProtocol
import TandemCore

extension CTIServer {
    /// A client sent a line, without its line feed. The bytes need to live only during the call.
    public func received(_ client: ClientID, line: UnsafeBufferPointer<UInt8>, now: Moment) {
        self.now = now
        guard let session = sessions[client], !session.isClosing else { return }
        // Empty lines are ignored (CTI reference 1.2).
        guard line.contains(where: { $0 != 0x20 && $0 != 0x0D && $0 != 0x09 }) else { return }
        counters.lines += 1
        counters.bytesIn += line.count
        session.bytesIn += line.count
        let reader = spareReader ?? CTILineReader()
        spareReader = nil
        defer { spareReader = reader }
        do throws(JSONError) {
            try reader.read(line) { dispatch($0, session) }
        } catch {
            refuseJSON(error, session)
        }
    }

    /// A client sent a line, without its line feed.
    public func received(_ client: ClientID, line: [UInt8], now: Moment) {
        line.withUnsafeBufferPointer { received(client, line: $0, now: now) }
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

    private func refuseClass(isAbsent: Bool, _ replyID: JSONValue?, _ session: ClientSession) {
        counters.missingClass += 1
        let isLoggedIn = session.login.user != nil
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

    /// Stage, right and direction are those of the class's row; a class that somebody added needs a complete login and
    /// must stand in the profile.
    private func dispatch(_ request: CTIRequest, _ session: ClientSession) {
        let replyID = request.replyID
        switch request.name {
        case .absent: refuseClass(isAbsent: true, replyID, session)
        case .notText: refuseClass(isAbsent: false, replyID, session)
        case .known(let known) where known.entry.isLoginStep: logIn(known, replyID, request.fields, session)
        case .known(let known):
            // What the server says unasked nobody answers, whoever registered it.
            let entries = known.entry.isFromClient ? registry.entries(of: known.rawValue) : nil
            run(entries, of: known.rawValue, replyID, request.fields, session, needs: known.entry.needs) {
                $0.allows(known)
            }
        case .other(let name):
            run(registry.entries(of: name), of: name, replyID, request.fields, session, needs: .loggedIn) {
                $0.allows(added: name)
            }
        }
    }

    private func run(
        _ entries: [CTICommandRegistry.Entry]?, of commandClass: String, _ replyID: JSONValue?, _ fields: CTIFields,
        _ session: ClientSession, needs stage: CTIStage, isAllowed: (ProfileRights) -> Bool
    ) {
        guard session.login.stage >= stage, let user = session.login.user, let rights = session.rights else {
            counters.notLoggedIn += 1
            return refuse(session, commandClass, replyID, "notloggedyet")
        }
        guard let entries else {
            counters.unknownClass += 1
            return warn(session, commandClass, replyID, "unknown")
        }
        guard isAllowed(rights) else {
            counters.unallowed += 1
            return warn(session, commandClass, replyID, "unallowed")
        }
        guard let environment else { return warn(session, commandClass, replyID, "unavailable") }
        let connection = CTIConnection(
            client: session.id, commandClass: commandClass, replyID: replyID, now: now, environment: environment,
            server: self, session: session, account: user, rights: rights)
        run(entries, fields, connection)
    }

    private func run(_ entries: [CTICommandRegistry.Entry], _ fields: CTIFields, _ connection: CTIConnection) {
        var hasMatched = false
        var hasAnswered = false
        for entry in entries {
            guard entry.conditions.allSatisfy({ $0.holds(for: fields) }) else { continue }
            hasMatched = true
            do throws(CTICommandError) {
                try fields.require(entry.requiredFields, optional: entry.optionalFields)
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
