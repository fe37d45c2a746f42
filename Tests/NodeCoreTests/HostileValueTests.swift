import CTIProtocol
import CTIServer
import NodeCore
import PBX
import SiteModel
import TandemCore
import Testing

/// Values that would be syntax to a PBX, for every argument of every command, from a client and from a peer: what cannot be
/// what the argument names reaches no action.
@Suite("No hostile value reaches a PBX") struct HostileValueTests {
    /// Each holds the word by which it is found in an action.
    static let values = [
        "&Local/666@evil@default", "101&Local/666@evil", "evil@default", "101@evil", "666@evil/n", "Local/666@evil",
        "101,evil", "101|evil", "${SHELL(evil)}", "$[evil]", "evil\\", "evil\"", "\"evil\" <666>x", "../evil",
        "/evil.*/",
        " evil", "evil ", "evil\r\nAction: Originate", "evil\nX: y", "evil\u{0}", "evil\u{7F}", "évil evil", "evil;1,2",
        "evil`id`", "evil'", "evil<666>", "evil%0d%0a", "evil{}", String(repeating: "evil", count: 200),
    ]

    /// JSON for a hostile value where an argument stands: bare, as an id of every type, in arrays, and beside a good part.
    private func forms(_ value: String) -> [String] {
        func json(_ text: String) -> String {
            var writer = JSONWriter()
            writer.string(text)
            return String(decoding: writer.bytes, as: UTF8.self)
        }
        let ids = ObjectType.allCases.map { "\($0.word):paris/" + value } + ["exten:paris/" + value, "paris/" + value]
        let sites = ["user:" + value + "/1", "chan:" + value]
        return ([value] + ids + sites).map(json)
            + [
                "[\(json(value))]", "[\(json("chan:paris/" + value))]", "[\(json(value)),\"1\"]",
                "[\"paris/1\",\(json(value))]",
            ]
    }

    /// Whether the argument is a text for people, of which any printable one is good.
    private func isFree(_ argument: CTIArgument) -> Bool { argument.kind == .text }

    private func check(_ actions: [PBXAction], _ said: String, isFree: Bool) {
        for action in actions {
            let shown = String(reflecting: action)
            guard shown.contains("evil") else { continue }
            guard isFree, case .queuePause(_, _, _, let reason?) = action else {
                Issue.record("\(said) became \(shown)")
                continue
            }
            #expect(reason.text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } && reason.text.utf8.count <= 256)
        }
    }

    @Test("from a client", arguments: CTIVerb.allCases)
    func client(_ verb: CTIVerb) {
        let row = verb.entry
        let pair = Pair.busy()
        let alice = pair.paris.logIn("paris1")
        for place in row.arguments where place.isSent {
            for argument in place.chain {
                let without: Set<CTIArgumentKey> = place.key == .phoneIDs ? [.phoneIDs, .channelIDs] : [place.key]
                let others = VerbLines.fields(row, at: pair.paris, without: without)
                for form in Self.values.flatMap(forms) {
                    let fields = (others.isEmpty ? "" : others + ",") + "\"\(argument.name)\":\(form)"
                    _ = pair.paris.command(alice, row.name, fields)
                    check(pair.paris.actions, fields, isFree: isFree(argument))
                    pair.paris.forgetActions()
                    // So many are never answered: the PBX of this test does nothing.
                    _ = pair.paris.read(alice, "ipbxcommand")
                }
            }
        }
    }

    @Test("from a peer", arguments: CTIVerb.allCases)
    func peer(_ verb: CTIVerb) {
        let row = verb.entry
        let pair = Pair.busy(joined: true)
        let others = VerbLines.fields(row, at: pair.lyon)
        var number = 0
        for place in row.arguments where place.isSent {
            for argument in place.chain {
                let without: Set<CTIArgumentKey> = place.key == .phoneIDs ? [.phoneIDs, .channelIDs] : [place.key]
                let others = VerbLines.fields(row, at: pair.lyon, without: without)
                for value in Self.values {
                    for form in forms(value).map({ $0.replacing("paris/", with: "lyon/") }) {
                        number += 1
                        let rest = (others.isEmpty ? "" : others + ",") + "\"\(argument.name)\":\(form)"
                        let frame =
                            #"{"class":"rcti_command","target":"lyon","key":"h-\#(number)","deadline_ms":5000,"#
                            + #""hops":["paris"],"origin":["paris","1"],"verb":"\#(row.name)","body":"#
                            + #"{"class":"ipbxcommand","command":"\#(row.name)",\#(rest)}}"#
                        Array(frame.utf8).withUnsafeBufferPointer {
                            pair.lyon.core.linkSent(.init(1), line: $0, now: pair.lyon.now)
                        }
                        pair.lyon.run()
                        check(pair.lyon.actions, rest, isFree: isFree(argument))
                        // What runs would be waited for, up to the number that one peer may have.
                        for (_, token) in pair.lyon.performed {
                            pair.lyon.see([.action(token, .failed(reason: "no", connection: false))])
                        }
                        pair.lyon.forgetActions()
                        pair.lyon.outgoing = []
                    }
                }
            }
        }
        // The link stands, and a good command is still carried out.
        let frame =
            #"{"class":"rcti_command","target":"lyon","key":"good","deadline_ms":5000,"hops":["paris"],"#
            + #""origin":["paris","1"],"verb":"\#(row.name)","body":"#
            + #"{"class":"ipbxcommand","command":"\#(row.name)"\#(others.isEmpty ? "" : "," + others)}}"#
        guard !row.decides.isEmpty else { return }
        Array(frame.utf8).withUnsafeBufferPointer { pair.lyon.core.linkSent(.init(1), line: $0, now: pair.lyon.now) }
        pair.lyon.run()
        #expect(!pair.lyon.actions.isEmpty)
    }

    @Test("a mailbox that is none is refused with what it may hold, before anything is kept")
    func mailbox() {
        let pair = Pair.busy()
        let alice = pair.paris.logIn("paris1")
        let kept = pair.paris.ledger.count
        for (fields, argument) in [
            (#""mailbox":"&Local/666@evil@default""#, "mailbox"), (#""mailbox":"101","context":"a@b""#, "context"),
        ] {
            let refused = pair.paris.command(alice, "mailboxcount", fields).last
            #expect(refused?["warning_string"] == .string("invalid:" + argument) && refused?["ipbxreply"] == "noaction")
            #expect(refused?["reason"]?.stringValue?.contains("may hold") == true)
        }
        #expect(pair.paris.ledger.count == kept && pair.paris.actions.isEmpty)
    }
}
