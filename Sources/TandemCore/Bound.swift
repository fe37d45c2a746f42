/// One row of the table of bounds: what the code obeys, and what the manual shows.
public struct Bound: Sendable, Hashable {
    /// What a bound measures.
    public enum Value: Sendable, Hashable {
        /// Bytes.
        case bytes(Int)
        /// Seconds.
        case time(Duration)
        /// Things, or levels.
        case count(Int)
    }

    /// The constant of `Limits`.
    public let name: String
    /// What is bounded.
    public let subject: String
    /// How much of it there may be.
    public let value: Value
    /// What happens beyond it.
    public let beyond: String
    /// The key of `tandem.yaml` that sets another value; nil: it is fixed.
    public let key: String?

    private init(_ name: String, _ subject: String, _ value: Value, _ beyond: String, key: String? = nil) {
        self.name = name
        self.subject = subject
        self.value = value
        self.beyond = beyond
        self.key = key
    }

    /// The value as documents write it: `64 KiB`, `512 bytes`, `5 s`, `10,000`.
    public var text: String { value.text }

    /// Every bound, in the order of the manual.
    public static let all: [Bound] = clients + links + names + rest

    private static let clients = [
        Bound(
            "clientLineBeforeLogin", "a client's line before the login", .bytes(Limits.clientLineBeforeLogin),
            "`line_too_long`, closed", key: "limits.line_before_login"),
        Bound(
            "clientLineAfterLogin", "a client's line after the login", .bytes(Limits.clientLineAfterLogin),
            "`line_too_long`, closed", key: "limits.line_after_login"),
        Bound("loginTime", "the whole login", .time(Limits.loginTime), "closed", key: "limits.login_timeout"),
        Bound("clients", "CTI connections at a time", .count(Limits.clients), "closed", key: "limits.clients"),
        Bound("jsonDepth", "levels of JSON in a line or frame", .count(Limits.jsonDepth), "refused"),
        Bound(
            "pendingBytesPerSubscriber", "waiting for a client that does not read",
            .bytes(Limits.pendingBytesPerSubscriber), "only the latest state is kept for it"),
        Bound(
            "missedObjects", "names of gone objects kept for such a client", .count(Limits.missedObjects),
            "closed"),
        Bound(
            "pendingCommandsPerClient", "a client's commands without an answer",
            .count(Limits.pendingCommandsPerClient), "refused"),
        Bound(
            "strangers", "CTI connections that are not logged in", .count(Limits.strangers),
            "the oldest of the address with the most is closed"),
        Bound(
            "strangersPerAddress", "such connections of one address", .count(Limits.strangersPerAddress),
            "its oldest is closed"),
        Bound(
            "freeLoginFailures", "failed logins at an account from an address at full speed",
            .count(Limits.freeLoginFailures), "each waits twice as long, or is turned away"),
        Bound(
            "longestLoginPause", "the pause that this becomes", .time(Limits.longestLoginPause), "it stays"),
        Bound(
            "freeLoginFailuresTogether", "failed logins of an address, or at an account, at full speed",
            .count(Limits.freeLoginFailuresTogether), "one a second of the address, one in 2 s at the account"),
        Bound(
            "throttleEntries", "entries of each table of attempts to log in", .count(Limits.throttleEntries),
            "the oldest are forgotten"),
        Bound(
            "throttleShare", "entries of one address, or of one account, in these", .count(Limits.throttleShare),
            "its oldest is forgotten"),
    ]

    private static let links = [
        Bound("peerFrame", "a frame between nodes", .bytes(Limits.peerFrame), "the link is cut"),
        Bound("changesPerFrame", "changes in a frame", .count(Limits.changesPerFrame), "a further frame"),
        Bound("snapshotChunk", "a chunk of a snapshot", .bytes(Limits.snapshotChunk), "a further chunk"),
        Bound(
            "changesInFlight", "changes of a site that a peer has not acknowledged", .count(Limits.changesInFlight),
            "they wait"),
        Bound("bytesInFlight", "bytes that a peer has not acknowledged", .bytes(Limits.bytesInFlight), "they wait"),
        Bound(
            "pendingBytesPerLink", "waiting for a peer that does not read", .bytes(Limits.pendingBytesPerLink),
            "the link is cut"),
        Bound("hops", "links on a command's way", .count(Limits.hops), "`too_many_hops`"),
        Bound("handshakeTime", "a handshake of TLS", .time(Limits.handshakeTime), "closed"),
        Bound(
            "strangePeers", "accepted sockets of peers that have said nothing", .count(Limits.strangePeers),
            "the oldest of the address with the most is closed"),
        Bound(
            "strangePeersPerAddress", "such sockets of one address", .count(Limits.strangePeersPerAddress),
            "its oldest is closed"),
        Bound("commandsPerLink", "commands of a peer without an answer", .count(Limits.commandsPerLink), "refused"),
        Bound("commandsSubmitted", "commands of a node without an answer", .count(Limits.commandsSubmitted), "refused"),
        Bound("commandTime", "a command's deadline", .time(Limits.commandTime), "shortened to it"),
        Bound("commandBody", "a command between nodes", .bytes(Limits.commandBody), "refused"),
        Bound("ledger", "lines of the ledger", .count(Limits.ledger), "the oldest are forgotten"),
        Bound("linksPerSite", "links of a site", .count(Limits.linksPerSite), "refused"),
        Bound("sites", "sites of a federation", .count(Limits.sites), "refused"),
        Bound("objectsPerSite", "objects of a site", .count(Limits.objectsPerSite), "refused"),
        Bound("bytesPerSite", "a site's objects", .bytes(Limits.bytesPerSite), "refused"),
        Bound("logBytes", "a site's log of changes", .bytes(Limits.logBytes), "a peer behind it gets a snapshot"),
    ]

    private static let names = [
        Bound("objectID", "an object's id", .bytes(Limits.objectID), "refused"),
        Bound("configuredID", "an object's id in a file", .bytes(Limits.configuredID), "refused"),
        Bound("siteID", "a site's name", .bytes(Limits.siteID), "refused"),
        Bound("hostName", "a host name", .bytes(Limits.hostName), "refused"),
        Bound("loginName", "a login name", .bytes(Limits.loginName), "refused"),
        Bound("clientKey", "`idempotencykey` of a client", .bytes(Limits.clientKey), "`invalid:idempotencykey`"),
        Bound("federationKey", "a command's key between nodes", .bytes(Limits.federationKey), "the link is cut"),
        Bound("verb", "a verb between nodes", .bytes(Limits.verb), "the link is cut"),
        Bound("reason", "a reason between nodes", .bytes(Limits.reason), "the link is cut"),
        Bound("headerText", "a value for a PBX", .bytes(Limits.headerText), "refused"),
        Bound(
            "pbxName", "the name of a channel, device, queue, room or lot for a PBX", .bytes(Limits.pbxName), "refused"),
        Bound("contextName", "a context's name", .bytes(Limits.contextName), "refused"),
        Bound("dialledNumber", "a number that is dialled, or a mailbox's", .bytes(Limits.dialledNumber), "refused"),
        Bound("shownText", "a text for people that a PBX is given", .bytes(Limits.shownText), "refused, or left out"),
        Bound("fileName", "the name of a recording", .bytes(Limits.fileName), "refused"),
        Bound("penalty", "a member's penalty", .count(Limits.penalty), "refused"),
        Bound("chatText", "a chat message", .bytes(Limits.chatText), "refused"),
        Bound("commandID", "a `commandid` as text", .bytes(Limits.commandID), "not echoed"),
    ]

    private static let rest = [
        Bound("managerLine", "a line of the manager interface", .bytes(Limits.managerLine), "left out, counted"),
        Bound(
            "managerHeaders", "headers of a manager's message", .count(Limits.managerHeaders),
            "left out, counted"),
        Bound("managerMessage", "a manager's message", .bytes(Limits.managerMessage), "left out, counted"),
        Bound("contactsOfEndpoint", "contacts of a phone", .count(Limits.contactsOfEndpoint), "not seen"),
        Bound("hintsOfDevice", "hints that watch one device", .count(Limits.hintsOfDevice), "not seen"),
        Bound(
            "dialplanAgents", "agents that only the dial plan tells of", .count(Limits.dialplanAgents), "not seen"),
        Bound(
            "listToldAtOnce", "callers, participants or calls in a list that is told with each change",
            .count(Limits.listToldAtOnce), "told again after 1 ms for each"),
        Bound("pendingActions", "actions without a PBX's answer", .count(Limits.pendingActions), "refused"),
        Bound(
            "httpConnections", "connections to the HTTP port", .count(Limits.httpConnections),
            "the one that has waited longest is closed"),
        Bound(
            "httpConnectionsPerAddress", "of them from one address", .count(Limits.httpConnectionsPerAddress),
            "that address's that has waited longest is closed"),
        Bound(
            "controlConnections", "connections to the control socket", .count(Limits.controlConnections),
            "the one that has waited longest is closed"),
        Bound("httpTime", "an HTTP request, and the pause before it", .time(Limits.httpTime), "closed"),
        Bound("httpAnswerTime", "an HTTP answer until it is taken", .time(Limits.httpAnswerTime), "closed"),
        Bound("httpHead", "an HTTP request's line and headers", .bytes(Limits.httpHead), "400, closed"),
        Bound("httpBody", "an HTTP request's body", .bytes(Limits.httpBody), "413, closed"),
        Bound("httpRead", "HTTP requests sent ahead of their turn", .bytes(Limits.httpRead), "not read yet"),
        Bound("httpPart", "a part of an HTTP answer", .bytes(Limits.httpPart), "a further part"),
        Bound("httpTokenFile", "the file of the HTTP token", .bytes(Limits.httpTokenFile), "refused"),
        Bound("httpRows", "rows of a page of the API", .count(Limits.httpRows), "cut to it"),
        Bound("callsPerUser", "calls kept per user", .count(Limits.callsPerUser), "the oldest are forgotten"),
        Bound("auditLines", "audit lines kept", .count(Limits.auditLines), "the oldest are forgotten"),
        Bound(
            "setAside", "rows with impossible values kept aside", .count(Limits.setAside), "the oldest are forgotten"),
        Bound(
            "storeTime", "a write of the store that somebody waits for", .time(Limits.storeTime),
            "`store_unavailable` until it has caught up"),
        Bound(
            "storeEntries", "entries that wait for the store", .count(Limits.storeEntries),
            "copies, then calls and audit lines are dropped"),
        Bound("configurationFile", "a configuration or topology file", .bytes(Limits.configurationFile), "refused"),
        Bound(
            "configurationValues", "values in such a file, aliases counted each time",
            .count(Limits.configurationValues), "refused"),
        Bound(
            "configurationProblems", "errors told of such a file, and warnings", .count(Limits.configurationProblems),
            "counted"),
        Bound("socketPath", "the path of the control socket", .bytes(Limits.socketPath), "refused"),
        Bound("shownLine", "a line that ctispy shows", .bytes(Limits.shownLine), "forwarded, not shown"),
        Bound("shownDepth", "levels of JSON that ctispy takes apart", .count(Limits.shownDepth), "shown as it came"),
        Bound("shownPending", "output that waits", .bytes(Limits.shownPending), "the dialogue is held up"),
        Bound("shownClasses", "classes that ctistat tells apart", .count(Limits.shownClasses), "`(others)`"),
    ]

    /// The table in Markdown, for the manual.
    public static var markdown: String {
        var text = "| what | at most | beyond it | set by |\n| --- | --- | --- | --- |\n"
        for bound in all {
            let key = bound.key.map { "`\($0)`" } ?? ""
            text += "| \(bound.subject) | \(bound.text) | \(bound.beyond) | \(key) |\n"
        }
        return text
    }
}

extension Bound.Value {
    /// As documents write it.
    public var text: String {
        switch self {
        case .bytes(let count):
            for (unit, shift) in [("GiB", 30), ("MiB", 20), ("KiB", 10)]
            where count >= 4 << shift || count >= 1 << shift && shift > 10 {
                if count % (1 << shift) == 0 { return "\(count >> shift) \(unit)" }
            }
            return "\(Self.count(count).text) bytes"
        case .time(let duration): return "\(duration.inNanoseconds / 1_000_000_000) s"
        case .count(let count):
            var digits = String(count)
            var place = digits.count - 3
            while place > 0 {
                digits.insert(",", at: digits.index(digits.startIndex, offsetBy: place))
                place -= 3
            }
            return digits
        }
    }
}
