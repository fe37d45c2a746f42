import TandemCore

/// What a driver saw at its PBX, in words that no brand owns. A driver's interpreter makes facts from what its PBX says;
/// `SiteModel.apply` makes changes of objects from facts.
///
/// Channels, queues, rooms, lots and trunks are named as the PBX names them (`PJSIP/101-00000003`); a name means the same
/// thing from the fact that introduces it to the one that ends it. Facts are told in the order in which things happened.
/// A fact about something that was never introduced, or has ended, changes nothing. Telling a fact twice does no harm.
public enum PBXFact: Hashable, Sendable {
    // MARK: The connection
    /// The PBX answers, for the first time or again, and a full snapshot follows: every `…Seen`, every channel with its
    /// dials, bridge and flags, every queue with members and callers, agents, rooms, mailboxes, parked calls, trunks.
    /// Facts of what happens meanwhile come in between. Always followed by `resyncEnded` or `connectionLost`.
    case resyncBegan
    /// The snapshot is complete: what was known before and was not confirmed since `resyncBegan` is gone, and the site
    /// counts as current.
    case resyncEnded
    /// The PBX cannot be reached; its objects are stale from now on. Ends a snapshot that was under way. Told once for
    /// each reason, not for each attempt that fails alike. The reason is for people: what happened, where, what to do.
    case connectionLost(reason: String)

    // MARK: Endpoints
    /// An endpoint that can be called exists (`PJSIP/101`), with the number and context that reach it and the name shown
    /// for it, as far as known. May be told again with more.
    case endpointSeen(endpoint: String, number: String?, context: String?, displayName: String?)
    /// What a device, or the hint that watches it, does now. To be told on each change, and in the snapshot.
    case endpointState(endpoint: String, state: DeviceState)
    /// A device registered (`host:port` as far as known) or is gone (nil).
    case endpointRegistration(endpoint: String, address: String?)

    // MARK: Channels
    /// A channel exists: a leg of a call, from here until `channelEnded`. It comes before every other fact of that
    /// channel. `endpoint` is the device it belongs to, nil for channels that are inside the PBX; `uniqueID` is never
    /// used again by this PBX; `linkedID` is shared by the legs of one call, where the PBX has such a thing; `extension`
    /// and `context` are what was dialled. A channel that is known already is confirmed.
    case channelCreated(
        channel: String, endpoint: String?, uniqueID: String, state: ChannelState, callerNumber: String,
        callerName: String, extension: String, context: String, linkedID: String)
    /// Two channels are the halves of one that the PBX made inside itself to send a call on through its dial plan: what
    /// talks to one half talks to whom the other half talks to. After the `channelCreated` of `channel`; told for each of
    /// the two, so that it is told once when both exist.
    case channelsPaired(channel: String, other: String)
    /// A channel's state changed.
    case channelState(channel: String, state: ChannelState)
    /// Who the channel's party is: number and name, either may be empty.
    case channelCallerID(channel: String, number: String, name: String)
    /// The other party as the PBX shows it to this channel; either may be empty.
    case channelConnectedLine(channel: String, number: String, name: String)
    /// `caller` rings `callee`; both were created. The caller is nil when the PBX itself originated the call.
    case dialBegan(caller: String?, callee: String)
    /// `callee` is not rung any more: it answered, or why not. Before the `channelEnded` of either.
    case dialEnded(caller: String?, callee: String, outcome: DialOutcome)
    /// The channel takes part in a conversation: a bridge of two or more that is no waiting room. A driver tells it for
    /// the first member only when the second comes. A channel is in one bridge at a time.
    case bridgeEntered(channel: String, bridge: String)
    /// The channel left a bridge that it had entered. Before its `channelEnded`.
    case bridgeLeft(channel: String, bridge: String)
    /// The channel's party put the call on hold, or took it back.
    case held(channel: String, on: Bool)
    /// A channel has another name from now on, and may belong to another device (nil: to none); everything else of it stays.
    case channelRenamed(from: String, to: String, endpoint: String?)
    /// The channel ended, and why. Nothing follows about this channel.
    case channelEnded(channel: String, cause: ReleaseCause)
    /// Recording of the channel began or ended.
    case monitored(channel: String, on: Bool)

    // MARK: Queues
    /// A queue exists. Before its members and callers.
    case queueSeen(queue: String)
    /// A member exists or changed. All fields are the member's present state.
    case queueMember(QueueMemberFact)
    /// A member was taken out of a queue.
    case queueMemberRemoved(queue: String, interface: String)
    /// Only a member's pause changed; for a PBX that tells no more than that. Reason empty: none given.
    case queueMemberPaused(queue: String, interface: String, paused: Bool, reason: String)
    /// A channel waits in a queue, at a position from 1, since some seconds.
    case queueEntryJoined(queue: String, channel: String, position: Int, waitedSeconds: Double)
    /// It does not wait there any more: a member took it, it gave up, or it was sent elsewhere.
    case queueEntryLeft(queue: String, channel: String)

    // MARK: Agents
    /// An agent of the PBX exists or changed; all fields are the present ones. `channel`: on which it is logged in,
    /// where agents keep a line open; `phoneNumber`: where it is called back. Both nil while logged off.
    case agent(number: String, name: String?, state: AgentState, channel: String?, phoneNumber: String?)

    // MARK: Rooms, voicemail, parking
    /// A conference room exists, empty or not.
    case roomSeen(room: String)
    /// A channel joined a room, as its administrator or muted where so; number and name as shown to the others.
    case roomJoined(room: String, channel: String, admin: Bool, muted: Bool, callerNumber: String, callerName: String)
    /// A channel left a room. Before its `channelEnded`.
    case roomLeft(room: String, channel: String)
    /// A participant was muted, or is heard again.
    case roomMuted(room: String, channel: String, muted: Bool)
    /// The conference is over: the room is empty.
    case roomEnded(room: String)
    /// A mailbox exists. Name and address of its owner; either may be empty.
    case mailboxSeen(mailbox: String, context: String, fullName: String, email: String)
    /// How many messages a mailbox holds, unheard and heard, and whether its owner's phones show that some wait.
    case mailbox(mailbox: String, context: String, new: Int, old: Int, waiting: Bool)
    /// A channel is parked in a space of a lot (`default` where lots have no names). `parker`: the device that is called
    /// when the time is up; `timeoutSeconds`: how long that is; `parkedSeconds`: how long it has been there already.
    case parked(
        lot: String, space: String, channel: String, parker: String, callerNumber: String, callerName: String,
        timeoutSeconds: Int, parkedSeconds: Int = 0)
    /// It is parked no more: fetched, timed out, or hung up. Before its `channelEnded`.
    case unparked(lot: String, space: String, channel: String)

    // MARK: Trunks
    /// A line to a provider or another site exists, and where it leads (`host`, empty if unknown).
    case trunkSeen(name: String, technology: String, host: String)
    /// Whether calls can go out on a trunk now.
    case trunkState(name: String, reachable: Bool)
}
