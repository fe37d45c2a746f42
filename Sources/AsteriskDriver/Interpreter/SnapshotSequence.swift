import AMI
import TandemCore

/// The questions that tell everything about a PBX, one after the other. A question that this PBX does not know or
/// whose list is empty (`Invalid/unknown command`, `No active conferences.`) is answered by an error, which ends the
/// step like a complete list.
public struct SnapshotSequence: Sendable {
    /// One question.
    public struct Step: Sendable {
        /// The question.
        public var action: AMIAction
        /// Without an answer to it the snapshot is worth nothing: a refusal means missing rights.
        public var isEssential: Bool
    }

    private var steps: [Step]
    private var next = 0
    /// Names of the questions that the PBX refused, with its words.
    public private(set) var refusals: [(action: String, message: String)] = []

    /// All questions, from the first.
    public init() {
        steps = [
            // Hints before devices: they tell which number belongs to one.
            Step("ExtensionStateList"), Step("PJSIPShowEndpoints"), Step("PJSIPShowContacts"), Step("SIPpeers"),
            Step("IAXpeers"), Step("PJSIPShowRegistrationsOutbound"), Step("DeviceStateList"),
            // Bridges before channels: a channel's bridge counts only when it is known to be a conversation.
            Step("BridgeList"), Step("CoreShowChannels", isEssential: true),
            Step("QueueStatus"), Step("Agents"), Step("ConfbridgeListRooms"), Step("VoicemailUsersList"),
            Step("ParkedCalls"),
        ]
    }

    /// The next question, nil when all are asked.
    public mutating func nextStep() -> Step? {
        guard next < steps.count else { return nil }
        next += 1
        return steps[next - 1]
    }

    /// Adds a question about a room.
    public mutating func add(room: HeaderText) {
        steps.append(Step(AMIAction("ConfbridgeList").with("Conference", room)))
    }

    /// Notes that the question asked last was refused. True when the snapshot cannot go on without it.
    public mutating func noteRefusal(_ message: String) -> Bool {
        let step = steps[next - 1]
        refusals.append((step.action.name, message))
        return step.isEssential
    }

    /// Whether the question asked last was the list of channels.
    public var isAtChannels: Bool { isAt("CoreShowChannels") }
    /// Whether the question asked last was the list of agents.
    public var isAtAgents: Bool { isAt("Agents") }
    /// Whether the question asked last was the list of hints.
    public var isAtHints: Bool { isAt("ExtensionStateList") }

    private func isAt(_ name: String) -> Bool { next > 0 && steps[next - 1].action.name == name }
}

extension SnapshotSequence.Step {
    fileprivate init(_ name: StaticString, isEssential: Bool = false) {
        self.init(action: AMIAction(name), isEssential: isEssential)
    }

    fileprivate init(_ action: AMIAction) { self.init(action: action, isEssential: false) }
}
