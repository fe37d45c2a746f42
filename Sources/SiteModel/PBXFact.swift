import TandemCore

/// What a driver saw at its PBX, in words that no brand owns. A driver's interpreter makes facts from events;
/// `SiteModel.apply` makes changes from facts. All names are the PBX's own (`PJSIP/101-00000003`).
public enum PBXFact: Hashable, Sendable {
    // MARK: The connection
    /// The PBX answers again; a full snapshot follows. What it does not confirm until `resyncEnded` is gone.
    case resyncBegan
    /// The snapshot is complete: objects of runtime kinds that were not confirmed are removed, statuses are fresh.
    case resyncEnded
    /// The PBX cannot be reached; its objects are stale from now on. The reason is for people.
    case connectionLost(reason: String)

    // MARK: Endpoints
    /// An endpoint that can be called exists (`PJSIP/101`), with the number and context that reach it, where known.
    case endpointSeen(endpoint: String, number: String?, context: String?, displayName: String?)
    /// The state of a device or hint as hint code (CTI reference 7.6). `endpoint` is the device, e.g. `PJSIP/101`.
    case endpointState(endpoint: String, hint: HintCode)
    /// A device registered (address as far as known) or is gone (nil).
    case endpointRegistration(endpoint: String, address: String?)

    // MARK: Channels
    /// A channel exists. `endpoint` is the device it belongs to, nil for Local and other inner channels.
    case channelCreated(
        channel: String, endpoint: String?, uniqueID: String, state: ChannelState, callerNumber: String,
        callerName: String, extension: String, context: String, linkedID: String)
    case channelState(channel: String, state: ChannelState)
    case channelCallerID(channel: String, number: String, name: String)
    /// The other party as the PBX shows it to this channel.
    case channelConnectedLine(channel: String, number: String, name: String)
    /// `caller` rings `callee`. The caller is nil when the PBX itself originated the call.
    case dialBegan(caller: String?, callee: String)
    case dialEnded(caller: String?, callee: String, outcome: String)
    /// The channel takes part in a conversation (a bridge of two or more).
    case bridgeEntered(channel: String, bridge: String)
    case bridgeLeft(channel: String, bridge: String)
    case held(channel: String, on: Bool)
    case channelRenamed(from: String, to: String)
    /// The channel ended. `cause` is the Q.850 number.
    case channelEnded(channel: String, cause: Int, causeText: String)
    case monitored(channel: String, on: Bool)

    // MARK: Queues
    case queueSeen(queue: String)
    /// A member exists or changed. All fields are the member's present state.
    case queueMember(QueueMemberFact)
    case queueMemberRemoved(queue: String, interface: String)
    case queueMemberPaused(queue: String, interface: String, paused: Bool, reason: String)
    case queueEntryJoined(queue: String, channel: String, position: Int, waitedSeconds: Double)
    case queueEntryLeft(queue: String, channel: String)

    // MARK: Agents
    /// An agent of the PBX exists or changed. `channel`: where it is logged in; `phoneNumber`: callback mode.
    case agent(number: String, name: String?, state: AgentState, channel: String?, phoneNumber: String?)

    // MARK: Rooms, voicemail, parking
    case roomSeen(room: String)
    case roomJoined(room: String, channel: String, admin: Bool, muted: Bool, callerNumber: String, callerName: String)
    case roomLeft(room: String, channel: String)
    case roomMuted(room: String, channel: String, muted: Bool)
    case roomEnded(room: String)
    case mailboxSeen(mailbox: String, context: String, fullName: String, email: String)
    case mailbox(mailbox: String, context: String, new: Int, old: Int, waiting: Bool)
    case parked(
        lot: String, space: String, channel: String, parker: String, callerNumber: String, callerName: String,
        timeoutSeconds: Int)
    case unparked(lot: String, space: String, channel: String)

    // MARK: Trunks
    case trunkSeen(name: String, technology: String, host: String)
    case trunkState(name: String, reachable: Bool)
}

/// Hint codes as on the wire, bits that add up (CTI reference 7.6).
public struct HintCode: Hashable, Sendable, RawRepresentable {
    /// The number, e.g. 8 for ringing.
    public var rawValue: Int
    /// Any number that a PBX reports.
    public init(rawValue: Int) { self.rawValue = rawValue }
    /// -2: no hint exists.
    public static let absent = HintCode(rawValue: -2)
    /// -1: deactivated.
    public static let deactivated = HintCode(rawValue: -1)
    /// 0: idle.
    public static let idle = HintCode(rawValue: 0)
    /// 1: in use.
    public static let inUse = HintCode(rawValue: 1)
    /// 2: busy.
    public static let busy = HintCode(rawValue: 2)
    /// 4: unavailable.
    public static let unavailable = HintCode(rawValue: 4)
    /// 8: ringing.
    public static let ringing = HintCode(rawValue: 8)
    /// 16: on hold.
    public static let onHold = HintCode(rawValue: 16)
}

/// Channel states by AMI number (CTI reference 7.5).
public enum ChannelState: Int, Hashable, Sendable {
    case down = 0, reserved, offHook, dialing, ring, ringing, up, busy, dialingOffHook, preRing, unknown
    /// The text that status `state` carries, e.g. `Ringing`.
    public var text: String {
        switch self {
        case .down: "Down"
        case .reserved: "Rsrvd"
        case .offHook: "OffHook"
        case .dialing: "Dialing"
        case .ring: "Ring"
        case .ringing: "Ringing"
        case .up: "Up"
        case .busy: "Busy"
        case .dialingOffHook: "Dialing Offhook"
        case .preRing: "Pre-ring"
        case .unknown: "Unknown"
        }
    }
}

/// The state of an agent as the `agents` list shows it (CTI reference 5.4).
public enum AgentState: String, Hashable, Sendable {
    case undefined = "undefined"
    case loggedOff = "AGENT_LOGGEDOFF"
    case idle = "AGENT_IDLE"
    case onCall = "AGENT_ONCALL"
}

/// A queue member as the PBX reports it (CTI reference 5.7).
public struct QueueMemberFact: Hashable, Sendable {
    /// The queue's name.
    public var queue: String
    /// What the queue dials, e.g. `PJSIP/101` or `Local/1001@agents`.
    public var interface: String
    /// What the queue watches, e.g. `Agent:1001`; empty when it is the interface.
    public var stateInterface: String
    /// The name shown for the member.
    public var memberName: String
    /// `static`, `dynamic` or `realtime`.
    public var membership: String
    /// Lower rings first.
    public var penalty: Int
    /// AMI device state number, 0 to 8.
    public var status: Int
    /// Whether the member takes no calls, and why.
    public var paused: Bool
    /// The reason given with the pause; empty if none.
    public var pausedReason: String
    /// Calls taken.
    public var callsTaken: Int
    /// End of the last call, Unix seconds; 0 if never.
    public var lastCall: Int

    /// Makes a member.
    public init(
        queue: String, interface: String, stateInterface: String = "", memberName: String = "",
        membership: String = "dynamic", penalty: Int = 0, status: Int = 1, paused: Bool = false,
        pausedReason: String = "", callsTaken: Int = 0, lastCall: Int = 0
    ) {
        self.queue = queue
        self.interface = interface
        self.stateInterface = stateInterface
        self.memberName = memberName
        self.membership = membership
        self.penalty = penalty
        self.status = status
        self.paused = paused
        self.pausedReason = pausedReason
        self.callsTaken = callsTaken
        self.lastCall = lastCall
    }
}
