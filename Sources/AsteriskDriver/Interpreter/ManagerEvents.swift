import AMI

/// What the driver makes of each event that Asterisk 16 to 22 documents, and of those of older versions that it reads: which
/// fields it uses, and why it leaves the others. A test holds it against the interpreter, the recordings and Asterisk's
/// own list of events.
enum ManagerEvents {
    /// Why something is left alone.
    enum Silence: String {
        case envelope = "about the message, not about the PBX"
        case repeated = "a word for what another field says in numbers, or once more what another event tells"
        case ownEvents = "the channel's own events tell it"
        case bridge = "a bridge is shown by who is in it, and its kind is read when it appears"
        case media = "media, tones and music are not shown"
        case dialplan = "steps and variables of the dial plan are not shown"
        case accounting = "for call records; the node keeps its own"
        case settings = "settings of the PBX, which are not shown"
        case statistics = "running statistics, which clients do not ask for yet"
        case answer = "an answer to a question that is not asked"
        case listEnd = "the end of a list, which the session reads"
        case security = "logins and refusals at the PBX are its own log's matter"
        case lines = "hardware lines are shown by their device states"
        case system = "the state of the machine is not shown"
        case legacy = "told by other events too"
        case action = "the end of an action, which the session reads"
        case fax = "faxes are not shown yet"
    }

    /// One event that is used.
    struct Row {
        var event: String
        /// Names of the fields that are used.
        var used: [String]
        /// Fields that are left alone here, besides those that are everywhere.
        var left: [Silence: [String]]
    }

    /// Fields that are left alone wherever they stand.
    static let leftEverywhere: [Silence: [String]] = [
        .envelope: ["Privilege", "Timestamp", "SequenceNumber", "ActionID", "EventList", "ListItems", "SystemName"],
        .repeated: ["ChannelStateDesc", "StatusText"],
        .settings: ["Language", "AccountCode"],
        .dialplan: ["Priority"],
    ]

    /// What Asterisk tells of a channel in each event about it, behind a prefix (`Dest`, `Parkee`, ...).
    static let channelFields = [
        "Channel", "ChannelState", "ChannelStateDesc", "CallerIDNum", "CallerIDName", "ConnectedLineNum",
        "ConnectedLineName", "Language", "AccountCode", "Context", "Exten", "Priority", "Uniqueid", "Linkedid",
    ]

    /// What it tells of a bridge.
    static let bridgeFields = [
        "BridgeUniqueid", "BridgeType", "BridgeTechnology", "BridgeCreator", "BridgeName", "BridgeNumChannels",
        "BridgeVideoSourceMode", "BridgeVideoSource",
    ]

    private static let identity = ["Channel", "Uniqueid"]
    private static let newChannel =
        identity + [
            "ChannelState", "CallerIDNum", "CallerIDName", "ConnectedLineNum", "ConnectedLineName", "Context", "Exten",
            "Linkedid",
        ]
    private static let bridgeKind = ["BridgeUniqueid", "BridgeType", "BridgeTechnology", "BridgeCreator"]
    private static let member = [
        "Queue", "Interface", "MemberName", "StateInterface", "Membership", "Penalty", "CallsTaken", "LastCall",
        "LastPause", "Status", "Paused", "PausedReason", "Reason",
    ]
    private static let memberLeft: [Silence: [String]] = [
        .statistics: ["LoginTime"], .repeated: ["InCall"], .settings: ["Ringinuse", "Wrapuptime"],
    ]
    private static let parking = ["ParkeeChannel", "ParkeeUniqueid", "Parkinglot", "ParkingSpace"]

    /// The events that are used.
    static let used: [Row] = [
        // Channels
        Row("Newchannel", newChannel),
        Row("Newstate", identity + ["ChannelState"]),
        Row("NewCallerid", identity + ["CallerIDNum", "CallerIDName"], [.settings: ["CID-CallingPres"]]),
        Row("NewConnectedLine", identity + ["ConnectedLineNum", "ConnectedLineName"]),
        Row(
            "CoreShowChannel", newChannel + ["Application", "ApplicationData", "BridgeId"], [.repeated: ["Duration"]]),
        Row("Rename", identity + ["Newname", "Oldname"]),
        Row("Hangup", identity + ["Cause"], [.repeated: ["Cause-txt", "TechCause"]]),
        Row("Hold", identity + ["Status"], [.media: ["MusicClass"]]),
        Row("Unhold", identity),
        Row("MonitorStart", identity), Row("MonitorStop", identity),
        Row("MixMonitorStart", identity), Row("MixMonitorStop", identity),
        // Calls
        Row("DialBegin", identity + ["DestChannel", "DestUniqueid"], [.dialplan: ["DialString"]]),
        Row(
            "DialEnd", identity + ["DestChannel", "DestUniqueid", "DialStatus"], [.dialplan: ["Forward"]]),
        Row("Dial", identity + ["Destination", "DestUniqueid", "SubEvent", "DialStatus"]),
        Row("BridgeCreate", bridgeKind), Row("BridgeListItem", bridgeKind),
        Row("BridgeEnter", bridgeKind + identity, [.bridge: ["SwapUniqueid"]]),
        Row("BridgeLeave", ["BridgeUniqueid"] + identity),
        Row("BridgeDestroy", ["BridgeUniqueid"]),
        Row("Bridge", ["Channel1", "Channel2", "Uniqueid1", "Uniqueid2", "Bridgestate"]),
        Row("Link", ["Channel1", "Channel2", "Uniqueid1", "Uniqueid2"]),
        Row("Unlink", ["Channel1", "Channel2", "Uniqueid1", "Uniqueid2"]),
        // Devices
        Row("ExtensionStatus", ["Exten", "Context", "Hint", "Status"]),
        Row("DeviceStateChange", ["Device", "State"]),
        Row(
            "EndpointList", ["ObjectName", "Contacts", "DeviceState"],
            [
                .settings: ["ObjectType", "Transport", "Aor", "Auths", "OutboundAuths"],
                .repeated: ["ActiveChannels"],
            ]),
        Row(
            "ContactList", ["ObjectName", "Endpoint", "Uri", "Status"],
            [
                .settings: [
                    "ObjectType", "AuthenticateQualify", "CallId", "ExpirationTime", "OutboundProxy", "Path",
                    "PruneOnBoot",
                    "Qualify2xxOnly", "QualifyFrequency", "QualifyTimeout", "RegServer", "UserAgent", "ViaAddr",
                    "ViaPort",
                ], .statistics: ["RoundtripUsec"],
            ]),
        Row("ContactStatus", ["URI", "ContactStatus", "AOR", "EndpointName"], [.statistics: ["RoundtripUsec"]]),
        Row("PeerEntry", ["Channeltype", "ObjectName", "IPaddress", "IPport", "Status"]),
        Row(
            "PeerStatus", ["ChannelType", "Peer", "PeerStatus", "Address", "Port"],
            [.statistics: ["Time"], .repeated: ["Cause"]]),
        Row(
            "OutboundRegistrationDetail", ["ObjectName", "ServerUri", "ClientUri", "Status"],
            [
                .settings: [
                    "AuthRejectionPermanent", "ContactHeaderParams", "ContactUser", "Endpoint", "Expiration",
                    "FatalRetryInterval", "ForbiddenRetryInterval", "Line", "MaxRandomInitialDelay", "MaxRetries",
                    "NextReg",
                    "ObjectType", "OutboundAuth", "OutboundProxy", "RetryInterval", "SecurityNegotiation",
                    "SupportOutbound", "SupportPath", "Transport", "UserAgent",
                ]
            ]),
        Row("Registry", ["Username", "Domain", "Status"], [.settings: ["ChannelType"], .repeated: ["Cause"]]),
        // Queues
        Row(
            "QueueParams", ["Queue"],
            [
                .settings: ["Max", "Strategy", "ServiceLevel", "Weight"],
                .statistics: [
                    "Calls", "Holdtime", "TalkTime", "Completed", "Abandoned", "ServicelevelPerf", "ServicelevelPerf2",
                    "ServiceLevelPerf", "ServiceLevelPerf2",
                ],
            ]),
        Row(
            "QueueMember",
            member.map { $0 == "Interface" ? "Location" : $0 == "MemberName" ? "Name" : $0 }.filter { $0 != "Reason" },
            memberLeft),
        Row("QueueMemberStatus", member, memberLeft), Row("QueueMemberAdded", member, memberLeft),
        Row("QueueMemberPause", member, memberLeft), Row("QueueMemberPenalty", member, memberLeft),
        Row("QueueMemberRinginuse", member, memberLeft),
        Row(
            "QueueMemberRemoved", ["Queue", "Interface"],
            [
                .repeated: [
                    "MemberName", "StateInterface", "Membership", "Penalty", "CallsTaken", "LastCall", "LastPause",
                    "Status",
                    "Paused", "PausedReason", "InCall", "Reason",
                ], .statistics: ["LoginTime"], .settings: ["Ringinuse", "Wrapuptime"],
            ]),
        Row("QueueMemberPaused", ["Queue", "Location", "Paused", "Reason"]),
        Row("QueueEntry", identity + ["Queue", "Position", "Wait"], [.settings: ["Priority"]]),
        Row("QueueCallerJoin", identity + ["Queue", "Position"], [.repeated: ["Count"]]),
        Row("QueueCallerLeave", identity + ["Queue"], [.repeated: ["Count", "Position"]]),
        Row("Join", identity + ["Queue", "Position"]), Row("Leave", identity + ["Queue"]),
        // Agents
        Row(
            "Agents", identity + ["Agent", "Name", "Status"],
            [.statistics: ["CallStarted", "LoggedInTime"], .repeated: ["TalkingToChan"]]),
        Row("AgentLogin", identity + ["Agent"]),
        Row("AgentLogoff", ["Agent"], [.statistics: ["Logintime"]]),
        Row("Agentcallbacklogin", ["Agent", "Loginchan"]), Row("Agentcallbacklogoff", ["Agent"]),
        Row("UserEvent", ["UserEvent", "AgentNumber", "Extension"]),
        // Rooms
        Row("ConfbridgeStart", ["Conference"]),
        Row(
            "ConfbridgeListRooms", ["Conference"],
            [.repeated: ["Parties", "Marked"], .settings: ["Locked", "Muted"]]),
        Row("ConfbridgeJoin", identity + ["Conference", "Admin", "Muted", "CallerIDNum", "CallerIDName"]),
        Row(
            "ConfbridgeList", identity + ["Conference", "Admin", "Muted", "CallerIDNum", "CallerIDName"],
            [
                .settings: ["EndMarked", "EndMarkedAny", "MarkedUser", "WaitMarked", "Waiting"],
                .statistics: ["AnsweredTime"], .media: ["Talking"],
            ]),
        Row("ConfbridgeLeave", identity + ["Conference"], [.repeated: ["Admin"]]),
        Row("ConfbridgeMute", identity + ["Conference"], [.repeated: ["Admin"]]),
        Row("ConfbridgeUnmute", identity + ["Conference"], [.repeated: ["Admin"]]),
        Row("ConfbridgeEnd", ["Conference"]),
        Row(
            "MeetmeJoin", identity + ["Meetme", "CallerIDNum", "CallerIDName", "Admin", "Muted"], [.repeated: ["User"]]),
        Row(
            "MeetmeList", ["Channel", "Conference", "CallerIDNum", "CallerIDName", "Admin", "Muted"],
            [.settings: ["MarkedUser", "Role"], .media: ["Talking"], .repeated: ["UserNumber"]]),
        Row("MeetmeLeave", identity + ["Meetme"], [.statistics: ["Duration"], .repeated: ["User"]]),
        Row("MeetmeMute", identity + ["Meetme", "Status"], [.repeated: ["User", "Duration"]]),
        Row("MeetmeEnd", ["Meetme"]),
        // Voicemail
        Row(
            "VoicemailUserEntry",
            ["VoiceMailbox", "VMContext", "Fullname", "Email", "NewMessageCount", "OldMessageCount"],
            [
                .settings: [
                    "AttachMessage", "AttachmentFormat", "CallOperator", "Callback", "CanMarkUrgent", "CanReview",
                    "DeleteMessage", "Dialout", "ExitContext", "FromString", "MailCommand", "MaxMessageCount",
                    "MaxMessageLength", "Pager", "SayCID", "SayDurationMinimum", "SayEnvelope", "ServerEmail",
                    "TimeZone",
                    "UniqueID", "VolumeGain",
                ]
            ]),
        Row("MessageWaiting", ["Mailbox", "Waiting", "New", "Old"]),
        // Parking
        Row(
            "ParkedCall",
            parking + [
                "ParkeeCallerIDNum", "ParkeeCallerIDName", "ParkerDialString", "ParkingTimeout", "ParkingDuration",
            ]),
        Row(
            "ParkedCallSwap",
            parking + [
                "ParkeeCallerIDNum", "ParkeeCallerIDName", "ParkerDialString", "ParkingTimeout", "ParkingDuration",
            ]),
        Row("UnParkedCall", parking, [.repeated: ["ParkerDialString", "ParkingTimeout", "ParkingDuration"]]),
        Row("ParkedCallGiveUp", parking, [.repeated: ["ParkerDialString", "ParkingTimeout", "ParkingDuration"]]),
        Row("ParkedCallTimeOut", parking, [.repeated: ["ParkerDialString", "ParkingTimeout", "ParkingDuration"]]),
    ]

    /// Events that change nothing by themselves, but after which everything is asked once more: endpoints, hints, queues and
    /// mailboxes come and go with the files of a module, without an event of their own.
    static let reloads = ["Reload", "Load", "Unload"]

    /// The events that are ignored, by reason.
    static let ignored: [Silence: [String]] = [
        .envelope: ["FullyBooted", "Shutdown"],
        .action: ["OriginateResponse"],
        .legacy: [
            "AttendedTransfer", "BlindTransfer", "Pickup", "BridgeMerge", "DialState", "LocalBridge",
            "LocalOptimizationBegin", "LocalOptimizationEnd", "HangupRequest", "SoftHangupRequest",
            "QueueCallerAbandon",
            "AgentCalled", "AgentConnect", "AgentComplete", "AgentRingNoAnswer", "AgentDump", "BridgeInfoChannel",
            "Status",
            "ContactStatusDetail",
        ],
        .dialplan: [
            "Newexten", "NewExten", "VarSet", "AGIExecStart", "AGIExecEnd", "AsyncAGIStart", "AsyncAGIExec",
            "AsyncAGIEnd",
            "HangupHandlerPop", "HangupHandlerPush", "HangupHandlerRun",
        ],
        .media: [
            "DTMFBegin", "DTMFEnd", "RTCPSent", "RTCPReceived", "MusicOnHoldStart", "MusicOnHoldStop",
            "ConfbridgeTalking",
            "ConfbridgeRecord", "ConfbridgeStopRecord", "ChannelTalkingStart", "ChannelTalkingStop", "MeetmeTalking",
            "MeetmeTalkRequest", "ChanSpyStart", "ChanSpyStop", "MixMonitorMute", "BridgeVideoSourceUpdate", "Flash",
            "Wink",
        ],
        .accounting: ["Cdr", "CEL", "NewAccountCode", "AOC-D", "AOC-E", "AOC-S", "MCID"],
        .statistics: ["QueueSummary"],
        .settings: [
            "PresenceStatus", "PresenceStateChange", "VoicemailPasswordChange", "MiniVoiceMail", "LogChannel",
            "PJSIPMaintenanceStatus",
        ],
        .answer: [
            "AorDetail", "AorList", "AuthDetail", "AuthList", "EndpointDetail", "IdentifyDetail", "TransportDetail",
            "InboundRegistrationDetail", "InboundSubscriptionDetail", "OutboundSubscriptionDetail",
            "ResourceListDetail",
            "MeetmeListRooms", "MWIGet", "SIPQualifyPeerDone",
        ],
        .listEnd: [
            "AgentsComplete", "AorListComplete", "AuthListComplete", "BridgeInfoComplete", "BridgeListComplete",
            "ConfbridgeListComplete", "ConfbridgeListRoomsComplete", "ContactListComplete",
            "CoreShowChannelMapComplete",
            "CoreShowChannelsComplete", "DeviceStateListComplete", "EndpointDetailComplete", "EndpointListComplete",
            "ExtensionStateListComplete", "MWIGetComplete", "OutboundRegistrationDetailComplete", "ParkedCallsComplete",
            "PeerlistComplete", "PresenceStateListComplete", "QueueStatusComplete", "QueueSummaryComplete",
            "StatusComplete",
            "VoicemailUserEntryComplete",
        ],
        .security: [
            "SuccessfulAuth", "ChallengeSent", "AuthMethodNotAllowed", "ChallengeResponseFailed", "FailedACL",
            "InvalidAccountID", "InvalidPassword", "InvalidTransport", "RequestBadFormat", "RequestNotAllowed",
            "RequestNotSupported", "SessionLimit", "UnexpectedAddress",
        ],
        .lines: ["Alarm", "AlarmClear", "SpanAlarm", "SpanAlarmClear", "DAHDIChannel", "DNDState"],
        .system: ["TestEvent", "DeadlockStart", "LoadAverageLimit", "MemoryLimit", "SessionTimeout"],
        .fax: [
            "FAXSession", "FAXSessionsComplete", "FAXSessionsEntry", "FAXStats", "FAXStatus", "ReceiveFAX", "SendFAX",
        ],
    ]

    /// Names of events that are known and ignored.
    static let ignoredNames = Set(ignored.values.joined())
}

extension ManagerEvents.Row {
    fileprivate init(_ event: String, _ used: [String], _ left: [ManagerEvents.Silence: [String]] = [:]) {
        self.init(event: event, used: used, left: left)
    }
}
