/// Running counts of a driver since it was made, in one shape for every kind of PBX. What a PBX has no notion of stays 0.
public struct DriverMetrics: Hashable, Sendable {
    /// Connections that were made and logged in, or whatever makes this PBX ready for actions.
    public var connections: UInt64 = 0
    /// Attempts to connect that failed before that.
    public var failedAttempts: UInt64 = 0
    /// Messages received.
    public var messages: UInt64 = 0
    /// Bytes received.
    public var bytes: UInt64 = 0
    /// Messages of known kinds that said nothing new.
    public var ignored: UInt64 = 0
    /// Messages of kinds that the driver does not know.
    public var unknown: UInt64 = 0
    /// Lines and messages of the PBX left out because they went over a limit.
    public var limitViolations: UInt64 = 0
    /// Answers to actions that had timed out.
    public var lateAnswers: UInt64 = 0
    /// Answers to nothing that was asked.
    public var unknownAnswers: UInt64 = 0
    /// Actions and questions that were not answered in time.
    public var timeouts: UInt64 = 0
    /// Actions asked for.
    public var actions: UInt64 = 0
    /// Actions that ended well.
    public var actionsDone: UInt64 = 0
    /// Actions that were refused, by the PBX or before it was asked, and calls that came to nothing.
    public var actionsRefused: UInt64 = 0
    /// Actions that found no PBX, or of which nobody knows what became.
    public var actionsLost: UInt64 = 0

    /// Nothing counted yet.
    public init() {}

    /// Every count with its name (words joined by `_`) and what it counts, for health and metrics pages.
    public var all: [(name: String, help: String, value: UInt64)] {
        [
            ("connections", "Connections to the PBX that became ready", connections),
            ("failed_attempts", "Attempts to connect to the PBX that failed", failedAttempts),
            ("messages", "Messages received from the PBX", messages),
            ("bytes", "Bytes received from the PBX", bytes),
            ("ignored", "Messages of the PBX that said nothing new", ignored),
            ("unknown", "Messages of the PBX of kinds that the driver does not know", unknown),
            (
                "limit_violations", "Lines and messages of the PBX left out because they went over a limit",
                limitViolations
            ),
            ("late_answers", "Answers of the PBX to actions that had timed out", lateAnswers),
            ("unknown_answers", "Answers of the PBX to nothing that was asked", unknownAnswers),
            ("timeouts", "Actions and questions that the PBX did not answer in time", timeouts),
            ("actions", "Actions asked of the PBX", actions),
            ("actions_done", "Actions that ended well", actionsDone),
            ("actions_refused", "Actions that were refused, and calls that came to nothing", actionsRefused),
            ("actions_lost", "Actions that found no PBX, or of which nobody knows what became", actionsLost),
        ]
    }
}
