import CTIProtocol
import TandemCore

/// The arguments of an `ipbxcommand` on their way into the one form that is handed on.
struct IPBXArguments {
    private(set) var fields: JSONObject
    /// Sites that the arguments name.
    private(set) var namedSites: [SiteID] = []
    let requester: Requester

    init(_ fields: JSONObject, requester: Requester) {
        self.fields = fields
        self.requester = requester
    }

    // MARK: Checks for all commands

    /// Refuses control characters in any text: nothing that could end a line at the PBX leaves this node.
    func checkText() throws(IPBXFault) {
        for (key, value) in fields where !Self.isClean(.string(key)) || !Self.isClean(value) {
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

    /// Checks presence and type of the arguments and replaces special forms. Destinations wait for
    /// `prepareDestination`.
    mutating func prepare(_ verb: CTIVerb) throws(IPBXFault) {
        switch verb {
        case .dial: try requireDestination()
        case .originate:
            try id("source", of: Self.callers, isRequired: true)
            try requireDestination()
        case .transfer, .attendedTransfer:
            try id("source", of: ["chan"])
            try requireDestination()
        case .parking, .park:
            try id("source", of: ["chan"], isRequired: true)
            try id("destination", of: ["parking"])
        case .intercept:
            try id("tointercept", of: ["chan"], replying: "source", isRequired: true)
            try id("catcher", of: Self.callers, replying: "destination")
        case .hangup: try channels(isRequired: true)
        case .transferCancel: try channels(isRequired: false)
        case .answer, .cancel, .refuse:
            try channels(isRequired: false)
            try id("phoneids", of: ["phone", "user"], replying: "source")
        case .hangupMe: break
        case .agentLogin:
            try agent()
            try agentNumber()
        case .agentLogout: try agent()
        case .queueAdd, .queueRemove, .queuePause, .queueUnpause:
            try member(isRequired: true)
            try queue()
        case .queuePauseAll, .queueUnpauseAll, .queueRemoveAll:
            try member(isRequired: false)
            allQueues()
        case .meetme: try room()
        case .record:
            try startOrStop(isRequired: true)
            try channel("channel", isRequired: true)
        case .listen: try listened()
        case .mailboxCount: try mailbox()
        }
    }

    // MARK: Reading and writing

    /// A string, nil when it is absent, `null` or empty.
    private func text(_ field: String, replying reply: String) throws(IPBXFault) -> String? {
        guard let value = fields[field], !value.isNull else { return nil }
        guard let text = value.stringValue else { throw .wrongType(field, reply) }
        return text.isEmpty ? nil : text
    }

    private func required(_ field: String, replying reply: String) throws(IPBXFault) -> String {
        guard let text = try text(field, replying: reply) else { throw .missing(field, reply) }
        return text
    }

    private mutating func put(_ field: String, _ address: CTIAddress) {
        fields[field] = .string(address.text(at: requester.home))
        if let site = address.site { namedSites.append(site) }
    }

    /// An argument that is an id of certain types, by their words.
    private mutating func id(
        _ field: String, of words: Set<String>, replying reply: String? = nil, isRequired: Bool = false
    ) throws(IPBXFault) {
        let reply = reply ?? field
        guard let text = try text(field, replying: reply) else {
            if isRequired { throw .missing(field, reply) }
            return
        }
        put(field, try address(text, of: words, field, reply))
    }

    private func address(
        _ text: String, of words: Set<String>, _ field: String, _ reply: String
    ) throws(IPBXFault) -> CTIAddress {
        let found = try number(text, field, reply) ?? CTIAddress(text).map(resolved)
        guard let found, words.contains(Self.word(of: found)) else {
            throw .unusable(
                field, reply, "\(field) must be \(words.sorted().joined(separator: ", ")) as <type>:<ipbxid>/<id>")
        }
        return found
    }

    /// What kind of thing an address names; empty for a number without a site and for all of a kind.
    private static func word(of address: CTIAddress) -> String {
        switch address {
        case .object(let id): id.key.type.word
        case .number(_, let site): site == nil ? "" : "exten"
        case .all, .me, .myVoicemail: ""
        }
    }

    /// Puts the requester's own objects in the place of the special forms (CTI reference 6.2). Where there is none, the
    /// special form stays.
    private func resolved(_ address: CTIAddress) -> CTIAddress {
        let own: (ObjectType, String?)? =
            switch address {
            case .me(.user): (.user, requester.userID)
            case .me(.agent): (.agent, requester.agent)
            case .myVoicemail: (.voicemail, requester.voicemail)
            default: nil
            }
        guard let (type, id) = own, let id else { return address }
        return .object(ObjectID(type, requester.home, id))
    }

    private func myAgent() throws(IPBXFault) -> CTIAddress {
        let address = resolved(.me(.agent))
        guard case .object = address else { throw .impossible("user \(requester.userID) is not an agent") }
        return address
    }

    private func startOrStop(isRequired: Bool) throws(IPBXFault) {
        guard let text = try text("subcommand", replying: "noaction") else {
            if isRequired { throw .missing("subcommand", "noaction") }
            return
        }
        guard text == "start" || text == "stop" else {
            throw .unusable("subcommand", "noaction", "subcommand must be start or stop")
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
    mutating func prepareDestination(_ verb: CTIVerb, at target: SiteID) throws(IPBXFault) {
        switch verb {
        case .dial, .originate, .transfer, .attendedTransfer: break
        default: return
        }
        guard let text = fields["destination"]?.idText else { return }
        let named = try number(text, "destination", "destination") ?? CTIAddress(text).map(resolved)
        switch named {
        case .object(let id) where Self.canBeCalled(id.key.type): put("destination", .object(id))
        case .number(let number, let site): put("destination", .number(number, site: site ?? target))
        case .myVoicemail:
            throw .unusable("destination", "destination", "user \(requester.userID) has no voicemail")
        default:
            throw .unusable("destination", "destination", "the destination is nothing that can be dialled")
        }
    }

    private static func canBeCalled(_ type: ObjectType) -> Bool {
        switch type {
        case .user, .phone, .voicemail, .meetme, .queue, .group: true
        case .agent, .queueMember, .channel, .trunk, .parking, .site: false
        }
    }

    /// A number as people write it: `+33 (0)1-23.45`, `exten:paris/10 02`, `"Bob" <1002>`; nil: no number. Letters are
    /// left to `CTIAddress`.
    private func number(_ text: String, _ field: String, _ reply: String) throws(IPBXFault) -> CTIAddress? {
        var written = text[...]
        var site: SiteID?
        if text.hasPrefix("exten:") {
            let rest = text.dropFirst("exten:".count)
            guard let slash = rest.firstIndex(of: "/"), let named = SiteID(rest[..<slash]) else {
                throw .unusable(field, reply, "\(field) must be exten:<ipbxid>/<number>")
            }
            site = named
            written = rest[rest.index(after: slash)...]
        } else if text.hasSuffix(">"), let open = text.lastIndex(of: "<") {
            written = text[text.index(after: open)...].dropLast()
        }
        guard written.utf8.allSatisfy({ Self.isDigit($0) || Self.isSeparator($0) }) else { return nil }
        let digits = String(decoding: written.utf8.filter { !Self.isSeparator($0) }, as: UTF8.self)
        guard let number = Extension(digits) else {
            throw .unusable(field, reply, "\(field) is no number that can be dialled")
        }
        return .number(number, site: site)
    }

    private static func isSeparator(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: " "), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "/"):
            true
        default: false
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "*"), UInt8(ascii: "#"): true
        default: false
        }
    }

    // MARK: Channels

    /// `channelids`: one channel, or several as an array or separated by commas, all of one site.
    private mutating func channels(isRequired: Bool) throws(IPBXFault) {
        guard let value = fields["channelids"], !value.isNull, value.stringValue != "", value != [] else {
            if isRequired { throw .missing("channelids", "source") }
            return
        }
        var texts: [String] = []
        if let elements = value.arrayValue {
            texts = elements.compactMap(\.stringValue)
            guard texts.count == elements.count else { throw .wrongType("channelids", "source") }
        } else if let text = value.stringValue {
            // A channel's name may hold a comma: only a comma before the next id separates.
            let parts = text.split(separator: ",").map(String.init)
            texts = parts.allSatisfy { $0.hasPrefix("chan:") } ? parts : [text]
        } else {
            throw .wrongType("channelids", "source")
        }
        var ids: [CTIAddress] = []
        for text in texts { ids.append(try address(text, of: ["chan"], "channelids", "source")) }
        guard let first = ids.first else { throw .missing("channelids", "source") }
        guard ids.allSatisfy({ $0.site == first.site }) else { throw .severalSites }
        put("channelids", first)
        if ids.count > 1 { fields["channelids"] = .array(ids.map { .string($0.text(at: requester.home)) }) }
    }

    /// A channel as `chan:<ipbx>/<name>` or, as older clients write it, its bare name at home.
    private mutating func channel(_ field: String, isRequired: Bool) throws(IPBXFault) {
        guard let text = try text(field, replying: "source") else {
            if isRequired { throw .missing(field, "source") }
            return
        }
        let named = text.hasPrefix("chan:") ? text : "chan:\(requester.home)/" + text
        put(field, try address(named, of: ["chan"], field, "source"))
    }

    // MARK: Agents and queues

    /// `agentids` or `member`: `agent:<ipbx>/<id>`, `<ipbx>/<id>`, `<id>`, `agent:special:me`; absent: my agent. It
    /// leaves as `agentids`.
    private mutating func agent() throws(IPBXFault) {
        let field = fields["agentids"].map { !$0.isNull } ?? false ? "agentids" : "member"
        var agent = try optionalAgent(field)
        if agent == nil { agent = try myAgent() }
        fields["member"] = nil
        if let agent { put("agentids", agent) }
    }

    private func optionalAgent(_ field: String) throws(IPBXFault) -> CTIAddress? {
        guard let value = fields[field], !value.isNull else { return nil }
        guard let text = value.idText else { throw .wrongType(field, "member") }
        if text == "agent:special:me" { return try myAgent() }
        let named =
            text.contains(":") ? text : text.contains("/") ? "agent:" + text : "agent:\(requester.home)/" + text
        return try address(named, of: ["agent"], field, "member")
    }

    private mutating func agentNumber() throws(IPBXFault) {
        guard let value = fields["agentphonenumber"], !value.isNull, value.stringValue != "" else { return }
        guard let text = value.idText else { throw .wrongType("agentphonenumber", "destination") }
        guard
            case .number(let number, _)? = try number(text, "agentphonenumber", "invalid_exten") ?? CTIAddress(text)
        else { throw .unusable("agentphonenumber", "invalid_exten", "agentphonenumber is no number") }
        fields["agentphonenumber"] = .string(number.text)
    }

    private mutating func member(isRequired: Bool) throws(IPBXFault) {
        guard let text = try text("member", replying: "member") else {
            guard !isRequired else { throw .missing("member", "member") }
            return put("member", try myAgent())
        }
        if text == "agent:special:me" { return put("member", try myAgent()) }
        try id("member", of: ["agent", "phone", "user"], isRequired: true)
    }

    private mutating func queue() throws(IPBXFault) {
        let text = try required("queue", replying: "queue")
        switch CTIAddress(text) {
        case .all(.queue, nil)?: allQueues()
        case .all(let type, let site?)? where type == .queue || type == .group:
            put("queue", .all(type, site: site))
        default: try id("queue", of: ["queue", "group"], isRequired: true)
        }
    }

    /// All queues of the member's own site.
    private mutating func allQueues() {
        let site = fields["member"]?.stringValue.flatMap { CTIAddress($0) }?.site ?? requester.home
        put("queue", .all(.queue, site: site))
    }

    // MARK: Rooms, agents that are heard, mailboxes

    /// `functionargs[0]`: `<ipbx>/<room id>`, `meetme:<ipbx>/<room id>` or a room's number at home.
    private mutating func room() throws(IPBXFault) {
        _ = try required("function", replying: "noaction")
        guard let value = fields["functionargs"] else { throw .missing("functionargs", "noaction") }
        guard var arguments = value.arrayValue else { throw .wrongType("functionargs", "noaction") }
        guard let text = arguments.first?.idText, !text.isEmpty else {
            throw .unusable("functionargs", "noaction", "functionargs must begin with the room")
        }
        guard text.contains("/") else { return }
        let named = text.contains(":") ? text : "meetme:" + text
        guard case .object(let id)? = CTIAddress(named), id.key.type == .meetme else {
            throw .unusable("functionargs", "noaction", "the room must be <ipbxid>/<id>")
        }
        arguments[0] = .string(id.site.name + "/" + id.key.id)
        fields["functionargs"] = .array(arguments)
        namedSites.append(id.site)
    }

    /// `listen`: an agent as `<ipbx>/<id>` or with its type, or a channel; it leaves as `destination`. Whoever listens
    /// is named, because the site that executes the command may not be theirs.
    private mutating func listened() throws(IPBXFault) {
        try startOrStop(isRequired: false)
        if let text = try text("destination", replying: "destination") {
            let named = text.contains(":") ? text : "agent:" + text
            put(
                "destination", try address(named, of: ["agent", "phone", "user", "chan"], "destination", "destination"))
        } else {
            guard fields["channel"] != nil else { throw .missing("destination", "destination") }
            try channel("channel", isRequired: true)
            fields["destination"] = fields["channel"]
        }
        fields["channel"] = nil
        switch try text("listener", replying: "source") {
        case nil, "user:special:me": put("listener", resolved(.me(.user)))
        default: break
        }
    }

    /// A mailbox by number at home, or `voicemail:<ipbx>/<id>`.
    private mutating func mailbox() throws(IPBXFault) {
        guard let value = fields["mailbox"], !value.isNull else { throw .missing("mailbox", "noaction") }
        guard let text = value.idText else { throw .wrongType("mailbox", "noaction") }
        guard text.contains(":") else {
            fields["mailbox"] = .string(text)
            return
        }
        put("mailbox", try address(text, of: ["voicemail"], "mailbox", "noaction"))
    }
}
