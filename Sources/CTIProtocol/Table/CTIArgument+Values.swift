import TandemCore

/// One sort of value that an argument may hold, for the documentation.
struct CTIValue {
    let name: String
    let alphabet: String
    let longest: String

    private init(_ name: String, _ alphabet: String, _ longest: String) {
        (self.name, self.alphabet, self.longest) = (name, alphabet, longest)
    }

    private init<Kind: PBXNameKind>(_ name: String, _ kind: Kind.Type) {
        self.init(name, Kind.alphabet, Bound.Value.bytes(Kind.longest).text)
    }

    static let site = CTIValue(
        "a site", "letters and digits of ASCII, `-` `_` `.`", Bound.Value.bytes(Limits.siteID).text)
    static let id = CTIValue(
        "an id at a site", "printable characters; it is only looked up, never passed on",
        Bound.Value.bytes(Limits.objectID).text)
    static let number = CTIValue(
        "a number",
        "letters and digits of ASCII, `*` `#` `+` `-` `_` `.`; of digits alone also blanks, `(` `)` `-` `.` `/`, which go",
        Bound.Value.bytes(Limits.dialledNumber).text)
    static let mailbox = CTIValue("a mailbox's number", PBXNameKinds.Mailbox.self)
    static let context = CTIValue("a context", PBXNameKinds.Context.self)
    static let place = CTIValue("a room's number or name", PBXNameKinds.Place.self)
    static let seat = CTIValue("a seat", "a whole number from 0", "")
    static let text = CTIValue("a text", PBXNameKinds.Shown.self)
    static let count = CTIValue("a penalty", "a whole number from 0", Bound.Value.count(Limits.penalty).text)
}

extension CTIArgument.Kind {
    /// The sorts of values that such an argument may hold. Words and flags are named in the table of commands.
    var values: [CTIValue] {
        switch self {
        case .destination: [.site, .id, .number]
        case .id(let types), .idOrText(let types): types.numbers ? [.site, .id, .number] : [.site, .id]
        case .channel, .channels, .agent, .member, .queue, .heard: [.site, .id]
        case .allQueues, .word, .flag: []
        case .room: [.site, .id, .place, .seat]
        case .mailbox: [.site, .id, .mailbox]
        case .number: [.site, .number]
        case .text: [.text]
        case .context: [.context]
        case .count: [.count]
        }
    }
}
