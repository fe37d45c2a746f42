import TandemCore

/// Somebody whom a PBX can call. How that is spelled as a dial string is the driver's business.
public enum CallParty: Hashable, Sendable, CustomStringConvertible {
    /// A device, as configurations and facts name it (`PJSIP/101`).
    case device(DeviceName)
    /// Whatever a number leads to in a context of the dial plan.
    case number(Extension, context: ContextName)

    /// `PJSIP/101` or `200@internal`, for messages to people.
    public var description: String {
        switch self {
        case .device(let name): name.text
        case .number(let number, let context): "\(number)@\(context)"
        }
    }
}
