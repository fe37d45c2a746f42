/// The events this library knows by name; the reader of a message switches over these instead of comparing text.
public enum AMIEventName: UInt8, CaseIterable, Sendable {
    /// An event that is not in this list; its name is the value of the header `Event`.
    case other = 0
    // The names as Asterisk writes them are in `name`.
    /// Asterisk has loaded everything: actions make sense from here on.
    case fullyBooted
    /// Asterisk goes down.
    case shutdown
    /// A channel was made.
    case newchannel
    /// A channel's state changed.
    case newstate
    /// A channel's caller id changed.
    case newCallerid
    /// What a channel is shown of the other party changed.
    case newConnectedLine
    /// A channel's account changed.
    case newAccountCode
    /// A channel runs the next step of the dialplan.
    case newexten
    /// A variable was set.
    case varSet
    /// A channel ended.
    case hangup
    /// Somebody asked for a channel's end.
    case hangupRequest
    /// The same, in another thread.
    case softHangupRequest
    /// A channel rings another one.
    case dialBegin
    /// How the ringing goes.
    case dialState
    /// The ringing ended.
    case dialEnd
    /// A bridge was made.
    case bridgeCreate
    /// A channel entered a bridge.
    case bridgeEnter
    /// A channel left a bridge.
    case bridgeLeave
    /// A bridge is gone.
    case bridgeDestroy
    /// Two bridges became one.
    case bridgeMerge
    /// A channel's party put the call on hold.
    case hold
    /// And took it back.
    case unhold
    /// A channel has another name.
    case rename
    /// Two halves of a Local channel were joined.
    case localBridge
    /// A Local channel is being taken out of a call.
    case localOptimizationBegin
    /// It is out.
    case localOptimizationEnd
    /// A call was sent elsewhere.
    case blindTransfer
    /// A call was handed over after an enquiry.
    case attendedTransfer
    /// Somebody took another phone's call.
    case pickup
    /// An originate ended.
    case originateResponse
    /// Music began.
    case musicOnHoldStart
    /// Music ended.
    case musicOnHoldStop
    /// A key was pressed.
    case dtmfBegin
    /// A key was released.
    case dtmfEnd
    /// A report about sound was sent.
    case rtcpSent
    /// A report about sound came.
    case rtcpReceived
    /// A call's record.
    case cdr
    /// A step of a call, for accounting.
    case cel
    /// Something for Asterisk's own tests.
    case testEvent
    /// The state of an extension's hint changed, or a list of hints.
    case extensionStatus
    /// A device's state changed, or a list of them.
    case deviceStateChange
    /// The presence of an extension's hint changed.
    case presenceStatus
    /// A presence changed.
    case presenceStateChange
    /// A peer registered, went, or was tested.
    case peerStatus
    /// A PJSIP contact came, went, or was tested.
    case contactStatus
    /// A registration at a provider changed.
    case registry
    /// An item of a list: a queue.
    case queueParams
    /// An item of a list: a queue's member.
    case queueMember
    /// An item of a list: a queue's caller.
    case queueEntry
    /// An item of a list: a queue's numbers.
    case queueSummary
    /// A member's state changed.
    case queueMemberStatus
    /// A member was added.
    case queueMemberAdded
    /// A member was removed.
    case queueMemberRemoved
    /// A member's pause changed.
    case queueMemberPause
    /// The same before Asterisk 12.
    case queueMemberPaused
    /// A member's rank changed.
    case queueMemberPenalty
    /// Whether a member is rung while it talks changed.
    case queueMemberRinginuse
    /// A caller joined a queue.
    case queueCallerJoin
    /// A caller left a queue.
    case queueCallerLeave
    /// A caller gave up waiting.
    case queueCallerAbandon
    /// A member is rung for a caller.
    case agentCalled
    /// A member took a caller.
    case agentConnect
    /// A member's call ended.
    case agentComplete
    /// A member did not answer.
    case agentRingNoAnswer
    /// An agent logged in.
    case agentLogin
    /// An agent logged off.
    case agentLogoff
    /// An agent logged in to be called back, before Asterisk 1.6.
    case agentcallbacklogin
    /// And logged off.
    case agentcallbacklogoff
    /// An item of a list: an agent.
    case agents
    /// A room opened.
    case confbridgeStart
    /// A channel joined a room.
    case confbridgeJoin
    /// A channel left a room.
    case confbridgeLeave
    /// A participant was muted.
    case confbridgeMute
    /// A participant is heard again.
    case confbridgeUnmute
    /// A participant began or ended talking.
    case confbridgeTalking
    /// A room closed.
    case confbridgeEnd
    /// An item of a list: a participant.
    case confbridgeList
    /// An item of a list: a room.
    case confbridgeListRooms
    /// A mailbox changed.
    case messageWaiting
    /// An item of a list: a mailbox.
    case voicemailUserEntry
    /// A call was parked, or a list of them.
    case parkedCall
    /// A parked call was fetched.
    case unparkedCall
    /// A parked call hung up.
    case parkedCallGiveUp
    /// A parked call came back.
    case parkedCallTimeOut
    /// A channel took the place of a parked one.
    case parkedCallSwap
    /// A module read its files again.
    case reload
    /// A module was loaded.
    case load
    /// A module is gone.
    case unload
    /// An item of a list: a channel.
    case coreShowChannel
    /// An item of a list: a bridge.
    case bridgeListItem
    /// An item of a list: a channel in a bridge.
    case bridgeInfoChannel
    /// An item of a list: a PJSIP endpoint.
    case endpointList
    /// An item of a list: a contact of a PJSIP endpoint.
    case contactList
    /// An item of a list: a peer of chan_sip or IAX2.
    case peerEntry
    /// An item of a list: a PJSIP registration at a provider.
    case outboundRegistrationDetail
    /// Recording began (Monitor).
    case monitorStart
    /// It ended.
    case monitorStop
    /// Recording began (MixMonitor).
    case mixMonitorStart
    /// It ended.
    case mixMonitorStop
    /// An item of a list: a channel, in detail.
    case status
    /// An event that a dialplan made.
    case userEvent
    /// A dial began or ended, before Asterisk 12.
    case dial
    /// Two channels were joined or parted, before Asterisk 12.
    case bridge
    /// Two channels were joined, before Asterisk 1.6.
    case link
    /// Two channels were parted, before Asterisk 1.6.
    case unlink
    /// A caller joined a queue, before Asterisk 12.
    case join
    /// A caller left a queue, before Asterisk 12.
    case leave
    /// A channel joined a MeetMe room.
    case meetmeJoin
    /// A channel left a MeetMe room.
    case meetmeLeave
    /// A participant of a MeetMe room was muted or is heard again.
    case meetmeMute
    /// A MeetMe room closed.
    case meetmeEnd
    /// An item of a list: a participant of a MeetMe room.
    case meetmeList
    /// A login succeeded somewhere.
    case successfulAuth
    /// A login was asked for its proof somewhere.
    case challengeSent
    /// An AGI command began.
    case agiExecStart
    /// An AGI command ended.
    case agiExecEnd
}
