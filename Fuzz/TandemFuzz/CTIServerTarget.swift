import CTIProtocol
import CTIServer
import TandemCore

extension FuzzTarget {
    static let ctiServer = FuzzTarget(
        name: "cti-server",
        promise: "every line gets the answers that the protocol promises, nobody logs in unproven or twice, and "
            + "nobody else notices",
        dictionary: [
            "\n", "\"class\":\"", "login_id", "login_pass", "login_capas", "logout", "getlist", "ipbxcommand",
            "chitchat", "availstate", "keepalive", "getipbxlist", "\"commandid\":", "\"hashedpassword\":\"proof\"",
            "\"command\":\"dial\"", "\"command\":\"hangup\"", "\"command\":\"transfer\"",
            "\"command\":\"queuepause_all\"",
            "\"destination\":\"exten:paris/102\"", "\"source\":\"user:special:me\"", "\"channelids\":", "\"listname\":",
            "phones", "users", "\"tipbxid\":\"lyon\"", "\"tid\":\"1\"", "\"function\":\"updatestatus\"", "user:lyon/7",
            "chan:paris/PJSIP/101-1", "agent:special:me", "queue:special:all", "\"to\":\"paris/7\"", "\"text\":\"é\"",
            "\"idempotencykey\":\"k\"", "null", "{}", "[]",
        ], smokeCases: 800
    ) { CTIServerOracle.judge($0) }
}

enum CTIServerOracle {
    /// Canaries give a fault of what the server sends; the oracle is the same.
    static func judge(_ input: [UInt8], fault: @escaping (CTIEffect) -> [CTIEffect] = { [$0] }) -> Verdict {
        let port = FuzzPort(fault: fault)
        let witness = port.logIn(1)
        let speaker = port.open(2)
        // The corpus begins its dialogues at the login; half of all inputs continue one that is logged in already.
        var random = FuzzRandom(of: input)
        if random.oneIn(2) { _ = port.logIn(2, client: speaker) }
        var kinds: Set<String> = []
        for line in PlainLines.cut(input, limit: Mutator.longest, isExact: false).lines
        where line.contains(where: { ![0x20, 0x0D, 0x09].contains($0) }) {  // empty lines are skipped
            if let problem = port.speak(speaker, line, &kinds) { return .wrong(problem) }
            if port.isClosed(speaker) { break }
        }
        let before = port.answers(witness).count
        port.send(witness, Array(#"{"class":"keepalive","commandid":99}"#.utf8))
        let answers = port.answers(witness).dropFirst(before)
        guard answers.count == 1, answers.first?["replyid"] == 99, !port.isClosed(witness) else {
            return .wrong("another client is disturbed: \(answers.count) answers to its keepalive")
        }
        if let problem = port.problem { return .wrong(problem) }
        return .fine(kinds.sorted().joined(separator: " "))
    }
}

extension FuzzPort {
    /// Sends one line and judges what came of it; nil when it is as the protocol promises.
    func speak(_ client: ClientID, _ line: [UInt8], _ kinds: inout Set<String>) -> String? {
        let wasLoggedIn = isLoggedIn(client)
        let before = answers(client).count
        send(client, line)
        let came = Array(answers(client)[before...])
        let object = try? JSONValue(parsing: line).objectValue
        if let object, object["class"] == "login_pass", object["hashedpassword"] == "proof" { hasProven = true }

        if isLoggedIn(client), !hasProven { return "logged in without a proof" }
        guard let object else {
            guard isClosed(client) != wasLoggedIn else {
                return "what is no object \(wasLoggedIn ? "closes" : "does not close")"
            }
            guard came.count == 1 else { return "\(came.count) answers to what is no object" }
            guard !wasLoggedIn || came[0]["warning_string"]?.stringValue?.hasPrefix("invalid_json") == true else {
                return "no invalid_json for what is no object: \(came[0])"
            }
            kinds.insert("none")
            return nil
        }
        guard !came.isEmpty || isClosed(client) else { return "no answer to \(JSONValue.object(object))" }
        let isCall = object["class"] == "ipbxcommand"
        guard came.count <= (isCall ? 8 : 1) else { return "\(came.count) answers to \(JSONValue.object(object))" }
        for answer in came {
            let error = answer["error_string"]?.stringValue
            guard (error != nil) == isClosed(client) || object["class"] == "logout" else {
                return "\(error ?? "no error"), and the connection is \(isClosed(client) ? "closed" : "open")"
            }
            if answer["warning_string"] != nil, isClosed(client) { return "closed after a warning" }
            switch object["commandid"] {
            // Nothing, nought and very long ids are not repeated (CTI reference 3.1).
            case .string(let id)? where !id.isEmpty && id.utf8.count <= 8 && answer["replyid"] != .string(id):
                return "commandid \(id) is answered with \(answer["replyid"] ?? .null)"
            case .integer(let id)? where id != 0 && answer["replyid"] != .integer(id):
                return "commandid \(id) is answered with \(answer["replyid"] ?? .null)"
            default: break
            }
            kinds.insert(answer["class"]?.stringValue ?? "?")
            if let word = error ?? answer["warning_string"]?.stringValue {
                kinds.insert(String(word.prefix { $0 != ":" && $0 != " " }))
            }
            if let reply = answer["ipbxreply"]?.stringValue { kinds.insert(reply) }
        }
        return nil
    }
}
