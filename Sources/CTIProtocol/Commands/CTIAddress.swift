import TandemCore

/// What a field such as `destination`, `source` or `member` names (CTI reference 6).
public enum CTIAddress: Hashable, Sendable {
    /// An object of a site: `chan:paris/SIP/abc-00000003`.
    case object(ObjectID)
    /// A number, in the numbering of a site when one is named: `exten:paris/1002`, `1002`, `"Bob" <1002>`.
    case number(Extension, site: SiteID?)
    /// Every object of a type: `queue:paris/all`, or `queue:special:all` without a site.
    case all(ObjectType, site: SiteID?)
    /// The person who asks, or that person's agent: `user:special:me`, `agent:special:me`.
    case me(ObjectType)
    /// The mailbox of the person who asks: `user:special:myvoicemail`.
    case myVoicemail

    /// Reads a field's text; nil when it names nothing that can be addressed.
    public init?(_ text: String) {
        var text = text
        let read = text.withUTF8 { Self.read($0) }
        guard let read else { return nil }
        self = read
    }

    private static func read(_ bytes: UnsafeBufferPointer<UInt8>) -> CTIAddress? {
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), !isQuotedName(bytes) else { return bare(bytes) }
        guard let slash = bytes[colon...].firstIndex(of: UInt8(ascii: "/")) else {
            return special(String(decoding: bytes, as: UTF8.self))
        }
        guard let site = SiteID(text(bytes, colon + 1, slash)) else { return nil }
        let id = text(bytes, slash + 1, bytes.count)
        guard let word = words.find(UnsafeBufferPointer(rebasing: bytes[..<colon])) else { return nil }
        guard let type = word.type else { return Extension(id).map { .number($0, site: site) } }
        if id == "all" { return .all(type, site: site) }
        guard !id.isEmpty, id.utf8.count <= Limits.objectID, id.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            return nil
        }
        return .object(ObjectID(type, site, id))
    }

    /// A word before the colon; without a type it is `exten`.
    private struct Word: Sendable {
        let text: String
        let type: ObjectType?
    }

    /// `line` is a synonym of `phone` (CTI reference 6.1).
    private static let words = WordTable(
        [Word(text: "exten", type: nil), Word(text: "line", type: .phone)]
            + ObjectType.allCases.map { Word(text: $0.word, type: $0) },
        word: \.text)

    /// `"Bob: at home" <1002>`: a colon inside a quoted name is no separator.
    private static func isQuotedName(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        bytes.first == UInt8(ascii: "\"") || bytes.last == UInt8(ascii: ">")
    }

    private static func text(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> String {
        String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<end]), as: UTF8.self)
    }

    private static func special(_ text: String) -> CTIAddress? {
        switch text {
        case "user:special:me": .me(.user)
        case "agent:special:me": .me(.agent)
        case "user:special:myvoicemail": .myVoicemail
        case "queue:special:all": .all(.queue, site: nil)
        default: nil
        }
    }

    /// A number alone, or a caller id with its number in angle brackets.
    private static func bare(_ bytes: UnsafeBufferPointer<UInt8>) -> CTIAddress? {
        var start = 0
        var end = bytes.count
        if bytes.last == UInt8(ascii: ">"), let open = bytes.lastIndex(of: UInt8(ascii: "<")) {
            start = open + 1
            end -= 1
        }
        guard start <= end else { return nil }
        return Extension(text(bytes, start, end)).map { .number($0, site: nil) }
    }
}

extension CTIAddress: CustomStringConvertible {
    /// The site that is named; nil: none.
    public var site: SiteID? {
        switch self {
        case .object(let id): id.site
        case .number(_, let site), .all(_, let site): site
        case .me, .myVoicemail: nil
        }
    }

    /// The one form in which an address is handed on: `<type>:<ipbxid>/<id>`, `exten:<ipbxid>/<number>`, a bare number,
    /// or a special form.
    public var description: String {
        switch self {
        case .object(let id): id.description
        case .number(let number, let site): site.map { "exten:\($0)/\(number)" } ?? number.text
        case .all(let type, let site): site.map { "\(type.word):\($0)/all" } ?? "\(type.word):special:all"
        case .me(let type): "\(type.word):special:me"
        case .myVoicemail: "user:special:myvoicemail"
        }
    }
}
