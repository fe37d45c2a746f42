import CTIProtocol

/// Commands that nodes give each other, beside those of the CTI table. All of them may run twice without harm, so they
/// need no ledger.
enum NodeVerb: String, CaseIterable {
    /// A sign of life.
    case ping
    /// A signal of one site's PBX driver for another's (`PBXTrunkCarrier`).
    case trunkSignal = "trunksignal"
}

extension NodeCore {
    /// Verbs that may run twice without harm, so they need no ledger.
    public static let unledgeredVerbs = Set(
        CTIVerbEntry.all.filter { !$0.needsLedger }.map(\.name)
            + CTIMessageClass.all.filter { !$0.needsLedger }.map(\.name) + NodeVerb.allCases.map(\.rawValue))
}
