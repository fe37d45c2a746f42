/// What a device, or a hint that watches one, does now. States add up: a phone that talks and rings for another call is
/// `[.inUse, .ringing]`. Nothing at all is `idle`.
///
/// Which numbers and words these are at a PBX is its driver's business, which ones clients see the CTI writers'.
public struct DeviceState: OptionSet, Hashable, Sendable, CustomStringConvertible {
    /// The set's bits; of no meaning outside this program.
    public let rawValue: UInt8
    /// Makes a set from bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// There and free.
    public static let idle: DeviceState = []
    /// At least one call is up.
    public static let inUse = DeviceState(rawValue: 1)
    /// Takes no further call: as many as it can have, or it says so itself.
    public static let busy = DeviceState(rawValue: 1 << 1)
    /// Not registered, or its line is down: it cannot be reached.
    public static let unavailable = DeviceState(rawValue: 1 << 2)
    /// A call for it rings.
    public static let ringing = DeviceState(rawValue: 1 << 3)
    /// All its calls are on hold.
    public static let onHold = DeviceState(rawValue: 1 << 4)
    /// The PBX knows the device but was told to take no notice of it. Stands alone.
    public static let deactivated = DeviceState(rawValue: 1 << 5)
    /// The PBX does not know it, or no longer. Stands alone.
    public static let absent = DeviceState(rawValue: 1 << 6)

    /// `inUse+ringing`, for logs and traces.
    public var description: String {
        let names: [(DeviceState, String)] = [
            (.inUse, "inUse"), (.busy, "busy"), (.unavailable, "unavailable"), (.ringing, "ringing"),
            (.onHold, "onHold"), (.deactivated, "deactivated"), (.absent, "absent"),
        ]
        let held = names.filter { contains($0.0) }.map(\.1)
        return held.isEmpty ? "idle" : held.joined(separator: "+")
    }
}
