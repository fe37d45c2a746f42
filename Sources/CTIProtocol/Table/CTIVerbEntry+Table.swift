import TandemCore

extension CTIArgument {
    private static let startOrStop = Kind.word(["start", "stop"])

    static let dialled = CTIArgument(.destination, .destination, absent: .missing)
    static let ownChannel = CTIArgument(.source, .id(.channels), own: true)
    static let someChannels = CTIArgument(.channelIDs, .channels, reply: "source", own: true)
    /// Older clients name the channel by other keys: unread, the user's own call would end in its stead.
    static let endedChannels = CTIArgument(
        .channelIDs, .channels, reply: "source",
        standIn: CTIArgument(
            .channelID, .channels, reply: "source", standIn: CTIArgument(.source, .channels, reply: "source")),
        own: true)
    static let somePhone = CTIArgument(
        .phoneIDs, .id(CTIAddressTypes(.phone, .user)), reply: "source", own: true)
    static let someAgent = CTIArgument(
        .agentIDs, .agent, absent: .myAgent, reply: "member", standIn: CTIArgument(.member, .agent, absent: .myAgent),
        own: true)
    static let someMember = CTIArgument(.member, .member, absent: .missing, own: true)
    static let someMemberOrMyAgent = CTIArgument(.member, .member, absent: .myAgent, own: true)
    static let someQueue = CTIArgument(.queue, .queue, absent: .missing)
    static let everyQueue = CTIArgument(.queue, .allQueues)
    static let pauseReason = CTIArgument(.reason, .text)
    static let startsOrStops = CTIArgument(.subcommand, startOrStop, reply: "noaction")
    static let mustStartOrStop = CTIArgument(.subcommand, startOrStop, absent: .missing, reply: "noaction")
}

extension CTIVerbEntry {
    /// The row of each command. The compiler asks for a row when a command is added.
    static func row(of verb: CTIVerb) -> CTIVerbEntry {
        switch verb {
        case .dial:
            CTIVerbEntry(
                verb, [.dialled], needs: .one(.originate), deadline: .call, eras: "E1–E3",
                "Calls a destination from the user's own phone.")
        case .originate:
            CTIVerbEntry(
                verb, [CTIArgument(.source, .id(.callers), absent: .missing, own: true), .dialled], at: .source,
                needs: .one(.originate), deadline: .call, "Calls a destination from a named phone.")
        case .transfer:
            CTIVerbEntry(
                verb, [.ownChannel, .dialled], at: .source, needs: .one(.redirect),
                "Sends the other party to a destination, or the channel that is named.")
        case .attendedTransfer:
            CTIVerbEntry(
                verb, [.ownChannel, .dialled], at: .source, needs: .one(.attendedTransfer),
                "Enquires at a destination before the other party is sent there.")
        case .transferCancel:
            CTIVerbEntry(
                verb, [.someChannels], at: .channelIDs, needs: .one(.cancelAttendedTransfer), eras: "E1a",
                "Takes an enquiry back.")
        case .intercept:
            CTIVerbEntry(
                verb,
                [
                    CTIArgument(.toIntercept, .id(.channels), absent: .missing, reply: "source", own: true),
                    CTIArgument(.catcher, .id(.callers), reply: "destination", own: true),
                ],
                at: .toIntercept, needs: .one(.redirect), "Fetches a ringing call to a phone, by default the user's.")
        case .parking: park(verb, eras: "E1–E2", "Parks a call.")
        case .park: park(verb, eras: "Tandem", "The same as `parking`.")
        case .hangup:
            CTIVerbEntry(
                verb, [CTIArgument(.channelIDs, .channels, absent: .missing, reply: "source", own: true)],
                at: .channelIDs,
                needs: .one(.hangup), "Ends channels.")
        case .hangupMe:
            CTIVerbEntry(verb, needs: .one(.hangup), eras: "E1a", "Ends all calls of the user.")
        case .answer:
            CTIVerbEntry(
                verb, [.someChannels, .somePhone], at: .channelIDs, .phoneIDs, needs: .one(.answer), eras: "E1a",
                "Makes a ringing phone answer.")
        case .cancel:
            CTIVerbEntry(
                verb, [.endedChannels, .somePhone], at: .channelIDs, .phoneIDs, needs: .one(.hangup), eras: "E1a",
                "Gives up a call that still rings.")
        case .refuse:
            CTIVerbEntry(
                verb, [.endedChannels, .somePhone], at: .channelIDs, .phoneIDs, needs: .one(.hangup), eras: "E1a",
                "Refuses a ringing call.")
        case .record:
            CTIVerbEntry(
                verb,
                [.mustStartOrStop, CTIArgument(.channel, .channel, absent: .missing, reply: "source", own: true)],
                at: .channel, needs: .one(.record), "Starts or stops recording a channel.")
        case .mailboxCount:
            CTIVerbEntry(
                verb,
                [
                    CTIArgument(.mailbox, .mailbox, absent: .missing, reply: "noaction", own: true),
                    CTIArgument(.context, .context, reply: "noaction"),
                ],
                at: .mailbox, needs: .one(.mailboxCount), "Counts a mailbox's messages.")
        case .meetme:
            CTIVerbEntry(
                verb,
                [
                    CTIArgument(
                        .function, .word(["MeetmeMute", "MeetmeUnmute", "MeetmeKick"]), absent: .missing,
                        reply: "noaction"),
                    CTIArgument(.functionArguments, .room, absent: .missing, reply: "noaction", own: true),
                ],
                at: .functionArguments, needs: .any([.roomMute, .roomKick]), eras: "E1–E3",
                "Mutes (`MeetmeMute`), unmutes (`MeetmeUnmute`) or removes (`MeetmeKick`) a participant of a room: "
                    + "`functionargs` are the room and the seat.")
        case .agentLogin:
            CTIVerbEntry(
                verb,
                [
                    .someAgent,
                    CTIArgument(.agentPhoneNumber, .number, reply: "invalid_exten", typeReply: "destination"),
                ],
                at: .agentIDs, needs: .one(.agentLogin), deadline: .call, in: .agents, eras: "E1–E3",
                "Logs an agent in at a number, by default that of the user's phone.")
        case .agentLogout:
            CTIVerbEntry(
                verb, [.someAgent], at: .agentIDs, needs: .one(.agentLogoff), in: .agents, eras: "E1–E3",
                "Logs an agent out.")
        case .queuePause:
            CTIVerbEntry(
                verb, [.someMember, .someQueue, .pauseReason], at: .queue, needs: .one(.queuePause), in: .agents,
                eras: "E1–E3", "Pauses a member.")
        case .queueUnpause:
            CTIVerbEntry(
                verb, [.someMember, .someQueue, .pauseReason], at: .queue, needs: .one(.queuePause), in: .agents,
                eras: "E1–E3", "Ends a member's pause.")
        case .queuePauseAll:
            CTIVerbEntry(
                verb, [.someMemberOrMyAgent, .everyQueue, .pauseReason], at: .queue, needs: .one(.queuePause),
                in: .agents, "Pauses a member in all queues of its site.")
        case .queueUnpauseAll:
            CTIVerbEntry(
                verb, [.someMemberOrMyAgent, .everyQueue, .pauseReason], at: .queue, needs: .one(.queuePause),
                in: .agents, "Ends a member's pauses in all queues of its site.")
        case .queueAdd:
            CTIVerbEntry(
                verb,
                [.someMember, .someQueue, CTIArgument(.paused, .flag), CTIArgument(.penalty, .count)], at: .queue,
                needs: .one(.queueAdd), in: .supervision, eras: "E1–E3", "Adds a member to a queue.")
        case .queueRemove:
            CTIVerbEntry(
                verb, [.someMember, .someQueue], at: .queue, needs: .one(.queueRemove), in: .supervision,
                eras: "E1–E3", "Removes a member from a queue, or from all of a site (`queue:<ipbxid>/all`).")
        case .queueRemoveAll:
            CTIVerbEntry(
                verb, [.someMemberOrMyAgent, .everyQueue], at: .queue, needs: .one(.queueRemove), in: .supervision,
                "Removes a member from all queues of its site.")
        case .listen:
            CTIVerbEntry(
                verb,
                [
                    .startsOrStops,
                    CTIArgument(
                        .destination, .heard, absent: .missing,
                        standIn: CTIArgument(.channel, .channel, absent: .missing, reply: "source"), own: true),
                    CTIArgument(.listener, .idOrText(.callers), absent: .me, reply: "source", own: true),
                ],
                at: .destination, needs: .one(.listen), deadline: .call, in: .supervision, eras: "E1–E3",
                "Lets the user, or the listener, hear somebody's call.")
        }
    }

    private static func park(_ verb: CTIVerb, eras: String, _ summary: String) -> CTIVerbEntry {
        CTIVerbEntry(
            verb,
            [
                CTIArgument(.source, .id(.channels), absent: .missing, own: true),
                CTIArgument(.destination, .id(CTIAddressTypes(.parking))),
            ],
            at: .source, needs: .one(.park), eras: eras, summary)
    }
}
