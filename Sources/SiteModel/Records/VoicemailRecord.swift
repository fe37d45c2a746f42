import TandemCore

/// A mailbox.
struct VoicemailRecord: SiteRecord {
    let id: String
    var dirt = Dirt()
    var mailbox: String
    var context: String
    var fullName: String
    var email: String
    var isDiscovered = false
    var isWaiting = false
    var new = 0
    var old = 0
    var confirmed: UInt32 = 0

    enum Config { static let identity: UInt32 = 1 }
    enum Status {
        static let waiting: UInt32 = 1
        static let new: UInt32 = 1 << 1
        static let old: UInt32 = 1 << 2
    }

    mutating func writeConfig(_ keys: UInt32, to writer: inout ObjectWriter) {
        guard keys & Config.identity != 0 else { return }
        writer.text("context", context)
        writer.text("fullname", fullName)
        writer.text("mailbox", mailbox)
        writer.text("email", email)
    }

    mutating func writeStatus(_ keys: UInt32, to writer: inout ObjectWriter) {
        if keys & Status.waiting != 0 { writer.flag("waiting", isWaiting) }
        if keys & Status.new != 0 { writer.number("new", new) }
        if keys & Status.old != 0 { writer.number("old", old) }
    }
}
