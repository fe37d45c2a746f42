import TandemCore

/// A call leg. `-1` in a slot number means none.
struct ChannelRecord: SiteRecord {
    let id: String
    var dirt = Dirt()
    var uniqueID: String
    var linkedID: String
    var endpoint: String?
    var state: ChannelState
    var context: String
    var dialled: String
    var callerNumber: String
    var callerName: String
    var connectedNumber = ""
    var connectedName = ""

    // What is shown.
    var stage = CallStage.ready
    var direction = CallDirection.none
    var timestamp: Int
    var talkingKind = TalkingKind.nobody
    var talkingID: String?
    var peerDisplay: String?
    var thisDisplay: String?
    var isMonitored = false
    var isHeld = false
    var isAgent = false
    var autocall: String?

    // Relations, from which what is shown is derived.
    var phone = -1
    var trunk = -1
    /// The other half of a channel inside the PBX.
    var partner = -1
    /// The channel at the other end as shown, or -1.
    var peer = -1
    var bridge: String?
    /// The channels that this one rings.
    var dialing: [Int] = []
    /// The channel that rings this one.
    var dialedBy = -1
    /// The PBX itself rings this one.
    var isDialedByPBX = false
    var queue = -1
    var isQueueGroup = false
    /// The channel came through a queue: a talk with it is a queue call.
    var cameThroughQueue = false
    var room = -1
    var roomUserNumber = 0
    var isRoomMuted = false
    var isRoomAdmin = false
    var parkedLot = -1
    var parkedSpace = ""

    // The resync during which it was last confirmed.
    var confirmed: UInt32
    var bridgeConfirmed: UInt32 = 0

    @inline(__always)
    var isParked: Bool { parkedLot >= 0 }

    enum Status {
        static let direction: UInt32 = 1
        static let stage: UInt32 = 1 << 1
        static let timestamp: UInt32 = 1 << 2
        static let talkingKind: UInt32 = 1 << 3
        static let talkingID: UInt32 = 1 << 4
        static let peerDisplay: UInt32 = 1 << 5
        static let thisDisplay: UInt32 = 1 << 6
        static let monitored: UInt32 = 1 << 7
        static let held: UInt32 = 1 << 8
        static let parked: UInt32 = 1 << 9
        static let agent: UInt32 = 1 << 10
        static let room: UInt32 = 1 << 11
        static let autocall: UInt32 = 1 << 12
        static let state: UInt32 = 1 << 13
    }

    /// `commstatus` as on the wire.
    @inline(__always)
    var stageText: String {
        switch stage {
        case .ready: "ready"
        case .calling: "calling"
        case .ringing: "ringing"
        case .linked: direction == .incoming ? "linked-called" : "linked-caller"
        }
    }

    mutating func writeConfig(_ keys: UInt32, to writer: inout ObjectWriter) {}

    mutating func writeStatus(_ keys: UInt32, to writer: inout ObjectWriter) {
        if keys & Status.direction != 0 {
            let text: String? =
                switch direction {
                case .none: nil
                case .outgoing: "out"
                case .incoming: "in"
                }
            writer.text("direction", text)
        }
        if keys & Status.stage != 0 { writer.text("commstatus", stageText) }
        if keys & Status.timestamp != 0 { writer.number("timestamp", timestamp) }
        if keys & Status.talkingKind != 0 {
            let text: String? =
                switch talkingKind {
                case .nobody: nil
                case .channel: "channel"
                case .room: "<meetme>"
                case .parking: "parking"
                }
            writer.text("talkingto_kind", text)
        }
        if keys & Status.talkingID != 0 { writer.text("talkingto_id", talkingID) }
        if keys & Status.peerDisplay != 0 { writer.text("peerdisplay", peerDisplay) }
        if keys & Status.thisDisplay != 0 { writer.text("thisdisplay", thisDisplay) }
        if keys & Status.monitored != 0 { writer.flag("monitored", isMonitored) }
        if keys & Status.held != 0 { writer.flag("holded", isHeld) }
        if keys & Status.parked != 0 { writer.flag("parked", isParked) }
        if keys & Status.agent != 0 { writer.flag("agent", isAgent) }
        if keys & Status.room != 0 {
            writer.flag("meetme_ismuted", isRoomMuted)
            writer.flag("meetme_isadmin", isRoomAdmin)
            writer.number("meetme_usernum", roomUserNumber)
        }
        if keys & Status.autocall != 0 {
            if let autocall { writer.text("autocall", autocall) } else { writer.flag("autocall", false) }
        }
        if keys & Status.state != 0 { writer.text("state", state.ctiWord) }
    }
}
