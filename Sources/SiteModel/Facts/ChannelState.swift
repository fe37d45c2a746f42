/// How far the call on a channel is.
public enum ChannelState: CaseIterable, Hashable, Sendable {
    /// The channel is there, nothing has happened on it yet.
    case down
    /// Its line is reserved.
    case reserved
    /// The phone was lifted.
    case offHook
    /// The phone dials: digits are on their way to the PBX.
    case dialing
    /// The channel calls: the far end is being looked for, or rings. A caller's usual state before the answer.
    case ring
    /// The phone of the channel rings.
    case ringing
    /// Answered.
    case up
    /// The line is busy.
    case busy
    /// The phone dials while another call of it is up.
    case dialingOffHook
    /// The line announced a call (caller identification) and does not ring yet.
    case preRing
    /// The PBX did not say.
    case unknown
}
