import TandemCore

/// A conference room.
struct RoomRecord: SiteRecord {
    /// Somebody in the room. PBXs that number nobody get numbers from us.
    struct Member: Sendable {
        var channel: String
        var slot: Int
        var userNumber: Int
        var isAdmin: Bool
        var isMuted: Bool
        var name: String
        var number: String
        var joined: Int
        var confirmed: UInt32
    }

    let id: String
    var dirt = Dirt()
    var name: String
    var number: String
    var context: String
    var isDiscovered = false
    /// In the order of joining.
    var members: [Member] = []
    var confirmed: UInt32 = 0

    enum Config { static let identity: UInt32 = 1 }
    enum Status { static let members: UInt32 = 1 }

    mutating func writeConfig(_ keys: UInt32, to writer: inout ObjectWriter) {
        guard keys & Config.identity != 0 else { return }
        writer.text("context", context)
        writer.text("confno", number)
        writer.text("name", name)
    }

    mutating func writeStatus(_ keys: UInt32, to writer: inout ObjectWriter) {
        guard keys & Status.members != 0 else { return }
        writer.beginObject("channels")
        for member in members {
            writer.beginObject(named: member.channel)
            writer.text("usernum", String(member.userNumber))
            writer.flag("isadmin", member.isAdmin)
            writer.flag("ismuted", member.isMuted)
            writer.flag("isauthed", true)
            writer.text("name", member.name)
            writer.text("number", member.number)
            writer.number("join_time", member.joined)
            writer.endObject()
        }
        writer.endObject()
    }
}

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

/// A parking lot. Its status has one key per space; a freed space stays as `{}` (CTI reference 5.4).
struct ParkingRecord: SiteRecord {
    struct Space: Sendable {
        var name: String
        var channel: String?
        var parker = ""
        var callerName = ""
        var callerNumber = ""
        var since = 0
        var timeout = 0
        var confirmed: UInt32 = 0
        var isChanged = false
    }

    let id: String
    var dirt = Dirt()
    var name: String
    var spaces: [Space] = []
    var places: [String: Int] = [:]
    var isDiscovered = false
    var confirmed: UInt32 = 0

    mutating func forgetChanges() {
        for place in spaces.indices where spaces[place].isChanged { spaces[place].isChanged = false }
    }

    enum Config { static let identity: UInt32 = 1 }
    /// A status bit per space is not possible: spaces remember themselves, the mask only says "all" or "changed".
    enum Status { static let changedSpaces: UInt32 = 1 }

    mutating func writeConfig(_ keys: UInt32, to writer: inout ObjectWriter) {
        guard keys & Config.identity != 0 else { return }
        writer.text("name", name)
    }

    mutating func writeStatus(_ keys: UInt32, to writer: inout ObjectWriter) {
        for space in spaces where keys == .max || space.isChanged {
            writer.beginObject(named: space.name)
            if let channel = space.channel {
                writer.text("parker", space.parker)
                writer.text("parked", channel)
                writer.text("exten", space.name)
                writer.text("cid_name", space.callerName)
                writer.text("cid_num", space.callerNumber)
                writer.number("parktime", space.since)
                writer.number("timeout", space.timeout)
            }
            writer.endObject()
        }
    }
}

/// The site itself: `site/self`.
struct SelfRecord: SiteRecord {
    let id = "self"
    var dirt = Dirt()
    var name: String
    var prefix: String?
    var context: String
    var isUp = false
    var since = 0
    var reason: String? = "not connected yet"

    enum Config { static let identity: UInt32 = 1 }
    enum Status { static let pbx: UInt32 = 1 }

    mutating func writeConfig(_ keys: UInt32, to writer: inout ObjectWriter) {
        guard keys & Config.identity != 0 else { return }
        writer.text("prefix", prefix)
        writer.text("context", context)
        writer.text("name", name)
    }

    mutating func writeStatus(_ keys: UInt32, to writer: inout ObjectWriter) {
        guard keys & Status.pbx != 0 else { return }
        writer.text("pbx", isUp ? "up" : "down")
        writer.number("since", since)
        writer.text("reason", reason)
    }
}
