/// The header names this library knows. A known name is found without making a `String`; any other one is `other` and
/// its text is still in the message. Names compare without regard to letter case, as Asterisk does.
public enum AMIHeader: UInt8, CaseIterable, Sendable {
    /// A name that is not in this list.
    case other = 0
    // The names as Asterisk writes them are in `name`.
    /// The event's name.
    case event
    /// `Success`, `Error`, `Follows` or `Goodbye`.
    case response
    /// The number that the asker gave to an action; its answers carry it.
    case actionID
    /// What the answer says in words.
    case message
    /// `start`, `Complete` or `cancelled`: where in a list this message is.
    case eventList
    /// How many items the list had.
    case listItems
    /// The class of rights that the event needs.
    case privilege
    /// When it happened, Unix seconds with fraction.
    case timestamp
    /// The channel it is about.
    case channel
    /// The channel's state as a number.
    case channelState
    /// The channel's state as a word.
    case channelStateDesc
    /// The caller's number.
    case callerIDNum
    /// The caller's name.
    case callerIDName
    /// The other party's number as shown to the channel.
    case connectedLineNum
    /// The other party's name as shown to the channel.
    case connectedLineName
    /// The language of announcements.
    case language
    /// Who pays.
    case accountCode
    /// The dialplan context.
    case context
    /// The dialplan extension.
    case exten
    /// The dialplan step.
    case priority
    /// The channel's own id.
    case uniqueid
    /// The id that the legs of one call share.
    case linkedid
    /// The channel that is rung.
    case destChannel
    /// Its state as a number.
    case destChannelState
    /// Its number.
    case destCallerIDNum
    /// Its name.
    case destCallerIDName
    /// Its own id.
    case destUniqueid
    /// What was dialled to reach it.
    case dialString
    /// How the ringing ended, a word.
    case dialStatus
    /// The bridge it is about.
    case bridgeUniqueid
    /// What kind of bridge it is.
    case bridgeType
    /// How the bridge mixes; `holding_bridge` is a waiting room.
    case bridgeTechnology
    /// The module that made the bridge.
    case bridgeCreator
    /// The bridge's name, where its creator gave one.
    case bridgeName
    /// How many channels are in the bridge.
    case bridgeNumChannels
    /// The bridge in which a listed channel is.
    case bridgeId
    /// The channel whose place in the bridge is taken.
    case swapUniqueid
    /// Why the channel ended, a Q.850 number.
    case cause
    /// The same in words.
    case causeText
    /// Why: of a pause, or of the end of an originate (a number).
    case reason
    /// The queue's name.
    case queue
    /// What the queue dials for a member.
    case interface
    /// The same in lists, and in events before Asterisk 12.
    case location
    /// The name of whatever is listed.
    case name
    /// The name shown for a queue member.
    case memberName
    /// The device that the queue watches for a member.
    case stateInterface
    /// How the member came into the queue: `static`, `dynamic`, `realtime`.
    case membership
    /// The member's rank; lower rings first.
    case penalty
    /// Calls that the member took.
    case callsTaken
    /// End of the member's last call, Unix seconds.
    case lastCall
    /// Begin of the member's last pause, Unix seconds.
    case lastPause
    /// When the member was added, Unix seconds.
    case loginTime
    /// Whether the member is in a call of the queue.
    case inCall
    /// A state, as a number or word, of what the message is about.
    case status
    /// The same in words.
    case statusText
    /// Whether the member takes no calls.
    case paused
    /// The reason given with the pause.
    case pausedReason
    /// Whether the member is rung while it talks.
    case ringinuse
    /// Seconds of rest after a call.
    case wrapuptime
    /// The place in the queue, from 1.
    case position
    /// How many wait in the queue.
    case count
    /// How long the caller has waited, seconds.
    case wait
    /// The agent's number.
    case agent
    /// The agent's number, in events that a dial plan makes.
    case agentNumber
    /// Where an agent is called back (before Asterisk 12).
    case loginChan
    /// The device whose state changed.
    case device
    /// The device's state, a word.
    case state
    /// The devices that an extension's hint watches.
    case hint
    /// The room's name.
    case conference
    /// Whether the participant is an administrator.
    case admin
    /// Whether the participant is muted.
    case muted
    /// The mailbox, `number@context`.
    case mailbox
    /// Whether messages wait.
    case waiting
    /// Messages not heard yet.
    case new
    /// Messages heard.
    case old
    /// Messages not heard yet, in answers to `MailboxCount`.
    case newMessages
    /// Messages heard, in answers to `MailboxCount`.
    case oldMessages
    /// The context of a listed mailbox.
    case vmContext
    /// The number of a listed mailbox.
    case voiceMailbox
    /// The name of a mailbox's owner.
    case fullname
    /// The address of a mailbox's owner.
    case email
    /// Messages not heard yet, of a listed mailbox.
    case newMessageCount
    /// Messages heard, of a listed mailbox.
    case oldMessageCount
    /// The channel that is parked.
    case parkeeChannel
    /// Its own id.
    case parkeeUniqueid
    /// Its number.
    case parkeeCallerIDNum
    /// Its name.
    case parkeeCallerIDName
    /// Who is called when the time is up.
    case parkerDialString
    /// The lot's name.
    case parkinglot
    /// The space in the lot.
    case parkingSpace
    /// Seconds until the call comes back.
    case parkingTimeout
    /// Who parked (before Asterisk 12).
    case from
    /// Seconds for which a call has been parked.
    case parkingDuration
    /// Seconds until a parked call comes back (before Asterisk 12).
    case timeout
    /// What is listed.
    case objectType
    /// The name of what is listed.
    case objectName
    /// Where a listed endpoint is registered.
    case contacts
    /// A listed endpoint's state in words.
    case deviceState
    /// A contact's address.
    case uri
    /// Whether a contact can be reached, a word.
    case contactStatus
    /// The address of record that a contact belongs to.
    case aor
    /// The endpoint that a contact belongs to.
    case endpointName
    /// The same, of a listed contact.
    case endpoint
    /// The technology: `PJSIP`, `SIP`, `IAX2`.
    case channelType
    /// The peer, with its technology.
    case peer
    /// Whether a peer is registered or can be reached, a word.
    case peerStatus
    /// A peer's address and port.
    case address
    /// A peer's port, where the address is without one.
    case port
    /// A listed peer's address.
    case ipAddress
    /// A listed peer's port.
    case ipPort
    /// The application that the channel runs.
    case application
    /// Its arguments.
    case applicationData
    /// A variable's name.
    case variable
    /// A variable's value.
    case value
    /// A line of a command's output.
    case output
    /// The channel that an agent talks to.
    case talkingToChan
    /// How Asterisk shuts down.
    case shutdown
    /// The name of an event that a dialplan made.
    case userEvent
    /// `Begin` or `End` of a dial before Asterisk 12.
    case subEvent
    /// The channel that is rung, before Asterisk 12.
    case destination
    /// The first of two joined channels, before Asterisk 12.
    case channel1
    /// The second of them.
    case channel2
    /// The first one's number.
    case callerID1
    /// The second one's number.
    case callerID2
    /// The first one's own id.
    case uniqueid1
    /// The second one's own id.
    case uniqueid2
    /// `Link` or `Unlink`, before Asterisk 12.
    case bridgestate
    /// A renamed channel's former name, in old versions.
    case oldname
    /// A renamed channel's new name.
    case newname
    /// The room's name before ConfBridge.
    case meetme
    /// The participant's number in such a room.
    case usernum
    /// A registration's user.
    case username
    /// A registration's server.
    case domain
    /// A listed registration's server.
    case serverUri
    /// A listed registration's own address.
    case clientUri
    /// Which music plays.
    case musicClass
    /// The extension that runs.
    case `extension`
    /// An application's arguments, in old versions.
    case appData
    /// A machine's name.
    case host
    /// Which way sound or a recording goes.
    case direction
    /// The challenge of an encrypted login.
    case challenge
    /// `Pong`.
    case ping
}
