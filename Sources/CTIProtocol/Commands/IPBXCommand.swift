import TandemCore

/// An `ipbxcommand` as a value: what is to be done, at which site, with arguments that have been checked against the
/// command's row of the table. Special forms are replaced, every id is an address of some site, every number is clean.
///
/// It is made once, from the tape of the client's line (or of a peer's frame), and goes as it is to the planner of the
/// executing site; only when that site is elsewhere it is encoded.
public struct IPBXCommand: Hashable, Sendable {
    /// What an argument holds.
    public enum Value: Hashable, Sendable {
        /// An object, a number of a site, or all of a kind at a site.
        case address(CTIAddress)
        /// Several objects of one site.
        case addresses([CTIAddress])
        /// A number that can be dialled.
        case number(Extension)
        /// Any text without control characters.
        case text(String)
        /// A whole number.
        case integer(Int)
        /// A flag.
        case flag(Bool)
        /// A conference room and what follows it.
        case room(Room)

        /// The site that it names first; nil: none.
        var site: SiteID? {
            switch self {
            case .address(let address): address.site
            case .addresses(let list): list.first?.site
            case .room(let room): room.site
            case .number, .text, .integer, .flag: nil
            }
        }
    }

    /// A conference room with the arguments of a function of it, such as a seat.
    public struct Room: Hashable, Sendable {
        /// The room's site; nil: the requester's.
        public let site: SiteID?
        /// The room's id; without a site it may be the number.
        public let id: String
        /// What follows: the seat first.
        public let rest: [String]

        /// The room as it is written, `lyon/4` or `4001`.
        public var text: String { site.map { $0.name + "/" + id } ?? id }
    }

    /// One argument.
    struct Argument: Hashable, Sendable {
        let key: CTIArgumentKey
        let value: Value
    }

    /// What is to be done.
    public let verb: CTIVerb
    /// The site that executes it, as its row says.
    public let target: SiteID
    let arguments: [Argument]

    init(_ verb: CTIVerb, target: SiteID, arguments: [Argument]) {
        self.verb = verb
        self.target = target
        self.arguments = arguments
    }

    /// The value of an argument; nil when it is absent.
    public subscript(key: CTIArgumentKey) -> Value? {
        for argument in arguments where argument.key == key { return argument.value }
        return nil
    }

    /// What an argument addresses; the first where it addresses several.
    public func address(_ key: CTIArgumentKey) -> CTIAddress? {
        switch self[key] {
        case .address(let address)?: address
        case .addresses(let list)?: list.first
        default: nil
        }
    }

    /// Everything that an argument addresses.
    public func addresses(_ key: CTIArgumentKey) -> [CTIAddress] {
        switch self[key] {
        case .address(let address)?: [address]
        case .addresses(let list)?: list
        default: []
        }
    }

    /// A number that can be dialled.
    public func number(_ key: CTIArgumentKey) -> Extension? {
        if case .number(let number)? = self[key] { number } else { nil }
    }

    /// A text.
    public func text(_ key: CTIArgumentKey) -> String? { if case .text(let text)? = self[key] { text } else { nil } }

    /// A whole number.
    public func integer(_ key: CTIArgumentKey) -> Int? {
        if case .integer(let number)? = self[key] { number } else { nil }
    }

    /// A flag.
    public func flag(_ key: CTIArgumentKey) -> Bool? { if case .flag(let flag)? = self[key] { flag } else { nil } }

    /// A room.
    public func room(_ key: CTIArgumentKey) -> Room? { if case .room(let room)? = self[key] { room } else { nil } }

    /// What it is about, for people: the first thing that it names; empty when it names nothing.
    public var subject: String {
        for argument in arguments {
            switch argument.value {
            case .address(let address): return address.description
            case .addresses(let list): return list.map(\.description).joined(separator: ",")
            case .room(let room): return room.text
            case .number(let number): return number.text
            case .text, .integer, .flag: continue
            }
        }
        return ""
    }

    /// The form that crosses a link: `class`, `command`, then the arguments, ids as `<type>:<ipbxid>/<id>`.
    public var encoded: EncodedObject {
        EncodedObject { writer in
            writer.key("class")
            writer.string(CTIClass.ipbxCommand.rawValue)
            writer.key("command")
            writer.string(verb.rawValue)
            for argument in arguments {
                writer.key(argument.key.rawValue)
                Self.write(argument.value, to: &writer)
            }
        }
    }

    private static func write(_ value: Value, to writer: inout JSONWriter) {
        switch value {
        case .address(let address): writer.string(address.description)
        case .addresses(let list): write(list.map(\.description), to: &writer)
        case .number(let number): writer.string(number.text)
        case .text(let text): writer.string(text)
        case .integer(let number): writer.integer(number)
        case .flag(let flag): writer.bool(flag)
        case .room(let room): write([room.text] + room.rest, to: &writer)
        }
    }

    private static func write(_ texts: [String], to writer: inout JSONWriter) {
        writer.beginArray()
        for text in texts { writer.string(text) }
        writer.endArray()
    }
}
