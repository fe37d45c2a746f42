import CTIProtocol
import Federation
import TandemCore

/// A line for auditors: who asked this site for what, and what came of it.
public struct AuditLine: Hashable, Sendable {
    /// When it ended, Unix seconds.
    public var unixTime: Double
    /// The site from which it came.
    public var site: SiteID
    /// The user there; empty: the node or its operator.
    public var user: String
    /// What was asked, e.g. `hangup`.
    public var action: String
    /// What it was about, e.g. `chan:paris/PJSIP/101-00000001`; may be empty.
    public var target: String
    /// What came of it: `done`, `unknown`, or `refused: <why>`.
    public var outcome: String
}

/// Makes audit lines of the commands that run at this site: one for each, when it has ended. What needs no ledger (signs of
/// life, signals between nodes) leaves none.
struct AuditTrail: Sendable {
    private struct Entry: Sendable {
        let origin: CommandOrigin
        let action: String
        let target: String
    }

    private var open: [IdempotencyKey: Entry] = [:]
    /// Characters of a reason that are kept.
    private static let reasonLength = 200

    /// A command begins.
    mutating func began(_ request: CommandRequest, _ message: CTICommandMessage?) {
        open[request.key] = Entry(origin: request.origin, action: request.verb, target: message?.subject ?? "")
    }

    /// A command has ended; nil: it leaves no line.
    mutating func ended(_ key: IdempotencyKey, _ answer: CommandAnswer, now: Moment) -> AuditLine? {
        guard let entry = open.removeValue(forKey: key) else { return nil }
        let outcome =
            switch answer {
            case .done: "done"
            case .refused(let reason, _): "refused: " + reason.prefix(Self.reasonLength)
            case .notDelivered(let reason, _): "not delivered: " + reason.rawValue
            case .unknown: "unknown"
            }
        return AuditLine(
            unixTime: now.unixTime, site: entry.origin.site, user: entry.origin.user, action: entry.action,
            target: entry.target, outcome: outcome)
    }
}

extension CTICommandMessage {
    /// What a command is about, for people: the first thing that it addresses.
    fileprivate var subject: String {
        switch self {
        case .ipbxCommand(let command): command.subject
        case .chitchat(let chat, _): "user:\(chat.site)/\(chat.user)"
        case .availState(let change): change.user.map { "user:" + (change.siteName.map { $0 + "/" } ?? "") + $0 } ?? ""
        case .other: ""
        }
    }
}
