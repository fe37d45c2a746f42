import AMI
import PBX
import SiteModel

// Asterisk's numbers and words, and what they are in the vocabulary of facts. They stand nowhere else.

extension ChannelState {
    /// `ChannelState` of manager events.
    init(manager number: Int) {
        switch number {
        case 0: self = .down
        case 1: self = .reserved
        case 2: self = .offHook
        case 3: self = .dialing
        case 4: self = .ring
        case 5: self = .ringing
        case 6: self = .up
        case 7: self = .busy
        case 8: self = .dialingOffHook
        case 9: self = .preRing
        default: self = .unknown
        }
    }
}

extension DeviceState {
    /// `Status` of `ExtensionStatus`: bits that add up, -1 deactivated, -2 removed. Nil: not such a number.
    init?(extensionStatus number: Int) {
        switch number {
        case -2: self = .absent
        case -1: self = .deactivated
        case 0...31:
            self = .idle
            if number & 1 != 0 { insert(.inUse) }
            if number & 2 != 0 { insert(.busy) }
            if number & 4 != 0 { insert(.unavailable) }
            if number & 8 != 0 { insert(.ringing) }
            if number & 16 != 0 { insert(.onHold) }
        default: return nil
        }
    }

    /// `State` of `DeviceStateChange`. Nil: an unknown word.
    init?(deviceState message: borrowing AMIMessage) {
        if message.equals(.state, "NOT_INUSE") || message.equals(.state, "UNKNOWN") {
            self = .idle
        } else if message.equals(.state, "INUSE") {
            self = .inUse
        } else if message.equals(.state, "RINGING") {
            self = .ringing
        } else if message.equals(.state, "UNAVAILABLE") || message.equals(.state, "INVALID") {
            self = .unavailable
        } else if message.equals(.state, "RINGINUSE") {
            self = [.inUse, .ringing]
        } else if message.equals(.state, "ONHOLD") {
            self = .onHold
        } else if message.equals(.state, "BUSY") {
            self = .busy
        } else {
            return nil
        }
    }
}

extension DeviceState {
    /// `DeviceState` of `EndpointList`, in words for people. Nil: an unknown word.
    init?(endpointList message: borrowing AMIMessage) {
        if message.equals(.deviceState, "Not in use") || message.equals(.deviceState, "Unknown") {
            self = .idle
        } else if message.equals(.deviceState, "In use") {
            self = .inUse
        } else if message.equals(.deviceState, "Busy") {
            self = .busy
        } else if message.equals(.deviceState, "Unavailable") || message.equals(.deviceState, "Invalid") {
            self = .unavailable
        } else if message.equals(.deviceState, "Ringing") {
            self = .ringing
        } else if message.equals(.deviceState, "Ring+Inuse") {
            self = [.inUse, .ringing]
        } else if message.equals(.deviceState, "On Hold") {
            self = .onHold
        } else {
            return nil
        }
    }
}

extension QueueMemberState {
    /// `Status` of queue members: a device state number.
    init(manager number: Int) {
        switch number {
        case 1: self = .idle
        case 2: self = .inUse
        case 3: self = .busy
        case 4: self = .invalid
        case 5: self = .unavailable
        case 6: self = .ringing
        case 7: self = .ringingInUse
        case 8: self = .onHold
        default: self = .unknown
        }
    }
}

extension QueueMembership {
    /// `Membership` of queue members.
    init(manager message: borrowing AMIMessage) {
        if message.equals(.membership, "static") {
            self = .fixed
        } else if message.equals(.membership, "dynamic") {
            self = .dynamic
        } else if message.equals(.membership, "realtime") {
            self = .realtime
        } else {
            self = .unknown
        }
    }
}

extension AgentState {
    /// `Status` of the `Agents` list.
    init(manager message: borrowing AMIMessage) {
        if message.equals(.status, "AGENT_LOGGEDOFF") {
            self = .loggedOff
        } else if message.equals(.status, "AGENT_IDLE") {
            self = .idle
        } else if message.equals(.status, "AGENT_ONCALL") {
            self = .onCall
        } else {
            self = .undefined
        }
    }
}

extension DialOutcome {
    /// `DialStatus` of `DialEnd`, and of `Dial` of Asterisk 1.4 to 11.
    init(manager message: borrowing AMIMessage) {
        if message.equals(.dialStatus, "ANSWER") {
            self = .answered
        } else if message.equals(.dialStatus, "CANCEL") {
            self = .cancelled
        } else if message.equals(.dialStatus, "NOANSWER") {
            self = .noAnswer
        } else if message.equals(.dialStatus, "BUSY") {
            self = .busy
        } else if message.equals(.dialStatus, "CHANUNAVAIL") {
            self = .unreachable
        } else if message.equals(.dialStatus, "CONGESTION") {
            self = .congested
        } else if message.equals(.dialStatus, "DONTCALL") || message.equals(.dialStatus, "TORTURE") {
            self = .refused
        } else {
            self = .failed
        }
    }
}

extension OriginateEnd {
    /// `Reason` of `OriginateResponse`: the control frame with which the call ended.
    init(manager number: Int) {
        switch number {
        case 0: self = .unreachable
        case 1: self = .hungUp
        case 3: self = .noAnswer
        case 4: self = .answered
        case 5: self = .busy
        case 8: self = .congested
        default: self = .failed(nil)
        }
    }
}
