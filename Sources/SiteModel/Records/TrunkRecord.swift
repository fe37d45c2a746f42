import TandemCore

/// A trunk to another site or to the world.
struct TrunkRecord: SiteRecord {
    let id: String
    var dirt = Dirt()
    var endpoint: String
    var protocolName: String
    var context: String
    var host = ""
    var site: SiteID?
    var prefix: String?
    var isDiscovered = false
    /// What its device does, as far as told, and whether calls can go out, as its registration or the PBX itself says.
    var device: DeviceState?
    var isReachable: Bool?
    /// As shown.
    var hint = DeviceState.absent
    var calls = 0
    var confirmed: UInt32 = 0
    /// The resync in which it was last told whether calls can go out.
    var registered: UInt32 = 0

    /// What follows from device and registration.
    var state: DeviceState {
        if isReachable == false { return .unavailable }
        return device ?? (isReachable == true ? .idle : .absent)
    }

    /// Takes over what is known of the same trunk under another configuration.
    mutating func takeState(of other: TrunkRecord) {
        host = other.host
        device = other.device
        isReachable = other.isReachable
        hint = other.hint
        confirmed = other.confirmed
        registered = other.registered
    }

    enum Status {
        static let hint: UInt32 = 1
        static let calls: UInt32 = 1 << 1
    }
    enum Config {
        static let identity: UInt32 = 1
        static let host: UInt32 = 1 << 1
    }

    mutating func writeConfig(_ keys: UInt32, to writer: inout ObjectWriter) {
        if keys & Config.identity != 0 {
            writer.text("context", context)
            writer.text("protocol", protocolName)
            writer.text("name", Endpoint.parts(endpoint).name)
            writer.text("type", "peer")
            writer.text("site", site?.name)
            writer.text("prefix", prefix)
        }
        if keys & Config.host != 0 { writer.text("host", host) }
    }

    mutating func writeStatus(_ keys: UInt32, to writer: inout ObjectWriter) {
        if keys & Status.hint != 0 { writer.text("hintstatus", String(hint.ctiHintStatus)) }
        // A list of a busy trunk's channels would make each call cost as much as all others together.
        if keys & Status.calls != 0 { writer.number("calls", calls) }
    }
}
