import CTIProtocol
import TandemCore

extension CTIServer {
    /// Keys that the server itself writes into every reply.
    static func isEnvelope(_ key: String) -> Bool { key == "class" || key == "replyid" || key == "timenow" }

    /// One reply line: class, `replyid`, what the closure writes, `timenow`.
    func line(_ commandClass: String, _ replyID: JSONValue?, _ members: (inout JSONWriter) -> Void) -> [UInt8] {
        encode { writer, now in
            CTIReplies.reply(commandClass, replyID: replyID, now: now, into: &writer, members: members)
        }
    }

    /// Replies on a connection, if it is still there.
    func reply(_ connection: CTIConnection, _ members: (inout JSONWriter) -> Void) {
        guard isReachable(connection.session) else {
            counters.answersDropped += 1
            return
        }
        emit(line(connection.commandClass, connection.replyID, members), to: connection.session)
    }

    /// Replies on a connection with lines of `CTIReplies`, if it is still there.
    func respond(_ connection: CTIConnection, _ lines: (inout JSONWriter, Double) -> Void) {
        guard isReachable(connection.session) else {
            counters.answersDropped += 1
            return
        }
        emit(encode(lines), to: connection.session)
    }

    /// Sends a handler's message as a reply; its own `class` and `replyid` are respected.
    func reply(_ connection: CTIConnection, _ message: JSONObject) {
        respond(connection) { writer, now in
            CTIReplies.reply(
                message["class"]?.stringValue ?? connection.commandClass,
                replyID: message["replyid"] ?? connection.replyID, now: now, into: &writer
            ) { writer in
                for (key, value) in message where !Self.isEnvelope(key) {
                    writer.key(key)
                    writer.value(value)
                }
            }
        }
    }

    private func isReachable(_ session: ClientSession) -> Bool {
        sessions[session.id] === session && !session.isClosing
    }

    /// `warning_string`: the command was not done, the connection stays.
    func warn(_ session: ClientSession, _ commandClass: String, _ replyID: JSONValue?, _ text: String) {
        let bytes = encode { writer, now in
            CTIReplies.warning(commandClass, replyID: replyID, text, now: now, into: &writer)
        }
        emit(bytes, to: session)
    }

    /// `error_string`, then the connection is closed (CTI reference 3.4).
    func refuse(_ session: ClientSession, _ commandClass: String, _ replyID: JSONValue?, _ text: String) {
        let bytes = encode { writer, now in
            CTIReplies.error(commandClass, replyID: replyID, text, now: now, into: &writer)
        }
        emit(bytes, to: session)
        close(session, reason: "\(commandClass) refused: \(text)")
    }

    // MARK: Messages to people

    private func encode(_ message: JSONObject) -> [UInt8] {
        encode { writer, now in
            CTIReplies.reply(
                message["class"]?.stringValue ?? "message", replyID: message["replyid"], now: now, into: &writer
            ) { writer in
                for (key, value) in message where !Self.isEnvelope(key) {
                    writer.key(key)
                    writer.value(value)
                }
            }
        }
    }

    /// Sends one message, which names its `class`, to every connection of a user of this site, encoded once; returns how many there are.
    @discardableResult
    public func deliver(toUser user: String, message: JSONObject, now: Moment) -> Int {
        self.now = now
        guard let clients = connectionsOfUser[user] else { return 0 }
        let bytes = encode(message)
        for client in clients {
            if let session = sessions[client] { emit(bytes, to: session) }
        }
        return clients.count
    }

    func send(_ message: JSONObject, to client: ClientID) {
        guard let session = sessions[client], !session.isClosing else {
            counters.answersDropped += 1
            return
        }
        emit(encode(message), to: session)
    }
}
