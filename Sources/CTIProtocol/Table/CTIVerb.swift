import TandemCore

/// What an `ipbxcommand` asks for (CTI reference 4.15 to 4.22), in the order in which profiles list it. The raw value is
/// the word on the wire; what a command means stands in its row, `entry`.
///
/// A new command is a case here with its row (`CTIVerbEntry+Table.swift`), its case in the planner and its action in the
/// drivers; the compiler asks for the first two, and the tests walk every row.
public enum CTIVerb: String, CaseIterable, Sendable, Hashable {
    /// Calls a destination from the user's own phone.
    case dial
    /// Calls a destination from a named phone.
    case originate
    /// Sends the other party, or a channel, to a destination.
    case transfer
    /// Enquires at a destination before the other party is sent there.
    case attendedTransfer = "atxfer"
    /// Takes such an enquiry back.
    case transferCancel = "transfercancel"
    /// Fetches a ringing call to a phone.
    case intercept
    /// Parks a call.
    case parking
    /// The same as `parking`.
    case park
    /// Ends channels.
    case hangup
    /// Ends all calls of the user.
    case hangupMe = "hangupme"
    /// Makes a ringing phone answer.
    case answer
    /// Gives up a call that still rings.
    case cancel
    /// Refuses a ringing call.
    case refuse
    /// Starts or stops recording a channel.
    case record
    /// Counts a mailbox's messages.
    case mailboxCount = "mailboxcount"
    /// Mutes, unmutes or removes a participant of a room.
    case meetme
    /// Logs an agent in.
    case agentLogin = "agentlogin"
    /// Logs an agent out.
    case agentLogout = "agentlogout"
    /// Pauses a member in a queue.
    case queuePause = "queuepause"
    /// Ends a member's pause in a queue.
    case queueUnpause = "queueunpause"
    /// Pauses a member in all queues of its site.
    case queuePauseAll = "queuepause_all"
    /// Ends a member's pauses in all queues of its site.
    case queueUnpauseAll = "queueunpause_all"
    /// Adds a member to a queue.
    case queueAdd = "queueadd"
    /// Removes a member from a queue.
    case queueRemove = "queueremove"
    /// Removes a member from all queues of its site.
    case queueRemoveAll = "queueremove_all"
    /// Lets somebody hear a call.
    case listen

    /// The command's row of the table.
    public var entry: CTIVerbEntry { CTIVerbEntry.all[ordinal] }

    /// The place among all cases. An enumeration without payloads of at most 256 cases is one byte that counts them;
    /// the table checks that when it is made.
    @inline(__always) var ordinal: Int { Int(unsafeBitCast(self, to: UInt8.self)) }

    /// The command that a JSON string names, or nil.
    public init?(_ view: JSONView) {
        guard let found = Self.words.find(view) else { return nil }
        self = found
    }

    private static let words = WordTable(Array(allCases), word: \.rawValue)
}
