import CTIProtocol
import Federation

extension NodeCore {
    /// Verbs that may run twice without harm, so they need no ledger.
    public static let unledgeredVerbs = Set(
        CTIVerbEntry.all.filter { !$0.needsLedger }.map(\.name)
            + CTIMessageClass.all.filter { !$0.needsLedger }.map(\.name) + NodeVerb.allCases.map(\.rawValue))
}
