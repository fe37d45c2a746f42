import TandemCore

/// The message classes of this release (CTI reference 4.1 and 5.9). The raw value is the word on the wire.
public enum CTIClass: String, CaseIterable, Sendable, Hashable {
    case loginID = "login_id"
    case loginPass = "login_pass"
    case loginCapas = "login_capas"
    case logout
    case keepAlive = "keepalive"
    case getIPBXList = "getipbxlist"
    case availState = "availstate"
    case chitchat
    case getList = "getlist"
    case ipbxCommand = "ipbxcommand"
    case dialSuccess = "dial_success"
    case siteStatus = "sitestatus"
    case disconnect

    /// What the table says about the class.
    public var entry: CTIMessageClass { CTIMessageClass.all[Self.places[self] ?? 0] }

    private static let places = Dictionary(
        uniqueKeysWithValues: CTIMessageClass.all.enumerated().map { ($1.messageClass, $0) })

    /// The class that a JSON string names, or nil.
    public init?(_ view: JSONView) {
        guard let found = Self.names.find(view) else { return nil }
        self = found
    }

    private static let names = NameTable(
        [ipbxCommand, getList, keepAlive, chitchat, availState] + allCases, name: \.rawValue)
}

/// What an `ipbxcommand` asks for (CTI reference 4.15 to 4.22). The raw value is the word on the wire.
public enum CTIVerb: String, CaseIterable, Sendable, Hashable {
    case dial, originate, hangup
    case hangupMe = "hangupme"
    case transfer
    case attendedTransfer = "atxfer"
    case transferCancel = "transfercancel"
    case intercept
    case parking, park, answer, refuse, cancel
    case agentLogin = "agentlogin"
    case agentLogout = "agentlogout"
    case queueAdd = "queueadd"
    case queueRemove = "queueremove"
    case queuePause = "queuepause"
    case queueUnpause = "queueunpause"
    case queueRemoveAll = "queueremove_all"
    case queuePauseAll = "queuepause_all"
    case queueUnpauseAll = "queueunpause_all"
    case meetme, record, listen
    case mailboxCount = "mailboxcount"

    /// What the table says about the command.
    public var entry: CTIVerbEntry { CTIVerbEntry.all[Self.places[self] ?? 0] }

    private static let places = Dictionary(uniqueKeysWithValues: CTIVerbEntry.all.enumerated().map { ($1.verb, $0) })

    /// The command that a JSON string names, or nil.
    public init?(_ view: JSONView) {
        guard let found = Self.names.find(view) else { return nil }
        self = found
    }

    private static let names = NameTable(Array(allCases), name: \.rawValue)
}

/// Finds a short name in a parsed text without making a `String` of it.
struct NameTable<Value: Sendable>: Sendable {
    /// Up to 16 bytes of a name as two words, filled with zeros.
    struct Packed: Hashable, Sendable {
        var low: UInt64 = 0
        var high: UInt64 = 0

        @inline(__always)
        init(_ bytes: UnsafeBufferPointer<UInt8>) {
            var place = bytes.count
            while place > 8 {
                place &-= 1
                high = high &<< 8 | UInt64(bytes[place])
            }
            while place > 0 {
                place &-= 1
                low = low &<< 8 | UInt64(bytes[place])
            }
        }
    }

    private let names: [Packed]
    private let values: [Value]
    private let exact: [String: Value]

    init(_ values: [Value], name: (Value) -> String) {
        self.values = values
        names = values.map { value in
            let utf8 = Array(name(value).utf8)
            precondition(utf8.count <= 16, "names of the table have up to 16 bytes")
            return utf8.withUnsafeBufferPointer { Packed($0) }
        }
        exact = Dictionary(values.map { (name($0), $0) }, uniquingKeysWith: { first, _ in first })
    }

    func find(_ view: JSONView) -> Value? {
        guard let bytes = view.plainStringBytes else { return view.string.flatMap { exact[$0] } }
        return find(bytes)
    }

    @inline(__always)
    func find(_ bytes: UnsafeBufferPointer<UInt8>) -> Value? {
        // A zero byte cannot stand in a plain string, so the filling is unambiguous.
        guard bytes.count <= 16 else { return nil }
        let wanted = Packed(bytes)
        for place in names.indices where names[place] == wanted { return values[place] }
        return nil
    }
}
