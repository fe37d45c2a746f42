import TandemCore

/// The arguments of an `ipbxcommand` on their way into the one form that is handed on.
struct IPBXArguments {
    private(set) var fields: JSONObject
    /// Sites that the arguments name.
    private(set) var namedSites: [SiteID] = []
    private let requester: Requester

    init(_ fields: JSONObject, requester: Requester) {
        self.fields = fields
        self.requester = requester
    }

    // MARK: Checks for all commands

    /// Refuses control characters in any text: nothing that could end a line at the PBX leaves this node.
    func checkText() throws(IPBXFault) {
        for (key, value) in fields where !Self.isClean(value) {
            throw .unusable(key, key, "the field \(key) holds a control character")
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

    // MARK: Per command

    private static let callers: Set = ["user", "phone", "exten"]
    private static let destinations: Set = [
        "user", "phone", "exten", "voicemail", "meetme", "queue", "group", "vm_consult",
    ]

    /// Checks presence and type of the arguments and replaces special forms. Numbers without a site wait for
    /// `prepareNumbers`.
    mutating func prepare(_ verb: IPBXVerb) throws(IPBXFault) {
        switch verb {
        case .dial: try requireDestination()
        case .originate:
            try id("source", of: Self.callers, isRequired: true)
            try requireDestination()
        case .transfer, .atxfer:
            try id("source", of: ["chan"])
            try requireDestination()
        case .parking:
            try id("source", of: ["chan"], isRequired: true)
            try id("destination", of: ["parking"])
        case .intercept:
            try id("tointercept", of: ["chan"], replying: "source", isRequired: true)
            try id("catcher", of: Self.callers, replying: "destination")
        case .hangup: try id("channelids", of: ["chan"], replying: "source", isRequired: true)
        case .transfercancel: try id("channelids", of: ["chan"], replying: "source")
        case .answer, .cancel, .refuse:
            try id("channelids", of: ["chan"], replying: "source")
            try id("phoneids", of: ["phone", "user"], replying: "source")
        case .hangupme: break
        case .agentlogin:
            try agent()
            try agentNumber()
        case .agentlogout: try agent()
        case .queueadd, .queueremove, .queuepause, .queueunpause:
            try member(isRequired: true)
            try queue()
        case .queuepauseAll, .queueunpauseAll, .queueremoveAll:
            try member(isRequired: false)
            try allQueues()
        case .meetme: try room()
        case .record:
            try oneOf("subcommand", ["start", "stop"])
            try channel("channel", isRequired: true)
        case .listen: try listened()
        case .sipnotify:
            try device("channel")
            guard let variables = fields["variables"] else { throw .missing("variables", "noaction") }
            guard variables.objectValue != nil else { throw .wrongType("variables", "noaction") }
        case .mailboxcount: try mailbox()
        }
    }

    // MARK: Reading and writing

    private func text(_ field: String, replying reply: String) throws(IPBXFault) -> String? {
        guard let value = fields[field], !value.isNull else { return nil }
        guard let text = value.stringValue else { throw .wrongType(field, reply) }
        guard !text.isEmpty else { return nil }
        return text
    }

    private func required(_ field: String, replying reply: String) throws(IPBXFault) -> String {
        guard let text = try text(field, replying: reply) else { throw .missing(field, reply) }
        return text
    }

    private mutating func put(_ field: String, _ id: WireID) {
        fields[field] = .string(id.description)
        namedSites.append(id.site)
    }

    /// An argument that is an id of certain types; `user:special:me` and the like are replaced.
    private mutating func id(
        _ field: String, of types: Set<String>, replying reply: String? = nil, isRequired: Bool = false
    ) throws(IPBXFault) {
        let reply = reply ?? field
        guard let text = try text(field, replying: reply) else {
            if isRequired { throw .missing(field, reply) }
            return
        }
        guard let id = try special(text, replying: reply, in: field) ?? WireID(text), types.contains(id.type) else {
            throw .unusable(
                field, reply,
                "\(field) must be \(types.sorted().joined(separator: ", ")) as <type>:<ipbxid>/<id>")
        }
        if id.type == "exten" {
            put(field, try cleanExten(id, field, reply))
        } else {
            put(field, id)
        }
    }

    /// The special forms of CTI reference 6.2; nil when the text is none of them.
    private func special(_ text: String, replying reply: String, in field: String) throws(IPBXFault) -> WireID? {
        switch text {
        case "user:special:me": return WireID("user", requester.home, requester.userID)
        case "user:special:myvoicemail":
            guard let voicemail = requester.user.voicemail else {
                throw .unusable(field, reply, "user \(requester.userID) has no voicemail")
            }
            return WireID("voicemail", requester.home, voicemail)
        case "agent:special:me": return try myAgent(field, reply)
        default: return nil
        }
    }

    private func myAgent(_ field: String, _ reply: String) throws(IPBXFault) -> WireID {
        guard let agent = requester.user.agent else {
            throw .impossible("user \(requester.userID) is not an agent")
        }
        return WireID("agent", requester.home, agent)
    }

    private mutating func oneOf(_ field: String, _ values: [String]) throws(IPBXFault) {
        let text = try required(field, replying: "noaction")
        guard values.contains(text) else {
            throw .unusable(field, "noaction", "\(field) must be \(values.joined(separator: " or "))")
        }
    }

    // MARK: Destinations

    private func requireDestination() throws(IPBXFault) {
        guard let value = fields["destination"], !value.isNull, value.stringValue != "" else {
            throw .missing("destination", "destination")
        }
        guard value.idText != nil else { throw .wrongType("destination", "destination") }
    }

    /// Brings the destination into its form: an id, a bare number or `"Bob" <1002>`. A number without a site is dialled
    /// at the site that executes the command.
    mutating func prepareNumbers(_ verb: IPBXVerb, at target: SiteID) throws(IPBXFault) {
        switch verb {
        case .dial, .originate, .transfer, .atxfer: break
        default: return
        }
        guard let text = fields["destination"]?.idText else { return }
        if let special = try special(text, replying: "destination", in: "destination") {
            return put("destination", special)
        }
        if let id = WireID(text), Self.destinations.contains(id.type) {
            return put("destination", id.type == "exten" ? try cleanExten(id, "destination", "destination") : id)
        }
        let number = Self.callerIDNumber(text) ?? text
        let id = WireID("exten", target, number)
        put("destination", try cleanExten(id, "destination", "destination"))
    }

    /// The number in `"Bob" <1002>`.
    private static func callerIDNumber(_ text: String) -> String? {
        guard text.hasSuffix(">"), let open = text.lastIndex(of: "<") else { return nil }
        return String(text[text.index(after: open)...].dropLast())
    }

    /// Takes the separators that people write out of a number (`+33 (0)1-23.45`), and checks the rest.
    private func cleanExten(_ id: WireID, _ field: String, _ reply: String) throws(IPBXFault) -> WireID {
        var number = id.id
        if number.utf8.allSatisfy({ Self.isDigitOrSeparator($0) }) {
            number = String(decoding: number.utf8.filter { !Self.isSeparator($0) }, as: UTF8.self)
        }
        guard let exten = Extension(number) else {
            throw .unusable(field, reply, "\(field) is no number that can be dialled")
        }
        return WireID("exten", id.site, exten.text)
    }

    private static func isSeparator(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: " "), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "/"):
            true
        default: false
        }
    }

    private static func isDigitOrSeparator(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "*"), UInt8(ascii: "#"): true
        default: isSeparator(byte)
        }
    }

    // MARK: Agents and queues

    /// `agentids` or `member`: `agent:<ipbx>/<id>`, `<ipbx>/<id>`, `<id>`, `agent:special:me`; absent: my agent. It
    /// leaves as `agentids`.
    private mutating func agent() throws(IPBXFault) {
        let field = fields["agentids"].map { !$0.isNull } ?? false ? "agentids" : "member"
        let value = fields[field]
        let id: WireID
        if let value, !value.isNull {
            guard let text = value.idText else { throw .wrongType(field, "member") }
            id = try agent(text, field)
        } else {
            id = try myAgent(field, "member")
        }
        fields["member"] = nil
        put("agentids", id)
    }

    private func agent(_ text: String, _ field: String) throws(IPBXFault) -> WireID {
        if let special = try special(text, replying: "member", in: field), special.type == "agent" { return special }
        let id =
            text.contains(":")
            ? WireID(text) : text.contains("/") ? WireID("agent:" + text) : WireID("agent:\(requester.home)/" + text)
        guard let id, id.type == "agent" else {
            throw .unusable(field, "member", "\(field) must be an agent as agent:<ipbxid>/<id>")
        }
        return id
    }

    private mutating func agentNumber() throws(IPBXFault) {
        guard let value = fields["agentphonenumber"], !value.isNull, value.stringValue != "" else { return }
        guard let text = value.idText else { throw .wrongType("agentphonenumber", "destination") }
        let id = try cleanExten(WireID("exten", requester.home, text), "agentphonenumber", "invalid_exten")
        fields["agentphonenumber"] = .string(id.id)
    }

    private mutating func member(isRequired: Bool) throws(IPBXFault) {
        if !isRequired, try text("member", replying: "member") == nil {
            return put("member", try myAgent("member", "member"))
        }
        try id("member", of: ["agent", "phone", "user"], isRequired: true)
    }

    private var memberSite: SiteID {
        fields["member"]?.stringValue.flatMap { WireID($0) }?.site ?? requester.home
    }

    private mutating func queue() throws(IPBXFault) {
        let text = try required("queue", replying: "queue")
        guard text != "queue:special:all" else { return try allQueues() }
        try id("queue", of: ["queue", "group"], isRequired: true)
    }

    /// All queues of the member's own site.
    private mutating func allQueues() throws(IPBXFault) {
        put("queue", WireID("queue", memberSite, "all"))
    }

    // MARK: Rooms, channels, phones, mailboxes

    /// `functionargs[0]`: `<ipbx>/<room id>`, `meetme:<ipbx>/<room id>` or a room's number at home.
    private mutating func room() throws(IPBXFault) {
        _ = try required("function", replying: "noaction")
        guard let value = fields["functionargs"] else { throw .missing("functionargs", "noaction") }
        guard var arguments = value.arrayValue else { throw .wrongType("functionargs", "noaction") }
        guard let text = arguments.first?.idText, !text.isEmpty else {
            throw .unusable("functionargs", "noaction", "functionargs must begin with the room")
        }
        guard text.contains("/") else { return }
        guard let id = WireID(text.contains(":") ? text : "meetme:" + text), id.type == "meetme" else {
            throw .unusable("functionargs", "noaction", "the room must be <ipbxid>/<id>")
        }
        arguments[0] = .string(id.site.name + "/" + id.id)
        fields["functionargs"] = .array(arguments)
        namedSites.append(id.site)
    }

    /// A channel as `chan:<ipbx>/<name>` or, as older clients write it, its bare name at home.
    private mutating func channel(_ field: String, isRequired: Bool) throws(IPBXFault) {
        guard let text = try text(field, replying: "source") else {
            if isRequired { throw .missing(field, "source") }
            return
        }
        let id = text.hasPrefix("chan:") ? WireID(text) : WireID("chan:\(requester.home)/" + text)
        guard let id else { throw .unusable(field, "source", "\(field) must be a channel") }
        put(field, id)
    }

    /// `listen`: an agent as `<ipbx>/<id>` or with its type, or a channel.
    private mutating func listened() throws(IPBXFault) {
        if let text = try text("subcommand", replying: "noaction"), text != "start", text != "stop" {
            throw .unusable("subcommand", "noaction", "subcommand must be start or stop")
        }
        if let text = try text("destination", replying: "destination") {
            let id = WireID(text.contains(":") ? text : "agent:" + text)
            guard let id, ["agent", "phone", "user"].contains(id.type) else {
                throw .unusable("destination", "destination", "destination must be an agent as <ipbxid>/<id>")
            }
            return put("destination", id)
        }
        guard try text("channel", replying: "source") != nil else { throw .missing("destination", "destination") }
        try channel("channel", isRequired: true)
    }

    /// A phone's device: `phone:…`, `user:…`, `user:special:me`, or a device's bare name at home.
    private mutating func device(_ field: String) throws(IPBXFault) {
        let text = try required(field, replying: "source")
        if text.hasPrefix("user:") || text.hasPrefix("phone:") {
            return try id(field, of: ["user", "phone"], replying: "source", isRequired: true)
        }
        guard WireID.isUsable(text) else { throw .unusable(field, "source", "\(field) must be a phone") }
    }

    /// A mailbox by number at home, or `voicemail:<ipbx>/<id>`.
    private mutating func mailbox() throws(IPBXFault) {
        guard let value = fields["mailbox"], !value.isNull else { throw .missing("mailbox", "noaction") }
        guard let text = value.idText else { throw .wrongType("mailbox", "noaction") }
        if let special = try special(text, replying: "noaction", in: "mailbox") {
            guard special.type == "voicemail" else {
                throw .unusable("mailbox", "noaction", "mailbox must be a voicemail")
            }
            return put("mailbox", special)
        }
        guard text.contains(":") else {
            fields["mailbox"] = .string(text)
            return
        }
        try id("mailbox", of: ["voicemail"], replying: "noaction", isRequired: true)
    }
}
