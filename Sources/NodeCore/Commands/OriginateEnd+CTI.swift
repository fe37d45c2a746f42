import PBX

extension OriginateEnd {
    /// `originatereason` as clients know it (CTI reference 4.15): a digit. Clients have none for other failures, which are
    /// shown as the nearest, "could not be reached".
    var ctiReason: String {
        switch self {
        case .unreachable, .failed: "0"
        case .hungUp: "1"
        case .noAnswer: "3"
        case .answered: "4"
        case .busy: "5"
        case .congested: "8"
        }
    }

    /// The same in words.
    var text: String {
        switch self {
        case .answered: "the phone was answered"
        case .unreachable: "the phone is not registered or cannot be reached"
        case .hungUp: "the call was hung up"
        case .noAnswer, .congested: "the phone was not answered"
        case .busy: "the phone is busy or refused the call"
        case .failed(let cause?): "the PBX could not make the call (\(cause))"
        case .failed(nil): "the PBX could not make the call"
        }
    }
}
