/// The events this library knows by name; the reader of a message switches over these instead of comparing text.
public enum AMIEventName: UInt8, CaseIterable, Sendable {
    /// An event that is not in this list; its name is the value of the header `Event`.
    case other = 0
    // The names as Asterisk writes them are in `name`.
    case fullyBooted, shutdown, newchannel, newstate, newCallerid, newConnectedLine, newAccountCode, newexten, varSet,
        hangup, hangupRequest, softHangupRequest, dialBegin, dialState, dialEnd, bridgeCreate, bridgeEnter,
        bridgeLeave, bridgeDestroy, bridgeMerge, hold, unhold, rename, localBridge, localOptimizationBegin,
        localOptimizationEnd, blindTransfer, attendedTransfer, pickup, originateResponse, musicOnHoldStart,
        musicOnHoldStop, dtmfBegin, dtmfEnd, rtcpSent, rtcpReceived, cdr, cel, testEvent, extensionStatus,
        deviceStateChange, presenceStatus, presenceStateChange, peerStatus, contactStatus, registry, queueParams,
        queueMember, queueEntry, queueSummary, queueMemberStatus, queueMemberAdded, queueMemberRemoved,
        queueMemberPause, queueMemberPaused, queueMemberPenalty, queueMemberRinginuse, queueCallerJoin,
        queueCallerLeave, queueCallerAbandon, agentCalled, agentConnect, agentComplete, agentRingNoAnswer, agentLogin,
        agentLogoff, agentcallbacklogin, agentcallbacklogoff, agents, confbridgeStart, confbridgeJoin,
        confbridgeLeave, confbridgeMute, confbridgeUnmute, confbridgeTalking, confbridgeEnd, confbridgeList,
        confbridgeListRooms, messageWaiting, voicemailUserEntry, parkedCall, unparkedCall, parkedCallGiveUp,
        parkedCallTimeOut, coreShowChannel, bridgeListItem, bridgeInfoChannel, endpointList, peerEntry,
        outboundRegistrationDetail, monitorStart, monitorStop, mixMonitorStart, mixMonitorStop, status, userEvent,
        dial, bridge, link, unlink, join, leave, meetmeJoin, meetmeLeave, meetmeMute, meetmeEnd, meetmeList,
        successfulAuth, challengeSent, agiExecStart, agiExecEnd

    /// The name on the wire; empty for `other`.
    public var name: StaticString {
        switch self {
        case .other: ""
        case .fullyBooted: "FullyBooted"
        case .shutdown: "Shutdown"
        case .newchannel: "Newchannel"
        case .newstate: "Newstate"
        case .newCallerid: "NewCallerid"
        case .newConnectedLine: "NewConnectedLine"
        case .newAccountCode: "NewAccountCode"
        case .newexten: "Newexten"
        case .varSet: "VarSet"
        case .hangup: "Hangup"
        case .hangupRequest: "HangupRequest"
        case .softHangupRequest: "SoftHangupRequest"
        case .dialBegin: "DialBegin"
        case .dialState: "DialState"
        case .dialEnd: "DialEnd"
        case .bridgeCreate: "BridgeCreate"
        case .bridgeEnter: "BridgeEnter"
        case .bridgeLeave: "BridgeLeave"
        case .bridgeDestroy: "BridgeDestroy"
        case .bridgeMerge: "BridgeMerge"
        case .hold: "Hold"
        case .unhold: "Unhold"
        case .rename: "Rename"
        case .localBridge: "LocalBridge"
        case .localOptimizationBegin: "LocalOptimizationBegin"
        case .localOptimizationEnd: "LocalOptimizationEnd"
        case .blindTransfer: "BlindTransfer"
        case .attendedTransfer: "AttendedTransfer"
        case .pickup: "Pickup"
        case .originateResponse: "OriginateResponse"
        case .musicOnHoldStart: "MusicOnHoldStart"
        case .musicOnHoldStop: "MusicOnHoldStop"
        case .dtmfBegin: "DTMFBegin"
        case .dtmfEnd: "DTMFEnd"
        case .rtcpSent: "RTCPSent"
        case .rtcpReceived: "RTCPReceived"
        case .cdr: "Cdr"
        case .cel: "CEL"
        case .testEvent: "TestEvent"
        case .extensionStatus: "ExtensionStatus"
        case .deviceStateChange: "DeviceStateChange"
        case .presenceStatus: "PresenceStatus"
        case .presenceStateChange: "PresenceStateChange"
        case .peerStatus: "PeerStatus"
        case .contactStatus: "ContactStatus"
        case .registry: "Registry"
        case .queueParams: "QueueParams"
        case .queueMember: "QueueMember"
        case .queueEntry: "QueueEntry"
        case .queueSummary: "QueueSummary"
        case .queueMemberStatus: "QueueMemberStatus"
        case .queueMemberAdded: "QueueMemberAdded"
        case .queueMemberRemoved: "QueueMemberRemoved"
        case .queueMemberPause: "QueueMemberPause"
        case .queueMemberPaused: "QueueMemberPaused"
        case .queueMemberPenalty: "QueueMemberPenalty"
        case .queueMemberRinginuse: "QueueMemberRinginuse"
        case .queueCallerJoin: "QueueCallerJoin"
        case .queueCallerLeave: "QueueCallerLeave"
        case .queueCallerAbandon: "QueueCallerAbandon"
        case .agentCalled: "AgentCalled"
        case .agentConnect: "AgentConnect"
        case .agentComplete: "AgentComplete"
        case .agentRingNoAnswer: "AgentRingNoAnswer"
        case .agentLogin: "AgentLogin"
        case .agentLogoff: "AgentLogoff"
        case .agentcallbacklogin: "Agentcallbacklogin"
        case .agentcallbacklogoff: "Agentcallbacklogoff"
        case .agents: "Agents"
        case .confbridgeStart: "ConfbridgeStart"
        case .confbridgeJoin: "ConfbridgeJoin"
        case .confbridgeLeave: "ConfbridgeLeave"
        case .confbridgeMute: "ConfbridgeMute"
        case .confbridgeUnmute: "ConfbridgeUnmute"
        case .confbridgeTalking: "ConfbridgeTalking"
        case .confbridgeEnd: "ConfbridgeEnd"
        case .confbridgeList: "ConfbridgeList"
        case .confbridgeListRooms: "ConfbridgeListRooms"
        case .messageWaiting: "MessageWaiting"
        case .voicemailUserEntry: "VoicemailUserEntry"
        case .parkedCall: "ParkedCall"
        case .unparkedCall: "UnParkedCall"
        case .parkedCallGiveUp: "ParkedCallGiveUp"
        case .parkedCallTimeOut: "ParkedCallTimeOut"
        case .coreShowChannel: "CoreShowChannel"
        case .bridgeListItem: "BridgeListItem"
        case .bridgeInfoChannel: "BridgeInfoChannel"
        case .endpointList: "EndpointList"
        case .peerEntry: "PeerEntry"
        case .outboundRegistrationDetail: "OutboundRegistrationDetail"
        case .monitorStart: "MonitorStart"
        case .monitorStop: "MonitorStop"
        case .mixMonitorStart: "MixMonitorStart"
        case .mixMonitorStop: "MixMonitorStop"
        case .status: "Status"
        case .userEvent: "UserEvent"
        case .dial: "Dial"
        case .bridge: "Bridge"
        case .link: "Link"
        case .unlink: "Unlink"
        case .join: "Join"
        case .leave: "Leave"
        case .meetmeJoin: "MeetmeJoin"
        case .meetmeLeave: "MeetmeLeave"
        case .meetmeMute: "MeetmeMute"
        case .meetmeEnd: "MeetmeEnd"
        case .meetmeList: "MeetmeList"
        case .successfulAuth: "SuccessfulAuth"
        case .challengeSent: "ChallengeSent"
        case .agiExecStart: "AGIExecStart"
        case .agiExecEnd: "AGIExecEnd"
        }
    }
}
