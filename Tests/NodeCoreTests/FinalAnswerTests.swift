import CTIProtocol
import Federation
import NodeCore
import PBX
import TandemCore
import Testing

/// The final answer says what became of a command to whoever has not heard the lines before it, and a key belongs to one
/// command.
@Suite("The final answer stands alone") struct FinalAnswerTests {
    private static let keyed = "\"idempotencykey\":\"k\""

    private func fields(_ row: CTIVerbEntry, at place: TestSite) -> String {
        let fields = VerbLines.fields(row, at: place)
        return fields.isEmpty ? Self.keyed : fields + "," + Self.keyed
    }

    /// All actions that were noted go well, or the first is refused.
    private func perform(_ site: TestSite, refusing: Bool) {
        for (place, (action, token)) in site.performed.enumerated() {
            var events = [PBXActionEvent.written]
            if refusing, place == 0 {
                events.append(.failed(reason: "no", connection: false))
            } else if case .originate = action {
                events += [.accepted(final: false), .channel("C"), .originated(channel: "C", end: .answered)]
            } else {
                if case .mailboxCount = action { events.append(.counted(new: 2, old: 5)) }
                events.append(.accepted(final: true))
            }
            site.see(events.map { .action(token, $0) })
        }
    }

    /// The members of all lines of command 7 together; each stands in one of them.
    private func together(_ lines: [JSONObject]) -> JSONObject {
        var all = JSONObject()
        for line in lines where line["class"] == nil { for (key, value) in line { all[key] = value } }
        return all
    }

    @Test(
        "a key that comes again is answered in one line with all that the first one was told",
        arguments: CTIVerb.allCases)
    func repeated(_ verb: CTIVerb) {
        for (refusing, isElsewhere) in [(false, false), (true, false), (false, true), (true, true)] {
            let pair = Pair.busy(joined: true)
            // What no argument sends elsewhere runs here.
            let place = isElsewhere && !verb.entry.decides.isEmpty ? pair.lyon : pair.paris
            let alice = pair.paris.logIn("paris1")
            _ = pair.paris.read(alice, "ipbxcommand")
            let sent = fields(verb.entry, at: place)
            var lines = pair.paris.command(alice, verb.rawValue, sent)
            pair.settle()
            #expect(!place.actions.isEmpty, "\(sent)")
            perform(place, refusing: refusing)
            pair.settle()
            lines = pair.paris.read(alice, "ipbxcommand").replies
            let told = together(lines)
            place.forgetActions()

            _ = pair.paris.command(alice, verb.rawValue, sent)
            pair.settle()
            let again = pair.paris.read(alice, "ipbxcommand").replies
            #expect(again.count == 1 && again.first == told, "\(again) after \(lines)")
            #expect(told["ipbxreply"] == true && told["response"] == (refusing ? "ko" : "ok"), "\(told)")
            #expect((told["reason"] != nil) == refusing)
            #expect(place.actions.isEmpty, "it ran again")
        }
    }

    @Test("a key that is used for another command is refused as such, and the other command does not run")
    func otherCommand() {
        let pair = Pair.busy(joined: true)
        let alice = pair.paris.logIn("paris1")
        func ask(_ name: String, _ fields: String) -> JSONObject? {
            _ = pair.paris.read(alice, "ipbxcommand")
            _ = pair.paris.command(alice, name, fields + "," + Self.keyed)
            pair.settle()
            return pair.paris.read(alice, "ipbxcommand").replies.last
        }
        _ = ask("dial", "\"destination\":\"103\"")
        for answered in [false, true] {
            if answered { perform(pair.paris, refusing: false) }
            for (name, fields) in [
                ("dial", "\"destination\":\"102\""), ("hangupme", "\"x\":1"),
                ("mailboxcount", "\"mailbox\":\"103\""),
            ] {
                let refused = ask(name, fields)
                #expect(refused?["ipbxreply"] == "idempotencykey" && refused?["response"] == "ko", "\(name)")
                #expect(refused?["reason"]?.stringValue?.contains("used for another command") == true)
            }
            #expect(pair.paris.actions.count == 1)
        }
        // Spelled otherwise it is the same command.
        #expect(ask("dial", "\"note\":\"x\",\"destination\":\"1-0-3\"")?["exten"] == "103")
    }

    @Test("what the ledger keeps of the command and its answer survives a restart")
    func restart() {
        func paris(_ ledger: [LedgerEntry], _ incarnation: UInt64) -> TestSite {
            let paris = TestSite(
                Pair.office("paris", prefix: "81", first: 101, trunkTo: "lyon"), restored: NodeRestored(ledger: ledger),
                incarnation: incarnation, now: Pair.moment(0))
            paris.startPBX()
            paris.performsActions = false
            return paris
        }
        let before = paris([], 1)
        let dial = "\"destination\":\"103\"," + Self.keyed
        _ = before.command(before.logIn("paris1"), "dial", dial)
        perform(before, refusing: false)
        let after = paris(before.ledger, 2)
        let alice = after.logIn("paris1")
        let again = after.command(alice, "dial", dial)
        #expect(
            again.first == [
                "ipbxreply": true, "response": "ok", "autocall_channel": "C", "originatereason": "4", "channel": "C",
                "exten": "103",
            ], "\(again)")
        let other = after.command(alice, "dial", dial.replacing("103", with: "102"))
        #expect(other.last?["ipbxreply"] == "idempotencykey" && after.actions.isEmpty)
    }
}
