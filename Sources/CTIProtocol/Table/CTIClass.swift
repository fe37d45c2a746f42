import TandemCore

/// The message classes of this release (CTI reference 4.1 and 5.9), in the order of the documentation. The raw value is
/// the word on the wire; what a class means stands in its row, `entry`.
public enum CTIClass: String, CaseIterable, Sendable, Hashable {
    case loginID = "login_id"
    case loginPass = "login_pass"
    case loginCapas = "login_capas"
    case logout
    case keepAlive = "keepalive"
    case getIPBXList = "getipbxlist"
    case getList = "getlist"
    case availState = "availstate"
    case chitchat
    case ipbxCommand = "ipbxcommand"
    case dialSuccess = "dial_success"
    case siteStatus = "sitestatus"
    case disconnect

    /// The class's row of the table.
    public var entry: CTIMessageClass { CTIMessageClass.all[ordinal] }

    /// The place among all cases. An enumeration without payloads of at most 256 cases is one byte that counts them;
    /// the table checks that when it is made.
    @inline(__always) var ordinal: Int { Int(unsafeBitCast(self, to: UInt8.self)) }

    /// The class that a JSON string names, or nil.
    public init?(_ view: JSONView) {
        guard let found = Self.words.find(view) else { return nil }
        self = found
    }

    private static let words = WordTable(
        [ipbxCommand, getList, keepAlive, chitchat, availState] + allCases, word: \.rawValue)
}
