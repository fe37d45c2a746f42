import AMI
import PBX
import SiteModel
import TandemCore

// Queues, agents, rooms, voicemail, parking.
extension AsteriskInterpreter {
    // MARK: Numbers

    /// A count or moment as it can be: Asterisk says `Wait: -9999…` of a caller whose clock it lost.
    static func number(_ message: borrowing AMIMessage, _ header: AMIHeader) -> Int {
        min(max(message.integer(header) ?? 0, 0), 1 << 40)
    }
    /// Longer than anybody waits, in seconds: 30 days.
    static let longestWait = 30 * 86_400

    // MARK: Queues

    /// `Interface` in events since 12, `Location` before and in lists to this day.
    static func interface(_ message: borrowing AMIMessage) -> String {
        message.has(.interface) ? message.text(.interface) : message.text(.location)
    }

    mutating func queueMember(_ message: borrowing AMIMessage, _ facts: inout [PBXEvent]) {
        let interface = Self.interface(message)
        guard !interface.isEmpty else { return }
        let watched = message.text(.stateInterface)
        let target = DialString.target(ofMember: interface, watching: watched)
        if case .agent(let number) = target {
            agentMembers[number] = AgentMember(interface: interface, watched: watched)
        }
        var member = QueueMemberFact(queue: message.text(.queue), interface: interface, target: target)
        member.memberName = message.has(.memberName) ? message.text(.memberName) : message.text(.name)
        member.membership = QueueMembership(manager: message)
        member.penalty = Self.number(message, .penalty)
        member.status = QueueMemberState(manager: message.integer(.status) ?? 0)
        member.paused = message.isTrue(.paused)
        // 16 sends the reason twice, as Reason and PausedReason.
        member.pausedReason = message.has(.pausedReason) ? message.text(.pausedReason) : message.text(.reason)
        if member.paused { member.pausedSince = Self.number(message, .lastPause) }
        member.callsTaken = Self.number(message, .callsTaken)
        member.lastCall = Self.number(message, .lastCall)
        emit(.queueMember(member), &facts)
    }

    /// Before Asterisk 12 the event names nothing else of the member.
    func oldQueueMemberPaused(_ message: borrowing AMIMessage, _ facts: inout [PBXEvent]) {
        emit(
            .queueMemberPaused(
                queue: message.text(.queue), interface: Self.interface(message), paused: message.isTrue(.paused),
                reason: message.text(.reason)), &facts)
    }

    func queueEntry(_ message: borrowing AMIMessage, _ facts: inout [PBXEvent]) {
        emit(
            .queueEntryJoined(
                queue: message.text(.queue), channel: channel(message),
                position: Self.number(message, .position),
                waitedSeconds: Double(min(Self.number(message, .wait), Self.longestWait))), &facts)
    }

    // MARK: Agents

    private mutating func tell(_ number: String, _ agent: Agent, _ facts: inout [PBXEvent]) {
        agents[number] = agent
        emit(
            .agent(
                number: number, name: agent.name, state: agent.state, channel: agent.channel,
                phoneNumber: agent.phoneNumber), &facts)
    }

    mutating func agentListed(_ message: borrowing AMIMessage, _ facts: inout [PBXEvent]) {
        let number = message.text(.agent)
        guard !number.isEmpty else { return }
        dialplanAgents[number] = nil
        let known = agents[number]
        var agent = Agent()
        agent.name = message.isEmpty(.name) ? known?.name : message.text(.name)
        agent.state = AgentState(manager: message)
        if agent.state != .loggedOff {
            agent.channel = message.isEmpty(.channel) ? nil : channel(message)
            // The list does not repeat where an agent is called back.
            if agent.channel == nil { agent.phoneNumber = known?.phoneNumber }
        }
        tell(number, agent, &facts)
    }

    mutating func agentLogin(_ message: borrowing AMIMessage, _ facts: inout [PBXEvent]) {
        let number = message.text(.agent)
        dialplanAgents[number] = nil
        tell(number, Agent(name: agents[number]?.name, channel: channel(message), state: .idle), &facts)
    }

    mutating func agentLogoff(_ message: borrowing AMIMessage, _ facts: inout [PBXEvent]) {
        let number = message.text(.agent)
        dialplanAgents[number] = nil
        tell(number, Agent(name: agents[number]?.name), &facts)
    }

    mutating func agentCallbackLogin(_ message: borrowing AMIMessage, _ facts: inout [PBXEvent]) {
        let number = message.text(.agent)
        let place = message.text(.loginChan)
        var agent = Agent(name: agents[number]?.name, state: .idle)
        // A number in a context, or a device, of which the number may be known.
        if let at = place.firstIndex(of: "@") {
            agent.phoneNumber = String(place[..<at])
        } else if let target = hints.target(of: place) {
            agent.phoneNumber = target.number
        } else {
            agent.channel = place
        }
        tell(number, agent, &facts)
    }

    /// `UserEvent` of dial plans that log agents in by themselves: `AgentLogin` and `AgentLogoff` with `AgentNumber`, and
    /// `Extension` where the agent is called.
    mutating func userEvent(_ message: borrowing AMIMessage, _ facts: inout [PBXEvent]) {
        let isLogin = message.equals(.userEvent, "AgentLogin")
        guard isLogin || message.equals(.userEvent, "AgentLogoff"), !message.isEmpty(.agentNumber) else { return }
        let number = message.text(.agentNumber)
        guard dialplanAgents[number] != nil || dialplanAgents.count < Limits.dialplanAgents else { return }
        var agent = Agent(name: agents[number]?.name)
        if isLogin {
            agent.state = .idle
            agent.phoneNumber = message.isEmpty(.extension) ? nil : message.text(.extension)
        }
        dialplanAgents[number] = agent
        tell(number, agent, &facts)
    }

    /// The list of agents is complete, or there is none: what only the dial plan tells stands beside it.
    public mutating func agentListCompleted(into facts: inout [PBXEvent]) {
        for (number, agent) in dialplanAgents.sorted(by: { $0.key < $1.key }) { tell(number, agent, &facts) }
    }

    /// The pool has no event for an agent's call; its device state tells. Login and logoff have events of their own.
    mutating func agentState(_ number: String, _ device: DeviceState, _ facts: inout [PBXEvent]) {
        guard var agent = agents[number], agent.state != .loggedOff else { return }
        let state: AgentState
        switch device {
        case .idle: state = .idle
        case .inUse, .busy, [.inUse, .ringing]: state = .onCall
        default: return
        }
        guard agent.state != state else { return }
        agent.state = state
        tell(number, agent, &facts)
    }

    // MARK: Rooms

    static func room(_ message: borrowing AMIMessage) -> String {
        message.has(.conference) ? message.text(.conference) : message.text(.meetme)
    }

    mutating func roomListed(_ message: borrowing AMIMessage, _ facts: inout [PBXEvent]) {
        let room = message.text(.conference)
        emit(.roomSeen(room: room), &facts)
        followUps.append(.roomMembers(room: room))
    }

    func roomJoined(_ message: borrowing AMIMessage, _ facts: inout [PBXEvent]) {
        emit(
            .roomJoined(
                room: Self.room(message), channel: channel(message), admin: message.isTrue(.admin),
                muted: message.isTrue(.muted), callerNumber: message.text(.callerIDNum),
                callerName: message.text(.callerIDName)), &facts)
    }

    func roomMuted(_ message: borrowing AMIMessage, muted: Bool, _ facts: inout [PBXEvent]) {
        emit(.roomMuted(room: Self.room(message), channel: channel(message), muted: muted), &facts)
    }

    // MARK: Voicemail

    /// `102@default` as mailbox and context.
    static func mailbox(_ text: String) -> (mailbox: String, context: String) {
        guard let at = text.lastIndex(of: "@") else { return (text, "default") }
        return (String(text[..<at]), String(text[text.index(after: at)...]))
    }

    func mailboxListed(_ message: borrowing AMIMessage, _ facts: inout [PBXEvent]) {
        let mailbox = message.text(.voiceMailbox)
        let context = message.text(.vmContext)
        emit(
            .mailboxSeen(
                mailbox: mailbox, context: context, fullName: message.text(.fullname), email: message.text(.email)),
            &facts)
        let new = Self.number(message, .newMessageCount)
        emit(
            .mailbox(
                mailbox: mailbox, context: context, new: new, old: Self.number(message, .oldMessageCount),
                waiting: new > 0), &facts)
    }

    mutating func messageWaiting(_ message: borrowing AMIMessage, _ facts: inout [PBXEvent]) {
        let text = message.text(.mailbox)
        guard message.has(.new), message.has(.old) else {
            followUps.append(.mailboxCount(mailbox: text))
            return
        }
        let new = Self.number(message, .new)
        let old = Self.number(message, .old)
        let (mailbox, context) = Self.mailbox(text)
        emit(
            .mailbox(
                mailbox: mailbox, context: context, new: new, old: old,
                waiting: message.has(.waiting) ? message.isTrue(.waiting) : new > 0), &facts)
    }

    // MARK: Parking

    /// Lots of the 1.8 era carry a prefix that the configuration does not know.
    private static func lot(_ message: borrowing AMIMessage) -> String {
        let lot = message.text(.parkinglot)
        if lot.isEmpty { return "default" }
        return lot.hasPrefix("parkinglot_") ? String(lot.dropFirst(11)) : lot
    }

    func parked(_ message: borrowing AMIMessage, _ facts: inout [PBXEvent]) {
        let isNew = message.has(.parkeeChannel)
        emit(
            .parked(
                lot: Self.lot(message), space: isNew ? message.text(.parkingSpace) : message.text(.exten),
                channel: isNew ? channel(message, .parkeeChannel, .parkeeUniqueid) : channel(message),
                parker: isNew ? message.text(.parkerDialString) : message.text(.from),
                callerNumber: isNew ? message.text(.parkeeCallerIDNum) : message.text(.callerIDNum),
                callerName: isNew ? message.text(.parkeeCallerIDName) : message.text(.callerIDName),
                timeoutSeconds: min(Self.number(message, isNew ? .parkingTimeout : .timeout), Self.longestWait),
                parkedSeconds: min(Self.number(message, .parkingDuration), Self.longestWait)), &facts)
    }

    func unparked(_ message: borrowing AMIMessage, _ facts: inout [PBXEvent]) {
        let isNew = message.has(.parkeeChannel)
        emit(
            .unparked(
                lot: Self.lot(message), space: isNew ? message.text(.parkingSpace) : message.text(.exten),
                channel: isNew ? channel(message, .parkeeChannel, .parkeeUniqueid) : channel(message)), &facts)
    }
}
