import CTIProtocol
import TandemCore

/// Watches the beginning of a dialogue for the switch to TLS: the server offers `starttls`, the client accepts with
/// `"status": true`, the server confirms with `"starttls": true` (or `"status": true`); TLS follows.
public struct StartTLSWatcher {
    private enum Phase {
        case watching, accepted, over
    }

    private var phase = Phase.watching
    private var client = LineFramer(limit: Limits.clientLineBeforeLogin)
    private var server = LineFramer(limit: Limits.clientLineBeforeLogin)
    private var tape = JSONTape()

    /// A watcher at the beginning of a dialogue.
    public init() {}

    /// Whether nothing is to be looked at any more.
    public var isOver: Bool { phase == .over }

    /// What a chunk decides.
    public enum Decision: Hashable, Sendable {
        /// Nothing: forward all of it.
        case none
        /// The client accepts with the line that ends before this place; what follows waits for the server's word.
        case accepted(end: Int)
        /// The server's word ends before this place: TLS from here on, or not.
        case decided(end: Int, secure: Bool)
    }

    /// Looks at bytes of one side.
    public mutating func look(at chunk: UnsafeBufferPointer<UInt8>, from side: Side) -> Decision {
        guard phase != .over else { return .none }
        var framer = side == .client ? client : server
        var position = 0
        while position < chunk.count {
            var verdict = Decision.none
            let step = framer.next(in: chunk, at: &position) { line in verdict = judge(line, from: side) }
            guard step == .line else {
                if case .tooLong = step { phase = .over }
                break
            }
            if phase == .over || verdict != .none {
                switch verdict {
                case .none: return .none
                case .accepted: verdict = .accepted(end: position)
                case .decided(_, let secure): verdict = .decided(end: position, secure: secure)
                }
                if side == .client { client = framer } else { server = framer }
                return verdict
            }
        }
        if side == .client { client = framer } else { server = framer }
        return .none
    }

    private mutating func judge(_ line: UnsafeBufferPointer<UInt8>, from side: Side) -> Decision {
        enum Word {
            case other, refused, confirmed
        }
        let word =
            (try? tape.withParsed(line) { message -> Word in
                guard message.member("class")?.isString("starttls") == true else { return .other }
                let says = message.bool("status") == true || side == .server && message.bool("starttls") == true
                return says ? .confirmed : .refused
            }) ?? .other
        switch (phase, side, word) {
        case (.watching, .client, .confirmed):
            phase = .accepted
            return .accepted(end: 0)
        case (.watching, .client, _):
            // Whoever says anything else goes on in the clear.
            phase = .over
        case (.accepted, .server, .confirmed):
            phase = .over
            return .decided(end: 0, secure: true)
        case (.accepted, .server, .refused):
            phase = .over
            return .decided(end: 0, secure: false)
        default: break
        }
        return .none
    }
}
