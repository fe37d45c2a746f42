import AMI
import PBX
import SiteModel
import TandemCore

/// Makes facts of manager messages: events and list items alike, so that a snapshot and what happens meanwhile go
/// through the same door in the order they were received. Pure: no socket, no clock.
///
/// Reads Asterisk 12 to 22, and of the 1.4 to 1.8 era the events whose meaning is the same (`Dial`, `Bridge`, `Link`,
/// `Join`, `Leave`, `Meetme*`). It remembers only what later messages do not repeat: which channel is whose, who is in
/// which bridge, where agents are logged in, which hints and contacts belong to which device.
///
/// A conversation is a bridge of two or more channels that is not a waiting room: agents between calls, parked calls
/// and `BridgeWait` are in bridges too, and conference rooms have facts of their own.
public struct AsteriskInterpreter {
    /// Questions that a message leads to; the driver asks them.
    public enum FollowUp: Hashable, Sendable {
        /// Ask `ConfbridgeList` of a room.
        case roomMembers(room: String)
        /// Ask `MailboxCount`: the change was announced without numbers.
        case mailboxCount(mailbox: String)
    }

    struct Bridge {
        var isConversation: Bool
        var members: [String] = []
        /// Two members were in it at one time, so `bridgeEntered` was told for all.
        var isTold = false
    }

    struct Agent: Hashable {
        var name: String?
        /// Where it keeps a line open.
        var channel: String?
        /// Where it is called back.
        var phoneNumber: String?
        var state = AgentState.loggedOff
    }

    /// What a queue dials for an agent, and what it watches.
    struct AgentMember: Hashable {
        var interface: String
        var watched: String
    }

    /// Running counts.
    public struct Counters: Hashable, Sendable {
        /// Messages that led to facts or to memory.
        public var used: UInt64 = 0
        /// Known events that say nothing a model keeps.
        public var ignored: UInt64 = 0
        /// Events of unknown names.
        public var unknown: UInt64 = 0
    }

    var bridges: [String: Bridge] = [:]
    var bridgeOf: [String: String] = [:]
    /// Channels that left a conversation in which somebody still waits for them, with its bridge.
    var leftBehind: [String: String] = [:]
    var agents: [String: Agent] = [:]
    /// Agents that a dial plan logs in and tells by events of its own: no list has them.
    var dialplanAgents: [String: Agent] = [:]
    /// How an agent is a member of the queue that named it last.
    var agentMembers: [String: AgentMember] = [:]
    var hints = HintTable()
    var contacts = RegisteredContacts()
    var names = ChannelNames()
    var deviceStates: [String: DeviceState] = [:]
    /// Endpoints that were told to exist since the last snapshot began.
    var seenEndpoints: Set<String> = []
    var oldDials: [String: [String]] = [:]
    var registrations: [String: String] = [:]
    var listed: [ListedChannel] = []
    /// No snapshot has been completed over this connection: what lists say is all that is known.
    var isFirstSnapshot = true
    /// Questions since the driver last took them.
    public var followUps: [FollowUp] = []
    /// Running counts.
    public private(set) var counters = Counters()

    /// What `CoreShowChannels` told, until the list is complete.
    struct ListedChannel {
        var channel: String
        /// Its name at the PBX.
        var told: String
        var linkedID: String
        var application: String
        var arguments: String
        var state: ChannelState
        /// The bridge that it is in; empty: none.
        var bridge: String

        var endpoint: String? { AsteriskInterpreter.endpoint(ofChannel: told) }

        /// Whether the arguments of its Dial name another channel's device.
        func names(_ other: ListedChannel) -> Bool {
            let dash = other.told.lastIndex(of: "-") ?? other.told.endIndex
            let device = other.told[..<dash]
            return arguments.split(whereSeparator: { $0 == "&" || $0 == "," })
                .contains { $0 == device || $0.hasPrefix(device + "/") }
        }
    }

    /// An interpreter that has seen nothing.
    public init() {}

    /// Forgets what events told: a new connection begins, whose snapshot tells all again. Names that channels have in the
    /// facts stay theirs, and what no list tells is kept.
    public mutating func reset() {
        let kept = self
        self = AsteriskInterpreter()
        counters = kept.counters
        names = kept.names
        names.beginConnection()
        isFirstSnapshot = true
        dialplanAgents = kept.dialplanAgents
    }

    /// Everything will be told once more over the same connection. What events told stays known, so that what happens
    /// before the lists come is understood; but nothing is held back because it was told before.
    public mutating func beginSnapshot() {
        deviceStates.removeAll(keepingCapacity: true)
        seenEndpoints.removeAll(keepingCapacity: true)
        listed.removeAll()
        followUps.removeAll()
        hints.beginList()
        names.beginList()
    }

    /// Reads one event or list item; facts are appended to `facts`.
    public mutating func apply(_ message: borrowing AMIMessage, into facts: inout [PBXEvent]) {
        let before = facts.count
        switch message.event {
        // Channels
        case .newchannel:
            channelCreated(message, &facts)
            if !message.isEmpty(.connectedLineNum) || !message.isEmpty(.connectedLineName) {
                connectedLine(message, &facts)
            }
        case .newstate:
            emit(.channelState(channel: channel(message), state: Self.state(message)), &facts)
        case .newCallerid:
            emit(
                .channelCallerID(
                    channel: channel(message), number: message.text(.callerIDNum),
                    name: message.text(.callerIDName)), &facts)
        case .newConnectedLine: connectedLine(message, &facts)
        case .dialBegin: dialBegan(message, &facts)
        case .dialEnd: dialEnded(message, &facts)
        case .dial: oldDial(message, &facts)
        case .bridgeCreate, .bridgeListItem: bridgeSeen(message)
        case .bridgeEnter: bridgeEntered(message, &facts)
        case .bridgeLeave: bridgeLeft(message, &facts)
        case .bridgeDestroy: bridgeDestroyed(message, &facts)
        case .bridge, .link, .unlink: oldBridge(message, &facts)
        case .hold:
            let on = !message.has(.status) || message.isTrue(.status)
            emit(.held(channel: channel(message), on: on), &facts)
        case .unhold: emit(.held(channel: channel(message), on: false), &facts)
        case .rename: renamed(message, &facts)
        case .hangup: hangup(message, &facts)
        case .monitorStart, .mixMonitorStart: emit(.monitored(channel: channel(message), on: true), &facts)
        case .monitorStop, .mixMonitorStop: emit(.monitored(channel: channel(message), on: false), &facts)
        case .coreShowChannel: channelListed(message, &facts)
        // Devices
        case .extensionStatus: extensionStatus(message, &facts)
        case .deviceStateChange: deviceState(message, &facts)
        case .endpointList: endpointListed(message, &facts)
        case .peerEntry: peerListed(message, &facts)
        case .contactStatus, .contactList: contactStatus(message, &facts)
        case .peerStatus: peerStatus(message, &facts)
        case .outboundRegistrationDetail: registrationListed(message, &facts)
        case .registry: registration(message, &facts)
        // Queues
        case .queueParams: emit(.queueSeen(queue: message.text(.queue)), &facts)
        case .queueMember, .queueMemberStatus, .queueMemberAdded, .queueMemberPause, .queueMemberPenalty,
            .queueMemberRinginuse:
            queueMember(message, &facts)
        case .queueMemberPaused: oldQueueMemberPaused(message, &facts)
        case .queueMemberRemoved:
            emit(
                .queueMemberRemoved(queue: message.text(.queue), interface: Self.interface(message)), &facts)
        case .queueCallerJoin, .join, .queueEntry: queueEntry(message, &facts)
        case .queueCallerLeave, .leave:
            emit(.queueEntryLeft(queue: message.text(.queue), channel: channel(message)), &facts)
        // Agents
        case .agents: agentListed(message, &facts)
        case .agentLogin: agentLogin(message, &facts)
        case .agentLogoff, .agentcallbacklogoff: agentLogoff(message, &facts)
        case .agentcallbacklogin: agentCallbackLogin(message, &facts)
        case .userEvent: userEvent(message, &facts)
        // Rooms, voicemail, parking
        case .confbridgeStart: emit(.roomSeen(room: message.text(.conference)), &facts)
        case .confbridgeListRooms: roomListed(message, &facts)
        case .confbridgeJoin, .confbridgeList, .meetmeJoin, .meetmeList: roomJoined(message, &facts)
        case .confbridgeLeave, .meetmeLeave:
            emit(.roomLeft(room: Self.room(message), channel: channel(message)), &facts)
        case .confbridgeMute: roomMuted(message, muted: true, &facts)
        case .confbridgeUnmute: roomMuted(message, muted: false, &facts)
        case .meetmeMute: roomMuted(message, muted: message.isTrue(.status), &facts)
        case .confbridgeEnd, .meetmeEnd: emit(.roomEnded(room: Self.room(message)), &facts)
        case .voicemailUserEntry: mailboxListed(message, &facts)
        case .messageWaiting: messageWaiting(message, &facts)
        case .parkedCall, .parkedCallSwap: parked(message, &facts)
        case .unparkedCall, .parkedCallGiveUp, .parkedCallTimeOut: unparked(message, &facts)
        case .other:
            if ManagerEvents.ignoredNames.contains(message.text(.event)) {
                counters.ignored &+= 1
            } else {
                counters.unknown &+= 1
            }
            return
        default:
            counters.ignored &+= 1
            return
        }
        if facts.count > before { counters.used &+= 1 } else { counters.ignored &+= 1 }
    }

    /// Reads the answer to `MailboxCount`: messages not heard yet and heard; nil when it tells none.
    public mutating func applyMailboxCount(
        _ message: borrowing AMIMessage, into facts: inout [PBXEvent]
    ) -> (new: Int, old: Int)? {
        guard message.integer(.newMessages) != nil, message.integer(.oldMessages) != nil else { return nil }
        let (new, old) = (Self.number(message, .newMessages), Self.number(message, .oldMessages))
        let (mailbox, context) = Self.mailbox(message.text(.mailbox))
        emit(.mailbox(mailbox: mailbox, context: context, new: new, old: old, waiting: new > 0), &facts)
        return (new, old)
    }

    @inline(__always)
    func emit(_ fact: PBXFact, _ facts: inout [PBXEvent]) { facts.append(.fact(fact)) }

    // MARK: Reading names

    /// The channel that a message is about, as the facts name it.
    @inline(__always)
    func channel(
        _ message: borrowing AMIMessage, _ name: AMIHeader = .channel, _ uniqueID: AMIHeader = .uniqueid
    ) -> String {
        names.areRegular ? message.text(name) : names.name(message.text(name), uniqueID: message.text(uniqueID))
    }

    /// What Asterisk understands for a channel of the facts.
    public func address(ofChannel channel: String) -> String { names.address(channel) }

    @inline(__always)
    static func state(_ message: borrowing AMIMessage) -> ChannelState {
        ChannelState(manager: message.integer(.channelState) ?? -1)
    }

    /// The device a channel belongs to: its name up to the last `-`; nil for channels that are inside the PBX.
    static func endpoint(ofChannel channel: String) -> String? {
        let name = channel.utf8
        guard let slash = name.firstIndex(of: UInt8(ascii: "/")), let dash = name.lastIndex(of: UInt8(ascii: "-")),
            slash < dash, name.index(after: slash) < dash
        else { return nil }
        return isDevice(technology: channel[..<slash]) ? String(channel[..<dash]) : nil
    }

    /// Whether a technology's channels belong to devices or lines that have names of their own.
    static func isDevice(technology: Substring) -> Bool {
        switch technology {
        case "PJSIP", "SIP", "IAX2", "DAHDI", "SCCP", "Skinny", "MGCP", "Console", "Motif", "Dongle", "H323", "OOH323",
            "mISDN", "Phone", "Unistim", "USTM", "WebSocket", "Zap":
            true
        default: false
        }
    }

    /// Whether a name of a device state or hint is such a device (`PJSIP/101`, not `Queue:a/b` or `Local/1@x`).
    static func isDevice(_ name: some StringProtocol) -> Bool {
        guard let slash = name.utf8.firstIndex(of: UInt8(ascii: "/")) else { return false }
        return isDevice(technology: Substring(name[..<slash]))
    }
}
