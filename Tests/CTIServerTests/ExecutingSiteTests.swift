import CTIProtocol
import CTIServer
import TandemCore
import Testing

@Suite("ipbxcommand: executing site and the form in which it is handed on")
struct ExecutingSiteTests {
    struct Row: CustomTestStringConvertible {
        let sent: String
        let site: String
        let handedOn: String
        init(_ sent: String, _ site: String, _ handedOn: String? = nil) {
            self.sent = sent
            self.site = site
            self.handedOn = handedOn ?? sent
        }
        var testDescription: String { sent }
    }

    static let rows = [
        // dial: my phone's site, whatever is called
        Row(#""command":"dial","destination":"exten:lyon/201""#, "paris"),
        Row(#""command":"dial","destination":"user:lyon/7""#, "paris"),
        Row(#""command":"dial","destination":"1002""#, "paris", #""command":"dial","destination":"exten:paris/1002""#),
        Row(#""command":"dial","destination":1002"#, "paris", #""command":"dial","destination":"exten:paris/1002""#),
        Row(
            #""command":"dial","destination":"\"Bob: home\" <10 02>""#, "paris",
            #""command":"dial","destination":"exten:paris/1002""#),
        Row(
            #""command":"dial","destination":"+33 (0)1-23.45""#, "paris",
            #""command":"dial","destination":"exten:paris/+33012345""#),
        Row(
            #""command":"dial","destination":"user:special:myvoicemail""#, "paris",
            #""command":"dial","destination":"voicemail:paris/9""#),
        Row(#""command":"dial","destination":"queue:lyon/2""#, "paris"),
        // originate: the source's site
        Row(#""command":"originate","source":"user:lyon/7","destination":"user:paris/5""#, "lyon"),
        Row(#""command":"originate","source":"exten:lyon/201","destination":"exten:paris/101""#, "lyon"),
        Row(
            #""command":"originate","source":"phone:lyon/1","destination":"202""#, "lyon",
            #""command":"originate","source":"phone:lyon/1","destination":"exten:lyon/202""#),
        Row(
            #""command":"originate","source":"user:special:me","destination":"phone:lyon/1""#, "paris",
            #""command":"originate","source":"user:paris/5","destination":"phone:lyon/1""#),
        // the channel's site
        Row(#""command":"transfer","source":"chan:lyon/PJSIP/201-1","destination":"exten:paris/101""#, "lyon"),
        Row(
            #""command":"transfer","destination":"103""#, "paris",
            #""command":"transfer","destination":"exten:paris/103""#),
        Row(#""command":"atxfer","source":"chan:lyon/PJSIP/201-1","destination":"exten:lyon/202""#, "lyon"),
        Row(#""command":"transfercancel","channelids":"chan:lyon/PJSIP/201-1""#, "lyon"),
        Row(#""command":"transfercancel""#, "paris"),
        Row(#""command":"hangup","channelids":"chan:lyon/PJSIP/201-1""#, "lyon"),
        Row(#""command":"hangup","channelids":"chan:lyon/Local/1@x-1,2""#, "lyon"),
        Row(
            #""command":"hangup","channelids":"chan:lyon/A-1,chan:lyon/B-2""#, "lyon",
            #""command":"hangup","channelids":["chan:lyon/A-1","chan:lyon/B-2"]"#),
        Row(#""command":"hangupme""#, "paris"),
        Row(#""command":"answer","phoneids":"phone:lyon/1""#, "lyon"),
        Row(#""command":"answer""#, "paris"),
        Row(#""command":"refuse","channelids":"chan:lyon/PJSIP/201-1""#, "lyon"),
        Row(#""command":"cancel","channelids":"chan:lyon/PJSIP/201-1""#, "lyon"),
        Row(#""command":"parking","source":"chan:lyon/PJSIP/201-1","destination":"parking:lyon/0""#, "lyon"),
        Row(#""command":"park","source":"chan:paris/PJSIP/101-1""#, "paris"),
        Row(#""command":"intercept","tointercept":"chan:lyon/PJSIP/201-1","catcher":"user:paris/5""#, "lyon"),
        Row(
            #""command":"intercept","tointercept":"chan:lyon/PJSIP/201-1","catcher":"user:special:me""#, "lyon",
            #""command":"intercept","tointercept":"chan:lyon/PJSIP/201-1","catcher":"user:paris/5""#),
        Row(
            #""command":"record","subcommand":"start","channel":"PJSIP/101-1""#, "paris",
            #""command":"record","subcommand":"start","channel":"chan:paris/PJSIP/101-1""#),
        Row(#""command":"record","subcommand":"stop","channel":"chan:lyon/PJSIP/201-1""#, "lyon"),
        // the agent's site
        Row(
            #""command":"agentlogin","agentphonenumber":"10 01","agentids":"agent:special:me""#, "paris",
            #""command":"agentlogin","agentphonenumber":"1001","agentids":"agent:paris/3""#),
        Row(#""command":"agentlogin""#, "paris", #""command":"agentlogin","agentids":"agent:paris/3""#),
        Row(
            #""command":"agentlogin","member":"agent:lyon/3""#, "lyon",
            #""command":"agentlogin","agentids":"agent:lyon/3""#),
        Row(
            #""command":"agentlogout","agentids":"lyon/3""#, "lyon",
            #""command":"agentlogout","agentids":"agent:lyon/3""#),
        Row(
            #""command":"agentlogout","agentids":"4""#, "paris", #""command":"agentlogout","agentids":"agent:paris/4""#),
        // the queue's site
        Row(#""command":"queueadd","member":"agent:paris/3","queue":"queue:lyon/2""#, "lyon"),
        Row(#""command":"queueremove","member":"phone:lyon/1","queue":"group:paris/2""#, "paris"),
        Row(
            #""command":"queuepause","member":"agent:special:me","queue":"queue:lyon/all""#, "lyon",
            #""command":"queuepause","member":"agent:paris/3","queue":"queue:lyon/all""#),
        Row(
            #""command":"queueunpause","member":"agent:lyon/3","queue":"queue:special:all""#, "lyon",
            #""command":"queueunpause","member":"agent:lyon/3","queue":"queue:lyon/all""#),
        Row(
            #""command":"queuepause_all","member":"agent:lyon/3""#, "lyon",
            #""command":"queuepause_all","member":"agent:lyon/3","queue":"queue:lyon/all""#),
        Row(
            #""command":"queueunpause_all""#, "paris",
            #""command":"queueunpause_all","member":"agent:paris/3","queue":"queue:paris/all""#),
        Row(
            #""command":"queueremove_all","member":"user:special:me""#, "paris",
            #""command":"queueremove_all","member":"user:paris/5","queue":"queue:paris/all""#),
        // the room's site
        Row(#""command":"meetme","function":"MeetmeMute","functionargs":["lyon/4","1"]"#, "lyon"),
        Row(
            #""command":"meetme","function":"MeetmeKick","functionargs":["meetme:lyon/4","1"]"#, "lyon",
            #""command":"meetme","function":"MeetmeKick","functionargs":["lyon/4","1"]"#),
        Row(#""command":"meetme","function":"MeetmeUnmute","functionargs":["4001","1"]"#, "paris"),
        // whoever is heard
        Row(
            #""command":"listen","subcommand":"start","destination":"lyon/3""#, "lyon",
            #""command":"listen","subcommand":"start","destination":"agent:lyon/3","listener":"user:paris/5""#),
        Row(
            #""command":"listen","channel":"PJSIP/101-1","listener":"SIP/abc""#, "paris",
            #""command":"listen","destination":"chan:paris/PJSIP/101-1","listener":"SIP/abc""#),
        // the mailbox
        Row(#""command":"mailboxcount","mailbox":"voicemail:lyon/1""#, "lyon"),
        Row(#""command":"mailboxcount","mailbox":"1001","context":"default""#, "paris"),
        Row(
            #""command":"mailboxcount","mailbox":"user:special:myvoicemail""#, "paris",
            #""command":"mailboxcount","mailbox":"voicemail:paris/9""#),
    ]

    @Test("Design 4: every rule", arguments: rows)
    func executingSite(_ row: Row) throws {
        let port = Port()
        let client = port.logIn()
        port.send(
            client, #"{"class":"ipbxcommand","commandid":1,"userid":"8","ipbxid":"lyon",\#(row.sent)}"#)
        let submitted = try #require(port.node.submissions.first?.submission, "\(port.lines(client))")
        #expect(submitted.target.name == row.site)
        #expect(submitted.user == "5")
        #expect(submitted.body.encoded.decoded() == json(#"{"class":"ipbxcommand",\#(row.handedOn)}"#))
        #expect(.string(submitted.verb) == submitted.body.encoded.value(of: "command"))
    }

    @Test("Every sub-command of the table stands in a row above")
    func complete() {
        let covered = Set(Self.rows.compactMap { json("{\($0.sent)}")["command"]?.stringValue })
        #expect(Set(CTIVerb.allCases.map(\.rawValue)) == covered)
        #expect(Set(CTIProfile.supervisor.ipbxcommands) == covered)
    }
}
