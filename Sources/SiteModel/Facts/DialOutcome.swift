/// How the ringing of one called channel ended.
public enum DialOutcome: CaseIterable, Hashable, Sendable {
    /// The called party answered. The caller and the called stay connected until the bridge says otherwise.
    case answered
    /// Busy, or declined by the person.
    case busy
    /// Rang for as long as it was allowed to.
    case noAnswer
    /// The caller gave up, or somebody else answered first.
    case cancelled
    /// The device cannot be reached (not registered).
    case unreachable
    /// The network or the PBX had no way to the device just now.
    case congested
    /// The called party does not want this caller.
    case refused
    /// Something else, or the PBX did not say.
    case failed
}
