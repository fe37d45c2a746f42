/// Why a channel or a call ended: a cause value of ITU-T Q.850, which every kind of PBX speaks or can be translated to
/// (RFC 3398 has the table for SIP).
public struct ReleaseCause: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The number of Q.850, 1 to 127; 0 when none was told.
    public let rawValue: Int
    /// Any number; names are known for those below.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// 0: none was told.
    public static let notTold = ReleaseCause(rawValue: 0)
    /// 1: nobody has this number.
    public static let unallocatedNumber = ReleaseCause(rawValue: 1)
    /// 3: no way leads there.
    public static let noRoute = ReleaseCause(rawValue: 3)
    /// 16: one of the parties hung up.
    public static let normalClearing = ReleaseCause(rawValue: 16)
    /// 17: the called party is busy.
    public static let userBusy = ReleaseCause(rawValue: 17)
    /// 18: the device of the called party did not react at all.
    public static let noUserResponding = ReleaseCause(rawValue: 18)
    /// 19: it rang and nobody answered.
    public static let noAnswer = ReleaseCause(rawValue: 19)
    /// 20: the device is not registered.
    public static let subscriberAbsent = ReleaseCause(rawValue: 20)
    /// 21: the called party declined.
    public static let callRejected = ReleaseCause(rawValue: 21)
    /// 26: another phone took the call.
    public static let answeredElsewhere = ReleaseCause(rawValue: 26)
    /// 27: the device's line is down.
    public static let destinationOutOfOrder = ReleaseCause(rawValue: 27)
    /// 28: not a complete number.
    public static let invalidNumber = ReleaseCause(rawValue: 28)
    /// 34: all lines are taken.
    public static let congestion = ReleaseCause(rawValue: 34)
    /// 38: the network is broken.
    public static let networkOutOfOrder = ReleaseCause(rawValue: 38)
    /// 58: the two ends have no way of speaking in common.
    public static let bearerNotAvailable = ReleaseCause(rawValue: 58)
    /// 127: something else.
    public static let interworking = ReleaseCause(rawValue: 127)

    /// What it means, for people; nil for a number that has no name here.
    public var text: String? {
        switch self {
        case .notTold: "no cause told"
        case .unallocatedNumber: "unallocated number"
        case .noRoute: "no route to the destination"
        case .normalClearing: "normal clearing"
        case .userBusy: "user busy"
        case .noUserResponding: "no user responding"
        case .noAnswer: "no answer"
        case .subscriberAbsent: "subscriber absent"
        case .callRejected: "call rejected"
        case .answeredElsewhere: "answered elsewhere"
        case .destinationOutOfOrder: "destination out of order"
        case .invalidNumber: "invalid number"
        case .congestion: "no circuit available"
        case .networkOutOfOrder: "network out of order"
        case .bearerNotAvailable: "bearer capability not available"
        case .interworking: "interworking, unspecified"
        default: nil
        }
    }

    /// `17 user busy`, or the number alone.
    public var description: String { text.map { "\(rawValue) \($0)" } ?? "\(rawValue)" }
}
