import SiteModel
import TandemCore

/// What a node can ask of its PBX. Every value is of a type whose alphabet and length are known
/// (`PBXName`, `Extension`): nothing in it is syntax to a PBX, whoever it came from. Only contexts and extensions
/// start calls: no application or shell command comes from a client or a peer.
public enum PBXAction: Hashable, Sendable {
    /// Calls `party`; when it answers, it is sent to `extension` in `context`. Ends with `originated`.
    case originate(Originate)
    /// Ends a channel.
    case hangup(channel: ChannelName)
    /// Sends a channel to an extension (blind transfer of that party; the caller picks the right leg). Whom it talked to
    /// is let go.
    case redirect(channel: ChannelName, extension: Extension, context: ContextName)
    /// `channel`'s user enquires at `extension` while the other party waits; completed by hanging `channel` up, undone by
    /// `cancelAttendedTransfer`.
    case attendedTransfer(channel: ChannelName, extension: Extension, context: ContextName)
    /// Takes an enquiry back: `channel`'s user talks to the waiting party again.
    case cancelAttendedTransfer(channel: ChannelName)
    /// Parks a channel in a lot (nil: the usual one); `returnTo` (a device; nil: who parked) is called when the time is up.
    case park(channel: ChannelName, returnTo: ChannelName?, lot: PlaceName?, timeoutSeconds: Int)
    /// Makes a ringing phone answer, where the phone can be told to.
    case answer(channel: ChannelName)
    /// Puts `channel`'s call on hold as its phone would, or takes it back; where the phone can be told to.
    case hold(channel: ChannelName, on: Bool)
    /// Logs an agent in at the phone of an extension. Where agents keep a line open that phone is called first; accepted
    /// once it answered.
    case agentLogin(agent: Extension, extension: Extension, context: ContextName)
    /// Logs an agent off; a call of a queue that it has may end.
    case agentLogoff(agent: Extension)
    /// Adds a member to a queue; `shownName` is the name that people see. One that is there already is refused.
    case queueAdd(
        queue: PlaceName, member: QueueMemberName, shownName: ShownText?, penalty: Int, paused: Bool)
    /// Removes a member that was added; members of the PBX's own configuration are refused.
    case queueRemove(queue: PlaceName, member: QueueMemberName)
    /// Pauses a member or ends its pause. Queue nil: all queues of the member. The reason is shown to people.
    case queuePause(queue: PlaceName?, member: QueueMemberName, paused: Bool, reason: ShownText?)
    /// Mutes a participant of a room, or lets it be heard again.
    case roomMute(room: PlaceName, channel: ChannelName, muted: Bool)
    /// Sends a participant out of a room; the channel `all`: everybody.
    case roomKick(room: PlaceName, channel: ChannelName)
    /// Begins or ends recording a channel into a file of a plain name (no path, no option).
    case record(channel: ChannelName, on: Bool, file: FileName)
    /// `listener` is called and hears `channel`, unheard itself. Accepted once it answered.
    case listen(listener: CallParty, channel: ChannelName)
    /// Sends a device a notification of variables `name=value` (`Event=check-sync`).
    case notify(endpoint: DeviceName, variables: [DeviceVariable])
    /// Counts a mailbox: a `mailbox` fact and `counted` tell the numbers, then it is accepted.
    case mailboxCount(mailbox: MailboxNumber, context: ContextName)

    /// A call that the PBX is to start.
    public struct Originate: Hashable, Sendable {
        /// Who rings first.
        public var party: CallParty
        /// Where the answered call goes.
        public var `extension`: Extension
        /// Context of the extension.
        public var context: ContextName
        /// Who calls, as the called party sees it and call records have it: name and number; nil: as the PBX knows the
        /// party that rings first.
        public var callerName: ShownText?
        /// The number of who calls.
        public var callerNumber: Extension?
        /// Who is called, as the phone that rings first shows it.
        public var calledName: ShownText?
        /// The number of who is called.
        public var calledNumber: Extension?
        /// How long the party may ring.
        public var timeoutSeconds: Int
        /// Makes a call.
        public init(
            calling party: CallParty, extension: Extension, context: ContextName, callerName: ShownText? = nil,
            callerNumber: Extension? = nil, calledName: ShownText? = nil, calledNumber: Extension? = nil,
            timeoutSeconds: Int = 30
        ) {
            self.party = party
            self.extension = `extension`
            self.context = context
            self.callerName = callerName
            self.callerNumber = callerNumber
            self.calledName = calledName
            self.calledNumber = calledNumber
            self.timeoutSeconds = timeoutSeconds
        }
    }

    /// What a PBX must be able to do for this.
    public var capability: PBXCapability {
        switch self {
        case .originate: .originate
        case .hangup: .hangup
        case .redirect: .redirect
        case .attendedTransfer: .attendedTransfer
        case .cancelAttendedTransfer: .cancelAttendedTransfer
        case .park: .park
        case .answer: .answer
        case .hold: .hold
        case .agentLogin: .agentLogin
        case .agentLogoff: .agentLogoff
        case .queueAdd: .queueAdd
        case .queueRemove: .queueRemove
        case .queuePause: .queuePause
        case .roomMute: .roomMute
        case .roomKick: .roomKick
        case .record: .record
        case .listen: .listen
        case .notify: .notify
        case .mailboxCount: .mailboxCount
        }
    }
}
