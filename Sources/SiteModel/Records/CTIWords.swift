// What clients see of the PBX's vocabulary: the numbers and words of the CTI lists, one mapping for each vocabulary. They
// are those of the first servers, whose PBX these clients know; no driver needs them.

extension DeviceState {
    /// `hintstatus` of phones and trunks (CTI reference 7.6): bits that add up; -1 and -2 stand alone.
    var ctiHintStatus: Int {
        if contains(.absent) { return -2 }
        if contains(.deactivated) { return -1 }
        var code = 0
        if contains(.inUse) { code += 1 }
        if contains(.busy) { code += 2 }
        if contains(.unavailable) { code += 4 }
        if contains(.ringing) { code += 8 }
        if contains(.onHold) { code += 16 }
        return code
    }
}

extension ChannelState {
    /// `state` of channels (CTI reference 7.5).
    var ctiWord: String {
        switch self {
        case .down: "Down"
        case .reserved: "Rsrvd"
        case .offHook: "OffHook"
        case .dialing: "Dialing"
        case .ring: "Ring"
        case .ringing: "Ringing"
        case .up: "Up"
        case .busy: "Busy"
        case .dialingOffHook: "Dialing Offhook"
        case .preRing: "Pre-ring"
        case .unknown: "Unknown"
        }
    }
}

extension AgentState {
    /// `status` of agents (CTI reference 5.4).
    var ctiWord: String {
        switch self {
        case .undefined: "undefined"
        case .loggedOff: "AGENT_LOGGEDOFF"
        case .idle: "AGENT_IDLE"
        case .onCall: "AGENT_ONCALL"
        }
    }
}

extension QueueMemberState {
    /// `status` of queue members (CTI reference 5.7), a digit.
    var ctiDigit: String {
        switch self {
        case .unknown: "0"
        case .idle: "1"
        case .inUse: "2"
        case .busy: "3"
        case .invalid: "4"
        case .unavailable: "5"
        case .ringing: "6"
        case .ringingInUse: "7"
        case .onHold: "8"
        }
    }
}

extension QueueMembership {
    /// `membership` of queue members (CTI reference 5.7).
    var ctiWord: String {
        switch self {
        case .fixed: "static"
        case .dynamic: "dynamic"
        case .realtime: "realtime"
        case .unknown: ""
        }
    }
}
