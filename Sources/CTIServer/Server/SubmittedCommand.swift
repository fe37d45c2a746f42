import CTIProtocol
import TandemCore

/// A command that was handed on and is not answered yet.
struct SubmittedCommand {
    let session: ClientSession
    let commandClass: String
    let replyID: JSONValue?
    let style: ReplyStyle
    /// What has been said to the client: its first three lines, and what further ones said together. A dialogue with a PBX
    /// has four.
    private var said: EncodedObject.Four = (.empty, .empty, .empty, .empty)
    private var lines = 0

    /// Further lines that a peer may invent fill no more than this.
    private static let mostSaid = 64 << 10

    init(session: ClientSession, commandClass: String, replyID: JSONValue?, style: ReplyStyle) {
        self.session = session
        self.commandClass = commandClass
        self.replyID = replyID
        self.style = style
    }

    /// A line goes to the client.
    mutating func tell(_ line: EncodedObject) {
        lines += 1
        switch lines {
        case 1: said.0 = line
        case 2: said.1 = line
        case 3: said.2 = line
        default: if said.3.bytes.count + line.bytes.count <= Self.mostSaid { said.3 = said.3.merging(line) }
        }
    }

    /// Whether any line has gone to the client.
    var hasLines: Bool { lines > 0 }
    /// Whether a line with `ipbxreply` has gone to the client.
    var hasReplied: Bool {
        said.0.contains("ipbxreply") || said.1.contains("ipbxreply") || said.2.contains("ipbxreply")
            || said.3.contains("ipbxreply")
    }

    /// What of a final answer the client has not been told yet. The answer says everything, for those who hear nothing else;
    /// who has followed the command hears a thing once. Only the member of this key is left out, where one is given.
    func news(in answer: EncodedObject, leavingOut key: StaticString? = nil) -> EncodedObject {
        hasLines ? answer.subtracting(said, only: key) : answer
    }
}

/// The shape of the replies to a command.
enum ReplyStyle: Hashable {
    /// `{"class":C,"replyid":N,…}`
    case plain
    /// `{"class":"ipbxcommand","replyid":N,"command":"dial",…}` (CTI reference 4.15)
    case ipbxCommand(CTIVerb)
}
