import TandemCore
import Testing

@testable import CTIProtocol

@Suite("ipbxcommand as a value: from a line, over a link, and back")
struct IPBXCommandTests {
    private let alice = CTIRequester(home: SiteID("paris")!, user: "5", agent: "3", voicemail: "9")
    private let lyon = SiteID("lyon")!

    private func read(
        _ fields: String, from requester: CTIRequester? = nil
    ) throws -> Result<IPBXCommand, IPBXFault> {
        try withRequest("{\"class\":\"ipbxcommand\",\(fields)}") { request in
            do throws(IPBXFault) {
                guard let verb = request.fields.verb else { throw IPBXFault.impossible("no command") }
                return .success(
                    try IPBXCommand(verb, request.fields, from: requester ?? alice) { $0.name == "lyon" })
            } catch {
                return .failure(error)
            }
        }
    }

    @Test("a dial is read to its destination, whatever the order of its keys and however they are written")
    func dial() throws {
        for line in [
            #""command":"dial","commandid":77,"destination":"exten:lyon/1002""#,
            #""dest\u0069nation":"exten:lyon\/10 02","command":"di\u0061l""#,
        ] {
            let command = try read(line).get()
            #expect(command.verb == .dial && command.target.name == "paris")
            #expect(command.address(.destination) == .number(Extension("1002")!, site: lyon))
            #expect(command.address(.source) == nil)
        }
    }

    @Test("arguments come in their types")
    func types() throws {
        let add = try read(
            #""command":"queueadd","member":"agent:special:me","queue":"queue:lyon/2","paused":1,"penalty":"3""#
        ).get()
        #expect(add.target == lyon && add.flag(.paused) == true && add.integer(.penalty) == 3)
        #expect(add.address(.member) == CTIAddress("agent:paris/3"))
        let end = try read(#""command":"hangup","channelids":["chan:lyon/A-1","chan:lyon/B-2"]"#).get()
        #expect(end.addresses(.channelIDs).map(\.description) == ["chan:lyon/A-1", "chan:lyon/B-2"])
        let room = try read(#""command":"meetme","function":"MeetmeKick","functionargs":["meetme:lyon/4",1,{}]"#).get()
        #expect(room.room(.functionArguments)?.id == "4" && room.room(.functionArguments)?.rest == ["1"])
        #expect(room.text(.function) == "MeetmeKick" && room.target == lyon)
        let login = try read(#""command":"agentlogin","agentphonenumber":"10 01""#).get()
        #expect(login.number(.agentPhoneNumber) == Extension("1001"))
    }

    @Test(
        "typed arguments of the wrong kind are refused with their names",
        arguments: [
            (#""paused":"perhaps""#, CTICommandError.invalid("paused")), (#""paused":[]"#, .wrongType("paused")),
            (#""penalty":"many""#, .invalid("penalty")), (#""penalty":-1"#, .invalid("penalty")),
            (#""penalty":{}"#, .wrongType("penalty")),
        ])
    func wrongTypes(_ field: String, _ error: CTICommandError) throws {
        let read = try read(#""command":"queueadd","member":"phone:lyon/1","queue":"queue:lyon/2",\#(field)"#)
        guard case .failure(let fault) = read else {
            Issue.record("accepted")
            return
        }
        #expect(fault.fieldError == error)
    }

    /// One line of each command whose arguments name lyon where one decides.
    static let samples = [
        #""command":"dial","destination":"queue:lyon/2""#,
        #""command":"originate","source":"user:lyon/7","destination":"202""#,
        #""command":"transfer","source":"chan:lyon/A-1","destination":"user:special:myvoicemail""#,
        #""command":"atxfer","source":"chan:lyon/A-1","destination":"\"Bob\" <103>""#,
        #""command":"transfercancel","channelids":"chan:lyon/A-1""#,
        #""command":"intercept","tointercept":"chan:lyon/A-1","catcher":"user:special:me""#,
        #""command":"parking","source":"chan:lyon/A-1","destination":"parking:lyon/0""#,
        #""command":"park","source":"chan:lyon/A-1""#,
        #""command":"hangup","channelids":"chan:lyon/A-1,chan:lyon/B-2""#,
        #""command":"hangupme""#,
        #""command":"answer","phoneids":"phone:lyon/1""#,
        #""command":"cancel","channelids":["chan:lyon/Local/1@x-1,2"]"#,
        #""command":"refuse","phoneids":"user:lyon/1""#,
        #""command":"record","subcommand":"stop","channel":"chan:lyon/A-1""#,
        #""command":"mailboxcount","mailbox":"voicemail:lyon/1","context":"x""#,
        #""command":"meetme","function":"MeetmeMute","functionargs":["lyon/4",1]"#,
        #""command":"agentlogin","agentids":"lyon/3","agentphonenumber":201"#,
        #""command":"agentlogout","member":"agent:lyon/3""#,
        #""command":"queuepause","member":"agent:lyon/3","queue":"queue:special:all","reason":"lunch""#,
        #""command":"queueunpause","member":"agent:special:me","queue":"group:lyon/all""#,
        #""command":"queuepause_all","member":"agent:lyon/3""#,
        #""command":"queueunpause_all","member":"phone:lyon/3""#,
        #""command":"queueadd","member":"user:special:me","queue":"queue:lyon/2","paused":"true","penalty":2"#,
        #""command":"queueremove","member":"phone:lyon/1","queue":"queue:lyon/all""#,
        #""command":"queueremove_all","member":"user:lyon/1""#,
        #""command":"listen","destination":"lyon/3","listener":"phone:lyon/2""#,
    ]

    @Test("what is encoded for a link reads back as the same value at its site", arguments: samples)
    func roundTrip(_ line: String) throws {
        let command = try read(line).get()
        // The site at the other end knows neither agent nor mailbox of the one who asks.
        let received = try CTICommandMessage(
            received: command.encoded, as: command.verb.rawValue, from: CTIRequester(home: alice.home, user: "5"),
            at: command.target, reader: CTILineReader()
        ) { $0 == lyon }
        #expect(received == .ipbxCommand(command))
        #expect(command.target == (command.verb.entry.decides.isEmpty ? alice.home : lyon))
    }

    @Test("the samples leave no command out")
    func complete() throws {
        let verbs = try Self.samples.map { try read($0).get().verb }
        #expect(Set(verbs) == Set(CTIVerb.allCases))
    }

    @Test(
        "what a peer sends is checked as strictly as a client's line",
        arguments: [
            (#"{"class":"ipbxcommand","command":"hangup"}"#, "hangup", "missing:channelids"),
            (#"{"class":"ipbxcommand","command":"hangup","channelids":7}"#, "hangup", "wrong_type:channelids"),
            (#"{"class":"ipbxcommand","command":"hangup","channelids":"phone:lyon/1"}"#, "hangup", "must be chan"),
            (
                #"{"class":"ipbxcommand","command":"hangup","channelids":"chan:lyon/A\r\nAction: x"}"#, "hangup",
                "control character"
            ),
            (
                #"{"class":"ipbxcommand","command":"dial","destination":"1"}"#, "hangup",
                "does not say that it is hangup"
            ),
            (#"{"class":"chitchat","command":"hangup","channelids":"chan:lyon/A"}"#, "hangup", "does not say"),
            (#"{"class":"ipbxcommand","command":"hangup","channelids":"chan:oslo/A"}"#, "hangup", "no site is called"),
            (#"{"class":"ipbxcommand","command":"dial","destination":"1"}"#, "dial", "is executed at paris"),
            (
                #"{"class":"ipbxcommand","command":"agentlogin","agentids":"agent:special:me"}"#, "agentlogin",
                "is not an agent"
            ),
            (#"{"class":"chitchat","to":"lyon/7"}"#, "chitchat", "missing:text"),
            (#"{"class":"chitchat","to":"lyon","text":"x"}"#, "chitchat", "invalid:to"),
            (#"{"class":"availstate","availstate":1}"#, "availstate", "wrong_type:availstate"),
        ])
    func malformed(_ body: String, _ verb: String, _ reason: String) throws {
        let body = try EncodedObject(validating: Array(body.utf8))
        do throws(CTICommandMessage.Refusal) {
            let accepted = try CTICommandMessage(
                received: body, as: verb, from: CTIRequester(home: alice.home, user: "5"), at: lyon,
                reader: CTILineReader()
            ) { $0 == lyon }
            Issue.record("accepted as \(accepted)")
        } catch {
            #expect(error.reason.contains(reason), "\(error.reason)")
        }
    }

    @Test("what belongs to the client's connection, and what nobody knows, does not cross the link")
    func envelope() throws {
        let command = try read(
            #""command":"hangupme","commandid":1,"userid":"8","ipbxid":"lyon","idempotencykey":"k","note":"x""#
        ).get()
        #expect(command.encoded.decoded() == ["class": "ipbxcommand", "command": "hangupme"])
    }
}
