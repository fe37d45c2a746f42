import CTIProtocol
import Federation
import PBX
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
