import TandemCore

/// A queue or a ring group.
struct QueueRecord: SiteRecord {
    /// A caller who waits. The position is the place in the list.
    struct Entry: Seat {
        var channel: String
        var slot: Int
        var joined: Int
        var uniqueID: String
        var name: String
        var number: String
        var confirmed: UInt32
    }

    let id: String
    var dirt = Dirt()
    /// The PBX's name.
    var name: String
    var number: String
    var displayName: String
    var context: String
    var isDiscovered = false
    var agentMembers: [String] = []
    var phoneMembers: [String] = []
    var entries = SeatList<Entry>()
    var confirmed: UInt32 = 0

    enum Config { static let identity: UInt32 = 1 }
    enum Status {
        static let agents: UInt32 = 1
        static let phones: UInt32 = 1 << 1
        static let entries: UInt32 = 1 << 2
    }

    mutating func writeConfig(_ keys: UInt32, to writer: inout ObjectWriter) {
        guard keys & Config.identity != 0 else { return }
        writer.text("context", context)
        writer.text("name", name)
        writer.text("number", number)
        writer.text("displayname", displayName)
    }

    mutating func writeStatus(_ keys: UInt32, to writer: inout ObjectWriter) {
        if keys & Status.agents != 0 { writer.texts("agentmembers", agentMembers) }
        if keys & Status.phones != 0 { writer.texts("phonemembers", phoneMembers) }
        if keys & Status.entries != 0 {
            writer.beginArray("incalls")
            for entry in entries { writer.element(entry.channel) }
            writer.endArray()
            writer.beginArray("entries")
            var position = 1
            for entry in entries {
                writer.beginElement()
                writer.number("position", position)
                writer.text("channel", entry.channel)
                writer.text("name", entry.name)
                writer.text("number", entry.number)
                writer.number("join_time", entry.joined)
                writer.text("uniqueid", entry.uniqueID)
                writer.endObject()
                position += 1
            }
            writer.endArray()
        }
    }
}
