import TandemCore

/// A person with presence and call features.
struct UserRecord: SiteRecord {
    let id: String
    var dirt = Dirt()
    var configured: SiteConfiguration.User
    var features = UserFeatures()
    var isConnected = false
    var presence = "disconnected"

    enum Config {
        static let identity: UInt32 = 1
        static let dnd: UInt32 = 1 << 1
        static let filter: UInt32 = 1 << 2
        static let voicemail: UInt32 = 1 << 3
        static let recording: UInt32 = 1 << 4
        static let unconditional: UInt32 = 1 << 5
        static let noAnswer: UInt32 = 1 << 6
        static let busy: UInt32 = 1 << 7
    }
    enum Status {
        static let connection: UInt32 = 1
        static let presence: UInt32 = 1 << 1
    }

    /// First and last name: split at the first space.
    static func split(_ name: String) -> (first: String, last: String) {
        guard let space = name.utf8.firstIndex(of: UInt8(ascii: " ")) else { return (name, "") }
        return (String(name[..<space]), String(name[name.utf8.index(after: space)...]))
    }

    /// The ids of the person's phones, the main one first.
    var phones: [String] {
        guard let main = configured.phone else { return configured.otherPhones }
        return [main] + configured.otherPhones.filter { $0 != main }
    }

    mutating func writeConfig(_ keys: UInt32, to writer: inout ObjectWriter) {
        if keys & Config.identity != 0 {
            let names = Self.split(configured.name)
            writer.text("loginclient", configured.login)
            writer.text("firstname", names.first)
            writer.text("lastname", names.last)
            writer.text("fullname", configured.name)
            writer.text("mobilephonenumber", configured.mobile)
            writer.text("profileclient", configured.profile)
            writer.flag("enableclient", configured.login != nil)
            writer.text("agentid", configured.agent)
            writer.text("voicemailid", configured.voicemail)
            writer.texts("linelist", phones)
        }
        if keys & Config.dnd != 0 { writer.flag("enablednd", features.doNotDisturb) }
        if keys & Config.filter != 0 { writer.flag("incallfilter", features.callFilter) }
        if keys & Config.voicemail != 0 {
            writer.flag("enablevoicemail", features.voicemail ?? (configured.voicemail != nil))
        }
        if keys & Config.recording != 0 { writer.flag("enablerecording", features.recording) }
        if keys & Config.unconditional != 0 {
            writer.flag("enableunc", features.unconditional.isEnabled)
            writer.text("destunc", features.unconditional.destination)
        }
        if keys & Config.noAnswer != 0 {
            writer.flag("enablerna", features.noAnswer.isEnabled)
            writer.text("destrna", features.noAnswer.destination)
        }
        if keys & Config.busy != 0 {
            writer.flag("enablebusy", features.busy.isEnabled)
            writer.text("destbusy", features.busy.destination)
        }
    }

    mutating func writeStatus(_ keys: UInt32, to writer: inout ObjectWriter) {
        if keys & Status.connection != 0 { writer.text("connection", isConnected ? "yes" : nil) }
        if keys & Status.presence != 0 { writer.text("availstate", presence) }
    }
}
