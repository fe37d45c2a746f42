import SiteModel
import TandemCore

/// Names one action on its way to the PBX and back. Unique within a node's life.
public struct ActionToken: Hashable, Sendable {
    /// A running number.
    public let number: UInt64
    /// Wraps a running number.
    public init(_ number: UInt64) { self.number = number }
}

/// What a node can ask of its PBX. Every value is of a type that cannot hold a line break. Only contexts and extensions
/// start calls: no application or shell command comes from a client or a peer.
public enum PBXAction: Hashable, Sendable {
    /// Calls `endpoint`; when it answers, it is sent to `extension` in `context`.
    case originate(Originate)
    /// Ends a channel.
    case hangup(channel: HeaderText)
    /// Sends a channel to an extension (blind transfer of that party; the caller picks the right leg).
    case redirect(channel: HeaderText, extension: Extension, context: HeaderText)
    /// `channel`'s user enquires at `extension`; completed by hanging up, undone by `cancelAttendedTransfer`.
    case attendedTransfer(channel: HeaderText, extension: Extension, context: HeaderText)
    case cancelAttendedTransfer(channel: HeaderText)
    /// Parks a channel; `returnTo` is called when the time is up.
    case park(channel: HeaderText, returnTo: HeaderText?, lot: HeaderText?, timeoutSeconds: Int)
    /// Makes a ringing phone answer, where the phone can be told to.
    case answer(channel: HeaderText)
    case hold(channel: HeaderText, on: Bool)
    case agentLogin(agent: Extension, extension: Extension, context: HeaderText)
    case agentLogoff(agent: Extension)
    case queueAdd(
        queue: HeaderText, interface: HeaderText, memberName: HeaderText?, stateInterface: HeaderText?, penalty: Int,
        paused: Bool)
    case queueRemove(queue: HeaderText, interface: HeaderText)
    /// Queue nil: all queues of the member.
    case queuePause(queue: HeaderText?, interface: HeaderText, paused: Bool, reason: HeaderText?)
    case roomMute(room: HeaderText, channel: HeaderText, muted: Bool)
    case roomKick(room: HeaderText, channel: HeaderText)
    case record(channel: HeaderText, on: Bool, file: HeaderText)
    /// `listener` is called and hears `channel`.
    case listen(listener: HeaderText, channel: HeaderText)
    case notify(endpoint: HeaderText, variables: [HeaderText])
    case mailboxCount(mailbox: HeaderText, context: HeaderText)

    /// A call that the PBX is to start.
    public struct Originate: Hashable, Sendable {
        /// What rings first: a device (`PJSIP/101`) or `Local/<extension>@<context>`.
        public var endpoint: HeaderText
        /// Where the answered call goes.
        public var `extension`: Extension
        /// Context of the extension.
        public var context: HeaderText
        /// What the ringing phone shows.
        public var callerName: HeaderText?
        /// Number part of the caller id.
        public var callerNumber: Extension?
        /// How long the endpoint may ring.
        public var timeoutSeconds: Int
        /// Makes a call.
        public init(
            endpoint: HeaderText, extension: Extension, context: HeaderText, callerName: HeaderText? = nil,
            callerNumber: Extension? = nil, timeoutSeconds: Int = 30
        ) {
            self.endpoint = endpoint
            self.extension = `extension`
            self.context = context
            self.callerName = callerName
            self.callerNumber = callerNumber
            self.timeoutSeconds = timeoutSeconds
        }
    }

    /// The short name of the action, for logs and capabilities.
    public var name: String {
        switch self {
        case .originate: "originate"
        case .hangup: "hangup"
        case .redirect: "redirect"
        case .attendedTransfer: "attendedTransfer"
        case .cancelAttendedTransfer: "cancelAttendedTransfer"
        case .park: "park"
        case .answer: "answer"
        case .hold: "hold"
        case .agentLogin: "agentLogin"
        case .agentLogoff: "agentLogoff"
        case .queueAdd: "queueAdd"
        case .queueRemove: "queueRemove"
        case .queuePause: "queuePause"
        case .roomMute: "roomMute"
        case .roomKick: "roomKick"
        case .record: "record"
        case .listen: "listen"
        case .notify: "notify"
        case .mailboxCount: "mailboxCount"
        }
    }
}

/// What becomes of an action, in this order: `written`, `accepted`, zero or more `channel`, `originated`; or `failed`
/// at any point. Exactly one of the final events (`isFinal`) ends each action.
public enum PBXActionEvent: Hashable, Sendable {
    /// The action is on the wire (`ipbxreply` true). Not final.
    case written
    /// The PBX said yes (`response` ok). Final for every action but `originate`.
    case accepted(final: Bool)
    /// The channel made for an originate (`autocall_channel`). Not final.
    case channel(String)
    /// The end of an originate: the channel and the AMI reason (4 answered, 0 unreachable, 1 hung up, 5 busy, 8 or 3 no
    /// answer; CTI reference 4.15). Final.
    case originated(channel: String?, reason: Int)
    /// The PBX said no, or nothing. Final. `connection`: there is no PBX to ask (`ipbxreply` noconn), or, after `written`,
    /// it gave no answer: then nobody knows what became of the action.
    case failed(reason: String, connection: Bool)

    /// Whether nothing follows.
    public var isFinal: Bool {
        switch self {
        case .written, .channel: false
        case .accepted(let final): final
        case .originated, .failed: true
        }
    }
}

/// What a driver reports to its node.
public enum PBXEvent: Hashable, Sendable {
    /// Something was seen at the PBX.
    case fact(PBXFact)
    /// Something became of an action.
    case action(ActionToken, PBXActionEvent)
}

/// The part that speaks to one kind of PBX. Lives on the node's event loop; `deliver` is called there, in order.
///
/// After each (re)connection it delivers `resyncBegan`, the snapshot, `resyncEnded`; when the PBX is lost,
/// `connectionLost` and a `failed` for each action under way.
public protocol PBXDriver: AnyObject {
    /// Names of the actions (`PBXAction.name`) that this PBX can do; the others are refused before they reach it.
    var capabilities: Set<String> { get }
    /// Connects, and keeps reconnecting, until `stop`. Events come through `deliver`, several at a time.
    func start(deliver: @escaping ([PBXEvent]) -> Void)
    /// Asks the PBX for something. Its events carry the token.
    func perform(_ action: PBXAction, token: ActionToken)
    /// Ends the connection. Nothing is delivered afterwards.
    func stop()
}
