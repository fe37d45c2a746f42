import CTIProtocol
import Federation
import PBX
import SiteModel
import TandemCore

/// What the executing site makes of a command.
enum CommandPlan {
    /// Actions for the PBX; the command is done when all of them are. The keys join the answer.
    case actions([PBXAction], result: JSONObject)
    /// The answer is known at once.
    case answer(CommandAnswer)

    /// A refusal with the value of `ipbxreply` that clients know (CTI reference 4.15).
    static func refuse(_ reason: String, reply: JSONValue = false) -> CommandPlan {
        .answer(.refused(reason: reason, EncodedObject(["ipbxreply": reply])))
    }
}

/// Where a call can be sent: a number as dialled from this site, with what the caller's phone shows.
struct DialTarget {
    var number: Extension
    var context: HeaderText
    var name: String
}

/// Where a call can start: what rings first, the context in which it dials, and its number if it has one.
struct CallSource {
    var party: CallParty
    var context: String
    var number: Extension?
}
