import PBX
import SiteModel
import TandemCore

/// Reads what a node's file and a site of a topology file have in common.
enum NodeReading {
    /// Keys of both files.
    static let keys = [
        "host", "prefix", "context", "discover", "pbx", "listen", "phones", "users", "agents", "queues", "groups",
        "meetmes", "voicemails", "trunks", "presences", "store", "log", "timings", "limits", "banner", "profiles",
        "control", "http", "secret_files",
    ]

    static func read(_ section: Section, site: SiteID, drivers: [DriverDescription]) -> NodeConfiguration {
        var node = NodeConfiguration(site: SiteConfiguration(site: site))
        ObjectReading.read(section, into: &node.site)
        if let host = section["host"] {
            node.host = host.text("a host name or address", where: ListenAddress.isHost)
        }
        if let pbx = section["pbx"], let value = DriverReading(drivers: drivers).read(pbx) { node.pbx = value }
        node.site.protocols = node.pbx.protocols
        if let listen = section["listen"], let value = readListen(listen) { node.listen = value }
        if let store = section["store"], let value = readStore(store) { node.store = value }
        if let log = section["log"], let value = readLog(log) { node.log = value }
        if let timings = section["timings"], let value = TimingsReading.read(timings) { node.timings = value }
        if let control = section["control"] {
            let path = control.text("a file name, or none")
            node.control = path == "none" ? nil : path
        }
        if let word = section["secret_files"] {
            node.mayExposeSecrets = word.word([("private", false), ("any", true)]) ?? false
        }
        if let http = section["http"], let value = readHTTP(http) { node.http = value }
        readClientSettings(section, into: &node.cti)
        return node
    }

    /// Certificate and key of a listener, both or an error.
    static func readCertificate(_ files: Section) -> CertificateFiles? {
        let certificate = files.required("certificate", "a PEM file")?.text("a PEM file")
        let key = files.required("key", "a PEM file")?.text("a PEM file")
        guard let certificate, let key else { return nil }
        return CertificateFiles(certificate: certificate, key: key)
    }

    // MARK: the process

    private static func readListen(_ cursor: Cursor) -> ListenAddresses? {
        guard let section = cursor.section(ListenAddresses.fields.map(\.0)) else { return nil }
        var listen = ListenAddresses()
        for (key, path) in ListenAddresses.fields {
            if let field = section[key] { listen[keyPath: path] = field.address(allowAnyPort: true) }
        }
        return listen
    }

    private static func readStore(_ cursor: Cursor) -> StoreConfiguration? {
        if cursor.scalarText == "none" { return StoreConfiguration(path: nil) }
        guard case .mapping = cursor.node else {
            cursor.expect("none, or a mapping with the keys path, fsync")
            return nil
        }
        guard let section = cursor.section(["path", "fsync"]) else { return nil }
        var store = StoreConfiguration()
        if let path = section["path"]?.text("a file name") { store.path = path }
        if let fsync = section["fsync"]?.word(StoreConfiguration.Synchronization.allCases.map { ($0.rawValue, $0) }) {
            store.synchronization = fsync
        }
        return store
    }

    private static func readHTTP(_ cursor: Cursor) -> HTTPSettings? {
        guard let section = cursor.section(["token", "hosts", "certificate", "key"]) else { return nil }
        var http = HTTPSettings()
        if let path = section["token"]?.text("a file name") { http.tokenFile = path }
        let names = section["hosts"]?.list("a list of host names without ports") {
            $0.text("a host name or address without a port", where: ListenAddress.isHost)
        }
        if let names { http.hosts = names }
        if section["certificate"] != nil || section["key"] != nil { http.certificate = readCertificate(section) }
        return http
    }

    private static func readLog(_ cursor: Cursor) -> LogConfiguration? {
        let words = LogConfiguration.Level.allCases.map { ($0.rawValue, $0) }
        if cursor.scalarText != nil { return cursor.word(words).map(LogConfiguration.init(level:)) }
        guard let section = cursor.section(["level"]) else { return nil }
        return LogConfiguration(level: section["level"]?.word(words) ?? .info)
    }

    // MARK: clients

    private static func readClientSettings(_ section: Section, into settings: inout CTISettings) {
        if let banner = section["banner"]?.boolean() { settings.banner = banner }
        if let limits = section["limits"]?.section([
            "login_timeout", "line_before_login", "line_after_login", "clients",
        ]) {
            if let field = limits["login_timeout"], let timeout = field.duration() {
                if timeout >= .seconds(1), timeout <= .seconds(3_600) {
                    settings.loginTimeout = timeout
                } else {
                    field.expect("a duration from 1s to 1h")
                }
            }
            let line = 1_024...1_073_741_824
            if let size = limits["line_before_login"]?.integer(line, "bytes") { settings.lineBeforeLogin = size }
            if let size = limits["line_after_login"]?.integer(line, "bytes") { settings.lineAfterLogin = size }
            if let count = limits["clients"]?.integer(1...1_000_000, "a number") { settings.maximumClients = count }
        }
        guard let profiles = section["profiles"] else { return }
        settings.profiles = [:]
        for (name, _, value) in profiles.entries("a mapping from profile names to profiles") {
            guard
                let fields = value.section([
                    "name", "xlets", "regcommands", "ipbxcommands", "ipbxcommands_others", "services", "preferences",
                ])
            else { continue }
            var profile = CTISettings.Profile(name: name)
            if let title = fields["name"]?.text() { profile.name = title }
            if let xlets = fields["xlets"]?.list("a list of [name, place, option]") {
                profile.xlets = xlets.compactMap { $0.texts("[name, place] or [name, place, option]") }
            }
            profile.regcommands = fields["regcommands"]?.messageClasses()
            profile.ipbxcommands = fields["ipbxcommands"]?.verbs()
            profile.ipbxcommandsOthers = fields["ipbxcommands_others"]?.verbs()
            if let listed = profile.ipbxcommands, let others = profile.ipbxcommandsOthers {
                for name in others where !listed.contains(name) {
                    fields["ipbxcommands_others"]?.warn("\(name) does not stand in ipbxcommands, so nobody may give it")
                }
            }
            if let services = fields["services"]?.texts("a list of services") { profile.services = services }
            for (key, _, option) in fields["preferences"]?.entries("a mapping of options") ?? [] {
                profile.preferences[key] = option.text("a text", where: { _ in true })
            }
            settings.profiles[name] = profile
        }
    }
}

extension Cursor {
    /// A list of texts.
    func texts(_ accepted: String) -> [String]? { list(accepted) { $0.text() } }
}

/// What names of the dialplan look like.
enum Words {
    static let context = "a dialplan context: letters, digits, \"-\", \"_\" and \".\""
    static func isContext(_ text: String) -> Bool { ContextName(text) != nil }

    static let queue = "\(PBXNameKinds.Place.alphabet), at most \(PBXNameKinds.Place.longest) bytes"
    static func isQueue(_ text: String) -> Bool { PlaceName(text) != nil }

    static let prefix = "the digits that other sites dial first, such as \"81\""
    static func isPrefix(_ text: String) -> Bool {
        (1...16).contains(text.utf8.count)
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || "*#+".utf8.contains($0) }
    }

    static let number = "a number: digits, letters and *#+_.-, at most 80"
    static func isNumber(_ text: String) -> Bool { Extension(text) != nil }

    static let endpoint = "TECHNOLOGY/NAME such as PJSIP/101"
    static func isEndpoint(_ text: String) -> Bool {
        guard let slash = text.firstIndex(of: "/"), DeviceName(text) != nil else { return false }
        let technology = text[..<slash], name = text[text.index(after: slash)...]
        return !technology.isEmpty && technology.utf8.allSatisfy { isLetterOrDigit($0) } && !name.isEmpty
            && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"&|,;()[]{}\"'\\".utf8.contains($0) }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}
