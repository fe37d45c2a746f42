/// What a profile may do: its `regcommands` and `ipbxcommands` (CTI reference 2.3 and 11, point 11).
public struct CTIPermissions: Hashable, Sendable {
    private let classes: Set<CTIClass>
    private let verbs: Set<CTIVerb>

    /// Everything of this release.
    public static let all = CTIPermissions(
        classes: CTIClass.allCases.map(\.rawValue), commands: CTIVerb.allCases.map(\.rawValue))

    /// Rights by name; names that this release does not know are ignored.
    public init(classes: some Sequence<String>, commands: some Sequence<String>) {
        self.classes = Set(classes.compactMap { CTIClass(rawValue: $0) })
        verbs = Set(commands.compactMap { CTIVerb(rawValue: $0) })
    }

    /// Whether the profile may send a class. Login, logout and keepalive need no right.
    public func allows(_ messageClass: CTIClass) -> Bool {
        !messageClass.entry.isPermissioned || classes.contains(messageClass)
    }

    /// Whether the profile may send a command of the PBX.
    public func allows(_ verb: CTIVerb) -> Bool { verbs.contains(verb) }
}

/// Why a request is not even looked at.
public enum CTIRefusal: Hashable, Sendable {
    /// The login has not come far enough: `error_string` `notloggedyet`, then close.
    case notLoggedYet
    /// No such class: `warning_string` `unknown`.
    case unknownClass
    /// The profile does not list it: `warning_string` `unallowed`.
    case unallowed
    /// Required keys are absent: `missing:<keys>`.
    case missing([String])

    /// The text for `error_string` or `warning_string`.
    public var text: String {
        switch self {
        case .notLoggedYet: "notloggedyet"
        case .unknownClass: "unknown"
        case .unallowed: "unallowed"
        case .missing(let keys): "missing:" + keys.joined(separator: ",")
        }
    }

    /// Whether the connection is closed after the answer.
    public var closes: Bool { self == .notLoggedYet }
}

extension CTIRequest {
    /// Checks a request against the table: class, stage, rights, required keys, in this order. Nil: go ahead.
    ///
    /// An unknown `ipbxcommand` is not refused here: its answer has its own form (CTI reference 4.15).
    public func refusal(stage: CTIStage, permissions: CTIPermissions) -> CTIRefusal? {
        guard let messageClass, messageClass.entry.isFromClient else {
            return stage < .authenticated ? .notLoggedYet : .unknownClass
        }
        let entry = messageClass.entry
        if stage < entry.needs { return .notLoggedYet }
        if !permissions.allows(messageClass) { return .unallowed }
        if messageClass == .ipbxCommand, let verb = view.member("command").flatMap({ CTIVerb($0) }),
            !permissions.allows(verb)
        {
            return .unallowed
        }
        let missing = missingKeys
        return missing.isEmpty ? nil : .missing(missing)
    }
}
