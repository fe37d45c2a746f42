import AsteriskDriver
import Configuration
import DriverKit
import PBX
import SimulatedDriver
import TandemCore

/// The drivers of this program. A new kind of PBX is one line here.
public enum Drivers {
    /// In the order in which people are told of them.
    public static let all: [any PBXDriverFactory] = [
        AsteriskDriverFactory(),
        SimulatedDriverFactory(),
    ]

    /// What configuration files may name.
    public static var descriptions: [DriverDescription] { all.map(\.description) }

    /// The factory of a driver.
    static func factory(_ name: String) -> (any PBXDriverFactory)? { all.first { $0.description.name == name } }
}

extension NodeConfiguration {
    /// Reads a node's file and checks it, with the files that it names; `pbx:` may name any of `Drivers.all`.
    public static func load(
        _ path: String, warnings: inout [Diagnostic]
    ) throws(ConfigurationError) -> NodeConfiguration {
        try load(path, drivers: Drivers.descriptions, warnings: &warnings)
    }

    /// Reads a node's file; warnings are dropped.
    public static func load(_ path: String) throws(ConfigurationError) -> NodeConfiguration {
        try load(path, drivers: Drivers.descriptions)
    }
}

extension Topology {
    /// Reads and checks a topology file; `pbx:` may name any of `Drivers.all`.
    public static func load(_ path: String, warnings: inout [Diagnostic]) throws(ConfigurationError) -> Topology {
        try load(path, drivers: Drivers.descriptions, warnings: &warnings)
    }

    /// Which PBXs the demo stands beside.
    public enum DemoPBX: String, CaseIterable, Sendable {
        /// PBXs that exist only in the nodes.
        case simulated
        /// Three Asterisks on this machine: AMI 5138, 5238, 5338, user and secret `cti`.
        case asterisk
    }

    /// The federation of `tandem demo`; see `demo(pbx:)` with settings.
    public static func demo(pbx: DemoPBX = .simulated) -> Topology {
        demo { place in
            switch pbx {
            case .simulated: SimulatedDriverFactory.settings(seed: place + 1)
            case .asterisk:
                AsteriskDriverFactory.settings(
                    host: "127.0.0.1", port: 5138 + 100 * place, user: "cti", secret: Secret("cti"),
                    sip: ListenAddress(host: "127.0.0.1", port: 5160 + 100 * place))
            }
        }
    }
}
