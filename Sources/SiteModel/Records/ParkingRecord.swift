import TandemCore

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
