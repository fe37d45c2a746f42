import CTIProtocol
import TandemCore

extension CTIServer {
    /// Hands a command on. False: the client has too many unanswered ones and has been told so.
    func submit(_ submission: CTISubmission, for connection: CTIConnection, style: ReplyStyle) -> Bool {
        let session = connection.session
        guard sessions[session.id] === session, !session.isClosing else { return false }
        guard session.tickets.count < configuration.pendingCommandsPerClient else {
            counters.tooManyPending += 1
            warn(session, connection.commandClass, connection.replyID, "too_many_pending")
            return false
        }
        lastTicket += 1
        let ticket = CTITicket(lastTicket)
        submitted[ticket] = SubmittedCommand(
            session: session, commandClass: connection.commandClass, replyID: connection.replyID, style: style)
        session.tickets.insert(ticket)
        counters.submissions += 1
        connection.environment.submit(submission, ticket: ticket)
        return true
    }

    /// A submitted command has got on: the object's keys go to its client, as the next line of its reply.
    public func progress(_ ticket: CTITicket, _ object: EncodedObject, now: Moment) {
        self.now = now
        guard var command = submitted[ticket] else {
            counters.answersDropped += 1
            return
        }
        command.tell(object)
        submitted[ticket] = command
        emitReply(command, object)
    }

    /// A submitted command has come to its end. A ticket that is not known (any more) is dropped and counted.
    public func finish(_ ticket: CTITicket, _ outcome: CTIOutcome, now: Moment) {
        self.now = now
        guard let command = submitted.removeValue(forKey: ticket) else {
            counters.answersDropped += 1
            return
        }
        command.session.tickets.remove(ticket)
        switch command.style {
        case .plain: finishPlain(command, outcome)
        case .ipbxCommand(let verb): finishIPBXCommand(command, verb, outcome)
        }
    }

    // MARK: Lines

    private func emitReply(
        _ command: SubmittedCommand, _ object: EncodedObject, _ extra: (inout JSONWriter) -> Void = { _ in }
    ) {
        let bytes = line(command.commandClass, command.replyID) { writer in
            if case .ipbxCommand(let verb) = command.style {
                writer.key("command")
                writer.string(verb.rawValue)
            }
            extra(&writer)
            Self.writeMembers(of: object, isCommand: command.style != .plain, to: &writer)
        }
        emit(bytes, to: command.session)
    }

    /// The members of an object from elsewhere, without those that the reply has already.
    private static func writeMembers(
        of object: EncodedObject, isCommand: Bool, to writer: inout JSONWriter
    ) {
        let collides =
            object.contains("class") || object.contains("replyid") || object.contains("timenow")
            || (isCommand && object.contains("command"))
        guard collides else { return writer.members(of: object) }
        for (key, value) in object.decoded() where !isEnvelope(key) && !(isCommand && key == "command") {
            writer.key(key)
            writer.value(value)
        }
    }

    private func finishPlain(_ command: SubmittedCommand, _ outcome: CTIOutcome) {
        switch outcome {
        case .done(let result):
            if !result.isEmpty || !command.hasLines { emitReply(command, result) }
        case .refused(let reason, let result):
            emitReply(command, result) { writer in
                writer.key("warning_string")
                writer.string(reason)
            }
        case .noRoute, .timeout, .forbidden, .unknown:
            let failure = DeliveryFailure(outcome)
            emitReply(command, .empty) { writer in
                writer.key("warning_string")
                writer.string(failure.word)
                failure.write(to: &writer)
            }
        }
    }

    private func finishIPBXCommand(_ command: SubmittedCommand, _ verb: CTIVerb, _ outcome: CTIOutcome) {
        switch outcome {
        case .done(let result):
            let news = command.news(in: result)
            if !news.isEmpty || !command.hasReplied {
                let isReplyDue = !command.hasReplied && !result.contains("ipbxreply")
                emitReply(command, news) { writer in
                    guard isReplyDue else { return }
                    writer.key("ipbxreply")
                    writer.bool(true)
                }
            }
            if verb == .dial, let exten = result.value(of: "exten")?.idText {
                let bytes = encode { writer, now in
                    CTIReplies.dialSuccess(replyID: command.replyID, number: exten, now: now, into: &writer)
                }
                emit(bytes, to: command.session)
            }
        case .refused(let reason, let result):
            let isReplyDue = !command.hasReplied && !result.contains("ipbxreply")
            let hasResponse = result.contains("response")
            let hasReason = result.contains("reason")
            // Why it failed is said whole; that the PBX was asked is said once.
            emitReply(command, command.news(in: result, leavingOut: "ipbxreply")) { writer in
                if isReplyDue {
                    writer.key("ipbxreply")
                    writer.bool(false)
                }
                if !hasResponse {
                    writer.key("response")
                    writer.literal("ko")
                }
                if !hasReason {
                    writer.key("reason")
                    writer.string(reason)
                }
            }
        case .noRoute, .timeout, .forbidden, .unknown:
            let failure = DeliveryFailure(outcome)
            emitReply(command, .empty) { writer in
                writer.key("ipbxreply")
                writer.string(failure.word)
                failure.write(to: &writer)
            }
        }
    }
}

/// What a client reads when a command did not reach its site, or its outcome is not known.
private struct DeliveryFailure {
    /// `noroute`, `timeout`, `forbidden` or `unknown_outcome`.
    let word: String
    let site: SiteID?
    let reason: String

    init(_ outcome: CTIOutcome) {
        switch outcome {
        case .noRoute(let site):
            (word, self.site, reason) = ("noroute", site, "no path leads to \(site)")
        case .timeout(let site):
            (word, self.site, reason) = ("timeout", site, "the time was up at \(site); the command was not run")
        case .forbidden(let site):
            (word, self.site, reason) = ("forbidden", site, "the policy of \(site) forbids it")
        case .unknown(let site):
            (word, self.site, reason) = (
                "unknown_outcome", site, "the command went to \(site); whether it was run is not known"
            )
        case .done, .refused:
            (word, site, reason) = ("", nil, "")
        }
    }

    func write(to writer: inout JSONWriter) {
        writer.key("reason")
        writer.string(reason)
        guard let site else { return }
        writer.key("site")
        writer.string(site.name)
    }
}
