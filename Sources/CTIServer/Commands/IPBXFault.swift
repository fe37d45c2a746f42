import CTIProtocol
import SiteModel
import TandemCore

/// Who gives an `ipbxcommand`: what the special forms stand for.
struct Requester {
    /// The site at which the person is logged in.
    let home: SiteID
    /// The person's user id.
    let userID: String
    /// What is configured for the person.
    let user: SiteConfiguration.User
}

/// Why an `ipbxcommand` is not handed on.
struct IPBXFault: Error, Hashable {
    /// The synchronous reply's value (CTI reference 4.15): the argument at fault, `ipbxid`, or false.
    let ipbxreply: JSONValue
    /// For people.
    let reason: String
    /// What is wrong with a field, when it is the field's presence, type or value.
    let fieldError: CTICommandError?

    /// An argument has a value that cannot be used.
    static func unusable(_ field: String, _ reply: String, _ reason: String) -> IPBXFault {
        IPBXFault(ipbxreply: .string(reply), reason: reason, fieldError: .invalid(field))
    }
    /// An argument is absent.
    static func missing(_ field: String, _ reply: String) -> IPBXFault {
        IPBXFault(ipbxreply: .string(reply), reason: "missing:" + field, fieldError: .missing([field]))
    }
    /// An argument has another JSON type than it must have.
    static func wrongType(_ field: String, _ reply: String) -> IPBXFault {
        IPBXFault(ipbxreply: .string(reply), reason: "wrong_type:" + field, fieldError: .wrongType(field))
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

extension CTIAddress {
    /// The site that is named; nil: none.
    var site: SiteID? {
        switch self {
        case .object(let id): id.site
        case .number(_, let site), .all(_, let site): site
        case .me, .myVoicemail: nil
        }
    }

    /// The one form in which an address is handed on, `<type>:<ipbxid>/<id>`; an address without a site is of this one.
    func text(at site: SiteID) -> String {
        switch self {
        case .object(let id): id.description
        case .number(let number, let named): "exten:\(named ?? site)/\(number)"
        case .all(let type, let named): "\(type.word):\(named ?? site)/all"
        case .me(let type): "\(type.word):special:me"
        case .myVoicemail: "user:special:myvoicemail"
        }
    }
}
