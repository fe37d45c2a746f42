import TandemCore

/// The site itself: `site/self`.
struct SelfRecord: SiteRecord {
    let id = "self"
    var dirt = Dirt()
    var name: String
    var prefix: String?
    var context: String
    /// What the site's PBX can do, for other sites to know; nil: nobody has said.
    var capabilities: Set<PBXCapability>?
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
        if let capabilities { writer.texts("capabilities", capabilities.sorted().map(\.rawValue)) }
    }

    mutating func writeStatus(_ keys: UInt32, to writer: inout ObjectWriter) {
        guard keys & Status.pbx != 0 else { return }
        writer.text("pbx", isUp ? "up" : "down")
        writer.number("since", since)
        writer.text("reason", reason)
    }
}
