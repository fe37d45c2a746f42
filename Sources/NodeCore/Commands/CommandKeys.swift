import CTIProtocol
import Federation
import TandemCore

/// Makes the keys of the commands that this node submits: fresh ones, and those that clients chose.
struct CommandKeys {
    let site: SiteID
    /// When this life began, Unix seconds. A node that lost its disk counts its lives anew, and other sites still hold
    /// the keys of the former ones.
    let startedAt: Int64
    private var number: UInt64 = 0
    private var prefix = ""
    private var incarnation: UInt64?

    init(site: SiteID, startedAt: Int64) {
        self.site = site
        self.startedAt = startedAt
    }

    /// A key that was never used.
    mutating func fresh(incarnation: UInt64) -> IdempotencyKey? {
        if incarnation != self.incarnation {
            self.incarnation = incarnation
            prefix = "\(site.name)-\(incarnation)-\(startedAt)-"
        }
        number += 1
        return IdempotencyKey(prefix + String(number))
    }

    /// A client's own key, kept apart from ours and from other users' keys. Nil when it is too long with the names of
    /// its site and user.
    func key(_ key: CTIIdempotencyKey, of user: String) -> IdempotencyKey? {
        // A user's id is any text; in a key it must be printable and hold no separator.
        var id = ""
        for byte in user.utf8 {
            if (0x21...0x7E).contains(byte), byte != UInt8(ascii: "%"), byte != UInt8(ascii: "/") {
                id.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                id += "%" + String(byte, radix: 16)
            }
        }
        return IdempotencyKey("\(site.name)/\(id)/\(key.text)")
    }
}
