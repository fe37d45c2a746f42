import Federation
import PBX
import SiteModel
import TandemCore

/// The commands that this site's PBX is executing: which actions each of them is waiting for, and what their outcomes make of
/// it. A command has ended when all of its actions have.
struct PBXExecutions: Sendable {
    fileprivate struct Execution: Sendable {
        var remaining: Int
        /// What the answer carries when all went well, beside what the lines before it said.
        var result: JSONObject
        /// What the lines before the answer said: the answer says it again, for whoever hears nothing but that.
        var told = JSONObject()
        var isWritten = false
        var isAccepted = false
        var failure: (reason: String, keys: JSONObject)?
        /// The PBX was lost between taking an action and saying what became of it.
        var isUnknown = false
    }

    /// What an action's event means to whoever gave the command.
    struct Step: Sendable {
        /// The command.
        let key: IdempotencyKey
        /// A line before the answer (CTI reference 4.15).
        var progress: EncodedObject?
        /// The answer: all actions have ended.
        var answer: CommandAnswer?
    }

    private var executions: [IdempotencyKey: Execution] = [:]
    private var keys: [ActionToken: IdempotencyKey] = [:]
    private var lastToken: UInt64 = 0

    private static let written = EncodedObject(["ipbxreply": true])
    private static let accepted = EncodedObject(["response": "ok"])

    /// How many commands are under way.
    var count: Int { executions.count }

    /// A command begins with these actions, one or more. Gives each the token under which its events come.
    mutating func begin(
        _ key: IdempotencyKey, _ actions: [PBXAction], result: JSONObject
    ) -> [(action: PBXAction, token: ActionToken)] {
        executions[key] = Execution(remaining: actions.count, result: result)
        return actions.map { action in
            lastToken += 1
            let token = ActionToken(lastToken)
            keys[token] = key
            return (action, token)
        }
    }

    /// Something became of an action. Nil: of none that is under way. `site` is ours, for an outcome that nobody knows.
    mutating func follow(_ token: ActionToken, _ event: PBXActionEvent, site: SiteID) -> Step? {
        guard let key = keys[token], var execution = executions[key] else { return nil }
        var step = Step(key: key)
        switch event {
        case .written:
            if !execution.isWritten { step.progress = Self.written }
            execution.isWritten = true
        case .counted(let new, let old):
            execution.result["new"] = .integer(Int64(new))
            execution.result["old"] = .integer(Int64(old))
        case .accepted:
            step.progress = Self.accepted
            execution.isAccepted = true
        case .channel(let channel):
            step.progress = EncodedObject(["autocall_channel": .string(channel)])
            execution.told["autocall_channel"] = .string(channel)
        case .originated(let channel, let end):
            var members: JSONObject = ["originatereason": .string(end.ctiReason)]
            if let channel { members["channel"] = .string(channel) }
            step.progress = EncodedObject(members)
            for (key, value) in members { execution.told[key] = value }
            if end != .answered { execution.failure = (end.text, members) }
        case .failed(let reason, let connection):
            if connection && execution.isWritten {
                // The PBX may have done it.
                execution.isUnknown = true
            } else {
                execution.failure = (reason, connection ? ["ipbxreply": "noconn"] : ["response": "ko"])
            }
        }
        if event.isFinal {
            keys[token] = nil
            execution.remaining -= 1
        }
        if execution.remaining == 0 {
            executions[key] = nil
            step.answer = execution.answer(at: site)
        } else {
            executions[key] = execution
        }
        return step
    }
}

extension PBXExecutions.Execution {
    fileprivate func answer(at site: SiteID) -> CommandAnswer {
        if isUnknown { return .unknown(at: site) }
        var keys = JSONObject()
        if isWritten { keys["ipbxreply"] = true }
        if let failure {
            for (key, value) in told { keys[key] = value }
            for (key, value) in failure.keys { keys[key] = value }
            return .refused(reason: failure.reason, EncodedObject(keys))
        }
        if isAccepted { keys["response"] = "ok" }
        for (key, value) in told { keys[key] = value }
        for (key, value) in result { keys[key] = value }
        return .done(EncodedObject(keys))
    }
}
