/// How far a connection has come (CTI reference 2).
public enum CTIStage: Int, Comparable, Sendable, Hashable, CaseIterable {
    /// Connected, nothing said.
    case connected
    /// `login_id` succeeded: there is a session id.
    case identified
    /// `login_pass` succeeded: the person is known.
    case authenticated
    /// `login_capas` succeeded.
    case loggedIn

    /// The later stage is the greater.
    public static func < (left: CTIStage, right: CTIStage) -> Bool { left.rawValue < right.rawValue }
}

/// How long a command may take before its outcome is given up (the node's `timings` say how long each is).
public enum CTIDeadline: String, Sendable, Hashable, CaseIterable {
    /// Answered soon.
    case ordinary
    /// Somebody's phone rings for a while before the outcome is known.
    case call
}

/// A right beyond the lists of classes and commands of a profile.
public enum CTIRight: String, Sendable, Hashable, CaseIterable {
    /// May set the presence of somebody else.
    case availstateOthers = "availstate_others"
}
