import SiteModel
import TandemCore

/// The sub-commands of `ipbxcommand` (CTI reference 4.16 to 4.22).
public enum IPBXVerb: String, CaseIterable, Hashable, Sendable {
    case dial, originate
    case transfer, atxfer, transfercancel, intercept, parking
    case hangup, hangupme, answer, cancel, refuse
    case agentlogin, agentlogout
    case queueadd, queueremove, queuepause, queueunpause
    case queuepauseAll = "queuepause_all"
    case queueunpauseAll = "queueunpause_all"
    case queueremoveAll = "queueremove_all"
    case meetme, record, listen, sipnotify, mailboxcount
}

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
    /// What is wrong with a field, when it is the field's presence or type.
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
    /// The requester lacks what the command needs.
    static func impossible(_ reason: String) -> IPBXFault {
        IPBXFault(ipbxreply: false, reason: reason, fieldError: nil)
    }
}

/// An id on the wire, `<type>:<ipbxid>/<id>`. Unlike `ObjectID` it also names what is no object: a number
/// (`exten:paris/1002`), a mailbox to be consulted (`vm_consult:…`), all queues (`queue:paris/all`).
struct WireID: Hashable, CustomStringConvertible {
    var type: String
    var site: SiteID
    var id: String

    init(_ type: String, _ site: SiteID, _ id: String) {
        self.type = type
        self.site = site
        self.id = id
    }

    /// Splits at the first `:` and the first `/` after it (CTI reference 6.1); nil when that is not possible.
    init?(_ text: String) {
        let utf8 = text.utf8
        guard let colon = utf8.firstIndex(of: UInt8(ascii: ":")),
            let slash = utf8[colon...].firstIndex(of: UInt8(ascii: "/")),
            let site = SiteID(text[utf8.index(after: colon)..<slash])
        else { return nil }
        let type = text[..<colon]
        let id = text[utf8.index(after: slash)...]
        guard !type.isEmpty, WireID.isUsable(id) else { return nil }
        self.init(String(type), site, String(id))
    }

    static func isUsable(_ id: some StringProtocol) -> Bool {
        (1...Limits.objectID).contains(id.utf8.count) && id.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }

    var description: String { type + ":" + site.name + "/" + id }
}
