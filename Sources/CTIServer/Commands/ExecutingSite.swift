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
/// | sipnotify | of the phone |
/// | mailboxcount | of the mailbox |
///
/// Where the argument is absent, the requester's own site executes: its own call is meant.
enum ExecutingSite {
    static func of(_ verb: IPBXVerb, _ body: JSONObject, home: SiteID) -> SiteID {
        for field in decidingFields(verb) {
            if let text = body[field]?.stringValue, let id = WireID(text) { return id.site }
        }
        if verb == .meetme, let room = body["functionargs"]?.arrayValue?.first?.stringValue,
            let slash = room.firstIndex(of: "/"), let site = SiteID(room[..<slash])
        {
            return site
        }
        return home
    }

    /// The fields whose id decides, the strongest first.
    private static func decidingFields(_ verb: IPBXVerb) -> [String] {
        switch verb {
        case .dial, .hangupme, .meetme: []
        case .originate, .transfer, .atxfer, .parking: ["source"]
        case .intercept: ["tointercept"]
        case .hangup, .transfercancel: ["channelids"]
        case .answer, .cancel, .refuse: ["channelids", "phoneids"]
        case .record, .sipnotify: ["channel"]
        case .agentlogin, .agentlogout: ["agentids"]
        case .queueadd, .queueremove, .queuepause, .queueunpause, .queuepauseAll, .queueunpauseAll, .queueremoveAll:
            ["queue"]
        case .listen: ["destination", "channel"]
        case .mailboxcount: ["mailbox"]
        }
    }
}
