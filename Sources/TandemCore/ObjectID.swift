/// The kinds of objects that a site has. The raw value is stable: it is stored and sent.
public enum ObjectType: UInt8, CaseIterable, Sendable, Hashable {
    case user = 1
    case phone, agent, queue, queueMember, group, voicemail, meetme, channel, trunk, parking
    /// The site itself: one object `site:<xivoid>/self` with the PBX's state and the dialling prefix.
    case site

    /// The word before the colon of an object id (CTI reference 6.1), e.g. `chan`.
    public var word: String {
        switch self {
        case .user: "user"
        case .phone: "phone"
        case .agent: "agent"
        case .queue: "queue"
        case .queueMember: "queuemember"
        case .group: "group"
        case .voicemail: "voicemail"
        case .meetme: "meetme"
        case .channel: "chan"
        case .trunk: "trunk"
        case .parking: "parking"
        case .site: "site"
        }
    }

    /// The name of the list in `getlist` (CTI reference 5.4), e.g. `channels`.
    public var listName: String {
        switch self {
        case .user: "users"
        case .phone: "phones"
        case .agent: "agents"
        case .queue: "queues"
        case .queueMember: "queuemembers"
        case .group: "groups"
        case .voicemail: "voicemails"
        case .meetme: "meetmes"
        case .channel: "channels"
        case .trunk: "trunks"
        case .parking: "parkinglots"
        case .site: "sites"
        }
    }

    /// The type of a word such as `phone`, or nil.
    public init?(word: some StringProtocol) { self.init(word: String(word)) }

    /// The same for a `String`, without the price of generic code.
    public init?(word: String) {
        guard let found = Self.allCases.first(where: { $0.word == word }) else { return nil }
        self = found
    }

    /// The type of a list such as `phones`, or nil.
    public init?(listName: some StringProtocol) { self.init(listName: String(listName)) }

    /// The same for a `String`, without the price of generic code.
    public init?(listName: String) {
        guard let found = Self.allCases.first(where: { $0.listName == listName }) else { return nil }
        self = found
    }
}

/// An object within its site: its type and its id there (`phone`, `12`).
public struct ObjectKey: Hashable, Sendable, CustomStringConvertible {
    /// The kind of object.
    public let type: ObjectType
    /// The id within the site; any text without control characters, e.g. `12` or `PJSIP/101-00000003`.
    public let id: String

    /// Names an object of a site.
    public init(_ type: ObjectType, _ id: String) {
        self.type = type
        self.id = id
    }

    /// `phone/12`, for logs.
    public var description: String { type.word + "/" + id }
}

/// The federation-wide name of an object: `<type>:<xivoid>/<typeid>`, e.g. `chan:paris/PJSIP/101-00000001`.
public struct ObjectID: Hashable, Sendable, CustomStringConvertible {
    /// The home: the site that owns the object and alone may write its status.
    public let site: SiteID
    /// The object within its site.
    public let key: ObjectKey

    /// Names an object of a site.
    public init(_ site: SiteID, _ key: ObjectKey) {
        self.site = site
        self.key = key
    }

    /// Names an object by its three parts.
    public init(_ type: ObjectType, _ site: SiteID, _ id: String) { self.init(site, ObjectKey(type, id)) }

    /// Reads `<type>:<xivoid>/<typeid>`: split at the first `:` and the first `/` after it (CTI reference 6.1).
    ///
    /// Nil when a part is missing, the type or the site name is not valid, or the id holds a control character.
    public init?(_ text: some StringProtocol) { self.init(String(text)) }

    /// Reads `<type>:<xivoid>/<typeid>`: split at the first `:` and the first `/` after it (CTI reference 6.1).
    public init?(_ text: String) {
        let utf8 = text.utf8
        guard let colon = utf8.firstIndex(of: UInt8(ascii: ":")),
            let slash = utf8[colon...].firstIndex(of: UInt8(ascii: "/")),
            let type = ObjectType(word: String(text[..<colon])),
            let site = SiteID(String(text[utf8.index(after: colon)..<slash]))
        else { return nil }
        let id = text[utf8.index(after: slash)...]
        guard !id.isEmpty, id.utf8.count <= Limits.objectID, id.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            return nil
        }
        self.init(type, site, String(id))
    }

    /// The written form, `<type>:<xivoid>/<typeid>`.
    public var description: String { key.type.word + ":" + site.name + "/" + key.id }
}
