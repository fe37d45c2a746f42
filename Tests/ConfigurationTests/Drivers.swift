import AsteriskDriver
import PBX
import SimulatedDriver
import TandemCore

@testable import Configuration

/// The drivers of these tests: those of the product.
let drivers: [DriverDescription] = [AsteriskDriverFactory().description, SimulatedDriverFactory().description]

extension Topology {
    /// The demo with real or simulated PBXs.
    static func demo(driver: String = "simulated") -> Topology {
        demo { place in
            driver == "simulated"
                ? SimulatedDriverFactory.settings(seed: place + 1)
                : AsteriskDriverFactory.settings(
                    host: "127.0.0.1", port: 5138 + 100 * place, user: "cti", secret: Secret("cti"),
                    sip: ListenAddress(host: "127.0.0.1", port: 5160 + 100 * place))
        }
    }
}
