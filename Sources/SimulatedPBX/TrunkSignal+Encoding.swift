import SiteModel
import TandemCore

extension TrunkSignal {
    /// The signal as the body of a federation command: `{call, step, number?, callernumber?, callername?, cause?}`.
    public var encoded: EncodedObject {
        var object: JSONObject = ["call": .string(call)]
        switch step {
        case .setup(let number, let callerNumber, let callerName):
            object["step"] = "setup"
            object["number"] = .string(number)
            object["callernumber"] = .string(callerNumber)
            object["callername"] = .string(callerName)
        case .ringing: object["step"] = "ringing"
        case .answered: object["step"] = "answered"
        case .ended(let cause):
            object["step"] = "ended"
            object["cause"] = .integer(Int64(cause.rawValue))
        }
        return EncodedObject(object)
    }

    /// Reads what `encoded` wrote; nil when it is something else.
    public init?(_ body: EncodedObject, from: SiteID, to: SiteID) {
        let object = body.decoded()
        guard let call = object["call"]?.stringValue else { return nil }
        let step: Step
        switch object["step"]?.stringValue {
        case "setup":
            guard let number = object["number"]?.stringValue else { return nil }
            step = .setup(
                number: number, callerNumber: object["callernumber"]?.stringValue ?? "",
                callerName: object["callername"]?.stringValue ?? "")
        case "ringing": step = .ringing
        case "answered": step = .answered
        case "ended":
            step = .ended(
                cause: object["cause"]?.integerValue.map { ReleaseCause(rawValue: Int($0)) } ?? .normalClearing)
        default: return nil
        }
        self.init(call: call, from: from, to: to, step: step)
    }
}
