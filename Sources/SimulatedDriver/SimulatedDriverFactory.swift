import DriverKit
import PBX
import SimulatedPBX
import TandemCore

/// Makes drivers for PBXs that exist only in the node, for demos, training and tests: `pbx: { driver: simulated }`.
public struct SimulatedDriverFactory: PBXDriverFactory {
    /// Makes a factory.
    public init() {}

    /// The keys of `driver: simulated`.
    public var description: DriverDescription { Self.description }

    static let description = DriverDescription(
        name: "simulated", summary: "a PBX that exists only in the node, for demos, training and tests",
        technology: "PJSIP", protocols: ["pjsip": "sip"],
        keys: [
            .optional(
                "ring_seconds", .duration, standard: .duration(.seconds(2)),
                "how long a phone rings before it is answered"),
            .optional(
                "talk_seconds", .duration, standard: .duration(.seconds(30)),
                "how long people talk before they hang up"),
            .optional("seed", .number(0...Int.max), standard: .number(1), "the start of its random numbers"),
        ])

    /// Settings as a configuration file would give them.
    public static func settings(
        ring: Duration = .seconds(2), talk: Duration = .seconds(30), seed: Int = 1
    ) -> DriverSettings {
        DriverSettings(
            description, ["ring_seconds": .duration(ring), "talk_seconds": .duration(talk), "seed": .number(seed)])
    }

    /// A driver around a PBX with the site's objects.
    public func make(_ settings: DriverSettings, in context: DriverContext) throws -> any PBXDriver {
        var behaviour = Behaviour()
        behaviour.reaction = .answers(after: settings.duration("ring_seconds") ?? .seconds(2))
        behaviour.talk = settings.duration("talk_seconds")
        behaviour.seed = UInt64(bitPattern: Int64(settings.number("seed") ?? 1))
        behaviour.voicemailNumber = context.site.voicemailNumber
        behaviour.voicemailPrefix = "*86"
        return SimulatedDriver(
            SimulatedPBX(configuration: context.site, behaviour: behaviour), on: context.loop, now: context.now)
    }
}
