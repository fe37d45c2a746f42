/// What a profile may do: its `regcommands`, `ipbxcommands` and `ipbxcommands_others` (CTI reference 2.3 and 11, point 11).
public struct CTIPermissions: Hashable, Sendable {
    // One bit for each row of a table, at its place.
    private var classes: UInt64 = 0
    private var verbs: UInt64 = 0
    private var verbsForOthers: UInt64 = 0

    /// Rights by name; names that this release does not know are ignored.
    public init(
        classes: some Sequence<String>, commands: some Sequence<String>, forOthers: some Sequence<String> = [String]()
    ) {
        precondition(max(CTIClass.allCases.count, CTIVerb.allCases.count) <= 64, "a bit for each row")
        for row in CTIMessageClass.all where row.right == .none { self.classes |= 1 << row.messageClass.ordinal }
        for found in classes.compactMap({ CTIClass(rawValue: $0) }) { self.classes |= 1 << found.ordinal }
        for found in commands.compactMap({ CTIVerb(rawValue: $0) }) { verbs |= 1 << found.ordinal }
        for found in forOthers.compactMap({ CTIVerb(rawValue: $0) }) { verbsForOthers |= 1 << found.ordinal }
    }

    /// Whether the profile may send a class. What the table asks no right for, everybody may send.
    public func allows(_ messageClass: CTIClass) -> Bool { classes & 1 << messageClass.ordinal != 0 }

    /// Whether the profile may send a command of the PBX.
    public func allows(_ verb: CTIVerb) -> Bool { verbs & 1 << verb.ordinal != 0 }

    /// Whether the profile may send it about what is not the user's own.
    public func allowsForOthers(_ verb: CTIVerb) -> Bool { verbs & verbsForOthers & 1 << verb.ordinal != 0 }
}
