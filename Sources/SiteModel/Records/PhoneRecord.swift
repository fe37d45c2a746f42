import TandemCore

/// A phone line.
struct PhoneRecord: SiteRecord {
    let id: String
    var dirt = Dirt()
    var endpoint: String
    var protocolName: String
    var number: String
    var context: String
    /// The first user that has this phone, and that person's full name.
    var userID: String?
    var userName: String?
    /// The place of the phone in its user's list, from 1.
    var order = 1
    /// Found at the PBX, not configured.
    var isDiscovered = false
    /// The name that the PBX gives a discovered phone.
    var displayName = ""

    var hint = DeviceState.unavailable
    var address = ""
    /// Channel names, oldest first, with their slots.
    var channels: [String] = []
    var channelSlots: [Int] = []
    var queues: [String] = []
    var groups: [String] = []

    /// Users and agents that have this phone, and queue members that are this phone.
    var users: [String] = []
    var agents: [Int] = []
    var confirmed: UInt32 = 0

    enum Config {
        static let number: UInt32 = 1
        static let endpoint: UInt32 = 1 << 1
        static let user: UInt32 = 1 << 2
    }
    enum Status {
        static let hint: UInt32 = 1
        static let address: UInt32 = 1 << 1
        static let channels: UInt32 = 1 << 2
        static let queues: UInt32 = 1 << 3
        static let groups: UInt32 = 1 << 4
    }

    /// The name of who sits at the phone, or nil.
    @inline(__always)
    var fullName: String? { userName ?? (displayName.isEmpty ? nil : displayName) }

    mutating func writeConfig(_ keys: UInt32, to writer: inout ObjectWriter) {
        if keys & Config.number != 0 {
            writer.text("context", context)
            writer.text("number", number)
        }
        if keys & Config.endpoint != 0 {
            writer.text("protocol", protocolName)
            writer.text("identity", endpoint)
            writer.flag("initialized", true)
            writer.flag("allowtransfer", true)
        }
        if keys & Config.user != 0 {
            let names = UserRecord.split(fullName ?? "")
            writer.text("iduserfeatures", userID)
            writer.number("rules_order", order)
            writer.text("firstname", names.first)
            writer.text("lastname", names.last)
        }
    }

    mutating func writeStatus(_ keys: UInt32, to writer: inout ObjectWriter) {
        if keys & Status.hint != 0 { writer.text("hintstatus", String(hint.ctiHintStatus)) }
        if keys & Status.address != 0 { writer.text("reg", address) }
        if keys & Status.channels != 0 { writer.texts("channels", channels) }
        if keys & Status.queues != 0 { writer.texts("queues", queues) }
        if keys & Status.groups != 0 { writer.texts("groups", groups) }
    }
}
