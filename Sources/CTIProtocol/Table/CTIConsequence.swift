import TandemCore

/// What a message does to the world, for whoever is about to send one unseen.
public enum CTIConsequence: Int, Sendable, Hashable, Comparable {
    /// It asks, or concerns the connection alone.
    case reads
    /// It changes what others see: a presence, a queue's members, a recording.
    case changes
    /// Telephones ring, or calls are moved or ended.
    case calls

    /// By weight: reading is the least.
    public static func < (left: CTIConsequence, right: CTIConsequence) -> Bool { left.rawValue < right.rawValue }
}

extension CTIClass {
    /// What a message of the class does; nil for `ipbxcommand`, of which its command decides.
    public var consequence: CTIConsequence? {
        switch self {
        case .loginID, .loginPass, .loginCapas, .logout, .keepAlive, .getIPBXList, .getList, .dialSuccess, .siteStatus,
            .disconnect:
            .reads
        case .availState, .chitchat: .changes
        case .ipbxCommand: nil
        }
    }
}

extension CTIVerbEntry {
    /// The most that the command may do, by what it needs of the PBX.
    public var consequence: CTIConsequence { needs.capabilities.map(\.consequence).max() ?? .changes }
}

extension PBXCapability {
    fileprivate var consequence: CTIConsequence {
        switch self {
        case .originate, .hangup, .redirect, .attendedTransfer, .cancelAttendedTransfer, .park, .answer, .hold, .listen,
            // Some PBXs call the agent's phone.
            .agentLogin, .roomKick:
            .calls
        case .agentLogoff, .queueAdd, .queueRemove, .queuePause, .roomMute, .record, .notify: .changes
        case .mailboxCount: .reads
        }
    }
}
