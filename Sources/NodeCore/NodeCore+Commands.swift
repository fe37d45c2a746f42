import CTIProtocol
import CTIServer
import Federation
import PBX
import SiteModel
import TandemCore

/// A command of this node crosses its own federation core in its types; only a link gets it encoded.
extension CTICommandMessage: CommandPayload {}

// Commands that this node submits, and those that its site executes.
extension NodeCore {
    /// Who waits for a command's answer.
    enum Submitter {
        case client(CTITicket)
        case callback((CommandAnswer) -> Void)
        case nobody
    }

    /// Sends a command of a client, or of this node, on its way.
    @discardableResult
    func submit(
        _ message: CTICommandMessage, as verb: String, target: SiteID, user: String,
        key clientKey: CTIIdempotencyKey? = nil, submitter: Submitter
    ) -> CommandToken? {
        let chosen = clientKey.map { keys.key($0, of: user) } ?? keys.fresh(incarnation: federation.incarnation)
        guard let key = chosen else {
            if case .client(let ticket) = submitter {
                let reason =
                    "idempotencykey: with the names of site and user it is longer than \(IdempotencyKey.longest) bytes"
                cti.finish(ticket, .refused(reason: reason, EncodedObject(["ipbxreply": false])), now: now)
            }
            return nil
        }
        // A key that the client chose may come again, for whatever: the ledger keeps what the command was.
        let isChosen = clientKey != nil
        let request = CommandRequest(
            key: key, target: target, origin: CommandOrigin(site: site, user: user), verb: verb,
            body: isChosen ? .encoded(message.encoded) : .payload(message),
            timeLeft: Self.deadline(of: message, federation.configuration.timings))
        let token = federation.submit(request, now: now)
        tickets[token] = submitter
        return token
    }

    /// Sends a command that has no type on its way.
    @discardableResult
    func submit(
        verb: String, target: SiteID, user: String, body: EncodedObject, submitter: Submitter
    ) -> CommandToken? {
        submit(.other(body), as: verb, target: target, user: user, submitter: submitter)
    }

    /// How long a command may take, as its row says.
    static func deadline(of message: CTICommandMessage, _ timings: FederationTimings) -> Duration {
        let deadline =
            switch message {
            case .ipbxCommand(let command): command.verb.entry.deadline
            case .chitchat: CTIClass.chitchat.entry.deadline
            case .availState: CTIClass.availState.entry.deadline
            case .other: CTIDeadline.ordinary
            }
        switch deadline {
        case .ordinary: return timings.commandDeadline
        case .call: return timings.longestDeadline
        }
    }

    /// Executes a command of this site. What came over a link is read here, and checked as strictly as a client's line.
    func execute(_ request: CommandRequest) {
        let isAudited = !Self.unledgeredVerbs.contains(request.verb)
        let message: CTICommandMessage
        if case .payload(let payload as CTICommandMessage) = request.body {
            message = payload
        } else if NodeVerb(rawValue: request.verb) != nil {
            // Nothing of the CTI protocol; whoever the verb is for reads the body.
            message = .other(request.body.encoded)
        } else {
            do throws(CTICommandMessage.Refusal) {
                message = try CTICommandMessage(
                    received: request.body.encoded, as: request.verb,
                    from: CTIRequester(home: request.origin.site, user: request.origin.user), at: site,
                    reader: bodyReader, isKnown: knows)
            } catch {
                if isAudited { audit.began(request, nil) }
                return refuse(request, error.reason, error.ipbxreply.map { ["ipbxreply": $0] } ?? [:])
            }
        }
        if isAudited { audit.began(request, message) }
        switch message {
        case .ipbxCommand(let command): executeAtPBX(command, request)
        case .chitchat(let chat, _): deliverChat(chat, request)
        case .availState(let change): setPresence(change, request)
        case .other(let body): executeForNode(body, request)
        }
    }

    private func executeForNode(_ body: EncodedObject, _ request: CommandRequest) {
        switch NodeVerb(rawValue: request.verb) {
        case .ping?:
            conclude(request.key, .done(EncodedObject(["site": .string(site.name)])))
        case .trunkSignal?:
            effects.append(.trunkSignal(from: request.origin.site, body))
            conclude(request.key, .done(.empty))
        case nil:
            refuse(request, "site \(site) does not know the command \(request.verb)", ["ipbxreply": "noaction"])
        }
    }

    private func deliverChat(_ chat: CTIChat, _ request: CommandRequest) {
        guard !chat.isTooLong else {
            return refuse(request, "the text is longer than \(Limits.chatText) bytes", ["ipbxreply": false])
        }
        guard chat.site == site, model.configuration.users[chat.user] != nil else {
            return refuse(
                request, "there is no user \(chat.site)/\(chat.user) at \(site)", ["ipbxreply": false])
        }
        // Who sends is known from the frame, not from what the body says.
        let sender = CTIRequester(home: request.origin.site, user: request.origin.user)
        let delivered = cti.deliver(toUser: chat.user, message: chat.message(from: sender), now: now)
        conclude(request.key, .done(EncodedObject(["delivered": .integer(Int64(delivered))])))
    }

    private func setPresence(_ change: CTIPresenceChange, _ request: CommandRequest) {
        let user = change.user ?? request.origin.user
        guard change.siteName ?? site.name == site.name, model.configuration.users[user] != nil,
            setPresence(user: user, state: change.state)
        else { return refuse(request, "user \(user) of \(site) cannot be \(change.state)", [:]) }
        let key = request.key
        whenStored { [weak self] isDurable in
            guard let self else { return }
            conclude(key, isDurable ? .done(.empty) : .refused(reason: "store_unavailable", .empty))
        }
    }

    func refuse(_ request: CommandRequest, _ reason: String, _ keys: JSONObject) {
        conclude(request.key, .refused(reason: reason, EncodedObject(keys)))
    }

    func executeAtPBX(_ command: IPBXCommand, _ request: CommandRequest) {
        switch pbx.state {
        case .none: return refuse(request, "no PBX stands beside \(site)", ["ipbxreply": "noconn"])
        case .away(let reason):
            return refuse(request, "the PBX of \(site) is away: \(reason)", ["ipbxreply": "noconn"])
        case .inSync: break
        }
        let resolver = CommandResolver(node: self, origin: request.origin)
        let planner = CommandPlanner(resolver: resolver, command: command, unixTime: now.unixTime)
        switch planner.plan() {
        case .answer(let answer): conclude(request.key, answer)
        case .actions(let planned, let result):
            if let impossible = planned.first(where: { !capabilities.contains($0.capability) })?.capability {
                refuse(request, "the PBX of \(site) cannot do \(impossible.rawValue)", ["ipbxreply": "noaction"])
                return
            }
            guard !planned.isEmpty else {
                refuse(request, "there is nothing to do", ["ipbxreply": "noaction"])
                return
            }
            for (action, token) in executions.begin(request.key, planned, result: result) {
                effects.append(.perform(action, token))
            }
        }
    }

    /// Something became of an action: tells the one who asked, and ends the command with its last action.
    func actionEnded(_ token: ActionToken, _ event: PBXActionEvent) {
        guard let step = executions.follow(token, event, site: site) else { return }
        if let progress = step.progress { federation.progress(key: step.key, body: progress, now: now) }
        if let answer = step.answer { conclude(step.key, answer) }
    }

    /// The one way in which a command of this site ends.
    func conclude(_ key: IdempotencyKey, _ answer: CommandAnswer) {
        if let line = audit.ended(key, answer, now: now) { effects.append(.store(.audit(line))) }
        federation.finish(key: key, answer, now: now)
    }
}
