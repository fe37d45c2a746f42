import AMI
import PBX
import SiteModel

// Queues, agents, rooms, voicemail, parking.
extension AsteriskInterpreter {
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
        member.penalty = message.integer(.penalty) ?? 0
        member.status = QueueMemberState(manager: message.integer(.status) ?? 0)
        member.paused = message.isTrue(.paused)
        // 16 sends the reason twice, as Reason and PausedReason.
        member.pausedReason = message.has(.pausedReason) ? message.text(.pausedReason) : message.text(.reason)
        member.callsTaken = message.integer(.callsTaken) ?? 0
        member.lastCall = message.integer(.lastCall) ?? 0
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
                position: message.integer(.position) ?? 0, waitedSeconds: Double(message.integer(.wait) ?? 0)), &facts)
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
        tell(number, Agent(name: agents[number]?.name, channel: channel(message), state: .idle), &facts)
    }

    mutating func agentLogoff(_ message: borrowing AMIMessage, _ facts: inout [PBXEvent]) {
        let number = message.text(.agent)
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
        let new = message.integer(.newMessageCount) ?? 0
        emit(
            .mailbox(
                mailbox: mailbox, context: context, new: new, old: message.integer(.oldMessageCount) ?? 0,
                waiting: new > 0), &facts)
    }

    mutating func messageWaiting(_ message: borrowing AMIMessage, _ facts: inout [PBXEvent]) {
        let text = message.text(.mailbox)
        guard let new = message.integer(.new), let old = message.integer(.old) else {
            followUps.append(.mailboxCount(mailbox: text))
            return
        }
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
                timeoutSeconds: message.integer(isNew ? .parkingTimeout : .timeout) ?? 0), &facts)
    }

    func unparked(_ message: borrowing AMIMessage, _ facts: inout [PBXEvent]) {
        let isNew = message.has(.parkeeChannel)
        emit(
            .unparked(
                lot: Self.lot(message), space: isNew ? message.text(.parkingSpace) : message.text(.exten),
                channel: isNew ? channel(message, .parkeeChannel, .parkeeUniqueid) : channel(message)), &facts)
    }
}
