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
    /// Bytes of each text that are kept: a client may name a thousand channels in one line, and the trail has a bound in
    /// lines.
    static let textLength = 256

    /// A command begins.
    mutating func began(_ request: CommandRequest, _ message: CTICommandMessage?) {
        open[request.key] = Entry(
            origin: request.origin, action: Self.cut(request.verb), target: Self.cut(message?.subject ?? ""))
    }

    /// The node stops: of what is under way nobody here will hear more.
    mutating func stop(at site: SiteID, now: Moment) -> [AuditLine] {
        open.keys.sorted { $0.text < $1.text }.compactMap { ended($0, .unknown(at: site), now: now) }
    }

    /// A text of at most `textLength` bytes, whole characters.
    static func cut(_ text: String) -> String {
        guard text.utf8.count > textLength else { return text }
        var bytes = text.utf8.prefix(textLength - 3)
        while let last = bytes.last, last & 0xC0 == 0x80 { bytes.removeLast() }
        if let last = bytes.last, last >= 0xC0 { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self) + "…"
    }

    /// A command has ended; nil: it leaves no line.
    mutating func ended(_ key: IdempotencyKey, _ answer: CommandAnswer, now: Moment) -> AuditLine? {
        guard let entry = open.removeValue(forKey: key) else { return nil }
        let outcome =
            switch answer {
            case .done: "done"
            case .refused(let reason, _): Self.cut("refused: " + reason)
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
