import TandemCore

/// Why an `ipbxcommand` is neither handed on nor executed.
public struct IPBXFault: Error, Hashable, Sendable {
    /// The synchronous reply's value (CTI reference 4.15): the argument at fault, `ipbxid`, or false.
    public let ipbxreply: JSONValue
    /// For people.
    public let reason: String
    /// What is wrong with a field, when it is the field's presence, type or value.
    public let fieldError: CTICommandError?

    /// An argument has a value that cannot be used.
    static func unusable(_ argument: CTIArgument, _ reason: String) -> IPBXFault {
        IPBXFault(ipbxreply: .string(argument.reply), reason: reason, fieldError: .invalid(argument.name))
    }
    /// An argument is absent.
    static func missing(_ argument: CTIArgument) -> IPBXFault {
        IPBXFault(
            ipbxreply: .string(argument.reply), reason: "missing:" + argument.name,
            fieldError: .missing([argument.name]))
    }
    /// An argument has another JSON type than it must have.
    static func wrongType(_ argument: CTIArgument) -> IPBXFault {
        IPBXFault(
            ipbxreply: .string(argument.typeReply), reason: "wrong_type:" + argument.name,
            fieldError: .wrongType(argument.name))
    }
    /// An argument names what is not the requester's own, or what does not exist: which of the two is not told.
    public static func notOwn(_ argument: CTIArgument) -> IPBXFault {
        IPBXFault(
            ipbxreply: .string(argument.reply),
            reason: "the profile allows it for what is one's own; \(argument.name) is not",
            fieldError: nil)
    }
    /// A field of any name holds what must never reach a PBX.
    static func controlCharacter(_ field: String) -> IPBXFault {
        IPBXFault(
            ipbxreply: .string(field), reason: "the field \(field) holds a control character",
            fieldError: .invalid(field))
    }
    /// A site that nobody knows.
    static func unknownSite(_ site: SiteID) -> IPBXFault {
        IPBXFault(ipbxreply: "ipbxid", reason: "no site is called \(site)", fieldError: nil)
    }
    /// Channels of several sites in one command.
    static let severalSites = IPBXFault(
        ipbxreply: "ipbxids", reason: "one command can only name objects of one site here", fieldError: nil)
    /// The requester lacks what the command needs.
    static func impossible(_ reason: String) -> IPBXFault {
        IPBXFault(ipbxreply: false, reason: reason, fieldError: nil)
    }
}
