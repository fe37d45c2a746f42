import CTIServer
import Federation
import PBX
import SiteModel
import TandemCore

// Commands that this node submits, and those that its site executes.
extension NodeCore {
    /// Who waits for a command's answer.
    enum Submitter {
        case client(CTITicket)
        case callback((CommandAnswer) -> Void)
        case nobody
    }

    /// A command that this site's PBX is executing.
    struct Execution {
        var remaining: Int
        var result: JSONObject
        var wrote = false
        var failure: (reason: String, keys: JSONObject)?
        /// The PBX was lost between taking an action and saying what became of it.
        var isUnknown = false
    }

    @discardableResult
    func submit(
        verb: String, target: SiteID, user: String, body: EncodedObject, key: String?, submitter: Submitter
    ) -> CommandToken? {
        nextNumber += 1
        let own = "\(site.name)-\(federation.incarnation)-\(startedAt)-\(nextNumber)"
        // A client's own key is kept apart from ours and from other users' keys.
        let text = key.map { "\(site.name)/\(user)/\($0)" } ?? own
        guard let key = IdempotencyKey(text) else {
            if case .client(let ticket) = submitter {
                cti.finish(
                    ticket,
                    .refused(
                        reason: "idempotencykey: 1 to 64 printable ASCII characters without spaces are accepted",
                        EncodedObject(["ipbxreply": false])), now: now)
            }
            return nil
        }
        let request = CommandRequest(
            key: key, target: target, origin: CommandOrigin(site: site, user: user), verb: verb, body: body,
            timeLeft: Self.deadline(of: verb, federation.configuration.timings))
        let token = federation.submit(request, now: now)
        tickets[token] = submitter
        return token
    }

    /// The verb that carries a signal from one site's PBX driver to another's.
    static let trunkVerb = "trunksignal"

    /// Verbs that may run twice without harm, so they need no ledger.
    public static let unledgeredVerbs: Set<String> = ["ping", trunkVerb]

    /// Calls ring for a while before their outcome is known; everything else is answered soon.
    static func deadline(of verb: String, _ timings: FederationTimings) -> Duration {
        switch verb {
        case "dial", "originate", "listen", "agentlogin": timings.longestDeadline
        default: timings.commandDeadline
        }
    }

    func execute(_ request: CommandRequest) {
        switch request.verb {
        case "ping":
            federation.finish(key: request.key, .done(EncodedObject(["site": .string(site.name)])), now: now)
        case "chitchat": deliverChat(request)
        case "availstate": setPresence(request)
        case Self.trunkVerb:
            effects.append(.trunkSignal(from: request.origin.site, request.body.encoded))
            federation.finish(key: request.key, .done(.empty), now: now)
        default: executeAtPBX(request)
        }
    }

    func deliverChat(_ request: CommandRequest) {
        let body = request.body.encoded.decoded()
        let to = body["to"]?.stringValue ?? ""
        guard let id = ObjectID("user:" + to), id.site == site, model.configuration.users[id.key.id] != nil else {
            refuse(request, "there is no user \(to) at \(site)", ["ipbxreply": false])
            return
        }
        let message: JSONObject = [
            "class": "chitchat", "to": .string(to),
            "from": .string("\(request.origin.site)/\(request.origin.user)"), "text": body["text"] ?? "",
        ]
        let delivered = cti.deliver(toUser: id.key.id, message: message, now: now)
        federation.finish(
            key: request.key, .done(EncodedObject(["delivered": .integer(Int64(delivered))])), now: now)
    }

    func setPresence(_ request: CommandRequest) {
        let body = request.body.encoded.decoded()
        let user = body["userid"]?.idText ?? request.origin.user
        let state = body["availstate"]?.stringValue ?? ""
        guard model.configuration.users[user] != nil, setPresence(user: user, state: state) else {
            refuse(request, "user \(user) of \(site) cannot be \(state)", [:])
            return
        }
        let key = request.key
        whenStored { [weak self] in
            guard let self else { return }
            federation.finish(key: key, .done(.empty), now: now)
        }
    }

    func refuse(_ request: CommandRequest, _ reason: String, _ keys: JSONObject) {
        federation.finish(key: request.key, .refused(reason: reason, EncodedObject(keys)), now: now)
    }

    func executeAtPBX(_ request: CommandRequest) {
        switch pbx.state {
        case .none: return refuse(request, "no PBX stands beside \(site)", ["ipbxreply": "noconn"])
        case .away(let reason):
            return refuse(request, "the PBX of \(site) is away: \(reason)", ["ipbxreply": "noconn"])
        case .inSync: break
        }
        let resolver = CommandResolver(node: self, origin: request.origin)
        let planner = CommandPlanner(resolver: resolver, body: request.body.encoded.decoded(), unixTime: now.unixTime)
        switch planner.plan(request.verb) {
        case .answer(let answer): federation.finish(key: request.key, answer, now: now)
        case .actions(let planned, let result):
            if let impossible = planned.first(where: { !capabilities.contains($0.capability) }) {
                refuse(
                    request, "the PBX of \(site) cannot do \(impossible.capability.rawValue)", ["ipbxreply": "noaction"]
                )
                return
            }
            guard !planned.isEmpty else {
                refuse(request, "there is nothing to do", ["ipbxreply": "noaction"])
                return
            }
            executions[request.key] = Execution(remaining: planned.count, result: result)
            for action in planned {
                nextNumber += 1
                let token = ActionToken(nextNumber)
                actions[token] = request.key
                effects.append(.perform(action, token))
            }
        }
    }

    /// Something became of an action: tells the one who asked, and ends the command with its last action.
    func actionEnded(_ token: ActionToken, _ event: PBXActionEvent) {
        guard let key = actions[token], var execution = executions[key] else { return }
        switch event {
        case .written:
            if !execution.wrote { federation.progress(key: key, body: EncodedObject(["ipbxreply": true]), now: now) }
            execution.wrote = true
        case .accepted:
            federation.progress(key: key, body: EncodedObject(["response": "ok"]), now: now)
        case .channel(let channel):
            federation.progress(
                key: key, body: EncodedObject(["autocall_channel": .string(channel)]), now: now)
        case .originated(let channel, let end):
            var keys: JSONObject = ["originatereason": .string(end.ctiReason)]
            if let channel { keys["channel"] = .string(channel) }
            federation.progress(key: key, body: EncodedObject(keys), now: now)
            if end != .answered { execution.failure = (end.text, keys) }
        case .failed(let reason, let connection):
            if connection && execution.wrote {
                // The PBX may have done it.
                execution.isUnknown = true
            } else if connection {
                execution.failure = (reason, ["ipbxreply": "noconn"])
            } else {
                execution.failure = (reason, ["response": "ko"])
            }
        }
        if event.isFinal {
            actions[token] = nil
            execution.remaining -= 1
        }
        guard execution.remaining == 0 else {
            executions[key] = execution
            return
        }
        executions[key] = nil
        if execution.isUnknown {
            federation.finish(key: key, .unknown(at: site), now: now)
        } else if let failure = execution.failure {
            federation.finish(key: key, .refused(reason: failure.reason, EncodedObject(failure.keys)), now: now)
        } else {
            federation.finish(key: key, .done(EncodedObject(execution.result)), now: now)
        }
    }
}
