import CTIProtocol
import TandemCore

/// Which site executes an `ipbxcommand`: a pure function of the command's arguments, in the form that `IPBXPlan` gives
/// them.
///
/// | command | site |
/// | --- | --- |
/// | dial, hangupme | the requester's own |
/// | originate | of the source |
/// | transfer, atxfer, transfercancel, parking, hangup, answer, cancel, refuse, record | of the channel (or phone) |
/// | intercept | of the intercepted channel |
/// | agentlogin, agentlogout | of the agent |
/// | queue… | of the queue |
/// | meetme | of the room |
/// | listen | of the agent (or channel) that is heard |
/// | mailboxcount | of the mailbox |
///
/// Where the argument is absent, the requester's own site executes: its own call is meant.
enum ExecutingSite {
    static func of(_ verb: CTIVerb, _ body: JSONObject, home: SiteID) -> SiteID {
        for field in decidingFields(verb) {
            if let site = site(of: body[field]) { return site }
        }
        if verb == .meetme, let room = body["functionargs"]?.arrayValue?.first?.stringValue,
            let slash = room.firstIndex(of: "/"), let site = SiteID(room[..<slash])
        {
            return site
        }
        return home
    }

    /// The site in an id, or in the first of several.
    private static func site(of value: JSONValue?) -> SiteID? {
        let first = value?.arrayValue?.first ?? value
        return first?.stringValue.flatMap { CTIAddress($0) }?.site
    }

    /// The fields whose id decides, the strongest first.
    private static func decidingFields(_ verb: CTIVerb) -> [String] {
        switch verb {
        case .dial, .hangupMe, .meetme: []
        case .originate, .transfer, .attendedTransfer, .parking, .park: ["source"]
        case .intercept: ["tointercept"]
        case .hangup, .transferCancel: ["channelids"]
        case .answer, .cancel, .refuse: ["channelids", "phoneids"]
        case .record: ["channel"]
        case .agentLogin, .agentLogout: ["agentids"]
        case .queueAdd, .queueRemove, .queuePause, .queueUnpause, .queuePauseAll, .queueUnpauseAll, .queueRemoveAll:
            ["queue"]
        case .listen: ["destination"]
        case .mailboxCount: ["mailbox"]
        }
    }
}
