import DriverKit
import PBX

/// Makes drivers for door stations: `pbx: { driver: bell, doors: front back }`.
public struct BellDriverFactory: PBXDriverFactory {
    /// The word of the driver and its keys. Files are read, checked and written by this alone.
    public let description = DriverDescription(
        name: "bell", summary: "door stations that ring until somebody silences them",
        keys: [
            .optional(
                "doors", .text, standard: .text("front back"),
                "the names of the door stations, with spaces between them")
        ],
        check: { settings in
            BellDriverFactory.doors(settings).allSatisfy { $0.allSatisfy { $0.isLetter || $0.isNumber } }
                ? [] : [.init(key: "doors", message: "a door's name is made of letters and digits")]
        })

    /// Makes a factory.
    public init() {}

    /// A driver around door stations of these names.
    public func make(_ settings: DriverSettings, in context: DriverContext) throws -> any PBXDriver {
        BellDriver(BellPBX(doors: Self.doors(settings)), on: context.loop)
    }

    private static func doors(_ settings: DriverSettings) -> [String] {
        (settings.text("doors") ?? "").split(separator: " ").map(String.init)
    }
}
