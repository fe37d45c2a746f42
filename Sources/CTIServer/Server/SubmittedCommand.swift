import CTIProtocol
import TandemCore

/// A command that was handed on and is not answered yet.
struct SubmittedCommand {
    let session: ClientSession
    let commandClass: String
    let replyID: JSONValue?
    let style: ReplyStyle
    /// Whether a line with `ipbxreply` has gone to the client.
    var hasReplied = false
    /// Whether any line has gone to the client.
    var hasLines = false
}

/// The shape of the replies to a command.
enum ReplyStyle: Hashable {
    /// `{"class":C,"replyid":N,…}`
    case plain
    /// `{"class":"ipbxcommand","replyid":N,"command":"dial",…}` (CTI reference 4.15)
    case ipbxCommand(CTIVerb)
}
