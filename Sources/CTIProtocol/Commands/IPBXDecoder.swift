import TandemCore

extension IPBXCommand {
    /// Reads a command from the fields of a client's line or of a peer's frame, by the command's row: checks presence,
    /// type and value of each argument, puts the requester's own objects in the place of the special forms, cleans
    /// numbers and finds the executing site.
    ///
    /// - Parameter isKnown: whether a site exists; not asked for the requester's own.
    /// - Throws: what is wrong, with the argument's name for `ipbxreply`.
    public init(
        _ verb: CTIVerb, _ fields: CTIFields, from requester: CTIRequester, isKnown: (SiteID) -> Bool
    ) throws(IPBXFault) {
        guard let view = fields.view else { throw .impossible("the fields of the command are gone") }
        var decoder = IPBXDecoder(view, requester)
        self = try decoder.decode(verb.entry)
        if target != requester.home, !isKnown(target) { throw .unknownSite(target) }
        for site in decoder.namedSites where !isKnown(site) { throw .unknownSite(site) }
    }
}

/// The arguments of an `ipbxcommand` on their way from the tape into their types: one reader per kind of argument.
struct IPBXDecoder {
    private let view: JSONView
    let requester: CTIRequester
    private var arguments: [IPBXCommand.Argument] = []
    /// Sites that the arguments name, without the requester's own.
    private(set) var namedSites: [SiteID] = []

    init(_ view: JSONView, _ requester: CTIRequester) {
        self.view = view
        self.requester = requester
    }

    mutating func decode(_ row: CTIVerbEntry) throws(IPBXFault) -> IPBXCommand {
        try checkText()
        arguments.reserveCapacity(row.arguments.count)
        // What is dialled waits for the executing site: a bare number is dialled there.
        var dialled: (argument: CTIArgument, text: String)?
        for argument in row.arguments {
            guard case .destination = argument.kind else {
                try read(argument, as: argument)
                continue
            }
            if let text = try plainText(argument) {
                dialled = (argument, text)
            } else if argument.isRequired {
                throw .missing(argument)
            }
        }
        let target = executingSite(row)
        if let dialled { put(dialled.argument, try destination(dialled.text, dialled.argument, at: target)) }
        return IPBXCommand(row.verb, target: target, arguments: arguments)
    }

    /// The site of the first deciding argument that names one; the requester's own where none does.
    private func executingSite(_ row: CTIVerbEntry) -> SiteID {
        for key in row.decides {
            for argument in arguments where argument.key == key {
                if let site = argument.value.site { return site }
            }
        }
        return requester.home
    }

    /// Reads an argument and keeps it under the key of `place`, in whose stead it may stand.
    private mutating func read(_ argument: CTIArgument, as place: CTIArgument) throws(IPBXFault) {
        guard try !readValue(argument, as: place) else { return }
        if let standIn = argument.standIn, isSent(standIn) {
            return try read(standIn, as: place)
        }
        switch argument.absence {
        case .allowed: break
        case .missing: throw .missing(argument)
        case .myAgent: put(place, try myAgent())
        case .me: put(place, resolved(.me(.user)))
        }
    }

    /// Whether the client sent an argument or one that may stand in its place.
    private func isSent(_ argument: CTIArgument) -> Bool {
        view.member(argument.name) != nil || argument.standIn.map(isSent) ?? false
    }

    /// Reads an argument if it is there.
    private mutating func readValue(_ argument: CTIArgument, as place: CTIArgument) throws(IPBXFault) -> Bool {
        switch argument.kind {
        case .channels: return try readChannels(argument, as: place)
        case .room: return try readRoom(argument, as: place)
        case .flag: return try readFlag(argument, as: place)
        case .allQueues:
            put(place, allQueues)
            return true
        case .agent, .mailbox:
            // Clients write ids as numbers, too; an empty one is no id.
            guard let field = present(argument) else { return false }
            guard let text = field.idText else { throw .wrongType(argument) }
            if case .agent = argument.kind {
                put(place, try agent(text, argument))
            } else if text.utf8.contains(UInt8(ascii: ":")) {
                put(place, try address(text, of: Self.mailboxes, argument))
            } else {
                add(place, .text(try name(text, PBXNameKinds.Mailbox.self, argument)))
            }
        case .destination, .number, .text, .context, .count:
            guard let text = try plainText(argument) else { return false }
            if argument.kind == .count, text == "None" { return false }
            add(place, try plainValue(text, argument))
        case .id(let types):
            guard let text = try string(argument) else { return false }
            put(place, try address(text, of: types, argument))
        case .idOrText(let types):
            guard let text = try string(argument) else { return false }
            let named = CTIAddress(text).map(resolved)
            add(place, named.flatMap { types.contains($0) ? .address($0) : nil } ?? .text(text))
        case .channel:
            guard let text = try string(argument) else { return false }
            // An id of something else is no name of a channel.
            let isID = text.hasPrefix("chan:") || CTIAddress(text)?.site != nil
            let named = isID ? text : "chan:\(requester.home)/" + text
            put(place, try address(named, of: .channels, argument))
        case .heard:
            guard let text = try string(argument) else { return false }
            let named = text.utf8.contains(UInt8(ascii: ":")) ? text : "agent:" + text
            put(place, try address(named, of: Self.heard, argument))
        case .member:
            guard let text = try string(argument) else { return false }
            put(
                place,
                text == "agent:special:me" ? try myAgent() : try address(text, of: Self.members, argument))
        case .queue:
            guard let text = try string(argument) else { return false }
            put(place, try queue(text, argument))
        case .word(let words):
            guard let text = try string(argument) else { return false }
            // Clients of the family differ in the case of a meetme's function.
            guard let word = words.first(where: { $0 == text || $0.lowercased() == text.lowercased() }) else {
                throw .unusable(argument, "\(argument.name) must be " + words.joined(separator: " or "))
            }
            add(place, .text(word))
        }
        return true
    }

    private static let mailboxes = CTIAddressTypes(.voicemail)
    private static let agents = CTIAddressTypes(.agent)
    private static let members = CTIAddressTypes(.agent, .phone, .user)
    private static let queues = CTIAddressTypes(.queue, .group)
    private static let heard = CTIAddressTypes(.agent, .phone, .user, .channel)

    // MARK: Fields and values

    /// A name or text of a kind, which reaches a PBX as it is.
    func name<Kind: PBXNameKind>(
        _ text: String, _ kind: Kind.Type, _ argument: CTIArgument
    ) throws(IPBXFault) -> String {
        guard let name = PBXName<Kind>(text) else {
            throw .unusable(argument, "\(argument.name) may hold \(Kind.alphabet), at most \(Kind.longest) bytes")
        }
        return name.text
    }

    /// A field that is there and not `null`.
    private func present(_ argument: CTIArgument) -> JSONView? {
        guard let field = view.member(argument.name), !field.isNull else { return nil }
        return field
    }

    /// A string; nil when it is absent, `null` or empty.
    private func string(_ argument: CTIArgument) throws(IPBXFault) -> String? {
        guard let field = present(argument) else { return nil }
        guard let text = field.string else { throw .wrongType(argument) }
        return text.isEmpty ? nil : text
    }

    /// A string or a whole number; nil when it is absent, `null` or empty.
    private func plainText(_ argument: CTIArgument) throws(IPBXFault) -> String? {
        guard let field = present(argument) else { return nil }
        guard let text = field.idText else { throw .wrongType(argument) }
        return text.isEmpty ? nil : text
    }

    private mutating func add(_ place: CTIArgument, _ value: IPBXCommand.Value) {
        arguments.append(IPBXCommand.Argument(key: place.key, value: value))
    }

    private mutating func put(_ place: CTIArgument, _ address: CTIAddress) {
        note(address.site)
        add(place, .address(address))
    }

    private mutating func note(_ site: SiteID?) {
        if let site, site != requester.home { namedSites.append(site) }
    }

    /// Refuses control characters in any text, whether the command knows the field or not: nothing that could end a
    /// line at the PBX leaves this node.
    private func checkText() throws(IPBXFault) {
        // Only an escape or a raw DEL can hold one: the tape refuses the others.
        var suspects: UInt8 = 0
        for byte in view.rawBytes { suspects |= (byte == UInt8(ascii: "\\") ? 1 : 0) | (byte == 0x7F ? 1 : 0) }
        guard suspects != 0, let object = view.object else { return }
        for (key, value) in object where !Self.isClean(.string(key)) || !Self.isClean(value) {
            throw .controlCharacter(key)
        }
    }

    private static func isClean(_ value: JSONValue) -> Bool {
        switch value {
        case .string(let text): text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
        case .array(let elements): elements.allSatisfy(isClean)
        case .object(let object): object.allSatisfy { isClean(.string($0.key)) && isClean($0.value) }
        default: true
        }
    }

    // MARK: Ids

    private func address(
        _ text: String, of types: CTIAddressTypes, _ argument: CTIArgument
    ) throws(IPBXFault) -> CTIAddress {
        let found = try number(text, argument) ?? CTIAddress(text).map(resolved)
        guard let found, types.contains(found) else {
            throw .unusable(
                argument,
                "\(argument.name) must be \(types.words.joined(separator: ", ")) as <type>:<ipbxid>/<id>")
        }
        return found
    }

    /// Puts the requester's own objects in the place of the special forms (CTI reference 6.2). Where there is none, the
    /// special form stays, which no argument accepts.
    func resolved(_ address: CTIAddress) -> CTIAddress {
        let own: (type: ObjectType, id: String?)? =
            switch address {
            case .me(.user): (.user, requester.user)
            case .me(.agent): (.agent, requester.agent)
            case .myVoicemail: (.voicemail, requester.voicemail)
            default: nil
            }
        guard let own, let id = own.id else { return address }
        return .object(ObjectID(own.type, requester.home, id))
    }

    private func myAgent() throws(IPBXFault) -> CTIAddress {
        guard let agent = requester.agent else { throw .impossible("user \(requester.user) is not an agent") }
        return .object(ObjectID(.agent, requester.home, agent))
    }

    private func agent(_ text: String, _ argument: CTIArgument) throws(IPBXFault) -> CTIAddress {
        if text == "agent:special:me" { return try myAgent() }
        let named =
            text.contains(":") ? text : text.contains("/") ? "agent:" + text : "agent:\(requester.home)/" + text
        return try address(named, of: Self.agents, argument)
    }

    private func queue(_ text: String, _ argument: CTIArgument) throws(IPBXFault) -> CTIAddress {
        switch CTIAddress(text) {
        case .all(.queue, nil)?: allQueues
        case .all(let type, let site?)? where type == .queue || type == .group: .all(type, site: site)
        default: try address(text, of: Self.queues, argument)
        }
    }

    /// All queues of the member's own site.
    private var allQueues: CTIAddress {
        let member = arguments.first { $0.key == .member }
        return .all(.queue, site: member?.value.site ?? requester.home)
    }

    // MARK: Values of several parts

    /// One channel, or several as an array or separated by commas, all of one site.
    private mutating func readChannels(_ argument: CTIArgument, as place: CTIArgument) throws(IPBXFault) -> Bool {
        guard let field = present(argument) else { return false }
        var texts: [String] = []
        if field.kind == .array {
            for element in field.elements {
                guard let text = element.string else { throw .wrongType(argument) }
                texts.append(text)
            }
        } else if let text = field.string {
            // A channel's name may hold a comma: only a comma before the next id separates.
            let parts = text.split(separator: ",").map(String.init)
            if !text.isEmpty { texts = parts.allSatisfy { $0.hasPrefix("chan:") } ? parts : [text] }
        } else {
            throw .wrongType(argument)
        }
        var ids: [CTIAddress] = []
        for text in texts { ids.append(try address(text, of: .channels, argument)) }
        // Who names nothing does not mean the own channel.
        guard let first = ids.first else { throw .missing(argument) }
        guard ids.allSatisfy({ $0.site == first.site }) else { throw .severalSites }
        note(first.site)
        add(place, ids.count == 1 ? .address(first) : .addresses(ids))
        return true
    }

    private mutating func readRoom(_ argument: CTIArgument, as place: CTIArgument) throws(IPBXFault) -> Bool {
        guard let field = view.member(argument.name) else { return false }
        guard field.kind == .array else { throw .wrongType(argument) }
        var parts = field.elements
        guard let text = parts.next()?.idText, !text.isEmpty else {
            throw .unusable(argument, "\(argument.name) must begin with the room")
        }
        var rest: [String] = []
        while let part = parts.next() {
            guard let text = part.idText else { continue }
            guard let seat = Int(text), seat >= 0, rest.count < 16 else {
                throw .unusable(argument, "\(argument.name) must be the room and a seat, a whole number")
            }
            rest.append(String(seat))
        }
        guard text.utf8.contains(UInt8(ascii: "/")) else {
            let id = try name(text, PBXNameKinds.Place.self, argument)
            add(place, .room(IPBXCommand.Room(site: nil, id: id, rest: rest)))
            return true
        }
        let named = text.utf8.contains(UInt8(ascii: ":")) ? text : "meetme:" + text
        guard case .object(let id)? = CTIAddress(named), id.key.type == .meetme else {
            throw .unusable(argument, "the room must be <ipbxid>/<id>")
        }
        note(id.site)
        add(place, .room(IPBXCommand.Room(site: id.site, id: id.key.id, rest: rest)))
        return true
    }

    private mutating func readFlag(_ argument: CTIArgument, as place: CTIArgument) throws(IPBXFault) -> Bool {
        guard let field = present(argument) else { return false }
        if let flag = field.bool {
            add(place, .flag(flag))
            return true
        }
        guard let text = field.idText else { throw .wrongType(argument) }
        switch text.lowercased() {
        // Clients of the first era write `None` for what they leave out (CTI reference 4.20).
        case "", "none": return false
        case "1", "true": add(place, .flag(true))
        case "0", "false": add(place, .flag(false))
        default: throw .unusable(argument, "\(argument.name) must be true or false")
        }
        return true
    }
}
