import TandemCore

/// The live lists of one site: a pure function from PBX facts to changes of objects.
///
/// Typed records, one table per list. A fact marks the keys that it changes; at its end each touched object is emitted
/// once, with those keys only. While a resync runs, the long lists (members and callers of queues, members of rooms)
/// wait for its end, so that a snapshot of n members costs n and not n squared.
///
/// Ids of discovered objects are numbers from 1,000,000,000 (see `SiteModel.discoveredID`); queue members are
/// `<interface>,<queue>`, channels their PBX name, the default parking lot is `0`.
public struct SiteModel: Sendable {
    /// What the configuration says.
    public internal(set) var configuration: SiteConfiguration

    var users = RecordTable<UserRecord>()
    var phones = RecordTable<PhoneRecord>()
    var agents = RecordTable<AgentRecord>()
    var queues = RecordTable<QueueRecord>()
    var groups = RecordTable<QueueRecord>()
    var members = RecordTable<QueueMemberRecord>()
    var voicemails = RecordTable<VoicemailRecord>()
    var rooms = RecordTable<RoomRecord>()
    var channels = RecordTable<ChannelRecord>()
    var trunks = RecordTable<TrunkRecord>()
    var parkings = RecordTable<ParkingRecord>()
    var site = RecordTable<SelfRecord>()

    /// What an endpoint is.
    enum EndpointOwner: Sendable {
        case phone(Int)
        case trunk(Int)
    }
    /// Where a PBX's queue name leads.
    struct QueueReference: Sendable {
        var slot: Int
        var isGroup: Bool
    }

    // Indexes: everything that a fact names is found without walking a list.
    var endpoints: [String: EndpointOwner] = [:]
    var trunkNames: [String: Int] = [:]
    var phoneNumbers: [String: Int] = [:]
    var agentNumbers: [String: Int] = [:]
    var queueNames: [String: QueueReference] = [:]
    var roomNames: [String: Int] = [:]
    var mailboxes: [String: Int] = [:]
    var lotNames: [String: Int] = [:]
    var logins: [String: String] = [:]
    var presenceNames: Set<String> = []
    /// Channel slots in each bridge, in order of entering.
    var bridges: [String: [Int]] = [:]
    var uniqueIDs: [String: Int] = [:]

    var touched: [Touched] = []
    var removed: [ObjectKey] = []
    /// Long lists that wait for the end of the resync.
    var deferred: [Touched] = []
    /// Long lists that wait for their turn.
    var waiting: [HeldList] = []
    var writer = ObjectWriter()
    /// The number of the running or last resync.
    var resync: UInt32 = 0
    var isResyncing = false
    /// Whole seconds of the fact being applied, and its moment.
    var present = 0
    var instant = Instant(nanoseconds: 0)

    /// A model with the configured objects and no runtime state.
    ///
    /// - Parameter capabilities: what the site's PBX can do, as `site/self` tells it; nil: it does not tell.
    public init(configuration: SiteConfiguration, capabilities: Set<PBXCapability>? = nil) {
        self.configuration = configuration
        load(capabilities)
        // Nothing that stands in the tables is a change: `initialChanges` tells it whole.
        settle()
    }

    /// An `added` for every object that the model holds: the configured ones, `site/self` and, later, runtime ones.
    public func initialChanges() -> [ObjectChange] {
        allObjects().map { .added($0.key, config: $0.config, status: $0.status) }
    }

    /// Every object with both halves whole. Lists in the order of `ObjectType`, objects in table order.
    public func allObjects() -> [(key: ObjectKey, config: EncodedObject, status: EncodedObject)] {
        var all: [(key: ObjectKey, config: EncodedObject, status: EncodedObject)] = []
        var writer = ObjectWriter()
        func add<Record>(_ table: RecordTable<Record>, _ type: ObjectType) {
            for slot in table.liveSlots {
                var record = table[slot]
                all.append(
                    (ObjectKey(type, record.id), record.config(with: &writer), record.status(with: &writer)))
            }
        }
        add(users, .user)
        add(phones, .phone)
        add(agents, .agent)
        add(queues, .queue)
        add(members, .queueMember)
        add(groups, .group)
        add(voicemails, .voicemail)
        add(rooms, .meetme)
        add(channels, .channel)
        add(trunks, .trunk)
        add(parkings, .parking)
        add(site, .site)
        return all
    }

    /// Applies what was seen at the PBX; appends what it changed: one patch per object and half, changed keys only.
    public mutating func apply(_ fact: PBXFact, at now: Moment, into changes: inout [ObjectChange]) {
        present = Int(now.unixTime)
        instant = now.instant
        interpret(fact)
        flush(into: &changes)
    }

    private mutating func interpret(_ fact: PBXFact) {
        switch fact {
        case .resyncBegan: beginResync()
        case .resyncEnded: endResync()
        case .connectionLost(let reason): loseConnection(reason)
        case .endpointSeen(let endpoint, let number, let context, let name):
            seeEndpoint(endpoint, number: number, context: context, name: name)
        case .endpointState(let endpoint, let state): setHint(endpoint, state)
        case .endpointRegistration(let endpoint, let address): setAddress(endpoint, address)
        case .channelCreated(
            let name, let endpoint, let uniqueID, let state, let number, let callerName, let dialled, let context,
            let linkedID):
            seeChannel(
                name, endpoint: endpoint, uniqueID: uniqueID, state: state, number: number, callerName: callerName,
                dialled: dialled, context: context, linkedID: linkedID)
        case .channelsPaired(let channel, let other): pair(channel, other)
        case .channelState(let channel, let state): setState(channel, state)
        case .channelCallerID(let channel, let number, let name): setCaller(channel, number, name)
        case .channelConnectedLine(let channel, let number, let name): setConnected(channel, number, name)
        case .dialBegan(let caller, let callee): beginDial(caller, callee)
        case .dialEnded(let caller, let callee, let outcome): endDial(caller, callee, outcome)
        case .bridgeEntered(let channel, let bridge): enterBridge(channel, bridge)
        case .bridgeLeft(let channel, let bridge): leaveBridge(channel, bridge)
        case .held(let channel, let on): setHeld(channel, on)
        case .channelRenamed(let old, let new, let endpoint): renameChannel(old, new, endpoint: endpoint)
        case .channelEnded(let channel, _): endChannel(channel)
        case .monitored(let channel, let on): setMonitored(channel, on)
        case .queueSeen(let queue): _ = seeQueue(queue)
        case .queueMember(let member): seeMember(member)
        case .queueMemberRemoved(let queue, let interface): removeMember(interface, of: queue)
        case .queueMemberPaused(let queue, let interface, let paused, let reason):
            pauseMember(interface, of: queue, paused: paused, reason: reason)
        case .queueEntryJoined(let queue, let channel, let position, let waited):
            joinQueue(queue, channel: channel, position: position, waited: waited)
        case .queueEntryLeft(let queue, let channel): leaveQueue(queue, channel: channel)
        case .agent(let number, let name, let state, let channel, let phoneNumber):
            seeAgent(number, name: name, state: state, channel: channel, phoneNumber: phoneNumber)
        case .roomSeen(let room): _ = seeRoom(room)
        case .roomJoined(let room, let channel, let admin, let muted, let number, let name):
            joinRoom(room, channel: channel, admin: admin, muted: muted, number: number, name: name)
        case .roomLeft(let room, let channel): leaveRoom(room, channel: channel)
        case .roomMuted(let room, let channel, let muted): muteMember(room, channel: channel, muted: muted)
        case .roomEnded(let room): endRoom(room)
        case .mailboxSeen(let mailbox, let context, let name, let email):
            seeMailbox(mailbox, context: context, fullName: name, email: email)
        case .mailbox(let mailbox, let context, let new, let old, let waiting):
            countMailbox(mailbox, context: context, new: new, old: old, waiting: waiting)
        case .parked(let lot, let space, let channel, let parker, let number, let name, let timeout, let parked):
            park(
                channel, lot: lot, space: space, parker: parker, number: number, name: name, timeout: timeout,
                since: present - parked)
        case .unparked(let lot, let space, let channel): unpark(channel, lot: lot, space: space)
        case .trunkSeen(let name, let technology, let host): seeTrunk(name, technology: technology, host: host)
        case .trunkState(let name, let reachable): setReachable(name, reachable)
        }
    }

    // MARK: Touching and flushing

    mutating func touchUser(_ slot: Int, config: UInt32 = 0, status: UInt32 = 0) {
        if users.mark(slot, config: config, status: status) { touched.append(Touched(type: .user, slot: slot)) }
    }
    mutating func touchPhone(_ slot: Int, config: UInt32 = 0, status: UInt32 = 0) {
        if phones.mark(slot, config: config, status: status) { touched.append(Touched(type: .phone, slot: slot)) }
    }
    mutating func touchAgent(_ slot: Int, config: UInt32 = 0, status: UInt32 = 0) {
        if agents.mark(slot, config: config, status: status) { touched.append(Touched(type: .agent, slot: slot)) }
    }
    mutating func touchQueue(_ queue: QueueReference, config: UInt32 = 0, status: UInt32 = 0) {
        if queue.isGroup {
            if groups.mark(queue.slot, config: config, status: status) {
                touched.append(Touched(type: .group, slot: queue.slot))
            }
        } else if queues.mark(queue.slot, config: config, status: status) {
            touched.append(Touched(type: .queue, slot: queue.slot))
        }
    }
    mutating func touchMember(_ slot: Int, keys: UInt32 = 0) {
        if members.mark(slot, config: keys & ~QueueMemberRecord.Keys.reason, status: keys & ~1) {
            touched.append(Touched(type: .queueMember, slot: slot))
        }
    }
    mutating func touchVoicemail(_ slot: Int, config: UInt32 = 0, status: UInt32 = 0) {
        if voicemails.mark(slot, config: config, status: status) {
            touched.append(Touched(type: .voicemail, slot: slot))
        }
    }
    mutating func touchRoom(_ slot: Int, config: UInt32 = 0, status: UInt32 = 0) {
        if rooms.mark(slot, config: config, status: status) { touched.append(Touched(type: .meetme, slot: slot)) }
    }
    mutating func touchChannel(_ slot: Int, status: UInt32 = 0) {
        if channels.mark(slot, status: status) { touched.append(Touched(type: .channel, slot: slot)) }
    }
    mutating func touchTrunk(_ slot: Int, config: UInt32 = 0, status: UInt32 = 0) {
        if trunks.mark(slot, config: config, status: status) { touched.append(Touched(type: .trunk, slot: slot)) }
    }
    mutating func touchParking(_ slot: Int, status: UInt32 = 0) {
        if parkings.mark(slot, status: status) { touched.append(Touched(type: .parking, slot: slot)) }
    }
    mutating func touchSite() {
        if site.mark(0, status: SelfRecord.Status.pbx) { touched.append(Touched(type: .site, slot: 0)) }
    }

    /// Notes that an announced object is gone. One that nobody heard of yet leaves no trace.
    mutating func noteRemoval(_ type: ObjectType, _ id: String, isNew: Bool) {
        if !isNew { removed.append(ObjectKey(type, id)) }
    }

    /// Emits what is gone, then what was touched, in the order of touching. An object that came back under its old
    /// name within one fact is thus removed before it is added.
    mutating func flush(into changes: inout [ObjectChange]) {
        if !removed.isEmpty {
            for key in removed { changes.append(.removed(key)) }
            removed.removeAll(keepingCapacity: true)
        }
        for item in touched {
            let type = item.type
            let slot = item.slot
            switch type {
            case .user: users.emit(slot, as: type, with: &writer, into: &changes)
            case .phone:
                pace(item)
                phones.emit(slot, as: type, with: &writer, into: &changes)
            case .agent: agents.emit(slot, as: type, with: &writer, into: &changes)
            case .queueMember: members.emit(slot, as: type, with: &writer, into: &changes)
            case .voicemail: voicemails.emit(slot, as: type, with: &writer, into: &changes)
            case .channel: channels.emit(slot, as: type, with: &writer, into: &changes)
            case .trunk: trunks.emit(slot, as: type, with: &writer, into: &changes)
            case .site: site.emit(slot, as: type, with: &writer, into: &changes)
            case .parking:
                parkings.emit(slot, as: type, with: &writer, into: &changes)
                parkings[slot].forgetChanges()
            case .queue, .group, .meetme:
                if isResyncing {
                    deferred.append(item)
                    continue
                }
                pace(item)
                if type == .queue {
                    queues.emit(slot, as: type, with: &writer, into: &changes)
                } else if type == .group {
                    groups.emit(slot, as: type, with: &writer, into: &changes)
                } else {
                    rooms.emit(slot, as: type, with: &writer, into: &changes)
                }
            }
        }
        touched.removeAll(keepingCapacity: true)
    }

    /// Forgets all marks: what the tables hold counts as told.
    mutating func settle() {
        users.settle()
        phones.settle()
        agents.settle()
        queues.settle()
        groups.settle()
        members.settle()
        voicemails.settle()
        rooms.settle()
        channels.settle()
        trunks.settle()
        parkings.settle()
        site.settle()
        touched.removeAll()
        removed.removeAll()
        deferred.removeAll()
        waiting.removeAll()
    }
}
