import TandemCore

extension CTIServer {
    /// Keys that the server itself writes into every reply.
    static func isEnvelope(_ key: String) -> Bool { key == "class" || key == "replyid" || key == "timenow" }

    static func write(_ replyID: CTIReplyID?, to writer: inout JSONWriter) {
        guard let replyID else { return }
        writer.key("replyid")
        writer.raw(replyID.json)
    }

    /// One reply line: class, `replyid`, what the closure writes, `timenow`.
    func line(
        _ commandClass: String, _ replyID: CTIReplyID?, _ members: (inout JSONWriter) -> Void
    ) -> [UInt8] {
        encode { writer in
            writer.key("class")
            writer.string(commandClass)
            Self.write(replyID, to: &writer)
            members(&writer)
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

    /// Sends a handler's message as a reply; its own `class` and `replyid` are respected.
    func reply(_ connection: CTIConnection, _ message: JSONObject) {
        guard isReachable(connection.session) else {
            counters.answersDropped += 1
            return
        }
        let bytes = encode { writer in
            writer.key("class")
            writer.value(message["class"] ?? .string(connection.commandClass))
            if let replyID = message["replyid"] {
                writer.key("replyid")
                writer.value(replyID)
            } else {
                Self.write(connection.replyID, to: &writer)
            }
            for (key, value) in message where !Self.isEnvelope(key) {
                writer.key(key)
                writer.value(value)
            }
        }
        emit(bytes, to: connection.session)
    }

    private func isReachable(_ session: ClientSession) -> Bool {
        sessions[session.id] === session && !session.isClosing
    }

    /// `warning_string`: the command was not done, the connection stays.
    func warn(_ session: ClientSession, _ commandClass: String, _ replyID: CTIReplyID?, _ text: String) {
        let bytes = line(commandClass, replyID) { writer in
            writer.key("warning_string")
            writer.string(text)
        }
        emit(bytes, to: session)
    }

    /// `error_string`, then the connection is closed (CTI reference 3.4).
    func refuse(_ session: ClientSession, _ commandClass: String, _ replyID: CTIReplyID?, _ text: String) {
        let bytes = line(commandClass, replyID) { writer in
            writer.key("error_string")
            writer.string(text)
        }
        emit(bytes, to: session)
        close(session, reason: "\(commandClass) refused: \(text)")
    }

    // MARK: Messages to people

    private func encode(_ message: JSONObject) -> [UInt8] {
        encode { writer in
            for (key, value) in message where key != "timenow" {
                writer.key(key)
                writer.value(value)
            }
        }
    }

    /// Sends one message to every connection of a user of this site, encoded once; returns how many there are.
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
