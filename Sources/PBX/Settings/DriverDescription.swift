import SiteModel
import TandemCore

/// What is known of a driver without making it: its word, its keys, and what a rendered topology writes for it. Files are
/// read, checked and written by these descriptions alone.
public struct DriverDescription: Sendable {
    /// Something wrong with several keys together.
    public struct Problem: Hashable, Sendable {
        /// The key to point at.
        public var key: String
        /// What is wrong and what is accepted; never holds a secret.
        public var message: String
        /// Makes a problem.
        public init(key: String, message: String) {
            self.key = key
            self.message = message
        }
    }

    /// The word behind `driver:`; lower case letters and digits. Not `none`.
    public let name: String
    /// What kind of PBX it is for, one sentence.
    public let summary: String
    /// What stands before the slash in the names of its devices (`PJSIP` in `PJSIP/101`); empty: names without a slash.
    public let technology: String
    /// Which protocol its technologies speak, where that has another name (`PJSIP` speaks `sip`).
    public let protocols: ProtocolNames
    /// Its keys, in the order in which they are told and written.
    public let keys: [DriverKey]
    /// What must hold for several keys together; called once each key is right by itself.
    public let check: @Sendable (DriverSettings) -> [Problem]
    /// Where other PBXs send their calls to this one; nil: nowhere.
    public let callAddress: @Sendable (DriverSettings) -> ListenAddress?
    /// What a rendered topology writes for a site with this driver, into a folder of the driver's name.
    public let files: @Sendable (DriverSettings, TrunkPlan) -> [DriverFile]
    /// What is to be done with these files, for the README beside them; nil: nothing.
    public let installation: String?

    /// Whether a rendered topology writes lines to the PBXs of other sites for it.
    public var writesTrunks: Bool { installation != nil }

    /// Describes a driver. By default nothing is rendered for it and nobody sends it calls.
    public init(
        name: String, summary: String, technology: String = "SIP", protocols: ProtocolNames = [:], keys: [DriverKey],
        check: @escaping @Sendable (DriverSettings) -> [Problem] = { _ in [] },
        callAddress: @escaping @Sendable (DriverSettings) -> ListenAddress? = { _ in nil },
        files: @escaping @Sendable (DriverSettings, TrunkPlan) -> [DriverFile] = { _, _ in [] },
        installation: String? = nil
    ) {
        self.name = name
        self.summary = summary
        self.technology = technology
        self.protocols = protocols
        self.keys = keys
        self.check = check
        self.callAddress = callAddress
        self.files = files
        self.installation = installation
    }
}

/// A file that a rendered topology writes for a PBX.
public struct DriverFile: Hashable, Sendable {
    /// A plain name.
    public var name: String
    /// Its content.
    public var text: String
    /// Whether only its owner may read it.
    public var isSecret: Bool
    /// Makes a file.
    public init(name: String, text: String, isSecret: Bool = false) {
        self.name = name
        self.text = text
        self.isSecret = isSecret
    }
}
