/// How a channel's call stands (`commstatus`, CTI reference 7.3).
public enum CallStage: UInt8, Hashable, Sendable {
    /// No conversation and no ringing.
    case ready
    /// The channel rings somebody.
    case calling
    /// The channel is rung.
    case ringing
    /// The channel talks; the direction tells whether it called or was called.
    case linked
}

/// Who began the call, seen from the channel.
public enum CallDirection: UInt8, Hashable, Sendable {
    /// Not known yet (`null`).
    case none
    /// The channel is the caller (`out`).
    case outgoing
    /// The channel is called (`in`).
    case incoming
}

/// What a channel talks to.
enum TalkingKind: UInt8, Sendable {
    case nobody, channel, room, parking
}
