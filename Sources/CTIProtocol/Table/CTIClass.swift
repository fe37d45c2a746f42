import TandemCore

/// The message classes of this release (CTI reference 4.1 and 5.9), in the order of the documentation. The raw value is
/// the word on the wire; what a class means stands in its row, `entry`.
public enum CTIClass: String, CaseIterable, Sendable, Hashable {
    /// First step of the login: who and with which client.
    case loginID = "login_id"
    /// Second step of the login: the proof of the password.
    case loginPass = "login_pass"
    /// Third step of the login: the profile, and the first presence.
    case loginCapas = "login_capas"
    /// Ends the session.
    case logout
    /// Asks for a sign of life.
    case keepAlive = "keepalive"
    /// Asks for the names of all sites.
    case getIPBXList = "getipbxlist"
    /// Asks for lists and objects; changes of them are pushed under the same class.
    case getList = "getlist"
    /// Sets a presence.
    case availState = "availstate"
    /// A text for a user.
    case chitchat
    /// Has a PBX do something; `CTIVerb` says what.
    case ipbxCommand = "ipbxcommand"
    /// Tells that a PBX accepted a `dial`.
    case dialSuccess = "dial_success"
    /// Tells how current the picture of a site is.
    case siteStatus = "sitestatus"
    /// Tells that the server closes the connection.
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
