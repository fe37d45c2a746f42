/// Commands that nodes give each other, beside those of the CTI table. All of them may run twice without harm, so they
/// need no ledger.
public enum NodeVerb: String, CaseIterable, Sendable {
    /// A sign of life.
    case ping
    /// A signal of one site's PBX driver for another's (`PBXTrunkCarrier`).
    case trunkSignal = "trunksignal"
}
