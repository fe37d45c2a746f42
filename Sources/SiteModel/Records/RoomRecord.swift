import TandemCore

/// A conference room.
struct RoomRecord: SiteRecord {
    /// Somebody in the room. PBXs that number nobody get numbers from us.
    struct Member: Seat {
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
    var members = SeatList<Member>()
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
