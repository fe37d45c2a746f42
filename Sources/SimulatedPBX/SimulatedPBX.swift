import PBX
import SiteModel
import TandemCore

/// A PBX for demonstrations, training and simulation: phones ring, answer and hang up, queues distribute, rooms fill,
/// messages are left. A pure value: no clock, no randomness but the seed; the same input gives the same events.
///
/// Drive it with `start`, `perform`, `advance` at `nextDeadline`, and carry `takeTrunkSignals` to other sites'
/// `receive`. Each call returns what a driver would deliver.
public struct SimulatedPBX: Sendable {
    /// A call leg.
    struct Leg: Sendable {
        var name: String
        var uniqueID: String
        var endpoint: String
        var phone: String?
        var state: ChannelState
        var callerNumber: String
        var callerName: String
        var dialled: String
        var linkedID: String
        var bridge: String?
        /// The dial that rings this leg.
        var dialedBy: Int?
        /// The dial that this leg makes.
        var dialing: Int?
        var queue: String?
        var room: String?
        var space: String?
        var parkSerial = 0
        var isHeld = false
        var isMonitored = false
        /// The call at the far site of a trunk.
        var trunkCall: String?
        var trunkSite: SiteID?
        /// The far site began the call.
        var isIncoming = false
        /// The queue whose call this leg is, for the members' counts.
        var queueCall: String?
        var agent: String?
    }
    /// Why a dial was begun.
    enum Purpose: Hashable, Sendable {
        case call
        case queue(String)
        case originate(ActionToken, number: String)
        case listen
        case enquiry
    }
    /// Phones that ring for one caller.
    struct Dial: Sendable {
        var id: Int
        var caller: String?
        var callees: [String]
        var purpose: Purpose
        /// Where a message may be left when nobody answers.
        var mailbox: String?
        /// The worst outcome so far, for the caller's hang-up cause.
        var outcome = DialOutcome.noAnswer
    }
    /// A member of a queue.
    struct Member: Sendable {
        var fact: QueueMemberFact
        var phone: String?
        var agent: String?
    }
    struct Agent: Sendable {
        var state = AgentState.loggedOff
        var phone: String?
    }
    struct Occupant: Sendable {
        var channel: String
        var isMuted = false
    }
    struct Mailbox: Sendable {
        var new = 0
        var old = 0
    }
    /// An enquiry: `transferer` has left `party` in its bridge and calls somebody else.
    struct Enquiry: Sendable {
        var transferer: String
        var party: String
        var bridge: String
    }

    /// What exists at this PBX.
    public private(set) var configuration: SiteConfiguration
    /// How its people behave. May be changed at any time.
    public var behaviour: Behaviour
    /// Whether the node can talk to the PBX.
    public internal(set) var isConnected = false

    var clock = Moment(instant: Instant(nanoseconds: 0), unixTime: 0)
    var random: UInt64
    var timers = DeadlineQueue<Later>()
    var events: [PBXEvent] = []
    var signals: [TrunkSignal] = []
    var legs: [String: Leg] = [:]
    var phoneLegs: [String: [String]] = [:]
    var bridges: [String: [String]] = [:]
    var dials: [Int: Dial] = [:]
    var enquiries: [String: Enquiry] = [:]
    var hints: [String: DeviceState] = [:]
    var queues: [String: [Member]] = [:]
    var waiting: [String: [String]] = [:]
    var joined: [String: Double] = [:]
    var turn: [String: Int] = [:]
    var agents: [String: Agent] = [:]
    var rooms: [String: [Occupant]] = [:]
    var mailboxes: [String: Mailbox] = [:]
    var parked: [String: String] = [:]
    var parkers: [String: String] = [:]
    var trunkCalls: [String: String] = [:]
    var reachable: Set<SiteID> = []
    var phoneByNumber: [String: String] = [:]
    var phoneByEndpoint: [String: String] = [:]
    var names: [String: String] = [:]
    var boxes: [String: String] = [:]
    var queueByNumber: [String: String] = [:]
    var groupByNumber: [String: String] = [:]
    var roomNumbers: Set<String> = []
    /// Actions that were reported failed when the connection was lost: nothing more is said about them.
    var abandoned: Set<ActionToken> = []
    var serial = 0
    var life = 0

    /// A PBX with the configured objects; `start` sets it going.
    public init(configuration: SiteConfiguration, behaviour: Behaviour = Behaviour()) {
        self.configuration = configuration
        self.behaviour = behaviour
        random = behaviour.seed &* 0x9E37_79B9_7F4A_7C15 | 1
        install()
    }

    /// The site's objects are other ones from now on. What stays goes on as it was; calls of phones and over trunks, waits
    /// in queues and talks in rooms that are gone end. The snapshot follows.
    public mutating func reconfigure(_ site: SiteConfiguration, at now: Moment) -> [PBXEvent] {
        clock = now
        let old = configuration
        for (id, phone) in old.phones.sorted(by: { $0.key < $1.key }) where site.phones[id]?.endpoint != phone.endpoint
        {
            for channel in phoneLegs[id] ?? [] { hangUp(channel, cause: .normalClearing) }
            phoneLegs[id] = nil
            hints[id] = nil
            // Nobody stays logged in at a phone that is gone.
            for (number, agent) in agents where agent.phone == id { agents[number] = Agent() }
        }
        endTrunkCalls { far, endpoint in
            !site.trunks.values.contains { $0.site == far && $0.endpoint == endpoint }
        }
        let queueNames = Set(site.queues.values.map(\.name) + site.groups.values.map(\.name))
        let roomNumbers = Set(site.meetmes.values.map(\.number))
        let stranded =
            waiting.filter { !queueNames.contains($0.key) }.flatMap(\.value)
            + rooms.filter { !roomNumbers.contains($0.key) }.flatMap { $0.value.map(\.channel) }
        for channel in stranded.sorted() { hangUp(channel, cause: .normalClearing) }
        configuration = site
        install()
        snapshot()
        return taken()
    }

    /// Makes the tables of what is configured; what is there already keeps its state.
    private mutating func install() {
        let former = (queues: queues, agents: agents, mailboxes: mailboxes)
        (phoneByNumber, phoneByEndpoint, names, boxes) = ([:], [:], [:], [:])
        (queues, queueByNumber, groupByNumber, agents, mailboxes, roomNumbers) = ([:], [:], [:], [:], [:], [])
        for (id, phone) in configuration.phones.sorted(by: { $0.key < $1.key }) {
            phoneByNumber[phone.number] = phoneByNumber[phone.number] ?? id
            phoneByEndpoint[phone.endpoint] = id
        }
        for agent in configuration.agents.values {
            agents[agent.number] = former.agents[agent.number] ?? Agent()
        }
        for box in configuration.voicemails.values {
            let name = box.mailbox + "@" + box.context
            mailboxes[name] = former.mailboxes[name] ?? Mailbox()
        }
        for (_, user) in configuration.users.sorted(by: { $0.key < $1.key }) {
            for phone in ([user.phone].compactMap { $0 } + user.otherPhones) where names[phone] == nil {
                names[phone] = user.name
            }
            guard let phone = user.phone, boxes[phone] == nil,
                let box = user.voicemail.flatMap({ configuration.voicemails[$0] })
            else { continue }
            boxes[phone] = box.mailbox + "@" + box.context
        }
        for (_, group) in configuration.groups.sorted(by: { $0.key < $1.key }) { addQueue(group, to: \.groupByNumber) }
        for (_, queue) in configuration.queues.sorted(by: { $0.key < $1.key }) { addQueue(queue, to: \.queueByNumber) }
        for (_, room) in configuration.meetmes.sorted(by: { $0.key < $1.key }) {
            roomNumbers.insert(room.number)
        }
        for (queue, members) in former.queues { carryOver(members, to: queue) }
    }

    /// Members keep pauses and counts; those that were added while the PBX ran stay if they can still be called.
    private mutating func carryOver(_ members: [Member], to queue: String) {
        guard queues[queue] != nil else { return }
        for member in members {
            if let place = queues[queue]?.firstIndex(where: { $0.fact.interface == member.fact.interface }) {
                queues[queue]?[place].fact.paused = member.fact.paused
                queues[queue]?[place].fact.pausedReason = member.fact.pausedReason
                queues[queue]?[place].fact.callsTaken = member.fact.callsTaken
                queues[queue]?[place].fact.lastCall = member.fact.lastCall
            } else if member.fact.membership == .dynamic {
                // Whom it means is looked up anew: its device or number may belong to another phone by now.
                let renewed = addedMember(member.fact)
                let isLost = member.phone != nil && renewed.phone == nil
                let isKnown = member.agent.map { agents[$0] != nil } ?? !isLost
                if isKnown { queues[queue]?.append(renewed) }
            }
        }
    }

    private mutating func addQueue(
        _ queue: SiteConfiguration.Queue, to index: WritableKeyPath<SimulatedPBX, [String: String]>
    ) {
        queues[queue.name] = queue.members.compactMap { configuredMember($0, of: queue.name) }
        if let number = queue.number, self[keyPath: index][number] == nil { self[keyPath: index][number] = queue.name }
    }

    /// What it can do: everything.
    public static let capabilities = Set(PBXCapability.allCases)

    /// When `advance` has something to do next.
    public var nextDeadline: Instant? { timers.first }

    /// Connects: the snapshot.
    public mutating func start(at now: Moment) -> [PBXEvent] {
        clock = now
        life += 1
        isConnected = true
        if life == 1, let every = behaviour.callEvery { timers.add(.traffic, due: now.instant + every) }
        snapshot()
        return taken()
    }

    /// Lets time pass: everything that is due happens, in order.
    public mutating func advance(to now: Moment) -> [PBXEvent] {
        while let (at, later) = timers.popDue(now.instant) {
            // The wall clock of the moment at which it was due.
            clock = Moment(instant: at, unixTime: now.unixTime - (now.instant - at).inSeconds)
            happen(later)
        }
        clock = now
        return taken()
    }

    /// The connection to the PBX is lost. Its calls go on unseen; actions under way fail.
    public mutating func stop(reason: String, at now: Moment) -> [PBXEvent] {
        clock = now
        guard isConnected else { return [] }
        for dial in dials.values.sorted(by: { $0.id < $1.id }) {
            if case .originate(let token, _) = dial.purpose {
                events.append(.action(token, .failed(reason: reason, connection: true)))
                // The call goes on without anybody who waits for its outcome.
                abandoned.insert(token)
            }
        }
        tell(.connectionLost(reason: reason))
        let told = taken()
        isConnected = false
        return told
    }

    /// The PBX answers again. `losingCalls`: it was restarted and knows no call of before.
    public mutating func restart(losingCalls: Bool, at now: Moment) -> [PBXEvent] {
        clock = now
        if losingCalls { loseCalls() }
        return start(at: now)
    }

    /// Takes what is to be carried to other sites.
    public mutating func takeTrunkSignals() -> [TrunkSignal] {
        defer { signals.removeAll() }
        return signals
    }

    // MARK: Within

    mutating func tell(_ fact: PBXFact) { if isConnected { events.append(.fact(fact)) } }
    mutating func tell(_ token: ActionToken, _ event: PBXActionEvent) {
        if isConnected, !abandoned.contains(token) { events.append(.action(token, event)) }
        if event.isFinal { abandoned.remove(token) }
    }

    mutating func taken() -> [PBXEvent] {
        defer { events.removeAll() }
        return events
    }

    mutating func roll(_ sides: Int) -> Int {
        random ^= random << 13
        random ^= random >> 7
        random ^= random << 17
        return Int(random % UInt64(max(1, sides)))
    }

    mutating func after(_ duration: Duration, _ later: Later) { timers.add(later, due: clock.instant + duration) }

    private mutating func happen(_ later: Later) {
        switch later {
        case .react(let channel): react(channel)
        case .dialTimeout(let dial): giveUp(dial, outcome: .noAnswer)
        case .talkEnd(let bridge): endTalk(bridge)
        case .messageLeft(let channel, let mailbox): leaveMessage(channel, mailbox)
        case .messagesHeard(let channel, let mailbox): hearMessages(channel, mailbox)
        case .hangUp(let channel): hangUp(channel, cause: .normalClearing)
        case .callQueue(let queue): distribute(queue)
        case .parkTimeout(let channel, let serial): returnParked(channel, serial)
        case .losePatience(let channel): if legs[channel]?.queue != nil { hangUp(channel, cause: .normalClearing) }
        case .traffic: makeTraffic()
        }
    }

    private mutating func loseCalls() {
        for leg in legs.values.sorted(by: { $0.name < $1.name }) where leg.trunkCall != nil {
            signal(leg, .ended(cause: .networkOutOfOrder))
        }
        legs = [:]
        phoneLegs = [:]
        bridges = [:]
        dials = [:]
        enquiries = [:]
        waiting = [:]
        joined = [:]
        rooms = [:]
        parked = [:]
        parkers = [:]
        trunkCalls = [:]
        abandoned = []
        hints = [:]
        timers.removeAll()
        if let every = behaviour.callEvery { timers.add(.traffic, due: clock.instant + every) }
        serial = 0
        for (queue, members) in queues {
            for place in members.indices { queues[queue]?[place].fact.status = .idle }
        }
        for (number, agent) in agents where agent.state == .onCall { agents[number]?.state = .idle }
    }

    private mutating func makeTraffic() {
        if let every = behaviour.callEvery { after(every, .traffic) }
        let idle = configuration.phones.keys.sorted().filter { (phoneLegs[$0] ?? []).isEmpty }
        guard idle.count > 1 else { return }
        let caller = idle[roll(idle.count)]
        var numbers = idle.filter { $0 != caller }.compactMap { configuration.phones[$0]?.number }
        numbers += configuration.queues.values.compactMap(\.number).sorted()
        dialFrom(caller, number: numbers[roll(numbers.count)])
    }
}
