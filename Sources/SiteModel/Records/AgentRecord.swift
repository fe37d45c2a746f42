import TandemCore

/// An agent.
struct AgentRecord: SiteRecord {
    let id: String
    var dirt = Dirt()
    var name: String
    var number: String
    var context: String
    var isDiscovered = false
    var phoneNumber: String?
    /// The number of the phone at which the agent sits, when the PBX names only the channel.
    var seatNumber: String?
    var channel: String?
    var state = AgentState.undefined
    var availability = AgentAvailability.loggedOut
    var availabilitySince = 0
    var isOnQueueCall = false
    var queues: [String] = []
    var groups: [String] = []
    /// Slots of the agent's queue members.
    var members: [Int] = []
    /// Slots of the phones at which the agent can be: those of its users, and the one of `phoneNumber`.
    var userPhones: [Int] = []
    var loginPhone = -1
    var confirmed: UInt32 = 0

    enum Config { static let identity: UInt32 = 1 }
    enum Status {
        static let phoneNumber: UInt32 = 1
        static let channel: UInt32 = 1 << 1
        static let state: UInt32 = 1 << 2
        static let availability: UInt32 = 1 << 3
        static let queueCall: UInt32 = 1 << 4
        static let queues: UInt32 = 1 << 5
        static let groups: UInt32 = 1 << 6
    }

    mutating func writeConfig(_ keys: UInt32, to writer: inout ObjectWriter) {
        guard keys & Config.identity != 0 else { return }
        let names = UserRecord.split(name)
        writer.text("context", context)
        writer.text("firstname", names.first)
        writer.text("lastname", names.last)
        writer.text("number", number)
    }

    mutating func writeStatus(_ keys: UInt32, to writer: inout ObjectWriter) {
        if keys & Status.phoneNumber != 0 { writer.text("phonenumber", phoneNumber ?? seatNumber) }
        if keys & Status.channel != 0 { writer.text("channel", channel) }
        if keys & Status.state != 0 { writer.text("status", state.ctiWord) }
        if keys & Status.availability != 0 {
            writer.text("availability", availability.rawValue)
            writer.number("availability_since", availabilitySince)
        }
        if keys & Status.queueCall != 0 { writer.flag("on_call_acd", isOnQueueCall) }
        if keys & Status.queues != 0 { writer.texts("queues", queues) }
        if keys & Status.groups != 0 { writer.texts("groups", groups) }
    }
}
