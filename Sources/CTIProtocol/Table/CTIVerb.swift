import TandemCore

/// What an `ipbxcommand` asks for (CTI reference 4.15 to 4.22), in the order in which profiles list it. The raw value is
/// the word on the wire; what a command means stands in its row, `entry`.
///
/// A new command is a case here with its row (`CTIVerbEntry+Table.swift`), its case in the planner and its action in the
/// drivers; the compiler asks for the first two, and the tests walk every row.
public enum CTIVerb: String, CaseIterable, Sendable, Hashable {
    case dial, originate, transfer
    case attendedTransfer = "atxfer"
    case transferCancel = "transfercancel"
    case intercept
    case parking, park
    case hangup
    case hangupMe = "hangupme"
    case answer, cancel, refuse, record
    case mailboxCount = "mailboxcount"
    case meetme
    case agentLogin = "agentlogin"
    case agentLogout = "agentlogout"
    case queuePause = "queuepause"
    case queueUnpause = "queueunpause"
    case queuePauseAll = "queuepause_all"
    case queueUnpauseAll = "queueunpause_all"
    case queueAdd = "queueadd"
    case queueRemove = "queueremove"
    case queueRemoveAll = "queueremove_all"
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
