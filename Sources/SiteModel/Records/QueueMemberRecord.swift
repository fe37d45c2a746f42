import TandemCore

/// A member of a queue: id `<interface>,<queue name>` (CTI reference 5.7, E1b and later).
struct QueueMemberRecord: SiteRecord {
    let id: String
    var dirt = Dirt()
    var fact: QueueMemberFact
    /// The queue's or group's slot.
    var queue: Int
    var isGroup: Bool
    /// Who the member is, -1: neither.
    var agent: Int
    var phone: Int
    /// Named by the configuration of a group: the PBX need not confirm it.
    var isConfigured = false
    var confirmed: UInt32 = 0
    /// Whether the PBX has told of it: its interface is then a name that the PBX knows.
    var isTold: Bool { !isConfigured || confirmed > 0 }

    enum Keys {
        static let identity: UInt32 = 1
        static let paused: UInt32 = 1 << 1
        static let membership: UInt32 = 1 << 2
        static let penalty: UInt32 = 1 << 3
        static let status: UInt32 = 1 << 4
        static let callsTaken: UInt32 = 1 << 5
        static let lastCall: UInt32 = 1 << 6
        static let reason: UInt32 = 1 << 7
    }

    /// The keys that another fact would change.
    func differences(_ new: QueueMemberFact) -> UInt32 {
        var keys: UInt32 = 0
        if new.memberName != fact.memberName || new.target != fact.target { keys |= Keys.identity }
        if new.paused != fact.paused { keys |= Keys.paused }
        if new.pausedReason != fact.pausedReason || new.pausedSince != fact.pausedSince { keys |= Keys.reason }
        if new.membership != fact.membership { keys |= Keys.membership }
        if new.penalty != fact.penalty { keys |= Keys.penalty }
        if new.status != fact.status { keys |= Keys.status }
        if new.callsTaken != fact.callsTaken { keys |= Keys.callsTaken }
        if new.lastCall != fact.lastCall { keys |= Keys.lastCall }
        return keys
    }

    mutating func writeConfig(_ keys: UInt32, to writer: inout ObjectWriter) {
        if keys & Keys.identity != 0 {
            writer.text("queue_name", fact.queue)
            writer.text("interface", fact.interface)
            writer.text("member_name", fact.memberName)
        }
        writeStatus(keys & ~Keys.reason, to: &writer)
    }

    // The first era reads these from the status, the later ones from the configuration: both halves carry them.
    mutating func writeStatus(_ keys: UInt32, to writer: inout ObjectWriter) {
        if keys & Keys.status != 0 { writer.text("status", fact.status.ctiDigit) }
        if keys & Keys.paused != 0 { writer.text("paused", fact.paused ? "1" : "0") }
        if keys & Keys.membership != 0 { writer.text("membership", fact.membership.ctiWord) }
        if keys & Keys.callsTaken != 0 { writer.text("callstaken", String(fact.callsTaken)) }
        if keys & Keys.penalty != 0 { writer.text("penalty", String(fact.penalty)) }
        if keys & Keys.lastCall != 0 { writer.text("lastcall", fact.lastCall == 0 ? "" : String(fact.lastCall)) }
        if keys & Keys.reason != 0 {
            writer.text("paused_reason", fact.pausedReason)
            if fact.pausedSince > 0 {
                writer.number("paused_since", fact.pausedSince)
            } else {
                writer.text("paused_since", nil)
            }
        }
    }
}
