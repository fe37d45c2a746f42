import SiteModel
import TandemCore

/// Which PBX stands beside a node, and how it is reached: the content of `pbx:` in a configuration file, checked against
/// the driver's description. Keys that the file left out hold their standards.
public struct DriverSettings: Hashable, Sendable {
    /// The word behind `driver:`.
    public let driver: String
    /// The technology of its devices, as its description has it.
    private let technology: String
    /// Which protocol its technologies speak, as its description has it.
    public let protocols: ProtocolNames
    /// The values by key; a key without a value and without a standard is missing.
    public private(set) var values: [String: DriverValue]

    /// No PBX: the node is a relay.
    public static let none = DriverSettings(driver: "none", technology: "", protocols: [:], values: [:])

    /// Whether no PBX stands there.
    public var isNone: Bool { driver == "none" }

    private init(driver: String, technology: String, protocols: ProtocolNames, values: [String: DriverValue]) {
        self.driver = driver
        self.technology = technology
        self.protocols = protocols
        self.values = values
    }

    /// Settings for a driver; what is not given holds its standard.
    public init(_ description: DriverDescription, _ values: [String: DriverValue]) {
        driver = description.name
        technology = description.technology
        protocols = description.protocols
        self.values = values
        for key in description.keys where values[key.name] == nil { self.values[key.name] = key.standard }
    }

    /// A device of a name of ours as this PBX calls it: `PJSIP/101`.
    public func device(_ name: String) -> String { technology.isEmpty ? name : technology + "/" + name }

    /// The usual device of the line to another site's PBX, which rendered files configure: `PJSIP/trunk-lyon`.
    public func trunkDevice(to site: SiteID) -> String { device("trunk-\(site)") }

    /// The text behind a key; also of a file.
    public func text(_ key: String) -> String? {
        switch values[key] {
        case .text(let text), .file(let text): text
        default: nil
        }
    }
    /// Whether there is a secret behind any key.
    public var holdsSecrets: Bool {
        values.values.contains { if case .secret = $0 { true } else { false } }
    }

    /// The secret behind a key.
    public func secret(_ key: String) -> Secret? {
        if case .secret(let secret)? = values[key] { secret } else { nil }
    }
    /// Whether a flag is set.
    public func flag(_ key: String) -> Bool { values[key] == .flag(true) }
    /// The number behind a key.
    public func number(_ key: String) -> Int? { if case .number(let number)? = values[key] { number } else { nil } }
    /// The duration behind a key.
    public func duration(_ key: String) -> Duration? {
        if case .duration(let duration)? = values[key] { duration } else { nil }
    }
    /// The address behind a key.
    public func address(_ key: String) -> ListenAddress? {
        if case .address(let address)? = values[key] { address } else { nil }
    }

    /// The files that the settings name, by key in alphabetical order.
    public var files: [(key: String, path: String)] {
        values.sorted { $0.key < $1.key }.compactMap { key, value in
            if case .file(let path) = value { (key, path) } else { nil }
        }
    }

    /// The same settings with every file's path replaced.
    public func mappingFiles(_ transform: (String) -> String) -> DriverSettings {
        var copy = self
        for (key, path) in files { copy.values[key] = .file(transform(path)) }
        return copy
    }
}
