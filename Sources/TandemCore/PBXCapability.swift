/// What a PBX may be able to do for a node: one capability for each kind of action. A driver says which of them its PBX
/// has; the table of commands says which one a command needs. It stands on the lowest floor because both read it.
///
/// The raw value is the word that people read in refusals and on health pages.
public enum PBXCapability: String, CaseIterable, Hashable, Sendable, Comparable {
    /// Calls a device and sends it to an extension once it answers.
    case originate
    /// Ends a channel.
    case hangup
    /// Sends a channel to an extension (a blind transfer).
    case redirect
    /// Lets a channel's user enquire at an extension before the other party is sent there.
    case attendedTransfer
    /// Takes such an enquiry back.
    case cancelAttendedTransfer
    /// Parks a channel.
    case park
    /// Makes a ringing phone answer.
    case answer
    /// Holds a call, or takes it off hold.
    case hold
    /// Logs an agent in.
    case agentLogin
    /// Logs an agent off.
    case agentLogoff
    /// Adds a member to a queue.
    case queueAdd
    /// Removes a member from a queue.
    case queueRemove
    /// Pauses a member of a queue, or ends its pause.
    case queuePause
    /// Mutes a participant of a conference room, or ends that.
    case roomMute
    /// Removes a participant from a conference room.
    case roomKick
    /// Starts or stops recording a channel.
    case record
    /// Lets somebody hear a channel.
    case listen
    /// Sends a phone a notification.
    case notify
    /// Counts the messages of a mailbox.
    case mailboxCount

    /// In the order of their words, for people.
    public static func < (left: PBXCapability, right: PBXCapability) -> Bool { left.rawValue < right.rawValue }
}
