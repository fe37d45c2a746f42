import TandemCore

/// A line of a client, decoded as far as everyone needs it; the rest is read from the tape when it is asked for.
///
/// A request borrows the received bytes: it MUST NOT leave the closure of `CTIRequest.decode`.
public struct CTIRequest {
    /// The whole object.
    public let view: JSONView
    /// The class; nil when it is absent or not of this release.
    public let messageClass: CTIClass?
    private let commandIDView: JSONView?

    /// Reads a parsed line; nil when it is no object.
    public init?(_ view: JSONView) {
        guard view.kind == .object else { return nil }
        self.view = view
        messageClass = view.member("class").flatMap { CTIClass($0) }
        commandIDView = view.member("commandid")
    }

    /// Parses a line and lends the request to a closure.
    ///
    /// - Throws: `JSONError`, also for a line that is valid JSON but no object. The connection is then closed
    ///   (CTI reference 1.4).
    @inlinable
    public static func decode<Result>(
        _ line: UnsafeBufferPointer<UInt8>, tape: inout JSONTape, _ body: (CTIRequest) -> Result
    ) throws(JSONError) -> Result {
        try tape.parse(line, depthLimit: Limits.jsonDepth)
        let result = tape.withView(of: line) { view -> Result? in CTIRequest(view).map(body) }
        guard let result else { throw JSONError(offset: 0, reason: .notAnObject) }
        return result
    }

    /// The class as sent, for the answer to an unknown one; nil when it is absent or no string.
    public var className: String? { view.member("class")?.string }

    /// The `commandid` that the reply repeats as `replyid`, with its JSON type; nil when there is nothing to repeat:
    /// absent, `null`, 0, empty, false, or longer than `Limits.commandID` bytes (CTI reference 3.1).
    public var replyID: JSONValue? {
        guard let id = commandIDView else { return nil }
        switch id.kind {
        case .null: return nil
        case .bool: return id.bool == true ? .some(.bool(true)) : .none
        case .number:
            if let number = id.integer { return number == 0 ? nil : .integer(number) }
            if id.double == 0 { return nil }
        case .string, .array, .object:
            if id.kind == .string ? id.rawRange.count == 2 : id.count == 0 { return nil }
        }
        // Not a conditional expression: `nil` beside a `JSONValue` would mean JSON's `null`.
        guard id.rawRange.count <= Limits.commandID else { return nil }
        return id.value
    }

    /// A string, or a whole number as its digits; nil when absent or of another type.
    public func text(_ key: StaticString) -> String? { view.member(key)?.idText }

    /// What a field addresses; nil when absent or not addressable.
    public func address(_ key: StaticString) -> CTIAddress? { view.member(key).flatMap { CTIAddress($0) } }

    /// What a field addresses when it is one id, several in one text separated by commas, or an array of ids. Nil when
    /// absent or when one of them is not addressable.
    public func addresses(_ key: StaticString) -> [CTIAddress]? {
        guard let field = view.member(key) else { return nil }
        var list: [CTIAddress] = []
        if field.kind == .array {
            for element in field.elements {
                guard let address = CTIAddress(element) else { return nil }
                list.append(address)
            }
            return list
        }
        guard let text = field.idText else { return nil }
        for part in Self.splitIDs(text) {
            guard let address = CTIAddress(part) else { return nil }
            list.append(address)
        }
        return list
    }

    /// Splits at commas. A queue member's id holds a comma itself (`queuemember:paris/Agent/2,blue`): after an id with
    /// a type, a part without one belongs to it.
    private static func splitIDs(_ text: String) -> [String] {
        var parts: [String] = []
        for part in text.split(separator: ",") {
            if let last = parts.last, last.utf8.contains(UInt8(ascii: ":")), !part.utf8.contains(UInt8(ascii: ":")) {
                parts[parts.count - 1] = last + "," + part
            } else {
                parts.append(String(part))
            }
        }
        return parts
    }

    /// The required keys of the class that are absent, in the table's order. `wazoversion` and `password` stand for
    /// `xivoversion` and `hashedpassword`.
    public var missingKeys: [String] {
        guard let messageClass else { return [] }
        var missing = messageClass.entry.required.filter { view.member($0) == nil }
        if !missing.isEmpty, messageClass == .loginID, view.member("wazoversion") != nil {
            missing.removeAll { $0 == "xivoversion" }
        }
        if !missing.isEmpty, messageClass == .loginPass, view.member("password") != nil { missing = [] }
        return missing
    }

    /// The message with its fields in their types.
    public var message: CTIMessage {
        switch messageClass {
        case .ipbxCommand: .ipbxCommand(CTICommandRequest(view))
        case .getList: CTIListRequest(view).map { .getList($0) } ?? .invalid
        case .keepAlive: .keepAlive
        case .availState: text("availstate").map { .availState(state: $0, user: text("userid")) } ?? .invalid
        case .chitchat: chitchat
        case nil: .unknown
        default: .other
        }
    }

    private var chitchat: CTIMessage {
        guard let to = view.member("to"), let text = view.string("text") else { return .invalid }
        // `<site>/<user>`, or since 15.19 the two as an array.
        if let string = to.string {
            guard let slash = string.utf8.firstIndex(of: UInt8(ascii: "/")), let site = SiteID(string[..<slash]) else {
                return .invalid
            }
            let user = String(string[string.utf8.index(after: slash)...])
            return user.isEmpty ? .invalid : .chitchat(site: site, user: user, text: text)
        }
        var parts = to.elements
        guard to.count == 2, let site = parts.next()?.string.flatMap({ SiteID($0) }), let user = parts.next()?.idText
        else { return .invalid }
        return .chitchat(site: site, user: user, text: text)
    }
}

/// The messages that are common enough to be decoded by hand; the others are read field by field.
public enum CTIMessage {
    /// The PBX is to do something.
    case ipbxCommand(CTICommandRequest)
    /// A list or an object is asked for.
    case getList(CTIListRequest)
    case keepAlive
    /// A presence; `user` is another user's id when one acts for another.
    case availState(state: String, user: String?)
    /// A text for a user of a site.
    case chitchat(site: SiteID, user: String, text: String)
    /// A known class without its own case, e.g. `login_id`.
    case other
    /// No class, or one that this release does not know.
    case unknown
    /// A known class whose required fields are absent or of the wrong type.
    case invalid
}

/// An `ipbxcommand`, borrowed like its request.
public struct CTICommandRequest {
    /// All fields.
    public let view: JSONView
    /// The command; nil when `command` is absent or unknown.
    public let verb: CTIVerb?

    init(_ view: JSONView) {
        self.view = view
        verb = view.member("command").flatMap { CTIVerb($0) }
    }

    /// The command as sent, for the answer.
    public var name: String? { view.member("command")?.string }
    /// Where to: `destination`.
    public var destination: CTIAddress? { view.member("destination").flatMap { CTIAddress($0) } }
    /// From where: `source`.
    public var source: CTIAddress? { view.member("source").flatMap { CTIAddress($0) } }

    /// The required keys of the command that are absent, in the table's order.
    public var missingKeys: [String] { verb?.entry.required.filter { view.member($0) == nil } ?? ["command"] }
}

/// A `getlist` request (CTI reference 5.1).
public struct CTIListRequest: Hashable, Sendable {
    /// What is asked.
    public enum Function: String, Hashable, Sendable {
        /// The ids of a list.
        case ids = "listid"
        /// An object's configuration.
        case config = "updateconfig"
        /// An object's status.
        case status = "updatestatus"
    }

    /// What is asked; nil: not a function of this protocol.
    public let function: Function?
    /// The list; nil: not a list of this release.
    public let list: ObjectType?
    /// The list's name as sent.
    public let listName: String
    /// The site; nil: not named, the own one is meant.
    public let site: SiteID?
    /// Whether `tipbxid` names something that cannot be a site.
    public let hasInvalidSite: Bool
    /// The object's id.
    public let id: String?

    init?(_ view: JSONView) {
        guard let function = view.member("function"), let list = view.string("listname") else { return nil }
        if function.isString("updatestatus") {
            self.function = .status
        } else if function.isString("updateconfig") {
            self.function = .config
        } else {
            self.function = function.isString("listid") ? .ids : nil
        }
        listName = list
        self.list = ObjectType(listName: list)
        let site = view.member("tipbxid")?.string
        self.site = site.flatMap { SiteID($0) }
        hasInvalidSite = site != nil && self.site == nil
        id = view.member("tid")?.idText
    }
}
