import CTIProtocol
import CTIServer
import NodeCore
import PBX
import TandemCore
import Testing

/// Every row of the table, sent as a client sends it through the real server and planner: what the row says is what
/// happens. A row that promises something else than the code does fails here.
@Suite("Every command does what its row of the table says") struct VerbTableTests {
    private func fields(_ row: CTIVerbEntry, at place: TestSite, without left: Set<CTIArgumentKey> = []) -> String {
        VerbLines.fields(row, at: place, without: left)
    }

    private func line(_ row: CTIVerbEntry, _ fields: String) -> String { VerbLines.line(row, fields) }

    // MARK: The rows

    @Test("before the stage of the row it is refused and the connection closed", arguments: CTIVerb.allCases)
    func stage(_ verb: CTIVerb) {
        let pair = Pair.busy()
        for stage in CTIStage.allCases where stage < verb.entry.stage {
            let client = pair.paris.connect("paris1", upTo: stage)
            let answer = pair.paris.say(client, line(verb.entry, fields(verb.entry, at: pair.paris)))
            #expect(answer.map { $0["error_string"] } == ["notloggedyet"])
            #expect(pair.paris.closedClients.contains(client))
        }
        #expect(pair.paris.actions.isEmpty)
    }

    @Test("before the stage of its row a class is refused", arguments: CTIClass.allCases.filter(\.entry.isFromClient))
    func classStage(_ messageClass: CTIClass) {
        for stage in CTIStage.allCases where stage < messageClass.entry.needs {
            let paris = Pair().paris
            let client = paris.connect("paris1", upTo: stage)
            let answer = paris.say(client, "{\"class\":\"\(messageClass.rawValue)\"}")
            #expect(answer.map { $0["error_string"] } == ["notloggedyet"], "\(stage)")
            #expect(paris.closedClients.contains(client))
        }
        guard messageClass.entry.needs == .loggedIn else { return }
        let paris = Pair().paris
        let client = paris.logIn("paris1")
        _ = paris.say(client, "{\"class\":\"\(messageClass.rawValue)\"}")
        #expect(!paris.closedClients.contains(client))
    }

    @Test(
        "a field of a class that has another type is named", arguments: CTIClass.allCases.filter(\.entry.isFromClient))
    func classTypes(_ messageClass: CTIClass) {
        let entry = messageClass.entry
        guard !entry.isLoginStep else { return }
        let paris = Pair().paris
        let client = paris.logIn("paris1")
        for field in entry.required + entry.optional where field.kind != .any {
            let others = entry.required.filter { $0 != field }.map { ",\"\($0.name)\":\"paris/1\"" }.joined()
            let answer = paris.say(client, "{\"class\":\"\(entry.name)\",\"\(field.name)\":{}\(others)}")
            #expect(answer.map { $0["warning_string"] } == [.string("wrong_type:" + field.name)])
        }
        guard !entry.required.isEmpty else { return }
        let missing = "missing:" + entry.required.map(\.name).joined(separator: ",")
        #expect(paris.say(client, "{\"class\":\"\(entry.name)\"}").map { $0["warning_string"] } == [.string(missing)])
    }

    @Test("a profile that does not list it may not send it, and is not told of it", arguments: CTIVerb.allCases)
    func right(_ verb: CTIVerb) {
        var cti = CTIServerConfiguration()
        cti.profiles["supervisor"]?.ipbxcommands.removeAll { $0 == verb.rawValue }
        let paris = TestSite(
            Pair.office("paris", prefix: "81", first: 101, trunkTo: "lyon"), cti: cti, now: Pair.moment(0))
        paris.startPBX()
        let alice = paris.logIn("paris1")
        let answer = paris.say(alice, line(verb.entry, fields(verb.entry, at: paris)))
        #expect(answer.map { $0["warning_string"] } == ["unallowed"])
        #expect(!advertised(paris).contains(verb.rawValue))
        #expect(paris.actions.isEmpty)
    }

    @Test("an absent required argument, and one of another type, are named", arguments: CTIVerb.allCases)
    func arguments(_ verb: CTIVerb) {
        let pair = Pair.busy()
        let alice = pair.paris.logIn("paris1")
        for argument in verb.entry.arguments where argument.isSent {
            let others = fields(verb.entry, at: pair.paris, without: [argument.key])
            if argument.isRequired {
                let answer = pair.paris.say(alice, line(verb.entry, others)).last
                #expect(answer?["ipbxreply"] == .string(argument.reply), "without \(argument.name)")
                #expect(answer?["warning_string"] == .string("missing:" + argument.name))
            }
            for wrong in [argument, argument.standIn].compactMap(\.self) {
                let before = others.isEmpty ? "" : others + ","
                let answer = pair.paris.say(alice, line(verb.entry, before + "\"\(wrong.name)\":{}")).last
                #expect(answer?["ipbxreply"] == .string(wrong.typeReply), "wrong \(wrong.name)")
                #expect(answer?["warning_string"] == .string("wrong_type:" + wrong.name))
            }
        }
        #expect(pair.paris.actions.isEmpty)
    }

    @Test("its actions need what the row names, and a PBX without that refuses it", arguments: CTIVerb.allCases)
    func capabilities(_ verb: CTIVerb) {
        let pair = Pair.busy()
        let alice = pair.paris.logIn("paris1")
        #expect(advertised(pair.paris) == CTIVerb.allCases.map(\.rawValue))
        let answer = pair.paris.say(alice, line(verb.entry, fields(verb.entry, at: pair.paris)))
        let used = Set(pair.paris.actions.map(\.capability))
        #expect(!used.isEmpty, "\(answer)")
        #expect(used.isSubset(of: verb.entry.needs.capabilities))
        if case .all(let all) = verb.entry.needs { #expect(used == all) }

        let without = Set(PBXCapability.allCases).subtracting(verb.entry.needs.capabilities)
        let poor = TestSite(
            Pair.office("paris", prefix: "81", first: 101, trunkTo: "lyon"), capabilities: without,
            now: Pair.moment(0))
        poor.startPBX()
        poor.beginCalls(first: 101)
        poor.performsActions = false
        let bob = poor.logIn("paris1")
        let refused = poor.say(bob, line(verb.entry, fields(verb.entry, at: poor)))
        #expect(refused.last?["ipbxreply"] == "noaction", "\(refused)")
        #expect(refused.last?["reason"]?.stringValue?.contains("cannot do") == true)
        #expect(poor.actions.isEmpty)
        #expect(!advertised(poor).contains(verb.rawValue))
    }

    @Test("each deciding argument sends it to its site, with the deadline of the row", arguments: CTIVerb.allCases)
    func executingSite(_ verb: CTIVerb) throws {
        let row = verb.entry
        for (place, key) in row.decides.enumerated() {
            let pair = Pair.busy(joined: true)
            let alice = pair.paris.logIn("paris1")
            pair.settle()
            let stronger = Set(row.decides.prefix(place))
            #expect(pair.paris.say(alice, line(row, fields(row, at: pair.lyon, without: stronger))).isEmpty)
            let sent = pair.paris.sentCommands
            #expect(sent.count == 1, "\(key)")
            #expect(sent.first?["target"] == "lyon" && sent.first?["verb"] == .string(row.name))
            let timings = pair.paris.core.federation.configuration.timings
            let deadline = row.deadline == .call ? timings.callDeadline : timings.commandDeadline
            #expect(sent.first?["deadline_ms"] == .integer(Int64(deadline.inSeconds * 1_000)))
            pair.settle()
            #expect(pair.paris.actions.isEmpty)
        }
        // What does not decide does not: the command stays here.
        guard row.decides.isEmpty else { return }
        let pair = Pair.busy(joined: true)
        let alice = pair.paris.logIn("paris1")
        pair.settle()
        _ = pair.paris.say(alice, line(row, fields(row, at: pair.lyon)))
        #expect(pair.paris.sentCommands.isEmpty && !pair.paris.actions.isEmpty)
    }

    @Test("an unanswered command is given up at the deadline of the row, not before", arguments: CTIVerb.allCases)
    func deadline(_ verb: CTIVerb) {
        let pair = Pair.busy()
        let alice = pair.paris.logIn("paris1")
        let begun = pair.paris.now
        _ = pair.paris.say(alice, line(verb.entry, fields(verb.entry, at: pair.paris)))
        let timings = pair.paris.core.federation.configuration.timings
        let deadline = verb.entry.deadline == .call ? timings.longestDeadline : timings.commandDeadline
        func outcomes(after time: Duration) -> [JSONValue?] {
            pair.paris.tick(Moment(instant: begun.instant + time, unixTime: begun.unixTime + time.inSeconds))
            return pair.paris.read(alice, "ipbxcommand").map { $0["ipbxreply"] }
        }
        #expect(outcomes(after: deadline - .milliseconds(1)).isEmpty)
        #expect(outcomes(after: deadline + .milliseconds(1)) == ["unknown_outcome"])
    }

    @Test("a command has a line in the ledger exactly when its row says so", arguments: CTIVerb.allCases)
    func ledger(_ verb: CTIVerb) {
        let pair = Pair.busy()
        let alice = pair.paris.logIn("paris1")
        let before = pair.paris.ledger.count
        _ = pair.paris.say(alice, line(verb.entry, fields(verb.entry, at: pair.paris)))
        #expect((pair.paris.ledger.count > before) == verb.entry.needsLedger)
    }

    private func advertised(_ site: TestSite) -> [String] {
        site.capabilities["ipbxcommands"]?.arrayValue?.compactMap(\.stringValue) ?? []
    }

    @Test("every word of an argument reaches the PBX; only stop of listen does nothing", arguments: CTIVerb.allCases)
    func words(_ verb: CTIVerb) {
        for argument in verb.entry.arguments {
            guard case .word(let words) = argument.kind else { continue }
            for word in words + words.map({ $0.lowercased() }) + words.map({ $0.uppercased() }) {
                let pair = Pair.busy()
                let alice = pair.paris.logIn("paris1")
                let others = fields(verb.entry, at: pair.paris, without: [argument.key])
                let sent = line(verb.entry, others + ",\"\(argument.name)\":\"\(word)\"")
                let answer = pair.paris.say(alice, sent).last
                let isIdle = verb == .listen && word.lowercased() == "stop"
                #expect(pair.paris.actions.isEmpty == isIdle, "\(word)")
                if isIdle { #expect(answer?["ipbxreply"] == .null) }
            }
        }
    }

    @Test("a word that no argument has is refused before anything is forwarded or kept", arguments: CTIVerb.allCases)
    func otherWords(_ verb: CTIVerb) {
        for argument in verb.entry.arguments {
            guard case .word = argument.kind else { continue }
            let pair = Pair.busy()
            let alice = pair.paris.logIn("paris1")
            let kept = pair.paris.ledger.count
            let others = fields(verb.entry, at: pair.paris, without: [argument.key])
            let answer = pair.paris.say(alice, line(verb.entry, others + ",\"\(argument.name)\":\"MeetmePause\"")).last
            #expect(answer?["ipbxreply"]?.stringValue == argument.reply)
            #expect(pair.paris.actions.isEmpty && pair.paris.ledger.count == kept)
        }
    }

    // MARK: What is advertised is served

    @Test("every class that login_capas names is answered by somebody") func servedClasses() {
        let paris = Pair().paris
        let client = paris.logIn("paris1")
        let told = paris.capabilities["regcommands"]?.arrayValue?.compactMap(\.stringValue) ?? []
        #expect(told == CTIProfile.supervisor.regcommands)
        for name in told where CTIClass(rawValue: name)?.entry.isLoginStep == false && name != "logout" {
            let answer = paris.say(client, "{\"class\":\"\(name)\"}")
            #expect(answer.count == 1 && answer[0]["warning_string"] != "unknown", "\(name)")
        }
    }

    @Test("a class that a profile lists and nobody answers is not advertised") func unservedClass() {
        var cti = CTIServerConfiguration()
        cti.profiles["supervisor"]?.regcommands += ["lunch", "sitestatus"]
        let paris = TestSite(
            Pair.office("paris", prefix: "81", first: 101, trunkTo: "lyon"), cti: cti, now: Pair.moment(0))
        _ = paris.logIn("paris1")
        #expect(
            paris.capabilities["regcommands"]?.arrayValue?.compactMap(\.stringValue)
                == CTIProfile.supervisor.regcommands)
    }
}
