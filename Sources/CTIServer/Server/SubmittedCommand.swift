import CTIProtocol
import TandemCore

/// A command that was handed on and is not answered yet.
struct SubmittedCommand {
    let session: ClientSession
    let commandClass: String
    let replyID: JSONValue?
    let style: ReplyStyle
    /// The first lines that have gone to the client: of no dialogue of a PBX there are as many as are kept.
    private(set) var lines: [EncodedObject] = []

    /// A line goes to the client.
    mutating func tell(_ line: EncodedObject) { if lines.count < 32 { lines.append(line) } }

    /// Whether any line has gone to the client.
    var hasLines: Bool { !lines.isEmpty }
    /// Whether a line with `ipbxreply` has gone to the client.
    var hasReplied: Bool { lines.contains { $0.contains("ipbxreply") } }

    /// What of a final answer the client has not been told yet. The answer says everything, for those who hear nothing else;
    /// who has followed the command hears a thing once. Only members of these keys are left out, where some are given.
    func news(in answer: EncodedObject, leavingOut keys: Set<String>? = nil) -> EncodedObject {
        guard hasLines, !answer.isEmpty else { return answer }
        var told = JSONObject()
        for line in lines { for (key, value) in line.decoded() { told[key] = value } }
        var news = JSONObject()
        for (key, value) in answer.decoded() where told[key] != value || keys?.contains(key) == false {
            news[key] = value
        }
        return EncodedObject(news)
    }
}

/// The shape of the replies to a command.
enum ReplyStyle: Hashable {
    /// `{"class":C,"replyid":N,…}`
    case plain
    /// `{"class":"ipbxcommand","replyid":N,"command":"dial",…}` (CTI reference 4.15)
    case ipbxCommand(CTIVerb)
}
