import CTIProtocol
import TandemCore

/// An `ipbxcommand` ready to be handed on: special forms replaced, every id in the one form `<type>:<ipbxid>/<id>`,
/// every dialled number cleaned, the executing site found.
struct IPBXPlan {
    /// The site that executes the command.
    let target: SiteID
    /// The object that goes there: `class`, `command`, then the client's fields.
    let body: JSONObject

    init(
        _ verb: CTIVerb, _ fields: JSONObject, requester: Requester, isKnown: (SiteID) -> Bool
    ) throws(IPBXFault) {
        var arguments = IPBXArguments(fields, requester: requester)
        try arguments.checkText()
        try arguments.prepare(verb)
        let target = ExecutingSite.of(verb, arguments.fields, home: requester.home)
        try arguments.prepareDestination(verb, at: target)
        for site in [target] + arguments.namedSites where !isKnown(site) { throw .unknownSite(site) }
        var body: JSONObject = ["class": "ipbxcommand", "command": .string(verb.rawValue)]
        for (key, value) in arguments.fields where !Self.isEnvelope(key) { body[key] = value }
        self.target = target
        self.body = body
    }

    /// Keys that belong to the client's connection, not to the command. `ipbxid` and `userid` once let a client act for
    /// somebody else; who asks is known from the login (CTI reference 3.1).
    private static func isEnvelope(_ key: String) -> Bool {
        switch key {
        case "class", "command", "commandid", "replyid", "timenow", "ipbxid", "userid", "idempotencykey": true
        default: false
        }
    }
}
