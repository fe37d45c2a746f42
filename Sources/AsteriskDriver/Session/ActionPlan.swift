import AMI
import PBX
import TandemCore

/// How an action of a node is put to Asterisk: the manager action, and how its end is told.
struct ActionPlan: Hashable {
    /// How the manager's answers become events of the action.
    enum Outcome: Hashable {
        /// The response is the end.
        case answer
        /// Response, channel, `OriginateResponse`: each is told.
        case originate(channelID: String, caller: Caller?)
        /// `OriginateResponse` is the end: answered is yes, all else no.
        case answered
        /// The response holds the counts of a mailbox.
        case mailboxCount
    }

    /// Why an action cannot be put to Asterisk.
    struct Refusal: Error, Hashable, CustomStringConvertible {
        var description: String
    }

    var action: AMIAction
    var outcome: Outcome = .answer
    /// How long the telephone may take, in addition to the usual time for an answer.
    var extraTime: Duration = .zero

    var completion: AMICompletion {
        switch outcome {
        case .answer, .mailboxCount: .answer
        case .originate, .answered: .originate
        }
    }

    /// What Asterisk itself can do.
    static let capabilities = Set(PBXCapability.allCases).subtracting(phoneCapabilities)
    /// What needs phones that obey events in a dialogue.
    static let phoneCapabilities: Set<PBXCapability> = [.answer, .hold]

    private static let ringTime = 30

    /// Plans an action. `channelID` becomes the Uniqueid of a channel that the action makes; `device` finds the device
    /// of a number, `agent` how an agent is a member of queues, `address` what Asterisk understands for a channel's name.
    static func plan(
        _ action: PBXAction, channelID: HeaderText, device: (_ number: String, _ context: String) -> String?,
        agent: (_ number: String) -> AsteriskInterpreter.AgentMember? = { _ in nil },
        address: (_ channel: ChannelName) -> HeaderText = { $0.header }
    ) throws(Refusal) -> ActionPlan {
        switch action {
        case .originate(let call): return try originate(call, channelID)
        case .hangup(let channel):
            // A word without a slash may mean every channel.
            guard isChannelName(channel.text) else {
                throw Refusal(description: "'\(channel)' is not the name of a channel")
            }
            return ActionPlan(AMIAction("Hangup").with("Channel", address(channel)))
        case .redirect(let channel, let number, let context):
            return ActionPlan(
                AMIAction("Redirect").with("Channel", address(channel)).with("Context", context).with(
                    "Exten", number.header
                )
                .with("Priority", literal: "1"))
        case .attendedTransfer(let channel, let number, let context):
            return ActionPlan(
                AMIAction("Atxfer").with("Channel", address(channel)).with("Context", context).with(
                    "Exten", number.header))
        case .cancelAttendedTransfer(let channel):
            return ActionPlan(AMIAction("CancelAtxfer").with("Channel", address(channel)))
        case .park(let channel, let returnTo, let lot, let seconds):
            return ActionPlan(
                AMIAction("Park").with("Channel", address(channel)).with("TimeoutChannel", optional: returnTo)
                    .with("Timeout", HeaderText(max(1, seconds) * 1000)).with("Parkinglot", optional: lot))
        case .answer(let channel): return phoneEvent("talk", address(channel))
        case .hold(let channel, let on): return phoneEvent(on ? "hold" : "talk", address(channel))
        case .agentLogin(let agent, let number, let context):
            return try agentLogin(agent, number, context, device)
        case .agentLogoff(let agent):
            return ActionPlan(
                AMIAction("AgentLogoff").with("Agent", agent.header).with("Soft", literal: "false"))
        case .queueAdd, .queueRemove, .queuePause: return try queue(action, agent)
        case .roomMute(let room, let channel, let muted):
            return ActionPlan(
                AMIAction(muted ? "ConfbridgeMute" : "ConfbridgeUnmute").with("Conference", room)
                    .with("Channel", channel))
        case .roomKick(let room, let channel):
            return ActionPlan(AMIAction("ConfbridgeKick").with("Conference", room).with("Channel", channel))
        case .record(let channel, let on, let file): return try record(address(channel), on, file)
        case .listen(let listener, let channel): return try listen(listener, channel, at: address(channel))
        case .notify(let endpoint, let variables): return try notify(endpoint, variables)
        case .mailboxCount(let mailbox, let context):
            guard let full = HeaderText("\(mailbox.text)@\(context.text)") else {
                throw Refusal(description: "the mailbox name is too long")
            }
            return ActionPlan(AMIAction("MailboxCount").with("Mailbox", full), outcome: .mailboxCount)
        }
    }

    private init(_ action: AMIAction, outcome: Outcome = .answer, extraTime: Duration = .zero) {
        self.action = action
        self.outcome = outcome
        self.extraTime = extraTime
    }

    // MARK: Calls

    private static func originate(
        _ call: PBXAction.Originate, _ channelID: HeaderText
    ) throws(Refusal) -> ActionPlan {
        let ring = max(1, min(call.timeoutSeconds, 86_400))
        var action = AMIAction("Originate").with("Channel", try dialString(call.party)).with("Context", call.context)
            .with("Exten", call.extension.header).with("Priority", literal: "1")
            .with("Timeout", HeaderText(ring * 1000))
        // What the header CallerID sets would be shown to both: to the phone that rings, and by its channel to whom it
        // calls. The connected line is shown to the phone alone.
        action = action.with("Variable", optional: variable("CONNECTEDLINE(num,i)", call.calledNumber?.text))
            .with("Variable", optional: variable("CONNECTEDLINE(name,i)", call.calledName?.text))
            .with("ChannelId", channelID).with("Async", literal: "true")
        return ActionPlan(
            action, outcome: .originate(channelID: channelID.text, caller: Caller(call)), extraTime: .seconds(ring))
    }

    /// Who calls, for a channel of which the PBX knows no caller.
    struct Caller: Hashable {
        var number: HeaderText
        var name: HeaderText?

        init?(_ call: PBXAction.Originate) {
            guard let number = call.callerNumber?.header else { return nil }
            self.number = number
            name = call.callerName?.header
        }

        /// What gives a channel that caller.
        func actions(channel: HeaderText) -> [AMIAction] {
            let set = AMIAction("Setvar").with("Channel", channel)
            let number = set.with("Variable", literal: "CALLERID(num)").with("Value", self.number)
            guard let name else { return [number] }
            return [number, set.with("Variable", literal: "CALLERID(name)").with("Value", name)]
        }
    }

    /// `name="value"`; what would end the quotation is left out. Nil: no value, or one that is too long.
    private static func variable(_ name: StaticString, _ value: String?) -> HeaderText? {
        guard let value, !value.isEmpty else { return nil }
        return HeaderText("\(name)=\"\(value.filter { $0 != "\"" && $0 != "\\" })\"")
    }

    private static func agentLogin(
        _ agent: Extension, _ number: Extension, _ context: ContextName, _ device: (String, String) -> String?
    ) throws(Refusal) -> ActionPlan {
        let place = device(number.text, context.text).flatMap { HeaderText($0) }
        guard let channel = place ?? DialString.dialled(.number(number, context: context)),
            let data = HeaderText("\(agent.text),s")
        else {
            throw Refusal(description: "the phone of number \(number) has too long a name")
        }
        return ActionPlan(
            AMIAction("Originate").with("Channel", channel).with("Application", literal: "AgentLogin")
                .with("Data", data).with("CallerID", optional: HeaderText("\"Agent login\" <\(agent.text)>"))
                .with("Timeout", HeaderText(ringTime * 1000)).with("Async", literal: "true"),
            outcome: .answered, extraTime: .seconds(ringTime))
    }

    private static func listen(
        _ listener: CallParty, _ channel: ChannelName, at address: HeaderText
    ) throws(Refusal) -> ActionPlan {
        // The channel is an argument of an application: a comma would begin options (whisper, barge in). Quiet, and this
        // channel alone: without `u` every channel whose name begins so is meant.
        guard isChannelName(channel.text), let data = HeaderText("\(address.text),qu") else {
            throw Refusal(description: "'\(channel)' is not the name of a channel")
        }
        let dialled = try dialString(listener)
        guard isChannelName(dialled.text) else {
            throw Refusal(description: "'\(listener)' is not the name of a device")
        }
        return ActionPlan(
            AMIAction("Originate").with("Channel", dialled).with("Application", literal: "ChanSpy").with("Data", data)
                .with("CallerID", literal: "\"Supervision\" <>").with("Timeout", HeaderText(ringTime * 1000))
                .with("Async", literal: "true"),
            outcome: .answered, extraTime: .seconds(ringTime))
    }

    /// Asks the phone of a channel, in that call's own dialogue, to answer, hold or resume.
    private static func phoneEvent(_ event: StaticString, _ channel: HeaderText) -> ActionPlan {
        let variable = HeaderText("Event=\(event)") ?? HeaderText(literal: "")
        return ActionPlan(AMIAction("PJSIPNotify").with("Channel", channel).with("Variable", variable))
    }

    // MARK: Queues

    private static func queue(
        _ action: PBXAction, _ agent: (String) -> AsteriskInterpreter.AgentMember?
    ) throws(Refusal) -> ActionPlan {
        func member(_ name: QueueMemberName) throws(Refusal) -> (interface: HeaderText, watched: HeaderText?) {
            guard let member = DialString.member(name, known: agent) else {
                throw Refusal(description: "the member's name is too long")
            }
            return member
        }
        switch action {
        case .queueAdd(let queue, let name, let shownName, let penalty, let paused):
            let member = try member(name)
            return ActionPlan(
                AMIAction("QueueAdd").with("Queue", queue).with("Interface", member.interface)
                    .with("MemberName", optional: shownName).with("StateInterface", optional: member.watched)
                    .with("Penalty", HeaderText(max(0, penalty)))
                    .with("Paused", HeaderText(literal: paused ? "true" : "false")))
        case .queuePause(let queue, let name, let paused, let reason):
            return ActionPlan(
                AMIAction("QueuePause").with("Queue", optional: queue)
                    .with("Interface", try member(name).interface)
                    .with("Paused", HeaderText(literal: paused ? "true" : "false"))
                    .with("Reason", optional: reason))
        case .queueRemove(let queue, let name):
            return ActionPlan(
                AMIAction("QueueRemove").with("Queue", queue).with("Interface", try member(name).interface))
        default: preconditionFailure("only queue actions come here")
        }
    }

    private static func dialString(_ party: CallParty) throws(Refusal) -> HeaderText {
        guard let text = DialString.dialled(party) else {
            throw Refusal(description: "the name of '\(party)' is too long")
        }
        return text
    }

    // MARK: Recording, notification

    private static func record(_ channel: HeaderText, _ on: Bool, _ file: FileName) throws(Refusal) -> ActionPlan {
        guard on else { return ActionPlan(AMIAction("StopMixMonitor").with("Channel", channel)) }
        // A plain name: Asterisk puts it into its own folder.
        let name = file.text.contains(".") ? file.header : HeaderText("\(file.text).wav") ?? file.header
        return ActionPlan(AMIAction("MixMonitor").with("Channel", channel).with("File", name))
    }

    private static func notify(_ endpoint: DeviceName, _ variables: [DeviceVariable]) throws(Refusal) -> ActionPlan {
        guard !variables.isEmpty else {
            throw Refusal(description: "a notification needs variables of the form name=value")
        }
        var action: AMIAction
        if endpoint.text.hasPrefix("SIP/") {
            action = AMIAction("SIPnotify").with("Channel", endpoint)
        } else {
            let name = endpoint.text.hasPrefix("PJSIP/") ? String(endpoint.text.dropFirst(6)) : endpoint.text
            guard let name = HeaderText(name), !name.text.isEmpty else {
                throw Refusal(description: "'\(endpoint)' is not the name of a device")
            }
            action = AMIAction("PJSIPNotify").with("Endpoint", name)
        }
        for variable in variables { action = action.with("Variable", variable) }
        return ActionPlan(action)
    }

    // MARK: Names

    /// What Asterisk can take for a channel or device: `TECHNOLOGY/NAME`. Its alphabet is that of its type.
    private static func isChannelName(_ text: String) -> Bool { ChannelName(text) != nil && text.contains("/") }
}
